"""Lists of different things that are marked up alike: under one heading people, under the next what they sell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.extract.columns import TEXT
from agent.extract.miner.cells import RowReader
from agent.extract.miner.groups import Group
from agent.extract.miner.tree import Node, Row
from domain.fields import FieldKind
from domain.recognise import recognise

MOST_LISTS = 4  # more lists of one make are one list, cut by month or by letter
LEAST_ROWS = 3  # of each
SAMPLE = 5  # rows of each that are looked at
MOSTLY, HARDLY = 0.8, 0.2  # of these have a value of a kind at one place: a column of it, or none

_KINDS = (FieldKind.DATE, FieldKind.PRICE, FieldKind.EMAIL, FieldKind.PHONE, FieldKind.IDENTIFIER)
_Profile = dict[tuple[str, FieldKind], float]


def told_apart(group: Group, reader: RowReader) -> Iterator[Group]:
    """The group; or each of the few lists that it is made of, where they tell of different things."""
    lists = _lists(group)
    if not 2 <= len(lists) <= MOST_LISTS or min(map(len, lists)) < LEAST_ROWS or group.dates or group.is_flat:
        yield group
        return
    headed = {reader.headers(rows[-1]) for rows in lists}
    if len(headed) > 1 and all(map(any, headed)):
        yield from (Group(rows=tuple(rows)) for rows in lists)
        return
    profiles = [_profile(rows, reader) for rows in lists]
    if (len(headed) == 1 and any(map(any, headed))) or not _differ(profiles):
        yield group
        return
    yield from (Group(rows=tuple(rows)) for rows in lists)


def _lists(group: Group) -> list[list[Row]]:
    """The rows by what holds them: a table, whatever its bodies, or the element around."""
    lists: dict[int, list[Row]] = {}
    for row in group.rows:
        holder = _holder(row[0])
        lists.setdefault(holder, []).append(row)
        if len(lists) > MOST_LISTS:
            break
    return list(lists.values())


def _holder(node: Node) -> int:
    if node.tag == "tr":
        table = next((above for above in node.ancestors() if above.tag == "table"), None)
        if table is not None:
            return table.order
    return node.parent.order if node.parent is not None else -1


def _profile(rows: Sequence[Row], reader: RowReader) -> _Profile:
    """For each place and kind, the share of rows that have a value of it there."""
    body = [row for row in rows[: SAMPLE + 1] if not reader.is_header(row)][:SAMPLE]
    found: _Profile = {}
    for row in body:
        for (path, attribute), cell in reader.read(row).items():
            if attribute != TEXT or cell.node.holds_blocks or len(cell.text) > 60:
                continue
            for kind in _KINDS:
                told = recognise(kind, cell.text) is not None
                found[path, kind] = found.get((path, kind), 0.0) + told / len(body)
    return found


def _differ(profiles: Sequence[_Profile]) -> bool:
    first, *others = profiles
    for other in others:
        for place in first.keys() & other.keys():
            if min(first[place], other[place]) <= HARDLY and max(first[place], other[place]) >= MOSTLY:
                return True
    return False
