"""Whether a line heads the columns below it, by its words and by what those hold: no markup has to say so."""

from __future__ import annotations

from collections.abc import Sequence

from agent.extract.vocabulary import canonical_name

SHORT_HEADING = 60  # characters
ALL_NAMED = 0.75  # of the words are names of what pages tell: then nothing else has to say that they head columns
HALF_NAMED = 0.5  # the same, where the lines below have figures and the line itself has none
SAMPLE = 24  # lines below that are looked at
FIGURED = 0.8  # of them have a figure in one column
TERMS = 0.3  # of the first column are such names as well: then it holds the terms of pairs, and the line is one


def named_share(told: Sequence[str]) -> float:
    """The share of some texts that are names of what pages tell; 0.0 where they can head no columns."""
    if len(told) < 2 or len(set(told)) < len(told):
        return 0.0
    if any(len(text) > SHORT_HEADING or any(map(str.isdigit, text)) for text in told):
        return 0.0
    return sum(bool(canonical_name(text)) for text in told) / len(told)


def stands_over_figures(body: Sequence[Sequence[str]]) -> bool:
    """Whether nearly all lines have figures in one of their columns, which a line without any then heads."""
    lines = body[:SAMPLE]
    columns = list(zip(*lines, strict=False))
    figured = any(sum(any(map(str.isdigit, text)) for text in column) >= FIGURED * len(lines) for column in columns)
    return figured and not _are_terms(columns[0])


def _are_terms(column: Sequence[str]) -> bool:
    return sum(len(text) <= SHORT_HEADING and bool(canonical_name(text)) for text in column) > TERMS * len(column)
