"""A page's text as numbered rows, pruned, and cut into pieces of the size that models read best."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import msgspec

from agent.tokens import count_tokens
from domain.evidence import Layer
from domain.pages import Page
from domain.records import Candidate

CHUNK_TOKENS = 2500  # between 2k and 3k: larger ones lose rows in the middle, smaller ones repeat the prompt too often
ROW_CHARACTERS = 2000  # of one row: what a list says of one thing; a longer row is cut
OVERLAP_LINES = 5  # a thing that is told across a cut stands whole in one of the two pieces
MENU_LINES = 5  # so many short lines in a row without a digit are a menu, not things
_WORDS_OF_A_MENU_LINE = 3


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the page's visible text. `start` and `end` are character offsets in it."""

    number: int
    text: str
    start: int
    end: int


def rows_of(page: Page, candidates: Sequence[Candidate]) -> tuple[Row, ...]:
    """The text about each candidate: from where its first value stands to where the next one's does. `number` is its
    position. Candidates that the visible text does not show have no row."""
    starts = [(start, each.position) for each in candidates if (start := _first_place(each)) is not None]
    starts.sort()
    rows = []
    for index, (start, position) in enumerate(starts):
        following = starts[index + 1][0] if index + 1 < len(starts) else start + _usual_length(starts)
        end = min(following, start + ROW_CHARACTERS, len(page.text))
        if end > start:
            rows.append(Row(number=position, text=page.text[start:end].strip(), start=start, end=end))
    return tuple(rows)


def _first_place(candidate: Candidate) -> int | None:
    places = (
        evidence.start
        for found in candidate.fields.values()
        for evidence in found.evidence
        if evidence.layer is Layer.TEXT and evidence.start is not None
    )
    return min(places, default=None)


def _usual_length(starts: Sequence[tuple[int, int]]) -> int:
    """The last row has no next one: it is taken to be twice as long as the middle one, at most."""
    gaps = sorted(after[0] - before[0] for before, after in pairwise(starts))
    return 2 * gaps[len(gaps) // 2] if gaps else ROW_CHARACTERS


def lines_of(page: Page) -> tuple[Row, ...]:
    """The page's lines, without menus and without lines that stood before. `number` is the line's place in the text."""
    rows: list[Row] = []
    seen: set[str] = set()
    start = 0
    for number, line in enumerate(page.text.split("\n")):
        text = line.strip()
        if text and (text not in seen or _may_be_value(text)):
            rows.append(Row(number=number, text=text[:ROW_CHARACTERS], start=start, end=start + len(line)))
        seen.add(text)
        start += len(line) + 1
    return tuple(_without_menus(rows))


def _may_be_value(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _without_menus(rows: Sequence[Row]) -> Iterator[Row]:
    run: list[Row] = []
    for row in rows:
        if len(row.text.split()) <= _WORDS_OF_A_MENU_LINE and not re.search(r"[\d@.:!?]", row.text):
            run.append(row)
            continue
        if len(run) < MENU_LINES:
            yield from run
        run = []
        yield row
    if len(run) < MENU_LINES:
        yield from run


def chunks_of(rows: Iterable[Row], *, overlap: int = 0) -> tuple[tuple[Row, ...], ...]:
    """The rows in pieces of at most `CHUNK_TOKENS`, cut between rows; the last `overlap` rows of one open the next."""
    chunks: list[tuple[Row, ...]] = []
    current: list[Row] = []
    size = fresh = 0
    for row in rows:
        tokens = count_tokens(row.text) + 4  # the number and its marks
        if current and fresh and size + tokens > CHUNK_TOKENS:
            chunks.append(tuple(current))
            current = current[-overlap:] if overlap else []
            size, fresh = sum(count_tokens(each.text) + 4 for each in current), 0
        current.append(row)
        size += tokens
        fresh += 1
    if fresh:
        chunks.append(tuple(current))
    return tuple(chunks)


def written(rows: Sequence[Row]) -> str:
    """The rows as the model sees them, each number once. Marks that would end the data early are taken out."""
    lines = []
    number = None
    for row in rows:
        text = re.sub(r"</?(?:rows|lines)>", " ", row.text)
        lines.append(text if row.number == number else f"[{row.number}] {text}")
        number = row.number
    return "\n".join(lines)
