"""The time of day of a record's date, where it stands elsewhere: in the same record, or once for all on the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from agent.extract.miner.regions import Region
from agent.extract.miner.tree import LOOSE, Node, Row, Tree
from agent.extract.reading import FoundRow, FoundValue
from agent.extract.vocabulary import concepts_of
from agent.extract.xpaths import xpath_of
from domain.dates import find_dates
from domain.evidence import Method
from domain.fields import Field, FieldKind
from domain.times_of_day import FoundTime, find_times, is_of_doors, is_of_start

MAX_LINE = 400  # characters: what a page says of all its dates is said in a sentence or two
MAX_ROW = 2_000  # characters of a record in which its time is looked for

# Words of sentences that tell when things take place, in the languages of the vocabulary.
_TAKES_PLACE = re.compile(
    r"\b(?:meetings?|sessions?|events?|classes|concerts?|shows?|services?|held|begins?|starts?|doors|sitzungen|"
    r"veranstaltungen|beginn|beginnt|réunions?|séances?|commence|débute?|reuniones|sesiones|comienza|empieza|"
    r"riunioni|sedute|inizi[oa]|vergaderingen|begint|aanvang|reuniões|sessões|começa|posiedzenia|początek|"
    r"заседания|начало)\b",
    re.I,
)
# A range of times beside these is when a place is open or can be called.
_OPEN_HOURS = re.compile(
    r"(?<!\d )\b(?:hours|open|closed|office|call|phone|monday\s*(?:-|–|to|through)|mon\s*(?:-|–|to)|"
    r"öffnungszeiten|geöffnet|horaires|ouvert|horario|abierto|orari|aperto|openingstijden|horário|godziny|часы)\b",
    re.I,
)


class ToldTime(NamedTuple):
    """`raw` is how it stands in the page, `node` where."""

    time: FoundTime
    raw: str
    node: Node


def time_in_row(row: Row, raw_date: str) -> ToldTime | None:
    """The first time after the record's date, else its first."""
    found: list[ToldTime] = []
    of_doors: ToldTime | None = None
    is_after = False
    length = 0
    for node in _lines(row):
        text = node.text
        length += len(text)
        if length > MAX_ROW:
            break
        at = text.find(raw_date)
        times = find_times(text)
        begins = at + len(raw_date) if at >= 0 and not is_after else 0
        is_after = is_after or at >= 0
        for time in times if is_after else ():
            if time.start < begins:
                continue
            if is_of_start(text, time) or (of_doors is None and not is_of_doors(text, time)):
                return _told(time, node)
            of_doors = of_doors or _told(time, node)
        found.extend(_told(time, node) for time in times)
    return of_doors or (found[0] if found else None)


def _told(time: FoundTime, node: Node) -> ToldTime:
    return ToldTime(time, node.text[time.start : time.end], node)


def _lines(row: Row) -> list[Node]:
    """The texts of a record. Elements without blocks are read whole: a range of times may be cut by markup."""
    found: list[Node] = []
    stack = list(reversed(row))
    while stack:
        node = stack.pop()
        if node.last == node.first:
            continue
        if node.tag == LOOSE or not node.kids or not node.holds_blocks:
            found.append(node)
        else:
            stack.extend(reversed(node.kids))
    return found


def time_of_all(tree: Tree, rows: Sequence[Row], tag: str) -> ToldTime | None:
    """The time that the page states for all: the only one that it tells outside of the records, and not that of an hour
    at which something is open. Sentences about what takes place stand before others."""
    inside = {id(node) for row in rows for node in row}
    told: list[tuple[bool, ToldTime]] = []
    stack = [tree.root]
    while stack:
        node = stack.pop()
        if id(node) in inside or node.last == node.first or node.tag in {"nav", "footer"}:
            continue
        if node.kids and node.holds_blocks:
            stack.extend(reversed(node.kids))
            continue
        if node.length <= MAX_LINE and not _OPEN_HOURS.search(node.text):
            times = find_times(node.text)
            if times and (not find_dates(node.text, tag) or _TAKES_PLACE.search(node.text)):
                told.append((bool(_TAKES_PLACE.search(node.text)), _told(times[0], node)))
    for wanted in (True, False):
        some = [time for is_about, time in told if is_about or not wanted]
        if len({time.time.time for time in some}) == 1:
            return some[0]
    return None


def timed(rows: Sequence[FoundRow], region: Region, fields: Sequence[Field], tag: str) -> list[FoundRow]:
    """The rows, their dates that lack a time of day completed by it where the record or the page tells one."""
    wanting = [field for field in fields if _asks_moment(field)]
    if not wanting or not region.rows:
        return list(rows)
    method = region.table.method
    own = [
        {field.name: time_in_row(place, value.raw) for field in wanting if (value := _day(row, field))}
        for row, place in zip(rows, region.rows, strict=True)
    ]
    shared = None
    if not any(told for of_row in own for told in of_row.values()):
        is_timed = any("T" in str(row[field.name].value) for row in rows for field in wanting if field.name in row)
        shared = None if is_timed else time_of_all(region.rows[0][0].tree, region.rows, tag)
    found: list[FoundRow] = []
    for row, of_row in zip(rows, own, strict=True):
        completed = dict(row)
        for name, told in of_row.items():
            if time := told or shared:
                completed[name] = _completed(row[name], time, method)
        found.append(completed)
    return found


def _asks_moment(field: Field) -> bool:
    """Whether a field asks when something begins."""
    return (
        field.kind is FieldKind.DATE and not field.many and concepts_of(field.name)[:1] in {("start",), ("deadline",)}
    )


def _day(row: FoundRow, field: Field) -> FoundValue | None:
    """A row's date that has no time of day."""
    value = row.get(field.name)
    return value if value is not None and value.value is not None and "T" not in str(value.value) else None


def _completed(date: FoundValue, told: ToldTime, method: Method) -> FoundValue:
    path = xpath_of(told.node.element)
    part = FoundValue(raw=told.raw, method=method, source_path=path)
    return msgspec.structs.replace(date, value=f"{date.value}T{told.time.time.isoformat()}", parts=(part,))
