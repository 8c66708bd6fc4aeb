"""Which group of repeated elements holds the records: its columns tell what is asked, and it is no chrome."""

from __future__ import annotations

import math
import statistics
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from agent.extract.captioned_parts import with_captioned_parts
from agent.extract.columns import Column, ColumnTable
from agent.extract.labels import Match
from agent.extract.miner.agenda import YearHeadings, dated_groups, is_schedule
from agent.extract.miner.apart import told_apart
from agent.extract.miner.cells import RowReader, TableCache, columns_of, shared_captions
from agent.extract.miner.chrome import Chrome, is_framed
from agent.extract.miner.context import DateHeadings, HeadingDate
from agent.extract.miner.full_width import without_full_width
from agent.extract.miner.groups import MAX_ROWS, Group, groups_of, is_of_labels, is_of_remarks, says_something
from agent.extract.miner.room import room_for
from agent.extract.miner.sections import Sections
from agent.extract.miner.shapes import Shapes
from agent.extract.miner.totals import without_totals
from agent.extract.miner.tree import Row, Tree
from agent.extract.miner.unseen import Unseen
from domain.evidence import Method
from domain.fields import Field, FieldKind

SAMPLE_ROWS = 24  # rows by which a group is judged: its order among others settles long before
CAPTION_ROWS = 60  # rows in which captions of lines are looked for
MAX_GROUPS = 60  # groups judged, those with the most text; smaller ones hold no page's records
LEAST_FILL = 0.25  # of the rows have a value: below, a place is no column
CONTEXT_WEIGHT = 0.6  # of a date column, for dates in headings above the rows
HEADING_SHARE = 0.3  # of a list's dates must head rows for them to be headings
DATELESS_FACTOR = 0.3  # of a region without dates, where the page has a list of dates
SECTION_DATES = 2.5  # entries of a list of dates in each row: the rows are its sections
PART_OF_DATES = 0.6  # of a list of dates is in the rows: they are a part of it
PART_FACTOR = 0.4
OWN_DATE_WEIGHT = 1.0  # of a date column, for the dates that rows were cut by
FAMILIES = 4  # regions of different families kept for agreement
BEST_MATCH = 1.35  # a field's best match comes near this and seldom above
PRUNE = 1.3  # a group whose bound is below so many times the best is not looked at: no score comes near its bound
COUNT_CAP = 64  # more rows than this say no more for a group
CHROME_FACTOR = 0.55  # for each navigating ancestor
NESTED_SHARE = 0.5  # of the text lies in repeated parts of the rows: the rows are sections, not records
NESTED_ROWS = 6  # rows looked at for such parts
REPEAT_WEIGHT = 0.45  # lost where every row has its fields twice
LACK_WEIGHT = 0.5  # lost by a region that tells of no asked field
SHORT_ROW = 8  # characters; rows below are menu entries and page numbers

_ONE_A_ROW = frozenset({FieldKind.TITLE, FieldKind.DATE, FieldKind.IDENTIFIER, FieldKind.URL})


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """Rows with what they tell. `matches` are by field name, `dates` those of headings above rows, or
    those that the rows were cut by, by row number."""

    table: ColumnTable
    matches: dict[str, Match]
    score: float
    rows: tuple[Row, ...] = ()
    dates: dict[int, HeadingDate] = {}
    is_dated: bool = False  # the rows are known by their dates


class Assigner(Protocol):
    """What says which column tells which field: a labeller, or a learned template."""

    fields: tuple[Field, ...]

    def assign(self, columns: Sequence[Column], rows: int) -> dict[str, Match]: ...


class Miner:
    """Mines one page for one set of fields."""

    def __init__(self, tree: Tree, labeller: Assigner, tag: str, year: int | None) -> None:
        self._tree = tree
        self._labeller = labeller
        self._shapes = Shapes()
        self._tables = TableCache()
        self._reader = RowReader(self._tables)
        asks_date = any(field.kind is FieldKind.DATE for field in labeller.fields)
        self._headings = DateHeadings(tree, tag, year) if asks_date else None
        asks_schedule = asks_date and is_schedule(labeller.fields)
        self._dated = list(dated_groups(tree, YearHeadings(tree), tag, year)) if asks_schedule else []
        self._unseen = Unseen(tree)
        self._page_length = max(1, tree.lengths[-1])
        self._sections = Sections(self._shapes)
        self.chrome = Chrome(tree)
        self._has_dated = any(self.chrome.depth(group.rows[0][0]) <= 0 for group in self._dated)

    def regions(self, tables: Iterable[ColumnTable] = ()) -> list[Region]:
        """The best region, then what may agree with it: the best of the other families. `tables` from the page's data
        compete with what its elements repeat."""
        groups: list[tuple[float, Group]] = []
        for group in self._groups():
            bound = self._bound(group)
            if groups and bound < PRUNE * groups[0][0]:
                continue
            score = self._judge(group) * self._unseen.factor(group)
            if score > 0:
                groups.append((score, group))
                groups.sort(key=lambda found: -found[0])
        regions = [self._region(self._with_twins(group), score) for score, group in groups[:1]]
        for table in tables:
            matches = self._labeller.assign(table.columns, table.rows)
            score = self._table_score(table, matches)
            if score > 0:
                regions.append(Region(table=table, matches=matches, score=score))
        return sorted(regions, key=lambda region: -region.score)[:FAMILIES]

    def _with_twins(self, group: Group) -> Group:
        """The rows of a table and those of every other table of the page that has the same headings: one list, cut
        into tables by month or by letter, however deep each stands."""
        if group.is_flat or any(len(row) != 1 or row[0].tag != "tr" for row in group.rows):
            return group
        headers = self._reader.headers(group.rows[-1])
        if not any(headers):
            return group
        nodes = (node for node in self._tree.root.walk() if node.tag == "tr" and says_something(node))
        rows = tuple((node,) for node in nodes if self._reader.headers((node,)) == headers)
        twins = self._unseen.without(msgspec.structs.replace(group, rows=rows))
        is_seen = self._unseen.factor(twins) > self._unseen.factor(group)
        return twins if is_seen or len(twins.rows) > len(group.rows) else group

    def region_of(self, group: Group) -> Region | None:
        """The region that a group of known rows makes, whatever else the page has; None where all of them are headings
        of a table."""
        return self._region(group, 0.0) if group.dates or self._body(group.rows[:MAX_ROWS]) else None

    def rows_of(self, group: Group) -> tuple[Row, ...]:
        """The rows of a group that are read as records: the headings of a table are none."""
        return self._whole(group)[:MAX_ROWS]

    def _whole(self, group: Group) -> tuple[Row, ...]:
        return group.rows if group.dates else self._body(group.rows)

    def region_of_table(self, table: ColumnTable) -> Region:
        return Region(table=table, matches=self._labeller.assign(table.columns, table.rows), score=0.0)

    def _groups(self) -> list[Group]:
        """Those with the most text first; of several whose rows hold the same texts, as an item and the only element in
        it do, the outermost, which has all that the others have: but rows of tables are known by their headings."""
        found = groups_of(self._tree, self._shapes)[:MAX_GROUPS]
        outermost: dict[tuple[tuple[int, int], ...], Group] = {}
        for group in sorted(found, key=lambda group: (group.rows[0][0].tag != "tr", group.rows[0][0].order)):
            outermost.setdefault(tuple((row[0].first, row[-1].last) for row in group.rows), group)
        seen = map(self._unseen.without, (*outermost.values(), *self._dated))
        whole = (group for group in seen if _is_of_things(group))
        groups = (part for group in whole for part in told_apart(group, self._reader))
        return sorted(groups, key=lambda group: -group.length)

    def _bound(self, group: Group) -> float:
        """More than the group's score can be, from what costs nothing to know."""
        best_fit = BEST_MATCH * len(self._labeller.fields) if self._labeller.fields else 4.0
        bound = best_fit * _count_factor(len(group.rows))
        bound *= 0.45 + 0.55 * min(1.0, group.length / self._page_length) ** 0.5
        return bound * CHROME_FACTOR ** max(0, self.chrome.depth(group.rows[0][0]))

    def _region(self, group: Group, score: float) -> Region:
        whole = self._whole(group)
        rows = whole[:MAX_ROWS]
        table = self._table(rows)
        if len(whole) > MAX_ROWS:
            table = msgspec.structs.replace(table, total=len(whole))
        return Region(
            table=table,
            matches=self._labeller.assign(table.columns, table.rows),
            score=score,
            rows=rows,
            dates=dict(enumerate(group.dates[:MAX_ROWS])) or self._dates_above(rows),
            is_dated=bool(group.dates),
        )

    def _dates_above(self, rows: Sequence[Row]) -> dict[int, HeadingDate]:
        """Dates of headings, less those that are entries of a list of dates: its last one heads nothing."""
        found = self._headings.above(rows) if self._headings else {}
        heading = {date.node.order for date in found.values()}
        for group in self._dated:
            entries = {date.node.order for date in group.dates}
            if 0 < len(entries & heading) < HEADING_SHARE * len(entries):
                found = {number: date for number, date in found.items() if date.node.order not in entries}
        return found

    def _body(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        return without_totals(without_full_width([row for row in rows if not self._reader.is_header(row)]))

    def _table(self, rows: Sequence[Row]) -> ColumnTable:
        captions = shared_captions(_spread(rows, CAPTION_ROWS), LEAST_FILL)
        cells = [self._reader.read(row, captions) for row in rows]
        headers = self._reader.headers(rows[0])
        return ColumnTable(
            columns=with_captioned_parts(columns_of(cells, headers, LEAST_FILL)),
            rows=len(rows),
            method=Method.TABLE if any(headers) else Method.REPEATED,
        )

    def _judge(self, group: Group) -> float:
        """How likely the group holds the asked records; 0 for never."""
        rows = _spread(group.rows, SAMPLE_ROWS)
        rows = rows if group.dates else self._body(rows)
        if len(rows) < 2 or (not self._labeller.fields and is_framed(rows[0][0])):
            return 0.0
        table = self._table(rows)
        if not table.columns or (not self._labeller.fields and _is_prose(rows, table)):
            return 0.0
        matches = self._labeller.assign(table.columns, table.rows)
        fit = self._fit(table, matches)
        fit *= self._repeat_factor(table, matches)
        gain = self._date_gain(group, matches)
        # Rows that were cut by their dates may well say nothing more.
        room = room_for(self._labeller.fields, table, matches)
        fit = (fit + gain) * self._told_factor(len(matches) + (gain > 0) + bool(group.dates) + room)
        fit *= self._dateless_factor(matches, is_dated=gain > 0)
        fit *= self._part_factor(group)
        lengths = [sum(node.length for node in row) for row in rows]
        total = fit * _count_factor(len(group.rows)) * _evenness(lengths)
        if statistics.median(self._sections.share(row) for row in rows[:NESTED_ROWS]) > NESTED_SHARE:
            total *= 0.5
        total *= 0.45 + 0.55 * min(1.0, group.length / self._page_length) ** 0.5
        total *= CHROME_FACTOR ** max(0, self.chrome.depth(rows[0][0]))
        return total * 0.4 if statistics.median(lengths) < SHORT_ROW and not group.dates else total

    def _table_score(self, table: ColumnTable, matches: dict[str, Match]) -> float:
        """A table from the page's data, on the scale of groups. It covers no text, so it counts as covering half."""
        if table.rows < 2:
            return 0.0
        lengths = [0] * table.rows
        for column in table.columns:
            for number, cell in column.cells.items():
                lengths[number] += len(cell.text)
        fit = self._fit(table, matches) * self._told_factor(len(matches))
        fit *= self._dateless_factor(matches, is_dated=False)
        covered = 0.5 if table.method is not Method.DEFINITIONS else min(1.0, sum(lengths) / self._page_length)
        return fit * _count_factor(table.rows) * _evenness(lengths) * (0.45 + 0.55 * covered**0.5)

    def _fit(self, table: ColumnTable, matches: dict[str, Match]) -> float:
        if self._labeller.fields:
            return sum(match.score for match in matches.values())
        return 0.8 * min(5.0, len(table.columns) ** 0.5)

    def _told_factor(self, told: float) -> float:
        """A region that lacks what is asked is likely another list of the page."""
        asked = len(self._labeller.fields)
        return 1 - LACK_WEIGHT * (asked - told) / asked if asked else 1.0

    def _repeat_factor(self, table: ColumnTable, matches: dict[str, Match]) -> float:
        """Rows that have a field several times are sections of several records."""
        cells = {column.path: column for column in table.columns}
        shares: list[float] = []
        for field in self._labeller.fields:
            match = matches.get(field.name)
            if match is None or field.many or field.kind not in _ONE_A_ROW or "#" in match.column.path:
                continue
            path, mark, attribute = match.column.path.partition("@")
            again: Column | None = cells.get(f"{path}#1{mark}{attribute}")
            both = sum(number in again.cells for number in match.column.cells) if again else 0
            shares.append(both / table.rows)
        return 1 - REPEAT_WEIGHT * statistics.fmean(shares) if shares else 1.0

    def _date_gain(self, group: Group, matches: dict[str, Match]) -> float:
        """For dates that no column tells: those that the rows were cut by, or that stand above them."""
        dates = [field for field in self._labeller.fields if field.kind is FieldKind.DATE and not field.many]
        if group.dates and dates:
            first = matches.get(dates[0].name)
            return max(0.0, OWN_DATE_WEIGHT - (first.score if first else 0.0))
        if all(field.name in matches for field in dates):
            return 0.0
        rows = group.rows[:MAX_ROWS]
        return CONTEXT_WEIGHT * len(self._dates_above(rows)) / len(rows)

    def _dateless_factor(self, matches: dict[str, Match], *, is_dated: bool) -> float:
        """A region without dates is likely another list, where the page has a list of dates."""
        if is_dated or not self._has_dated:
            return 1.0
        has_date = any(field.kind is FieldKind.DATE and field.name in matches for field in self._labeller.fields)
        return 1.0 if has_date else DATELESS_FACTOR

    def _part_factor(self, group: Group) -> float:
        """A region whose rows are sections of a list of dates, or a part of its entries, is not the list."""
        if group.dates:
            return 1.0
        starts = [row[0].order for row in group.rows]
        for dated in self._dated:
            orders = [date.node.order for date in dated.dates]
            inside = [order for order in orders if self._holds(group, starts, order)]
            per_row = len(inside) / len(group.rows)
            if per_row >= SECTION_DATES or (per_row >= 1 and len(inside) < PART_OF_DATES * len(orders)):
                return PART_FACTOR
        return 1.0

    @staticmethod
    def _holds(group: Group, starts: Sequence[int], order: int) -> bool:
        place = bisect_right(starts, order) - 1
        return place >= 0 and order < group.rows[place][-1].end


def _is_of_things(group: Group) -> bool:
    return len(group.rows) > 1 and not is_of_remarks(group) and not is_of_labels(group)


def _is_prose(rows: Sequence[Row], table: ColumnTable) -> bool:
    """Paragraphs that hold nothing but their text are an article, not a list."""
    return len(table.columns) == 1 and all(len(row) == 1 and row[0].tag == "p" for row in rows)


def _spread(rows: Sequence[Row], count: int) -> Sequence[Row]:
    """Some rows of all parts of a group, neighbours among them, so that a header stays with its table."""
    if len(rows) <= count:
        return rows
    step = len(rows) / count
    return [rows[int(place * step)] for place in range(count)]


def _count_factor(rows: int) -> float:
    return math.log2(1 + min(rows, COUNT_CAP)) ** 0.5


def _evenness(lengths: Sequence[int]) -> float:
    """Records of one list are about equally long."""
    spread = statistics.pstdev(lengths) / (statistics.fmean(lengths) + 1)
    return 0.6 + 0.4 * (1 - min(1.0, spread / 2))
