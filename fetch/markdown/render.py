"""The kept blocks of a page as markdown, with the structure around them: headings, lists, quotations, code, tables."""

from __future__ import annotations

import re
from collections.abc import Sequence

import lxml.etree as etree  # ty: ignore[import-not-found]  (compiled, without stubs)
import lxml.html

from fetch.dom import BLOCKS, CELLS, UNSEEN
from fetch.markdown.blocks import Blocks
from fetch.markdown.inline import INLINE_TAGS, Inline, formula, line_start, picture
from fetch.markdown.tables import is_data_table, table_lines

_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_LANGUAGE = re.compile(r"(?:^|\s)(?:lang(?:uage)?-|highlight-source-|brush:\s*)([\w+#-]+)")
MAX_INDENT = 12  # list levels: deeper ones are laid at this depth


def render(root: lxml.html.HtmlElement, blocks: Blocks, keep: Sequence[bool], base_url: str) -> str:
    """Markdown of the blocks that are kept. `keep` is by block."""
    return _Renderer(blocks, keep, base_url).render(root)


class _Item:
    """An open list item or quotation: what its first line starts with, and its others."""

    def __init__(self, element: lxml.html.HtmlElement, first: str, rest: str) -> None:
        self.element = element
        self.first = first
        self.rest = rest
        self.is_listed = first != rest
        self.is_begun = False


class _Renderer:
    def __init__(self, blocks: Blocks, keep: Sequence[bool], base_url: str) -> None:
        self.kept_before = [0]
        for kept in keep:
            self.kept_before.append(self.kept_before[-1] + bool(kept))
        self.keep = keep
        self.range_of = {
            element: (first, end)
            for element, first, end in zip(blocks.elements, blocks.firsts, blocks.ends, strict=True)
        }
        self.base_url = base_url
        self.inline = Inline(base_url)
        self.at = 0  # the number of the next block
        self.has_text = False  # the open block has more than white space
        self.pictures: list[str] = []
        self.items: list[_Item] = []
        self.headings: list[lxml.html.HtmlElement] = []
        self.lines: list[str] = []
        self.is_tight = False  # the last line belongs to a list: the next item follows without an empty line

    def render(self, root: lxml.html.HtmlElement) -> str:
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag
            if event == "start":
                if not isinstance(tag, str) or tag in UNSEEN:
                    if tag == "math":
                        self.inline.verbatim(formula(element))
                    walk.skip_subtree()
                    continue
                if (tag in BLOCKS or tag in CELLS) and self.enter(element, tag):
                    walk.skip_subtree()
                    continue
                text = self.open_inline(element, tag)
            else:
                text = self.close(element, tag) if isinstance(tag, str) else element.tail
            if text:
                self.add_text(text)
        self.flush()
        return "\n".join(self.lines).strip() + "\n" if self.lines else ""

    def add_text(self, text: str) -> None:
        self.has_text = self.has_text or not text.isspace()
        self.inline.text(text)

    def enter(self, element: lxml.html.HtmlElement, tag: str) -> bool:
        """Open a block-level element; true where all of it is done with."""
        self.flush()
        first, end = self.range_of.get(element, (self.at, self.at))
        kept = self.kept_before[end] - self.kept_before[first]
        if end > first and not kept:
            self.at = end
            return True
        if tag == "pre" and kept:
            self.code(element)
            self.at = end
            return True
        if tag == "table" and kept and 2 * kept >= end - first and is_data_table(element):
            self.paragraph(table_lines(element, self.base_url))
            self.at = end
            return True
        if tag == "hr" and self.lines and kept:
            self.paragraph(["---"])
        elif tag == "li":
            self.items.append(_Item(element, *_marker(element, tag)))
        elif tag == "blockquote":
            self.items.append(_Item(element, "> ", "> "))
        elif tag == "dd":
            self.items.append(_Item(element, ": ", "  "))
        elif tag in _HEADINGS:
            self.headings.append(element)
        return False

    def open_inline(self, element: lxml.html.HtmlElement, tag: str) -> str | None:
        if tag in INLINE_TAGS:
            self.inline.open(element)
        elif tag == "img" and (shown := picture(element, self.base_url)):
            if self.has_text:
                self.inline.verbatim(shown)
            else:
                self.pictures.append(shown)
        return element.text

    def close(self, element: lxml.html.HtmlElement, tag: str) -> str | None:
        if tag in INLINE_TAGS:
            self.inline.close(element)
        elif tag in BLOCKS or tag in CELLS:
            self.flush()
            if self.items and self.items[-1].element is element:
                self.items.pop()
            if self.headings and self.headings[-1] is element:
                self.headings.pop()
        return element.tail

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
            self.paragraph([_HEADINGS[self.headings[-1].tag] + line.strip("*")])
        else:
            self.paragraph([line_start(line)], is_item=bool(self.items) and self.items[-1].is_listed)

    def code(self, element: lxml.html.HtmlElement) -> None:
        text = "".join(_code_text(element)).strip("\n")
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
        self.paragraph([f"{fence}{_language(element)}", *(line.rstrip() for line in text.split("\n")), fence])

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


def _marker(element: lxml.html.HtmlElement, tag: str) -> tuple[str, str]:
    """What an item's first line starts with, and its others."""
    parent = element.getparent()
    if parent is None or parent.tag != "ol":
        return "- ", "  "
    written = (parent.get("start") or "").strip()
    begin = int(written) if written.isdecimal() and len(written) < 8 else 1
    number = begin + sum(1 for _ in element.itersiblings(tag, preceding=True))
    return f"{number}. ", " " * (len(str(number)) + 2)


def _code_text(element: lxml.html.HtmlElement) -> list[str]:
    """Text as it stands, with a line for every `br` and every block within."""
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, part in walk:
        if event == "start":
            if not isinstance(part.tag, str) or part.tag in UNSEEN:
                walk.skip_subtree()
                continue
            if part.tag == "br" or (part.tag in BLOCKS and parts and not parts[-1].endswith("\n")):
                parts.append("\n")
            parts.append(part.text or "")
        elif part is not element:
            parts.append(part.tail or "")
    return parts


def _language(element: lxml.html.HtmlElement) -> str:
    around = (element, *element.iter("code"), *list(element.iterancestors())[:2])
    named = (_LANGUAGE.search(part.get("class") or "") for part in around)
    return next((found[1].lower() for found in named if found), "")
