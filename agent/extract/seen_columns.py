"""What the values of a column are like."""

from __future__ import annotations

import msgspec

from agent.extract.columns import Column
from domain.dates import find_dates
from domain.fields import FieldKind
from domain.recognise import recognise

SAMPLE = 24  # values of a column that are looked at: more change no score by a hundredth
FILLED = 0.9  # of a column's texts, and of each of them, is a value of a kind: nothing is left for another field


def letters_of(text: str) -> int:
    return sum(map(str.isalpha, text))


def letter_share(text: str) -> float:
    return (letters_of(text) + text.count(" ")) / len(text) if text else 0.0


class SeenColumn(msgspec.Struct):
    """What a column's values are like; worked out once, used for every field."""

    column: Column
    rows: int
    sample: list[str]
    fill: float
    labels: tuple[str, ...]
    spans: dict[FieldKind, list[tuple[str, str]]] = {}
    known_style: tuple[float, float, float] | None = None

    @classmethod
    def of(cls, column: Column, rows: int) -> SeenColumn:
        return cls(column, rows, column.texts(SAMPLE), column.fill(rows), column.labels)

    def style(self) -> tuple[float, float, float]:
        """The share of different values, their median length, and the share of letters and spaces in them."""
        if self.known_style is None:
            sample = self.sample
            letters = [letter_share(text[:200]) for text in sample]
            lengths = sorted(map(len, sample))
            self.known_style = len(set(sample)) / len(sample), lengths[len(lengths) // 2], sum(letters) / len(letters)
        return self.known_style

    def recognised(self, kind: FieldKind, tag: str, year: int | None) -> list[tuple[str, str]]:
        """The sampled values that hold one of the kind: what was recognised, and in which text."""
        known = self.spans.get(kind)
        if known is None:
            known = []
            for text in self.sample:
                span = recognise(kind, text, tag)
                if span is not None:
                    known.append((span.text, text))
                elif kind is FieldKind.DATE and year is not None and (dates := find_dates(text[:600], tag, year)):
                    known.append((text[dates[0].start : dates[0].end], text))
            self.spans[kind] = known
        return known

    def is_filled_by(self, kind: FieldKind, tag: str, year: int | None) -> bool:
        """Whether the values are of a kind, and hold nothing else."""
        spans = self.recognised(kind, tag, year)
        return sum(len(span) >= FILLED * len(text) for span, text in spans) >= FILLED * len(self.sample)
