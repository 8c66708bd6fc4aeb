"""Ratings of five or of ten as pages write them: in figures with their scale, or in stars."""

from __future__ import annotations

import re
from typing import NamedTuple

FIVE, TEN = 5, 10
_FIGURE = r"(?<![\d.,])(?P<{name}>\d{{1,2}}(?:[.,]\d{{1,9}})?)"
_OF = r"(?:out of|of|von|sur|de|su|van|z|na|av|из|/)"
_STARS = (
    r"(?:stars?|sternen?|étoiles?|estrellas?|stelle|sterren|estrelas?|gwiazd(?:ek|ki|ka)|stjerner|stjärnor|зв[её]зд\w*|"
    r"points?|punkten?)"
)
_TOLD = re.compile(
    rf"{_FIGURE.format(name='figure')}\s{{0,3}}{_OF}\s{{0,3}}(?P<end>5|10)(?![\d.,]\d|\d|\s?(?:{_OF}\s?\d))"
    rf"(?:[\s-]{{0,2}}{_STARS}(?!\w))?"
    rf"|{_FIGURE.format(name='starred')}[\s-]{{0,2}}{_STARS}(?!\w)"
    rf"|(?P<scale>5|10)つ星のうち\s?(?P<of>\d{{1,2}}(?:\.\d{{1,9}})?)"
    r"|(?P<full>[★⭐]{1,10})(?P<half>½|⯨|⯪|✬)?(?P<empty>[☆✩✰]{0,10})(?![★⭐☆✩✰½])",
    re.I,
)


class Stars(NamedTuple):
    """A rating in a text, from `start` to `end`. `scale` is the most that there is, 0 where it is not said."""

    value: float
    scale: int
    start: int
    end: int


def stars_told(text: str) -> Stars | None:
    """`"4.5 out of 5 stars"`, `"★★★★☆"`, `"5つ星のうち4.3"`; None for a figure above its scale, and for stars that are
    not as many as a scale has."""
    for match in _TOLD.finditer(text):
        told = _of_signs(match) if match["full"] else _of_figures(match)
        if told is not None:
            return told
    return None


def _of_signs(match: re.Match[str]) -> Stars | None:
    halves = 1 if match["half"] else 0
    shown = len(match["full"]) + halves + len(match["empty"])
    scale = shown if shown in {FIVE, TEN} else 0
    if not scale and match["empty"]:
        return None
    is_plain = not scale and shown > FIVE
    return None if is_plain else Stars(len(match["full"]) + halves / 2, scale, match.start(), match.end())


def _of_figures(match: re.Match[str]) -> Stars | None:
    value = float((match["figure"] or match["starred"] or match["of"]).replace(",", "."))
    scale = int(match["end"] or match["scale"] or 0)
    return Stars(value, scale, match.start(), match.end()) if 0 <= value <= (scale or FIVE) else None
