"""The kept blocks of a page as markdown, with the structure around them: headings, lists, quotations, code, tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from fetch.dom import BLOCKS
from fetch.markdown.blocks import (
    FORMULA,
    LINK,
    LINK_ENDS,
    MARKED,
    MARKED_ENDS,
    PICTURE,
    SCOPE,
    SCOPE_ENDS,
    Blocks,
    Tag,
)
from fetch.markdown.inline import Inline, formula, line_start, picture
from fetch.markdown.tables import is_data_table, table_lines, table_rows

_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_LANGUAGE = re.compile(r"(?:^|\s)(?:lang(?:uage)?-|highlight-source-|brush:\s*)([\w+#-]+)")
MAX_INDENT = 12  # list levels: deeper ones are laid at this depth


def render(blocks: Blocks, keep: Sequence[bool], base_url: str) -> str:
    """Markdown of the blocks that are kept. `keep` is by block."""
    return _Renderer(blocks, keep, base_url).render()


class _Item:
    """An open list item or quotation: what its first line starts with, and its others."""

    def __init__(self, scope: int, first: str, rest: str) -> None:
        self.scope = scope
        self.first = first
        self.rest = rest
        self.is_listed = first != rest
        self.is_begun = False


class _Renderer:
    def __init__(self, blocks: Blocks, keep: Sequence[bool], base_url: str) -> None:
        self.blocks = blocks
        self.kept_before = [0, *accumulate(map(int, keep))]
        self.keep = keep
        self.scope_at = dict(zip(blocks.starts, range(len(blocks.starts)), strict=True))
        self.base_url = base_url
        self.inline = Inline(base_url)
        self.at = 0  # the number of the next block
        self.has_text = False  # the open block has more than white space
        self.pictures: list[str] = []
        self.scopes: list[int] = []  # the open ones
        self.items: list[_Item] = []
        self.headings: list[int] = []
        self.numbers: dict[int, int] = {}  # of the last item of each numbered list
        self.lines: list[str] = []
        self.is_tight = False  # the last line belongs to a list: the next item follows without an empty line

    def render(self) -> str:
        tape, after, inline = self.blocks.tape, self.blocks.after, self.inline
        # Behind the last scope there is nothing: the outermost one is the page.
        at, end = 0, min(len(tape), max(self.blocks.stops, default=-1) + 1)
        while at < end:
            tag = tape[at]
            kind = tag[0]
            if kind:
                if kind == SCOPE:
                    at = self.enter(at, tag)
                elif kind == SCOPE_ENDS:
                    self.leave()
                elif kind in (LINK, MARKED):
                    inline.open(tag.name, tag.fields.get("href", ""))
                elif kind in (LINK_ENDS, MARKED_ENDS):
                    inline.close()
                elif kind == PICTURE:
                    self.show(tag)
                elif kind == FORMULA:
                    inline.verbatim(formula(tag.fields))
            text = after[at]
            if text:
                self.has_text = self.has_text or not text.isspace()
                inline.text(text)
            at += 1
        self.flush()
        return "\n".join(self.lines).strip() + "\n" if self.lines else ""

    def enter(self, at: int, tag: Tag) -> int:
        """Open the scope whose tag is at this place. Gives the place to go on behind: its end where all of it is done
        with."""
        self.flush()
        scope, name, blocks = self.scope_at[at], tag.name, self.blocks
        first, end, stop = blocks.firsts[scope], blocks.ends[scope], blocks.stops[scope]
        kept = self.kept_before[end] - self.kept_before[first]
        number = self.count(scope, name)
        if end > first and not kept:
            self.at = end
            return stop
        if name == "pre" and kept:
            self.code(scope, at, stop)
            self.at = end
            return stop
        if name == "table" and kept and 2 * kept >= end - first:
            rows = table_rows(blocks, at, stop)
            if is_data_table(blocks, rows, tag):
                self.paragraph(table_lines(blocks, rows, self.base_url))
                self.at = end
                return stop
        self.scopes.append(scope)
        if name == "li":
            first_mark = f"{number}. " if number is not None else "- "
            self.items.append(_Item(scope, first_mark, " " * len(first_mark)))
        elif name == "blockquote":
            self.items.append(_Item(scope, "> ", "> "))
        elif name == "dd":
            self.items.append(_Item(scope, ": ", "  "))
        elif name in _HEADINGS:
            self.headings.append(scope)
        return at

    def count(self, scope: int, name: str) -> int | None:
        """The number of this item, if it is one of a numbered list."""
        parent = self.blocks.parents[scope]
        if name != "li" or parent < 0 or self.blocks.tags[parent].name != "ol":
            return None
        number = self.numbers.get(parent)
        if number is None:
            written = self.blocks.tags[parent].fields.get("start", "").strip()
            number = (int(written) if written.isdecimal() and len(written) < 8 else 1) - 1
        self.numbers[parent] = number + 1
        return number + 1

    def leave(self) -> None:
        self.flush()
        scope = self.scopes.pop()
        if self.items and self.items[-1].scope == scope:
            self.items.pop()
        if self.headings and self.headings[-1] == scope:
            self.headings.pop()

    def show(self, tag: Tag) -> None:
        shown = picture(tag.fields, self.base_url)
        if shown and self.has_text:
            self.inline.verbatim(shown)
        elif shown:
            self.pictures.append(shown)

    def flush(self) -> None:
        """End the open block: its line is written if it is kept, with the pictures that stand before it in content."""
        line = self.inline.take()
        if not self.has_text:
            return
        self.has_text = False
        number = self.at
        self.at += 1
        if number >= len(self.keep) or not self.keep[number]:
            self.pictures.clear()
            return
        if number == 0 or self.keep[number - 1]:
            for shown in dict.fromkeys(self.pictures):
                self.paragraph([shown])
        self.pictures.clear()
        if not line:
            return
        if self.headings:
            self.paragraph([_HEADINGS[self.blocks.tags[self.headings[-1]].name] + line.strip("*")])
        else:
            self.paragraph([line_start(line)], is_item=bool(self.items) and self.items[-1].is_listed)

    def code(self, scope: int, start: int, stop: int) -> None:
        text = "".join(_code_text(self.blocks, start, stop)).strip("\n")
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
        language = self.language(scope, start, stop)
        self.paragraph([f"{fence}{language}", *(line.rstrip() for line in text.split("\n")), fence])

    def language(self, scope: int, start: int, stop: int) -> str:
        """What the classes of the code, or of the two scopes around it, call its language."""
        tags = [self.blocks.tape[start]]
        tags += [tag for tag in self.blocks.tape[start:stop] if tag.name == "code"]
        tags += [self.blocks.tags[around] for around in self.scopes[:-3:-1]]
        named = (_LANGUAGE.search(tag.fields.get("class", "")) for tag in tags)
        return next((found[1].lower() for found in named if found), "")

    def paragraph(self, lines: Sequence[str], *, is_item: bool = False) -> None:
        """Write lines under the open items. Blocks are parted by an empty line, items of a list are not."""
        starts = is_item and self.items and not self.items[-1].is_begun
        if self.lines and not (starts and self.is_tight):
            self.lines.append("".join(item.rest for item in self.items if item.is_begun).rstrip())
        for line in lines:
            prefix = ""
            for item in self.items[:MAX_INDENT]:
                prefix += item.rest if item.is_begun else item.first
                item.is_begun = True
            self.lines.append((prefix + line).rstrip())
        self.is_tight = is_item


def _code_text(blocks: Blocks, start: int, stop: int) -> list[str]:
    """Text as it stands, with a line for every `br` and every block within."""
    parts: list[str] = [blocks.after[start]]
    for at in range(start + 1, stop):
        tag = blocks.tape[at]
        if tag.kind == SCOPE and (tag.name == "br" or (tag.name in BLOCKS and not parts[-1].endswith("\n"))):
            parts.append("\n")
        parts.append(blocks.after[at])
    return parts
