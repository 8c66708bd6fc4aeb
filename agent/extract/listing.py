"""Read a page as a list: choose the region, take its rows, let other sources agree or fill what it lacks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urljoin

import msgspec

from agent.extract.columns import LINK_ATTRIBUTES, Column, ColumnTable
from agent.extract.contradictions import with_contradiction
from agent.extract.copies import copies_in
from agent.extract.defaults import default_fields
from agent.extract.detail.elsewhere_words import CALLED_OTHERS
from agent.extract.grounder import FORMLESS, Grounder
from agent.extract.labels import NAMED, name_score
from agent.extract.miner.regions import Miner, Region
from agent.extract.miner.tree import LOOSE, Row
from agent.extract.part_columns import with_parts
from agent.extract.reading import Ask, FoundRow, FoundValue
from agent.extract.setting import PageSetting
from agent.extract.times import timed
from agent.extract.values import Reader, is_record
from domain.fields import Field, FieldKind, words_of
from domain.folding import fold
from domain.records import Candidate, FieldValue, Value
from domain.templates import NamedBy

SAME_ROWS = 0.5  # of the smaller list are in the other: then the two tell of the same things
NEARLY_ALL = 0.8  # of the things that the data describes, where the page names one or the other in other words
TITLE_KINDS = (FieldKind.TITLE, FieldKind.TEXT, FieldKind.IDENTIFIER, FieldKind.URL)

_KEY = re.compile(r"[\w-]+")


class Listing(NamedTuple):
    """`region` is where the most of the records came from, None where nothing repeats; `rows` are theirs there."""

    candidates: tuple[Candidate, ...]
    fields: tuple[Field, ...]
    region: Region | None
    rows: tuple[int, ...] = ()


def read_listing(
    miner: Miner, tables: Sequence[ColumnTable], ask: Ask, setting: PageSetting, lone: Sequence[ColumnTable] = ()
) -> Listing:
    """The records of a list, by names and kinds. `lone` are tables of one row: of the one thing that the page's data
    describes, which may be a row of its list."""
    regions = _fullest_first(_own_first(miner.regions(tables), ask), ask, setting)
    if not regions:
        return Listing((), ask.fields, None)
    if ask.guessed:
        regions = [_without_guesses(region, ask) for region in regions]
    region, fields = regions[0], ask.fields
    if not fields:
        fields, matches = default_fields(region.table, setting.tag)
        region = msgspec.structs.replace(region, matches=matches)
    else:
        region = with_parts(region, fields, setting)
    rows = _rows_of(region, fields, setting)
    if ask.fields:
        for other in (*regions[1:], *(_named_alone(miner.region_of_table(table)) for table in lone)):
            rows = _agreed(rows, other, fields, setting)
    found = candidates_of(rows, region, fields, setting)
    return Listing(tuple(found.values()), fields, region, tuple(found))


def _own_first(regions: list[Region], ask: Ask) -> list[Region]:
    """The regions, with what the page's data calls recommended, related or the like behind a list that tells the same
    fields: of two lists in one state, the longer is often the one of other things."""
    if not regions or not _is_called_others(regions[0]) or CALLED_OTHERS.search(ask.entity):
        return regions
    asked = regions[0].matches.keys()
    for place, own in enumerate(regions[1:], 1):
        if not _is_called_others(own) and asked <= own.matches.keys():
            return [own, *regions[:place], *regions[place + 1 :]]
    return regions


def _is_called_others(region: Region) -> bool:
    """Whether a key on the way to the rows, or the end of one ("productRecommendations"), names other things."""
    if region.rows:
        return False
    keys = (words_of(key) for key in _KEY.findall(region.table.source_path))
    ends = ("-".join(words[start:]) for words in keys for start in range(len(words)))
    return any(CALLED_OTHERS.fullmatch(end) for end in ends)


def _fullest_first(regions: list[Region], ask: Ask, setting: PageSetting) -> list[Region]:
    """The regions, with the page's own rows before those of its data where these are a part of them: many shops
    describe the first few of a list."""
    if not ask.fields or not regions or regions[0].rows:
        return regions
    for place, whole in enumerate(regions[1:], 1):
        if whole.rows and whole.table.rows > regions[0].table.rows and _is_part(regions[0], whole, ask, setting):
            return [whole, *regions[:place], *regions[place + 1 :]]
    return regions


def _is_part(part: Region, whole: Region, ask: Ask, setting: PageSetting) -> bool:
    """Whether nearly all rows of the data are among the page's, and those stand side by side with all others."""
    known = [set(_keys(row, ask.fields)) for row in _rows_of(part, ask.fields, setting)]
    rows = [set(_keys(row, ask.fields)) for row in _rows_of(whole, ask.fields, setting)]
    told = set().union(*rows)
    if sum(bool(keys & told) for keys in known) < NEARLY_ALL * len(known):
        return False
    named = set().union(*known)
    places = {_place_of(row) for row, keys in zip(whole.rows, rows, strict=True) if keys & named}
    return all(_place_of(row) in places for row in whole.rows)


def _rows_of(region: Region, fields: Sequence[Field], setting: PageSetting) -> list[FoundRow]:
    reader = Reader(region, fields, setting)
    return [reader.row(number) for number in range(region.table.rows)]


def _place_of(row: Row) -> tuple[int, str, str]:
    """What holds a row: lines of a grid that stand side by side and are called alike are one."""
    parent = row[0].parent
    around = parent.parent if parent is not None else None
    if parent is None or around is None or parent.tag == LOOSE:
        return (parent.order if parent is not None else 0, "", "")
    return (around.order, parent.tag, parent.get("class"))


def _named_alone(region: Region) -> Region:
    """A region of one row with the columns that are called what is asked: one value has no look."""
    matches = {name: match for name, match in region.matches.items() if match.named_by is NamedBy.PAGE}
    return msgspec.structs.replace(region, matches=matches)


def candidates_of(
    rows: Sequence[FoundRow], region: Region, fields: Sequence[Field], setting: PageSetting
) -> dict[int, Candidate]:
    """The rows that are records, by their number in the region, each list once."""
    grounder = Grounder(setting)
    named = named_fields(region, fields)
    links = RowLinks(region, setting.base_url)
    copies = copies_in(region.rows, rows)
    found: dict[int, Candidate] = {}
    for number, row in enumerate(timed(rows, region, fields, setting.tag)):
        if number in copies:
            continue
        values = grounder.row(row, fields, named)
        if is_record(values, fields, region.matches, is_dated=region.is_dated):
            found[number] = Candidate(
                page_id=setting.page.id,
                url=setting.page.final_url or setting.page.url,
                position=len(found),
                fields=values,
                detail_url=links.of(number),
            )
    return found


def _without_guesses(region: Region, ask: Ask) -> Region:
    """The region without columns that only their form speaks for, where the field itself is a guess: a number beside a
    product is not its code because somebody who wants products may want codes."""
    named = named_fields(region, ask.fields)
    doubtful = {field.name for field in ask.fields if field.name in ask.guessed and field.kind in FORMLESS} - named
    matches = {name: match for name, match in region.matches.items() if name not in doubtful}
    return msgspec.structs.replace(region, matches=matches)


def named_fields(region: Region, fields: Sequence[Field]) -> frozenset[str]:
    """Fields whose column a caption or key of the page names."""
    named = set()
    for field in fields:
        match = region.matches.get(field.name)
        if match is not None and max((name_score(label, field) for label in match.column.labels), default=0.0) >= NAMED:
            named.add(field.name)
    return frozenset(named)


def _agreed(rows: Sequence[FoundRow], other: Region, fields: Sequence[Field], setting: PageSetting) -> list[FoundRow]:
    """The rows, with what another source says of the same things: equal values agree, missing ones are filled."""
    if not any(field.name in other.matches and _is_key(field) for field in fields):
        return list(rows)
    keys = [_keys(row, fields) for row in rows]
    by_key: dict[str, FoundRow] = {}
    others = _rows_of(other, fields, setting)
    for row in others:
        for key in _keys(row, fields):
            by_key.setdefault(key, row)
    partners = [next((by_key[key] for key in of_row if key in by_key), None) for of_row in keys]
    shared = sum(partner is not None for partner in partners)
    if shared < max(1.0, SAME_ROWS * min(len(rows), len(others))):
        return list(rows)
    return [
        _joined(row, partner, fields) if partner is not None else row
        for row, partner in zip(rows, partners, strict=True)
    ]


def _is_key(field: Field) -> bool:
    return field.kind in TITLE_KINDS and not field.many


def _keys(row: Mapping[str, FoundValue], fields: Sequence[Field]) -> list[str]:
    """What a row is known by, in another source as well: titles, codes and links."""
    keys = []
    for field in fields:
        value = row.get(field.name)
        if value is not None and _is_key(field) and len(str(value.value)) > 3:
            keys.append(f"{field.name}={fold(str(value.value))}")
    return keys


def _joined(row: FoundRow, partner: FoundRow, fields: Sequence[Field]) -> FoundRow:
    joined = dict(row)
    for field in fields:
        ours, theirs = row.get(field.name), partner.get(field.name)
        if theirs is None or theirs.method is (ours.method if ours else None):
            continue
        if ours is None:
            joined[field.name] = theirs
        elif (doubted := with_contradiction(ours, theirs, field)) is not ours:
            joined[field.name] = doubted
        elif ours.value is not None and _are_same(ours.value, theirs.value):
            agreeing = (*ours.agreeing, theirs.method)
            joined[field.name] = msgspec.structs.replace(ours, agreeing=agreeing, unit=ours.unit or theirs.unit)
    return {field.name: joined[field.name] for field in fields if field.name in joined}


def _are_same(ours: Value, theirs: Value | None) -> bool:
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return ours == theirs  # "$10" and "10.00"
    return fold(str(ours)) == fold(str(theirs))


class RowLinks:
    """The page about each row's thing: where its title leads, else its best filled link."""

    def __init__(self, region: Region, base_url: str) -> None:
        self._base_url = base_url
        links = [column for column in region.table.columns if column.attribute in LINK_ATTRIBUTES]
        titles = [match.column for match in region.matches.values() if match.column.attribute == "text"]
        self._columns = sorted(links, key=lambda column: -self._rank(column, titles, region.table.rows))

    @staticmethod
    def _rank(column: Column, titles: Sequence[Column], rows: int) -> float:
        """Links around or within a told text first, then those that differ most from row to row."""
        values = {cell.text for cell in column.cells.values()}
        place = column.path.partition("@")[0]
        beside = any(title.path.startswith(place) or place.startswith(title.path) for title in titles)
        return 1.0 * beside + len(values) / max(1, rows)

    def of(self, number: int) -> str:
        for column in self._columns:
            cell = column.cells.get(number)
            if cell is None or cell.text.startswith(("mailto:", "tel:", "javascript:")):
                continue
            try:
                return urljoin(self._base_url, cell.text)
            except ValueError:  # unbalanced brackets and the like
                continue
        return ""


def filled_fields(candidates: Sequence[Candidate]) -> dict[str, FieldValue]:
    """For each field that any candidate has, one value of it."""
    filled: dict[str, FieldValue] = {}
    for candidate in candidates:
        for name, value in candidate.fields.items():
            filled.setdefault(name, value)
    return filled
