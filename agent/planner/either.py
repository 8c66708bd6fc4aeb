"""Demands that a goal joins by "or": one of them is enough.

While a goal is read, each demand that was cut out leaves a mark in its place, so that what stands between two of
them is still to be seen at the end.
"""

from __future__ import annotations

import re

import msgspec

from domain.plans import Condition

# Private use characters: `spaced` takes them out of what people write.
_FIRST = 0xE000
MARK = "[\ue000-\uf8ff]"
OR = r"(?:or|oder|ou|o|u|of|lub|albo|или|eller)"
_CHAIN = re.compile(rf"{MARK}(?:\s*,?\s+{OR}\s+{MARK})+", re.I)
# Words of another demand, or of a place, end what the "or" is about.
_ENDS = r"in|near|with|and|mit|und|avec|et|con|y|met|en|com|e|from|by|for"
_OPEN_BEHIND = re.compile(
    rf"{MARK}\s*,?\s+{OR}\s+[^\s,.;\ue000-\uf8ff]+(?:\s+(?!(?:{_ENDS})\b)[^\s,.;\ue000-\uf8ff]+)*",
    re.I,
)
_OR_SO = re.compile(rf"({MARK})\s+(?:or so|or thereabouts|oder so|ou à peu près|o así)\b", re.I)
_OPEN_BEFORE = re.compile(rf"(?<=\S)\s*,?\s+(?:either\s+)?{OR}\s+{MARK}", re.I)


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """The goal's words for a demand, and the conditions that say it: none where no rule can check it."""

    words: str
    conditions: tuple[Condition, ...] = ()


class Demands:
    """The demands of a goal, in the order in which they were read."""

    def __init__(self) -> None:
        self._found: list[Demand] = []

    def __len__(self) -> int:
        return len(self._found)

    def asks_for(self, field: str) -> bool:
        return any(each.field == field for demand in self._found for each in demand.conditions)

    def add(self, demand: Demand) -> str:
        """The mark that stands for it."""
        self._found.append(demand)
        return chr(_FIRST + len(self._found) - 1)

    def joined(self, text: str) -> tuple[str, tuple[Demand, ...]]:
        """The text without its marks, and the demands: those joined by "or" as one."""
        taken: list[Demand] = []
        text = _OR_SO.sub(r"\1", text)
        for pattern in (_CHAIN, _OPEN_BEHIND, _OPEN_BEFORE):
            while (match := pattern.search(text)) is not None:
                taken.append(self._either(match[0], is_whole=pattern is _CHAIN))
                # What was joined is one demand now, and may be one side of another "or".
                mark = self.add(taken.pop()) if pattern is _CHAIN else ""
                text = f"{text[: match.start()]} {mark} {text[match.end() :]}"
        alone = [self._of(mark) for mark in sorted(re.findall(MARK, text))]
        return spaced(text), (*alone, *taken)

    def _of(self, mark: str) -> Demand:
        return self._found[ord(mark) - _FIRST]

    def _either(self, text: str, *, is_whole: bool) -> Demand:
        """A choice of which a part is no condition is checked in no part."""
        demands = [self._of(mark) for mark in re.findall(MARK, text)]
        words = " ".join(re.sub(MARK, lambda mark: self._of(mark[0]).words, text).split()).strip(" ,")
        if not is_whole or any(len(each.conditions) != 1 for each in demands):
            return Demand(words=words)
        first, *others = (part for each in demands for part in each.conditions[0].either)
        return Demand(words=words, conditions=(msgspec.structs.replace(first, text=words, alternatives=tuple(others)),))


def spaced(text: str) -> str:
    """Single spaces, and no marks."""
    return " ".join(re.sub(MARK, " ", text).split())
