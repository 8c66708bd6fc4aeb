"""A page as the miner sees it: a light tree with loose text wrapped, breaks as separators and chrome-free texts.

The parsed page is shared by readers and stays as it is; this is a second tree beside it, made in one pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import lxml.html

from agent.extract.miner.addresses import address_of
from agent.extract.miner.text_columns import lines_of
from domain.fields import FieldKind
from domain.recognise import recognise
from fetch.dom import BLOCKS, CELLS, UNSEEN

MAX_NODES = 120_000  # a page of 3,000 rows has 60,000; the rest of a larger one is left out
MAX_DEPTH = 150  # markup nested deeper keeps its text and loses its elements: no record is that deep

LOOSE = "#text"
SEPARATOR = "#sep"
SKIPPED = UNSEEN | {"option", "select", "button", "path", "datalist"}
INLINE = frozenset(
    {LOOSE, "b", "strong", "i", "em", "span", "font", "u", "small", "sup", "sub", "mark", "abbr", "br", "wbr", "time"}
    | {"bdi", "a", "nobr", "ins", "del", "s", "code", "cite", "label", "data", "q", "tt", "strike", "acronym", "kbd"}
)
_FRAMES = frozenset({"div", "section", "article"})  # elements that only hold others
_BREAKS = frozenset({"br", SEPARATOR})
_NO_WRAP = frozenset({"html", "table", "tr", "tbody", "thead", "ul", "ol"})
# Classes that tell states and places, not kinds.
_STATE = re.compile(
    r"(?:odd|even|first|last|active|current|selected|alt\d*|row\d+|col-?\w*-?\d+|ng-\S*|js-\S*|is-\S*|has-\S*|css-\S*"
    r"|sc-\S*|\S*\d{3,}\S*)",
    re.I,
)
_STATE_CACHE: dict[str, tuple[str, ...]] = {}
MAX_CACHED_CLASSES = 50_000

_TOUCH = "\x01"
# Touching pieces are one word where a number is spelled in parts ("$" "12" ".99") or punctuation follows.
_GLUED = re.compile(r"(?<=\d)\x01(?=\d)|(?<=[$€£¥₹(\[/'’-])\x01|(?<=[.,])\x01(?=\d)|\x01(?=[\s.,;:!?)\]%'’/-]|$)")
_LOOSE_KINDS = (FieldKind.DATE, FieldKind.PRICE, FieldKind.IDENTIFIER, FieldKind.PHONE)


def stable_classes(written: str | None) -> tuple[str, ...]:
    """Up to three class names of an element that tell its kind, sorted."""
    if not written:
        return ()
    known = _STATE_CACHE.get(written)
    if known is None:
        known = tuple(sorted(name for name in written.split() if not _STATE.fullmatch(name)))[:3]
        if len(_STATE_CACHE) >= MAX_CACHED_CLASSES:
            _STATE_CACHE.clear()
        _STATE_CACHE[written] = known
    return known


class Node:
    """An element, a piece of loose text (`LOOSE`) or a run of breaks (`SEPARATOR`).

    `order` is its place in document order, `end` one past its last descendant's. `first` and `last` bound its pieces of
    text in the tree. `element` of loose text is the element that holds it. `holds_blocks`: something below it is more
    than a run of words.
    """

    __slots__ = (
        "_classes",
        "_text",
        "element",
        "end",
        "first",
        "holds_blocks",
        "kids",
        "last",
        "order",
        "parent",
        "tag",
        "tree",
    )

    def __init__(self, tree: Tree, tag: str, element: lxml.html.HtmlElement, parent: Node | None, order: int) -> None:
        self.tree = tree
        self.tag = tag
        self.element = element
        self.parent = parent
        self.kids: list[Node] = []
        self.order = order
        self.end = order + 1
        self.first = self.last = len(tree.pieces)
        self.holds_blocks = False
        self._text: str | None = None
        self._classes: tuple[str, ...] | None = None

    @property
    def text(self) -> str:
        """What the element shows, white space folded."""
        if self._text is None:
            self._text = self.tree.text_between(self.first, self.last)
        return self._text

    @property
    def length(self) -> int:
        """Characters of text, roughly, at no cost."""
        return self.tree.lengths[self.last] - self.tree.lengths[self.first]

    @property
    def classes(self) -> tuple[str, ...]:
        if self._classes is None:
            self._classes = self._loose_kind() if self.tag == LOOSE else stable_classes(self.element.get("class"))
        return self._classes

    def _loose_kind(self) -> tuple[str, ...]:
        start = self.text[:200]
        kind = next((kind for kind in _LOOSE_KINDS if recognise(kind, start)), None)
        return (f"is-{kind.value}",) if kind else ()

    @property
    def signature(self) -> str:
        classes = self.classes
        return f"{self.tag}.{'.'.join(classes)}" if classes else self.tag

    def get(self, attribute: str) -> str:
        return "" if self.tag == LOOSE else self.element.get(attribute) or ""

    def walk(self) -> Iterator[Node]:
        """Itself and all below, in document order."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            if node.kids:
                stack.extend(reversed(node.kids))

    def ancestors(self) -> Iterator[Node]:
        node = self.parent
        while node is not None:
            yield node
            node = node.parent


def frames(node: Node) -> list[Node]:
    """An element and the ones in it that have all it has, down to the first that has parts: `<div><div><h3/><p/></div>
    </div>` is the inner `div` in a frame."""
    chain = [node]
    while True:
        within = _only_part(chain[-1])
        if within is None or within.tag not in _FRAMES or not within.kids:
            return chain
        if (within.first, within.last) != (node.first, node.last):
            return chain
        chain.append(within)


def _only_part(node: Node) -> Node | None:
    """The one element or text in an element, breaks aside; None where it has none or several."""
    only: Node | None = None
    for kid in node.kids:
        if kid.tag in _BREAKS:
            continue
        if only is not None:
            return None
        only = kid
    return only


Row = tuple[Node, ...]
"""The element of a record, or the neighbours that make one up."""


class Tree:
    """`pieces` are the page's texts in document order; `lengths[i]` is the length of all before the i-th."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.lengths: list[int] = [0]
        self.is_cut = False
        self.root: Node

    def text_between(self, first: int, last: int) -> str:
        if last - first == 1:
            text = self.pieces[first].lstrip(_TOUCH)
        else:
            text = "".join(self.pieces[first:last]).strip(_TOUCH)
        if _TOUCH in text:
            text = _GLUED.sub("", text).replace(_TOUCH, " ")
        return " ".join(text.split())

    def add_piece(self, text: str, lead: str) -> None:
        self.pieces.append(lead + text if lead else text)
        self.lengths.append(self.lengths[-1] + len(text.strip()))


class _Builder:
    """Walks the page once. `lead` is what stands between the last piece of text and the next one."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.count = 0
        self.lead = " "
        self.after_text = False

    def node(self, tag: str, element: lxml.html.HtmlElement, parent: Node | None) -> Node:
        node = Node(self.tree, tag, element, parent, self.count)
        self.count += 1
        if parent is not None:
            parent.kids.append(node)
        return node

    def text(self, text: str, element: lxml.html.HtmlElement, parent: Node, *, wrap: bool) -> None:
        """Text right in an element. Lines of preformatted text are pieces of their own."""
        if "\n" in text and element.tag == "pre":
            for cells in lines_of(text):
                if len(cells) > 1:
                    self._line(cells, element, parent)
                else:
                    self._text(cells[0], element, parent, wrap=True)
                self.lead = " "
        else:
            self._text(text, element, parent, wrap=wrap)

    def _text(self, text: str, element: lxml.html.HtmlElement, parent: Node, *, wrap: bool) -> None:
        if not text or text.isspace():
            if text and self.lead != " ":
                self.lead = " "
            return
        node = self.node(LOOSE, element, parent) if wrap and len(text.strip()) > 1 else None
        self.tree.add_piece(text, self.lead)
        self.lead = ""
        self.after_text = True
        if node is not None:
            node.last = len(self.tree.pieces)

    def _line(self, cells: Sequence[str], element: lxml.html.HtmlElement, parent: Node) -> None:
        """A line in columns, with a node for each place, filled or not."""
        line = self.node(LOOSE, element, parent)
        line.holds_blocks = True
        for cell in cells:
            node = self.node(LOOSE, element, line)
            if cell:
                self.tree.add_piece(cell, " ")
            node.last = len(self.tree.pieces)
        line.last, line.end = len(self.tree.pieces), self.count
        self.after_text = True

    def open(self, element: lxml.html.HtmlElement, parent: Node | None) -> Node:
        tag = element.tag
        if tag in BLOCKS or tag in CELLS:
            self.lead = " "
        elif not self.after_text and self.lead == "":
            self.lead = _TOUCH
        self.after_text = False
        return self.node(tag, element, parent)

    def close(self, node: Node) -> None:
        node.last = len(self.tree.pieces)
        node.end = self.count
        node.holds_blocks = any(kid.holds_blocks or kid.tag not in INLINE for kid in node.kids)
        if node.tag in BLOCKS or node.tag in CELLS:
            self.lead = " "
        self.after_text = False


def build_tree(root: lxml.html.HtmlElement) -> Tree:
    """The miner's tree of a page (or of its first `MAX_NODES` elements, then `is_cut`). Needs no recursion."""
    builder = _Builder()
    top = builder.open(root, None)
    builder.tree.root = top
    stack: list[tuple[Node, Iterator[lxml.html.HtmlElement], bool]] = [_entered(builder, top, root)]
    while stack:
        node, children, wrap = stack[-1]
        child = next(children, None)
        if child is None:
            builder.close(node)
            stack.pop()
            if stack:
                parent, _, wraps = stack[-1]
                builder.text(node.element.tail or "", parent.element, parent, wrap=wraps)
            continue
        tag = child.tag
        if not isinstance(tag, str) or (tag in SKIPPED and not (tag == "button" and address_of(child))):
            builder.text(child.tail or "", node.element, node, wrap=wrap)
        elif builder.count >= MAX_NODES:
            builder.tree.is_cut = True
            while stack:
                builder.close(stack.pop()[0])
        elif len(stack) >= MAX_DEPTH:
            builder.text(" ".join(child.itertext()) + (child.tail or ""), node.element, node, wrap=wrap)
        else:
            stack.append(_entered(builder, builder.open(child, node), child))
    _join_breaks(top)
    return builder.tree


def _entered(
    builder: _Builder, node: Node, element: lxml.html.HtmlElement
) -> tuple[Node, Iterator[lxml.html.HtmlElement], bool]:
    wrap = len(element) > 0 and element.tag not in _NO_WRAP
    builder.text(element.text or "", element, node, wrap=wrap)
    return node, iter(element), wrap


def _join_breaks(top: Node) -> None:
    """Two breaks and more part what stands before and after them: one separator for each run."""
    for node in top.walk():
        kids = node.kids
        if sum(kid.tag == "br" for kid in kids) < 2:
            continue
        joined: list[Node] = []
        for kid in kids:
            if kid.tag == "br" and joined and joined[-1].tag in {"br", SEPARATOR}:
                joined[-1].tag = SEPARATOR
            else:
                joined.append(kid)
        node.kids = joined
