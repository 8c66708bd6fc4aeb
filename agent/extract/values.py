"""From cells to values: cut out of composite cells, normalised, grounded, with a confidence."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from agent.extract.columns import IMAGE_ATTRIBUTES, LINK_ATTRIBUTES, TEXT, Cell, Column
from agent.extract.confidence import Signs, confidence_of
from agent.extract.cuts import named_code, shared_notes, whole_code, without_codes, without_notes, without_small_print
from agent.extract.labels import NAMED, Match, name_score
from agent.extract.miner.addresses import address_of
from agent.extract.miner.context import HeadingDate
from agent.extract.miner.regions import Region
from agent.extract.miner.tree import LOOSE
from agent.extract.reading import FoundValue
from agent.extract.vocabulary import concepts_of
from domain.evidence import Evidence, Layer, Method, Verdict
from domain.fields import Field, FieldKind
from domain.grounding import ground
from domain.normal import Normal, normalise
from domain.pages import Page
from domain.records import Conflict, FieldValue, Value, is_told

MAX_ITEMS = 200  # of a list value
LONGEST_ROW = 20_000  # characters of text or source: what is found farther on is not of the next row

_LINKS = frozenset({FieldKind.URL, FieldKind.IMAGE})
_CUT_KINDS = (FieldKind.DATE, FieldKind.IDENTIFIER, FieldKind.PRICE)
_TEXTS = frozenset({FieldKind.TEXT, FieldKind.TITLE, FieldKind.DESCRIPTION, FieldKind.ADDRESS, FieldKind.PERSON})
_LEAD = re.compile(r"[^\W\d_][^:\n]{1,28}?\s*:\s+(?=\S)")
_PART = Field(name="part")
_HTML_METHODS = frozenset({Method.JSON_LD, Method.MICRODATA, Method.OPENGRAPH, Method.STATE})


class PageSetting(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to read values of one page. `year` completes dates that leave theirs out; `near` says from where
    on in each layer values are looked for, in characters."""

    page: Page
    base_url: str
    tag: str
    year: int | None = None
    near: Mapping[Layer, int] = {}


class Reader:
    """Reads the rows of one region for the asked fields."""

    def __init__(self, region: Region, fields: Sequence[Field], setting: PageSetting) -> None:
        self._region = region
        self._setting = setting
        link_lists = [field for field in fields if field.many and field.kind is FieldKind.URL]
        self._link_lists = link_lists if region.rows else []
        self._fields = tuple(field for field in fields if field.name in region.matches or field in self._link_lists)
        self._in_order = sorted(self._fields, key=lambda field: field.kind is FieldKind.TITLE)
        self._dates = [field for field in fields if field.kind is FieldKind.DATE and not field.many]
        self._kinds = {field.kind for field in fields}
        self._columns = {column.path: column for column in region.table.columns}
        self._links = [column for column in region.table.columns if column.attribute in LINK_ATTRIBUTES]
        self._notes = {field.name: self._notes_of(field) for field in self._fields if field.kind is FieldKind.TITLE}
        self._coded = {field.name for field in self._fields if self._is_coded(field)}
        self._repeats = {name: self._repeats_of(match.column) for name, match in region.matches.items()}

    def row(self, number: int) -> dict[str, FoundValue]:
        """What one row tells, by field name. Titles come last: the codes and dates that other fields take are cut."""
        found: dict[str, FoundValue] = {}
        heading = self._region.dates.get(number)
        if heading is not None and self._region.is_dated and self._dates:
            found[self._dates[0].name] = self._of_heading(heading)
        for field in self._in_order:
            if field.name in found:
                continue
            if field in self._link_lists:
                value = self._all_links(field, number)
            else:
                value = self._items(field, number) if field.many else self._single(field, number, found)
            if value is not None:
                found[field.name] = value
        for field in self._dates:
            if heading is not None and field.name not in found:
                found[field.name] = self._of_heading(heading)
        return found

    def _notes_of(self, field: Field) -> frozenset[str]:
        """Remarks that end several titles. In brackets after the name of a case stands what was done with it."""
        titles = [cell.text for cell in self._region.matches[field.name].column.cells.values()]
        return shared_notes(titles, round_too="case name" in concepts_of(field.name)[:1])

    def _is_coded(self, field: Field) -> bool:
        """Whether the page's caption names a column as that of a code, and nothing else is read from it."""
        match = self._region.matches.get(field.name)
        if match is None or field.kind is not FieldKind.IDENTIFIER or not match.column.headed:
            return False
        others = [
            self._region.matches[other.name]
            for other in self._fields
            if other is not field and other.name in self._region.matches
        ]
        if any(other.column.path == match.column.path for other in others):
            return False
        return name_score(match.column.labels[0], field) >= NAMED

    def _of_heading(self, heading: HeadingDate) -> FoundValue:
        path = str(heading.node.element.getroottree().getpath(heading.node.element))
        return FoundValue(raw=heading.raw, value=heading.value, method=self._region.table.method, source_path=path)

    def _single(self, field: Field, number: int, others: Mapping[str, FoundValue]) -> FoundValue | None:
        match = self._region.matches[field.name]
        for column in (match.column, *self._repeats[field.name]):
            cell = column.cells.get(number)
            if cell is None:
                continue
            normal = self.read_cell(cell, field, match, others)
            if normal is not None:
                return _found(normal, cell, column, self._region.table.method)
        return None

    def _items(self, field: Field, number: int) -> FoundValue | None:
        """A list: the parts of a cell where the source lists them, else the cells of one kind in the row."""
        match = self._region.matches[field.name]
        if field.kind is FieldKind.URL:
            columns: Iterable[Column] = self._links
        else:
            columns = (match.column, *self._repeats[field.name])
        items: list[FoundValue] = []
        seen: set[Value] = set()
        for column in columns:
            cell = column.cells.get(number)
            if cell is None:
                continue
            for text in cell.items or (cell.text,):
                part = cell._replace(text=text, items=())
                normal = self.read_cell(part, field, match, {})
                if normal is not None and normal.value not in seen and len(items) < MAX_ITEMS:
                    seen.add(normal.value)
                    items.append(_found(normal, part, column, self._region.table.method))
        if not items:
            return None
        return FoundValue(
            raw="", method=self._region.table.method, source_path=items[0].source_path, items=tuple(items)
        )

    def _all_links(self, field: Field, number: int) -> FoundValue | None:
        """Every address that the row's elements lead to, in page order."""
        method, setting = self._region.table.method, self._setting
        items: dict[Value, FoundValue] = {}
        for node in (node for top in self._region.rows[number] for node in top.walk() if node.tag != LOOSE):
            normal = normalise(address_of(node.element), field, base_url=setting.base_url, locale=setting.tag)
            if normal is not None and normal.value not in items and len(items) < MAX_ITEMS:
                path = str(node.element.getroottree().getpath(node.element))
                items[normal.value] = FoundValue(
                    raw=normal.raw, value=normal.value, method=method, source_path=path, attribute="href"
                )
        found = tuple(items.values())
        return FoundValue(raw="", method=method, source_path=found[0].source_path, items=found) if found else None

    def _taken(self, others: Mapping[str, FoundValue]) -> dict[FieldKind, frozenset[str]]:
        return {
            kind: frozenset(
                told
                for field in self._fields
                if field.kind is kind and (value := others.get(field.name))
                for told in (value.raw, str(value.value)[:10] if kind is FieldKind.DATE else value.raw)
            )
            for kind in _CUT_KINDS
            if kind in self._kinds
        }

    def _repeats_of(self, column: Column) -> list[Column]:
        path, mark, attribute = column.path.partition("@")
        again = (self._columns.get(f"{path}#{place}{mark}{attribute}") for place in range(1, 7))
        return [column for column in again if column is not None]

    def read_cell(self, cell: Cell, field: Field, match: Match, others: Mapping[str, FoundValue]) -> Normal | None:
        """The value that a cell holds for a field, or None. `others` are what the row's other fields took."""
        setting = self._setting
        text = cell.text
        if field.kind in _LINKS:
            wanted = LINK_ATTRIBUTES if field.kind is FieldKind.URL else IMAGE_ATTRIBUTES
            if cell.attribute not in wanted or text.startswith(("mailto:", "tel:")):
                return None
        elif cell.attribute in LINK_ATTRIBUTES | IMAGE_ATTRIBUTES and not text.startswith(("mailto:", "tel:")):
            return None
        if field.kind in _TEXTS:
            text = without_caption(text, field, match)
            if field.kind is FieldKind.TITLE:
                text = without_notes(without_small_print(text, cell.element), self._notes.get(field.name, ()))
                text = without_codes(text, self._taken(others), setting.tag)
        elif field.kind is FieldKind.IDENTIFIER and not match.is_composite:
            text = without_caption(text, field, match)
            code = whole_code(text) or (named_code(text) if field.name in self._coded else "")
            if code:
                return Normal(code, code)
        return normalise(text, field, base_url=setting.base_url, locale=setting.tag, year=setting.year)


def _found(normal: Normal, cell: Cell, column: Column, method: Method) -> FoundValue:
    source_path = cell.path or column.path
    return FoundValue(
        raw=normal.raw,
        value=normal.value,
        unit=normal.unit,
        method=method,
        source_path=source_path,
        attribute=cell.attribute,
    )


def without_caption(text: str, field: Field, match: Match) -> str:
    """ "Author: Jane Roe" without what the column is called. A title keeps a colon of its own ("Dune: Part Two")."""
    lead = _LEAD.match(text)
    if lead is None:
        return text
    caption = lead[0].rstrip(": ")
    is_shared = match.column.headed and match.column.labels[:1] == (caption,)
    return text[lead.end() :] if is_shared or name_score(caption, field) > 0.4 else text


class Grounder:
    """Makes found values into checked ones. Values are looked for from where the last row ended, so that each gets the
    place in its own row and not that of the same words in another."""

    def __init__(self, setting: PageSetting) -> None:
        self._setting = setting
        self._near: dict[Layer, int] = dict(setting.near)

    def row(
        self, found: Mapping[str, FoundValue], fields: Sequence[Field], named: frozenset[str]
    ) -> dict[str, FieldValue]:
        """Field values by name; `named` are the fields whose column the page's own captions name."""
        values: dict[str, FieldValue] = {}
        ends = dict(self._near)
        for field in fields:
            value = found.get(field.name)
            told = self._field_value(value, field, field.name in named, self._near) if value is not None else None
            if told is None:
                continue
            values[field.name] = told
            for evidence in told.evidence:
                if evidence.start is None or evidence.end is None:
                    continue
                ahead = evidence.start - self._near.get(evidence.layer, 0)
                if 0 <= ahead < LONGEST_ROW:
                    ends[evidence.layer] = max(ends.get(evidence.layer, 0), evidence.end)
        self._near = ends
        return values

    def _field_value(
        self, found: FoundValue, field: Field, is_named: bool, near: Mapping[Layer, int]
    ) -> FieldValue | None:
        if found.items:
            return self._list_value(found, field, is_named, near)
        value = found.value
        unit = found.unit
        if value is None:
            normal = self._normal(found.raw, field)
            if normal is None:
                return None
            value, unit = normal.value, unit or normal.unit
        evidence = self._ground(value, found, field, near)
        parts = tuple(self._ground_part(part, near) for part in found.parts)
        if any(part.verdict is Verdict.UNSUPPORTED for part in parts):
            return None
        return FieldValue(
            value=value,
            verdict=evidence.verdict,
            evidence=(evidence, *parts),
            raw=found.raw,
            unit=unit,
            confidence=confidence_of(signs_of(found, field, evidence, is_named=is_named), evidence.verdict),
            conflicts=tuple(self._conflicts(found, field, near)),
            agreeing=_others(found),
        )

    def _ground_part(self, part: FoundValue, near: Mapping[Layer, int]) -> Evidence:
        """Where a part of a value stands: the value follows from it and is not said by it."""
        evidence = self._ground(part.raw, part, _PART, near)
        is_there = evidence.verdict is Verdict.SUPPORTED
        return msgspec.structs.replace(evidence, verdict=Verdict.DERIVED) if is_there else evidence

    def _list_value(
        self, found: FoundValue, field: Field, is_named: bool, near: Mapping[Layer, int]
    ) -> FieldValue | None:
        """A list of items that the page says; those that it does not say are left out."""
        values: list[Value] = []
        proofs: list[Evidence] = []
        sure: list[float] = []
        for item in found.items[:MAX_ITEMS]:
            normal = None if item.value is not None else self._normal(item.raw, field)
            value = item.value if item.value is not None else normal.value if normal else None
            if value is None:
                continue
            evidence = self._ground(value, item, field, near)
            if evidence.verdict in {Verdict.SUPPORTED, Verdict.DERIVED}:
                proofs.append(msgspec.structs.replace(evidence, part=f"[{len(values)}]"))
                values.append(value)
                sure.append(confidence_of(signs_of(found, field, evidence, is_named=is_named), evidence.verdict))
        if not values:
            return None
        all_said = all(proof.verdict is Verdict.SUPPORTED for proof in proofs)
        return FieldValue(
            value=values,
            verdict=Verdict.SUPPORTED if all_said else Verdict.DERIVED,
            evidence=tuple(proofs),
            raw=found.raw,
            confidence=min(sure),
            agreeing=_others(found),
        )

    def _conflicts(self, found: FoundValue, field: Field, near: Mapping[Layer, int]) -> Iterable[Conflict]:
        for other in found.conflicts:
            normal = None if other.value is not None else self._normal(other.raw, field)
            value = other.value if other.value is not None else normal.value if normal else None
            if value is not None:
                evidence = self._ground(value, other, field, near)
                if evidence.verdict is not Verdict.UNSUPPORTED:
                    yield Conflict(value=value, evidence=(evidence,))

    def _normal(self, raw: str, field: Field) -> Normal | None:
        setting = self._setting
        return normalise(raw, field, base_url=setting.base_url, locale=setting.tag, year=setting.year)

    def _ground(self, value: Value, found: FoundValue, field: Field, near: Mapping[Layer, int]) -> Evidence:
        layer = Layer.TEXT
        if found.method is Method.XHR:
            layer = Layer.RESPONSE
        elif found.attribute != TEXT or found.method in _HTML_METHODS:
            layer = Layer.HTML
        return ground(
            value,
            found.raw,
            field,
            self._setting.page,
            method=found.method,
            source_path=found.source_path,
            layer_hint=layer,
            near=near.get(layer, 0),
            locale=self._setting.tag,
        )


def _others(found: FoundValue) -> tuple[Method, ...]:
    return tuple(dict.fromkeys(method for method in found.agreeing if method is not found.method))


def signs_of(found: FoundValue, field: Field, evidence: Evidence, *, is_named: bool) -> Signs:
    """What is known of how a value was read. How well a column fitted says nothing of it being right, and is left
    out."""
    return Signs(
        method=found.method,
        kind=field.kind,
        match=evidence.match,
        agreeing=len(_others(found)),
        many=field.many,
        is_named=is_named,
        is_contradicted=bool(found.conflicts),
        is_derived=evidence.verdict is Verdict.DERIVED,
    )


def is_record(
    values: Mapping[str, FieldValue], fields: Sequence[Field], columns: Collection[str], *, is_dated: bool = False
) -> bool:
    """Whether a row is a thing: it has half of what its list has, and something to know it by, where the list has such.
    `columns` are the fields that the list has; `is_dated`: it is a list of dates, and a date is enough."""
    told = [field for field in fields if field.name in values and is_told(values[field.name])]
    if is_dated and any(field.kind is FieldKind.DATE for field in told):
        return True
    if len(told) < max(1, len(columns) // 2):
        return False
    naming = [field for field in fields if field.kind in _TEXTS or field.kind is FieldKind.IDENTIFIER]
    if not any(field.name in columns for field in naming):
        return len(told) > 1 or len(fields) == 1
    return any(field in told for field in naming)
