"""Whether a text says a word, a name, a size or a state of stock, however it is written."""

from __future__ import annotations

import re

from domain.recognise import availability_of
from domain.words import fold

# What a noun may end in and be the same noun: "eggs", "Zwiebeln", "Nüsse".
_ENDINGS = frozenset({"", "s", "es", "n", "en", "e", "er", "ern", "i", "x"})
_FREE_OF = frozenset("free frei".split())  # noqa: SIM905
_WITHOUT = frozenset("no non without ohne sans sin senza zonder sem bez без".split())  # noqa: SIM905
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_LETTER_SIZES = {
    "extra small": "xs",
    "small": "s",
    "medium": "m",
    "large": "l",
    "extra large": "xl",
    "x small": "xs",
    "x large": "xl",
    "2xl": "xxl",
    "3xl": "xxxl",
}
_SIZE = re.compile(r"x{0,4}[sl]|m|\d{1,3}(?:\.5)?")


def holds(text: str, wish: str) -> bool | None:
    """Whether a text holds the words of a wish. None: it holds them within other words ("coconut" for "nut"), or a
    name's initials alone."""
    wished, words = fold(wish).split(), fold(text).split()
    if not wished:
        return False
    if _UNSPACED.search(wish):
        return fold(wish) in fold(text)
    last_first = [*wished[-1:], *wished[:-1]]
    at = {*_places(words, wished), *_places(words, last_first)}
    if any(not _is_denied(words, start, start + len(wished)) for start in at):
        return True
    if at:
        return False
    return None if fold(wish) in fold(text) or _has_initials(words, wished) else False


def _places(words: list[str], wished: list[str]) -> list[int]:
    size = len(wished)
    return [start for start in range(len(words) - size + 1) if _is_said(words[start : start + size], wished)]


def _is_said(words: list[str], wished: list[str]) -> bool:
    last, wish = words[-1], wished[-1]
    return words[:-1] == wished[:-1] and last.startswith(wish) and last[len(wish) :] in _ENDINGS


def _is_denied(words: list[str], start: int, end: int) -> bool:
    """ "Gluten-free", "no gluten"."""
    return (end < len(words) and words[end] in _FREE_OF) or (start > 0 and words[start - 1] in _WITHOUT)


def _has_initials(words: list[str], wished: list[str]) -> bool:
    """ "Y. Bengio" may be "Yoshua Bengio"."""
    if len(wished) < 2 or wished[-1] not in words:
        return False
    at = words.index(wished[-1])
    beside = [word for word in (*words[max(0, at - 1) : at], *words[at + 1 : at + 2]) if len(word) == 1]
    return any(word == wished[0][0] for word in beside)


def is_in_state(text: str, wish: str) -> bool | None:
    """Whether a text tells the wished state of stock; None where it tells none that we know."""
    told = availability_of(text)
    return None if told is None else told == (availability_of(wish) or wish)


def is_of_size(text: str, wish: str) -> bool | None:
    """Whether the wished size is one of those that a text lists; None where a part of it is no plain size."""
    wished = _size(wish)
    sizes = [_size(part) for part in re.split(r"[,;|]| (?:and|und|et|y|e|en) ", " ".join(text.split())) if part.strip()]
    if wished in sizes:
        return True
    return False if sizes and all(_SIZE.fullmatch(size) for size in sizes) else None


def _size(text: str) -> str:
    plain = text.strip().casefold().replace(",", ".").removesuffix(".0")
    return _LETTER_SIZES.get(fold(plain), plain)
