"""The short texts of a page by what they are called, read once for all of its fields."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

import lxml.html

from agent.extract.definitions import MAX_LABEL, plain_label
from agent.extract.detail.elsewhere import Elsewhere
from agent.extract.detail.texts import ShownTexts

# What is for finding one's way or for filling in, and the halves of pairs that are read as such.
NOT_SAID = frozenset({"a", "button", "option", "select", "nav", "form", "footer", "aside", "header", "dt", "dd", "tr"})
_COUNT = re.compile(r"(?P<count>\d{1,3}(?:[.,]\d)?)\s*(?P<of>[^\W\d].{0,40})")


class BareText(NamedTuple):
    """`text` is a label, or what is counted where there is a `count` before it; `at` its place on the page."""

    at: int
    element: lxml.html.HtmlElement
    text: str
    count: str | None = None


class BareTexts:
    """What a page says of its thing in few words."""

    def __init__(self, texts: ShownTexts, elsewhere: Elsewhere) -> None:
        self._labels: dict[str, list[BareText]] = defaultdict(list)
        self._counts: dict[str, list[BareText]] = defaultdict(list)
        for at, (element, text) in enumerate(texts.short()):
            if len(text) > MAX_LABEL or element.tag in NOT_SAID or elsewhere.is_told(element):
                continue
            self._labels[plain_label(text)].append(BareText(at, element, text))
            if match := _COUNT.fullmatch(text):
                self._counts[plain_label(match["of"])].append(BareText(at, element, match["of"], match["count"]))

    def called(self, names: Collection[str]) -> list[BareText]:
        """In page order; a text that is a label as it stands is no count."""
        labels = [said for name in names for said in self._labels.get(name, ())]
        taken = {said.at for said in labels}
        counts = [said for name in names for said in self._counts.get(name, ()) if said.at not in taken]
        return sorted((*labels, *counts), key=lambda said: said.at)
