"""Lines of preformatted text whose columns are kept apart by blanks alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

LEAST_LINES = 3  # a shorter block may line up by chance
GAP = 2  # blanks in the same place of all lines: one may stand between any two words
FILLED = 0.8  # of the lines have something in two columns at least: the others continue what is above
MAX_LINE = 500  # characters; a longer line is no line of a table


def lines_of(text: str) -> Iterator[tuple[str, ...]]:
    """The lines that say something, each as its cells: one where the block of lines around it has no columns."""
    for is_blank, block in groupby(text.expandtabs().split("\n"), key=lambda line: not line.strip()):
        if not is_blank:
            yield from _cells_of(list(block))


def _cells_of(lines: Sequence[str]) -> list[tuple[str, ...]]:
    starts = _starts(lines)
    ends = [*starts[1:], None]
    cells = [tuple(line[start:end].strip() for start, end in zip(starts, ends, strict=True)) for line in lines]
    filled = sum(sum(map(bool, line)) > 1 for line in cells)
    if len(lines) < LEAST_LINES or filled < FILLED * len(lines):
        return [(line,) for line in lines]
    return cells


def _starts(lines: Sequence[str]) -> list[int]:
    """Where columns begin: after blanks in all lines."""
    width = max(map(len, lines))
    if width > MAX_LINE:
        return [0]
    used = bytearray(width)
    for line in lines:
        for place, letter in enumerate(line):
            used[place] |= not letter.isspace()
    text = used.find(1)
    starts = [0]
    while (gap := used.find(bytes(GAP), text)) >= 0:
        text = used.find(1, gap)
        if text < 0:
            break
        starts.append(text)
    return starts
