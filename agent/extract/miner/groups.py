"""Groups of elements that repeat: what may be the records of a page."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator

import msgspec

from agent.extract.miner.context import HeadingDate
from agent.extract.miner.shapes import Shapes
from agent.extract.miner.tree import LOOSE, SEPARATOR, Node, Row, Tree

ALIKE_SAME_CLASS = 0.35  # overlap of shapes for two siblings of one class to be of one kind
ALIKE = 0.6  # the same without a class to go by
ALIKE_ELSEWHERE = 0.3  # for clusters under different parents with the same path, tag and class
MAX_CLUSTERS = 24  # kinds of children told apart under one parent, and kinds merged at one place
SEPARATORS = 6  # signatures tried as the first element of a flat run's records
SEGMENT_LENGTHS = (2, 14)  # elements in a record of a flat run, median
MIN_SEGMENTS = 3
MAX_ROWS = 3_000  # records read of one page

_NOT_RECORDS = frozenset({"br", "hr", SEPARATOR, "th", "td", "colgroup", "col", "thead", "caption", "wbr", "legend"})


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
        kids = [kid for kid in parent.kids if kid.tag in {SEPARATOR, "hr"} or says_something(kid)]
        if not kids:
            continue
        for shape, tag, classes, members in _clusters(kids, shapes):
            places[paths[parent.order], tag, classes].append((shape, members))
        for separator, rows in _flat_runs(kids):
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


def _clusters(kids: list[Node], shapes: Shapes) -> list[tuple[int, str, tuple[str, ...], list[Node]]]:
    """Children of one kind: of one tag, and of one shape or nearly so."""
    found: list[tuple[int, str, tuple[str, ...], list[Node]]] = []
    known: dict[tuple[str, tuple[str, ...], int], list[Node]] = {}
    for kid in kids:
        if kid.tag in _NOT_RECORDS:
            continue
        shape = shapes.of(kid)
        key = kid.tag, kid.classes, shape
        members = known.get(key)
        if members is None:
            for other, tag, classes, candidates in found:
                least = ALIKE_SAME_CLASS if classes == kid.classes else ALIKE
                if tag == kid.tag and shapes.overlap(shape, other) >= least:
                    members = candidates
                    break
            else:
                members = []
                if len(found) < MAX_CLUSTERS:
                    found.append((shape, kid.tag, kid.classes, members))
            known[key] = members
        members.append(kid)
    return found


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


def _flat_runs(kids: list[Node]) -> Iterator[tuple[str, list[Row]]]:
    """Cut a flat run of siblings (h3 p p h3 p p) before each element of a kind that may begin its records."""
    if len(kids) < 6:
        return
    signatures = [kid.signature for kid in kids]
    counts = Counter(signatures)
    if len(counts) < 2:
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


def _mark(node: Node) -> str:
    below = {kid.tag for kid in node.walk()}
    return "!" if below & {"b", "strong"} else "^" if "a" in below else ""


def _cut(kids: list[Node], signatures: list[str], separator: str) -> list[Row]:
    """The elements from each separator to the next. What stands before the first is a row where marks that are no
    elements of a row themselves separate the others, and it is made of what the next row is."""
    rows: list[list[Node]] = []
    current: list[Node] | None = None
    first = signatures.index(separator)
    if kids[first].tag in {SEPARATOR, "hr"}:
        lead = [kid for kid in kids[:first] if kid.tag not in {"br", SEPARATOR, "hr"}]
        following = {kid.tag for kid in kids[first + 1 : first + 1 + len(lead)]}
        if lead and {kid.tag for kid in lead} <= following:
            rows.append(lead)
    for kid, signature in zip(kids, signatures, strict=True):
        if signature == separator:
            current = [] if kid.tag in {SEPARATOR, "hr"} else [kid]
            rows.append(current)
        elif current is not None and kid.tag not in {"br", SEPARATOR, "hr"}:
            current.append(kid)
    return [tuple(row) for row in rows if row]


def loose_only(group: Group) -> bool:
    return all(node.tag == LOOSE for row in group.rows for node in row)
