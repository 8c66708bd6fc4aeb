"""The kept blocks of a page as markdown, with the structure around them: headings, lists, quotations, code, tables."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fetch.dom import BLOCKS
from fetch.markdown.blocks import Blocks, Scopes
from fetch.markdown.inline import Inline, escaped, line_start, linked, picture
from fetch.markdown.nesting import Nesting
from fetch.markdown.tables import is_data_table, table_lines, table_rows
from fetch.markdown.tags import FORMULA, LINK, LINK_ENDS, MARKED, MARKED_ENDS, PICTURE, SCOPE, TAGS, Tag
from fetch.tape import first_field_of

_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_AROUND = sum(1 << TAGS.index(tag) for tag in (*_HEADINGS, "li", "blockquote", "dd", "pre", "table"))
_LANGUAGE = re.compile(r"(?:^|\s)(?:lang(?:uage)?-|highlight-source-|brush:\s*)([\w+#-]+)")
MAX_INDENT = 12  # list levels: deeper ones are laid at this depth


def render(blocks: Blocks, keep: Sequence[bool], base_url: str) -> str:
    """Markdown of the blocks that are kept. `keep` is by block."""
    return _Renderer(blocks, keep, base_url).render()


class _Item:
    """A list item or quotation: what its first line starts with, and its others."""

    def __init__(self, first: str, rest: str) -> None:
        self.first = first
        self.rest = rest
        self.is_listed = first != rest
        self.is_begun = False


class _Around(NamedTuple):
    """What is around a text: items and quotations, the mark of a heading, the scope that is written as one (-1: none)
    because it is code or a table."""

    items: tuple[_Item, ...] = ()
    heading: str = ""
    whole: int = -1

    def inside(self, item: _Item) -> _Around:
        return _Around((*self.items, item), self.heading)


class _Renderer:
    def __init__(self, blocks: Blocks, keep: Sequence[bool], base_url: str) -> None:
        self.blocks = blocks
        self.keep = keep
        self.base_url = base_url
        scopes, kinds = blocks.scopes, blocks.kinds
        self.parents = scopes.parents.tolist()
        self.starts, self.stops = scopes.starts.tolist(), scopes.stops.tolist()
        before = np.concatenate([[0], np.cumsum(np.array(keep, dtype=np.intp))])
        self.kept = (before[scopes.ends] - before[scopes.firsts]).tolist()  # how many blocks of each scope
        self.marking = _marking(scopes)
        self.opens, self.speaks, self.closes = blocks.opens.tolist(), blocks.speaks.tolist(), blocks.closes.tolist()
        self.standing = np.flatnonzero((kinds == PICTURE) | (kinds == FORMULA)).tolist()
        bounds = np.flatnonzero((kinds >= LINK) & (kinds <= MARKED_ENDS))
        self.marks = Nesting(bounds, (kinds[bounds] == LINK) | (kinds[bounds] == MARKED))
        self.marked = self.marks.around(blocks.opens).tolist()  # the innermost element open as each block begins
        self.around: dict[int, _Around] = {-1: _Around()}  # by scope, of those in `marking`
        self.wholes: dict[int, list[str]] = {}
        self.numbers: dict[int, int] = {}  # of the items of numbered lists
        self.lines: list[str] = []
        self.is_tight = False  # the last line belongs to a list: the next item follows without an empty line

    def render(self) -> str:
        owners = [self.marking[owner] for owner in self.blocks.owners.tolist()]
        begun = 0  # what is before is written
        for number in np.flatnonzero(self.keep).tolist():
            if number < begun:
                continue
            around = self.around.get(owners[number]) or self.found_around(owners[number])
            if around.whole >= 0:
                if self.wholes[around.whole]:
                    self.paragraph(self.wholes[around.whole], around.items)
                begun = int(self.blocks.scopes.ends[around.whole])
            else:
                self.block(number, around)
        return "\n".join(self.lines).strip() + "\n" if self.lines else ""

    def found_around(self, scope: int) -> _Around:
        chain = []
        while scope not in self.around:
            chain.append(scope)
            scope = self.marking[self.parents[scope]]
        around = self.around[scope]
        for scope in reversed(chain):
            if around.whole < 0:
                around = self.within(around, scope)
            self.around[scope] = around
        return around

    def within(self, around: _Around, scope: int) -> _Around:
        """What is around the texts of a scope, from what is around the scope."""
        name = self.blocks.scopes.tags[scope].name
        if name == "li":
            mark = f"{self.number_of(scope)}. " if self.is_numbered(scope) else "- "
            return around.inside(_Item(mark, " " * len(mark)))
        if name == "blockquote":
            return around.inside(_Item("> ", "> "))
        if name == "dd":
            return around.inside(_Item(": ", "  "))
        if name in _HEADINGS:
            return _Around(around.items, _HEADINGS[name])
        if name == "pre":
            self.wholes[scope] = self.code(scope)
            return _Around(around.items, around.heading, scope)
        if name == "table" and (lines := self.table(scope)):
            self.wholes[scope] = lines
            return _Around(around.items, around.heading, scope)
        return around

    def is_numbered(self, scope: int) -> bool:
        parent = self.parents[scope]
        return parent >= 0 and self.blocks.scopes.tags[parent].name == "ol"

    def number_of(self, scope: int) -> int:
        """The number of an item of a numbered list; those before it count where they are left out."""
        if scope not in self.numbers:
            parent, tags = self.parents[scope], self.blocks.scopes.tags
            written = tags[parent].fields.get("start", "").strip()
            number = int(written) if written.isdecimal() and len(written) < 8 else 1
            for at in range(parent + 1, bisect_left(self.starts, self.stops[parent])):
                if self.parents[at] == parent and tags[at].name == "li":
                    self.numbers[at] = number
                    number += 1
        return self.numbers[scope]

    def block(self, number: int, around: _Around) -> None:
        """A block as a paragraph, behind the pictures and formulas that stand alone before it, in content."""
        if self.standing and (number == 0 or self.keep[number - 1]):
            self.stand_alone(number, around)
        line = self.line(number)
        if not line:
            return
        items = around.items
        if around.heading:
            self.paragraph([around.heading + line.strip("*")], items)
        else:
            self.paragraph([line_start(line)], items, is_item=bool(items) and items[-1].is_listed)

    def stand_alone(self, number: int, around: _Around) -> None:
        tape, after, shown = self.blocks.tape, self.blocks.after, []
        at = bisect_left(self.standing, self.closes[number - 1]) if number else 0
        while at < len(self.standing) and (place := self.standing[at]) <= self.speaks[number]:
            at += 1
            if tape[place].kind == PICTURE:
                shown.append(picture(tape[place].fields, self.base_url))
            elif place < self.opens[number]:
                alone = Inline(self.base_url)
                alone.read(tape, after, place, place + 1)
                shown.append(alone.take())
        for line in dict.fromkeys(shown):
            if line:
                self.paragraph([line], around.items)

    def line(self, number: int) -> str:
        start, end, mark = self.opens[number], self.closes[number], self.marked[number]
        blocks = self.blocks
        if end - start == 1 and mark < 0:
            return escaped(blocks.texts[number])
        if end - start == 3 and mark < 0 and self.is_one_link(start):
            return linked(escaped(blocks.texts[number]), first_field_of(blocks.tape[start + 1].written), self.base_url)
        inline = Inline(self.base_url)
        for tag in self.open_marks(mark):
            inline.open(tag)
        inline.read(blocks.tape, blocks.after, start, end, pictures_from=self.speaks[number] + 1)
        return inline.take()

    def is_one_link(self, start: int) -> bool:
        """Whether the two tags behind this place make a link around all the text there: so it is in menus and lists,
        whose hundreds of blocks need no gathering."""
        tape, after = self.blocks.tape, self.blocks.after
        if tape[start + 1].kind != LINK or tape[start + 2].kind != LINK_ENDS:
            return False
        return not after[start].strip() and not after[start + 2].strip()

    def open_marks(self, mark: int) -> list[Tag]:
        """The tags of this element and of those around it, the outermost first."""
        tags = []
        while mark >= 0:
            tags.append(self.blocks.tape[self.marks.starts[mark]])
            mark = int(self.marks.parents[mark])
        return tags[::-1]

    def table(self, scope: int) -> list[str]:
        """Its lines, if it holds data and half of it or more is kept."""
        blocks = self.blocks
        scopes = blocks.scopes
        if 2 * self.kept[scope] < scopes.ends[scope] - scopes.firsts[scope]:
            return []
        rows = table_rows(blocks, self.starts[scope], self.stops[scope])
        return table_lines(blocks, rows, self.base_url) if is_data_table(blocks, rows, scopes.tags[scope]) else []

    def code(self, scope: int) -> list[str]:
        start, stop = self.starts[scope], self.stops[scope]
        text = "".join(_code_text(self.blocks, start, stop)).strip("\n")
        if _are_line_numbers(text):
            return []
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
        language = self.language(scope, start, stop)
        return [f"{fence}{language}", *(line.rstrip() for line in text.split("\n")), fence]

    def language(self, scope: int, start: int, stop: int) -> str:
        """What the classes of the code, or of the two scopes around it, call its language."""
        tape = self.blocks.tape
        tags = [tape[start], *(tag for tag in tape[start:stop] if tag.name == "code")]
        for _ in range(2):
            scope = self.parents[scope] if scope >= 0 else -1
            if scope >= 0:
                tags.append(self.blocks.scopes.tags[scope])
        named = (_LANGUAGE.search(tag.fields.get("class", "")) for tag in tags)
        return next((found[1].lower() for found in named if found), "")

    def paragraph(self, lines: Sequence[str], items: Sequence[_Item], *, is_item: bool = False) -> None:
        """Write lines under these items. Blocks are parted by an empty line, items of a list are not."""
        if not items:
            if self.lines:
                self.lines.append("")
            self.lines += lines
            self.is_tight = False
            return
        starts = is_item and not items[-1].is_begun
        if self.lines and not (starts and self.is_tight):
            self.lines.append("".join([item.rest for item in items if item.is_begun]).rstrip())
        for line in lines:
            prefix = ""
            for item in items[:MAX_INDENT]:
                prefix += item.rest if item.is_begun else item.first
                item.is_begun = True
            self.lines.append((prefix + line).rstrip())
        self.is_tight = is_item


def _are_line_numbers(text: str) -> bool:
    """Whether a piece of code is the column of numbers beside another."""
    numbers = text.split()
    first = int(numbers[0]) if len(numbers) > 1 and numbers[0].isdecimal() and len(numbers[0]) < 8 else -1
    return first >= 0 and numbers == [str(first + at) for at in range(len(numbers))]


def _marking(scopes: Scopes) -> list[int]:
    """For each scope the innermost one, itself or around it, that may leave a mark in markdown; -1 for none."""
    numbers = np.arange(len(scopes.tags))
    found = np.append(np.where(scopes.bits & _AROUND, numbers, scopes.parents), -1)
    while True:  # each step doubles how far up these reach
        further = found[found]
        if (further == found).all():
            return found.tolist()
        found = further


def _code_text(blocks: Blocks, start: int, stop: int) -> list[str]:
    """Text as it stands, with a line for every `br` and every block within."""
    parts: list[str] = [blocks.after[start]]
    for at in range(start + 1, stop):
        tag = blocks.tape[at]
        if tag.kind == SCOPE and (tag.name == "br" or (tag.name in BLOCKS and not parts[-1].endswith("\n"))):
            parts.append("\n")
        parts.append(blocks.after[at])
    return parts
