"""Groups of elements that repeat: what may be the records of a page."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from agent.extract.miner.context import HeadingDate
from agent.extract.miner.shapes import Shapes
from agent.extract.miner.tree import LOOSE, SEPARATOR, Node, Row, Tree, frames
from fetch.dom import CELLS

ALIKE_SAME_CLASS = 0.35  # overlap of shapes for two siblings of one class to be of one kind
ALIKE = 0.6  # the same without a class to go by
SHARED_SAME_CLASS = 0.4  # of the smaller one's frame is in the other, for two siblings of one class
SHARED = 0.9  # the same without a class to go by
SHARED_CELLS = 0.6  # the same for two rows of a table with as many cells: headings of columns share less with rows
ALIKE_SHARED = 0.4  # and overlap of their shapes: a line of a menu has nothing that an article has not
ALIKE_ELSEWHERE = 0.3  # for clusters under different parents with the same path, tag and class
MAX_CLUSTERS = 24  # kinds of children told apart under one parent, and kinds merged at one place
MAX_FORMS = 8  # forms of a kind that others are compared with: a row is like one of them, not like all
SEPARATORS = 6  # signatures tried as the first element of a flat run's records
SEGMENT_LENGTHS = (2, 14)  # elements in a record of a flat run, median
MIN_SEGMENTS = 3
TERMS_READ = 60  # of a group of definitions, from which it is known whether their terms come again
MAX_ROWS = 3_000  # records read of one page

_NOT_RECORDS = frozenset({"br", "hr", SEPARATOR, "th", "td", "colgroup", "col", "thead", "caption", "wbr", "legend"})
_PARTINGS = frozenset({SEPARATOR, "hr"})  # what parts the records of a flat run
_BREAKS = _PARTINGS | {"br"}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_TERMS = frozenset({"dt", "dd"})
_ITEMS = frozenset({"li", "article"})  # elements that are each one of several, whatever they are called


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Rows in page order; each is one element, or the neighbours that make up a record of a flat run. `dates` are what
    the rows are known by, one for each, where they were cut before their dates. `length` follows from the rows: the
    characters of text in all of them."""

    rows: tuple[Row, ...]
    is_flat: bool = False
    dates: tuple[HeadingDate, ...] = ()
    length: int = 0

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "length", sum(node.length for row in self.rows for node in row))


def groups_of(tree: Tree, shapes: Shapes) -> list[Group]:
    """Every group of two and more rows, those with the most text first."""
    places: dict[tuple[object, ...], list[tuple[int, list[Node]]]] = defaultdict(list)
    runs: dict[tuple[object, ...], list[list[Row]]] = defaultdict(list)
    paths = _path_ids(tree)
    for parent in tree.root.walk():
        kids = [kid for kid in parent.kids if kid.tag in _PARTINGS or says_something(kid)]
        if not kids:
            continue
        kinds = _clusters(kids, shapes)
        for shape, tag, classes, members in kinds:
            places[paths[parent.order], tag, classes].append((shape, members))
        is_one_kind = len(kinds) == 1 and len(kinds[0][-1]) == len(kids)
        for separator, rows in _flat_runs(kids, is_one_kind=is_one_kind):
            runs[paths[parent.order], parent.classes, separator].append(rows)
    groups = list(_merged(places, shapes))
    for found in runs.values():
        groups.append(Group(rows=tuple(row for rows in found for row in rows), is_flat=True))
        if len(found) > 1:
            groups.append(Group(rows=tuple(max(found, key=len)), is_flat=True))
    groups.sort(key=lambda group: -group.length)
    return groups


def says_something(node: Node) -> bool:
    if node.last > node.first:
        return True
    return any(below.get("href") or below.get("src") for below in node.walk())


def _path_ids(tree: Tree) -> dict[int, int]:
    """The path of tags to each node, as a number, by the node's order."""
    known: dict[tuple[int, str], int] = {}
    found: dict[int, int] = {}
    for node in tree.root.walk():
        above = found[node.parent.order] if node.parent is not None else -1
        found[node.order] = known.setdefault((above, node.tag), len(known))
    return found


class _Kind(NamedTuple):
    """What a child of an element is by its markup. `core` is what it wraps: itself, or the one element in it that has
    all it has."""

    shape: int
    tag: str
    classes: tuple[str, ...]
    core: tuple[str, tuple[str, ...]]
    cells: int  # of a row of a table: headings and remarks between rows have fewer

    def is_alike(self, other: _Kind, shapes: Shapes) -> bool:
        is_called_alike = self.tag == other.tag and _are_called_alike(self.classes, other.classes)
        is_called_alike |= self.core[0] == other.core[0] and _share_names(self.core[1], other.core[1])
        has_one_tag = self.tag == other.tag or (self.core == other.core and self.core[0] in _ITEMS)
        if not is_called_alike and not has_one_tag:
            return False
        overlap = shapes.overlap(self.shape, other.shape)
        if overlap >= (ALIKE_SAME_CLASS if is_called_alike else ALIKE):
            return True
        share = shapes.share(self.shape, other.shape)
        if self.tag == "tr":
            return self.cells == other.cells > 1 and share >= SHARED_CELLS
        if is_called_alike and (self.core[1] or self.classes or self.tag in _ITEMS):
            return share >= SHARED_SAME_CLASS
        return overlap >= ALIKE_SHARED and share >= SHARED


def _are_called_alike(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """The same, or one with a name more: "card" and "card featured"."""
    return ours == theirs or _share_names(ours, theirs)


def _share_names(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    return bool(ours and theirs) and (set(ours) <= set(theirs) or set(theirs) <= set(ours))


def _kind(node: Node, shapes: Shapes) -> _Kind:
    core = frames(node)[-1]
    cells = sum(kid.tag in CELLS for kid in node.kids) if node.tag == "tr" else 0
    return _Kind(shapes.of(core), node.tag, node.classes, (core.tag, core.classes), cells)


def _clusters(kids: list[Node], shapes: Shapes) -> list[tuple[int, str, tuple[str, ...], list[Node]]]:
    """Children of one kind: like any of the forms in which the kind has been met."""
    found: list[tuple[list[_Kind], list[Node]]] = []
    known: dict[_Kind, list[Node]] = {}
    for kid in kids:
        if kid.tag in _NOT_RECORDS:
            continue
        kind = _kind(kid, shapes)
        members = known.get(kind)
        if members is None:
            forms, members = next(
                (each for each in found if any(kind.is_alike(form, shapes) for form in each[0])), ([], [])
            )
            if not forms and len(found) < MAX_CLUSTERS:
                found.append((forms, members))
            if len(forms) < MAX_FORMS:
                forms.append(kind)
            known[kind] = members
        members.append(kid)
    return [(forms[0].shape, forms[0].tag, forms[0].classes, members) for forms, members in found]


def _merged(places: dict[tuple[object, ...], list[tuple[int, list[Node]]]], shapes: Shapes) -> Iterator[Group]:
    """Clusters at the same place of a page's structure belong together, whichever parent holds them."""
    for clusters in places.values():
        merged: list[tuple[int, list[Node]]] = []
        known: dict[int, list[Node]] = {}
        for shape, members in clusters:
            target = known.get(shape)
            if target is None:
                target = next((rows for other, rows in merged if shapes.overlap(shape, other) >= ALIKE_ELSEWHERE), None)
                if target is None:
                    target = []
                    if len(merged) < MAX_CLUSTERS:
                        merged.append((shape, target))
                known[shape] = target
            target.extend(members)
        for _, members in merged:
            if len(members) >= 2:
                members.sort(key=lambda node: node.order)
                yield Group(rows=tuple((node,) for node in members))


def _flat_runs(kids: list[Node], *, is_one_kind: bool) -> Iterator[tuple[str, list[Row]]]:
    """Cut a flat run of siblings (h3 p p h3 p p) before each element of a kind that may begin its records. Elements of
    one kind that each have a heading, and items that differ in what they emphasise, are whole records already."""
    if len(kids) < 6 or (is_one_kind and all(map(_has_heading, kids))):
        return
    signatures = [kid.signature for kid in kids]
    counts = Counter(signatures)
    if len(counts) < 2:
        if is_one_kind and kids[0].tag in _ITEMS:
            return
        signatures = [kid.tag + _mark(kid) for kid in kids]
        counts = Counter(signatures)
    for separator, count in counts.most_common(SEPARATORS):
        if count < MIN_SEGMENTS or count == len(kids):
            continue
        rows = _cut(kids, signatures, separator)
        if len(rows) < MIN_SEGMENTS:
            continue
        if SEGMENT_LENGTHS[0] <= statistics.median(map(len, rows)) <= SEGMENT_LENGTHS[1]:
            yield separator, rows


def _has_heading(node: Node) -> bool:
    return any(below.tag in _HEADINGS for below in node.walk())


def _mark(node: Node) -> str:
    below = {kid.tag for kid in node.walk()}
    return "!" if below & {"b", "strong"} else "^" if "a" in below else ""


def _cut(kids: list[Node], signatures: list[str], separator: str) -> list[Row]:
    """The elements from each separator to the next. What stands before the first is a row where marks that are no
    elements of a row themselves separate the others, and it is made of what the next row is."""
    rows: list[list[Node]] = []
    current: list[Node] | None = None
    first = signatures.index(separator)
    if kids[first].tag in _PARTINGS:
        lead = [kid for kid in kids[:first] if kid.tag not in _BREAKS]
        following = {kid.tag for kid in kids[first + 1 : first + 1 + len(lead)]}
        if lead and {kid.tag for kid in lead} <= following:
            rows.append(lead)
    for kid, signature in zip(kids, signatures, strict=True):
        if signature == separator:
            current = [] if kid.tag in _PARTINGS else [kid]
            rows.append(current)
        elif current is not None and kid.tag not in _BREAKS:
            current.append(kid)
    return [tuple(row) for row in rows if row]


def is_of_remarks(group: Group) -> bool:
    """Whether the rows are loose texts that each stand beside other texts of an element of their own: what each says
    is said of that one's thing."""
    if any(len(row) != 1 or row[0].tag != LOOSE for row in group.rows):
        return False
    parents = [row[0].parent for row in group.rows if row[0].parent is not None]
    if len({parent.order for parent in parents}) < len(group.rows):
        return False
    return all(parent.length > row[0].length for parent, row in zip(parents, group.rows, strict=True))


def is_of_labels(group: Group) -> bool:
    """Whether the rows are terms with their definitions, or these alone, under the same few terms again and again: each
    tells one fact of a thing, and none is a thing."""
    if any(row[0].tag not in _TERMS for row in group.rows):
        return False
    rows = group.rows[:TERMS_READ]
    return 2 * len({_term_of(row[0]) for row in rows}) <= len(rows)


def _term_of(node: Node) -> str:
    element = node.element
    while element.tag != "dt":
        above = element.getprevious()
        if above is None:
            return ""
        element = above
    return " ".join("".join(element.itertext()).split()).lower()
