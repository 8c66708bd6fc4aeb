"""From cells to values: cut out of composite cells, and normalised."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import lxml.html
import msgspec

from agent.extract.columns import IMAGE_ATTRIBUTES, LINK_ATTRIBUTES, TEXT, Cell, Column
from agent.extract.cuts import (
    named_code,
    shared_notes,
    whole_code,
    without_codes,
    without_lead_marks,
    without_notes,
    without_small_print,
)
from agent.extract.labels import NAMED, Match, name_score
from agent.extract.miner.addresses import address_of
from agent.extract.miner.context import HeadingDate
from agent.extract.miner.regions import Region
from agent.extract.miner.tree import LOOSE
from agent.extract.other_names import caption_before, names_another
from agent.extract.price_words import current_text, stand_ins
from agent.extract.reading import FoundValue
from agent.extract.row_currency import RowCurrency
from agent.extract.row_prices import RowPrices, has_own_price
from agent.extract.setting import PageSetting
from agent.extract.vocabulary import concepts_of
from agent.extract.xpaths import xpath_of
from domain.evidence import Method
from domain.fields import Field, FieldKind
from domain.normal import Normal, normalise
from domain.records import FieldValue, Value, is_told

ALONE = 0.5  # of the rows have a title with nothing beside it
MAX_ITEMS = 200  # of a list value

_LINKS = frozenset({FieldKind.URL, FieldKind.IMAGE})
_CUT_KINDS = (FieldKind.DATE, FieldKind.IDENTIFIER, FieldKind.PRICE, FieldKind.PHONE, FieldKind.EMAIL)
_TEXTS = frozenset({FieldKind.TEXT, FieldKind.TITLE, FieldKind.DESCRIPTION, FieldKind.ADDRESS, FieldKind.PERSON})
_LEAD = re.compile(r"[^\W\d_][^:\n]{1,28}?\s*:\s+(?=\S)")


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
        self._other_days = _days_of_others(region.table.columns, self._dates[0]) if self._dates else frozenset()
        self._columns = {column.path: column for column in region.table.columns}
        self._links = [column for column in region.table.columns if column.attribute in LINK_ATTRIBUTES]
        self._notes = {field.name: self._notes_of(field) for field in self._fields if field.kind is FieldKind.TITLE}
        self._coded = {field.name for field in self._fields if self._is_coded(field)}
        self._own_prices = {field.name: RowPrices(region, field) for field in fields if has_own_price(field, fields)}
        self._titles = {field.name: self._title_alone(field) for field in self._fields if field.kind is FieldKind.TITLE}
        self._repeats = {name: self._repeats_of(match.column) for name, match in region.matches.items()}
        for field in self._fields:
            if field.kind is FieldKind.PRICE and not field.many:
                self._repeats[field.name] += self._stand_ins_of(field)
        self._currencies = {
            field.name: RowCurrency(
                region.matches[field.name].column, region.table.columns, setting.tag, is_data=not region.rows
            )
            for field in fields
            if field.kind is FieldKind.PRICE and field.name in region.matches
        }

    def row(self, number: int) -> dict[str, FoundValue]:
        """What one row tells, by field name. Titles come last: the codes and dates that other fields take are cut."""
        found: dict[str, FoundValue] = {}
        heading = self._region.dates.get(number)
        heading = None if heading is not None and self._is_of_another(heading) else heading
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

    def _title_alone(self, field: Field) -> Column | None:
        """The part of a column that every row has, and that is all of it in half of them: the rest have a badge."""
        column = self._region.matches[field.name].column
        for inner in self._region.table.columns:
            if inner.attribute != TEXT or not inner.path.startswith(f"{column.path}/"):
                continue
            if inner.cells.keys() != column.cells.keys():
                continue
            same = sum(cell.text == column.cells[number].text for number, cell in inner.cells.items())
            if same >= ALONE * len(column.cells):
                return inner
        return None

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

    def _is_of_another(self, heading: HeadingDate) -> bool:
        """Whether a date that stands with a row is called another day than the first date field's."""
        if not self._dates:
            return False
        element = heading.node.element
        captions = (caption_before(element), heading.node.text.partition(heading.raw)[0])
        return element in self._other_days or any(names_another(caption, self._dates[0]) for caption in captions)

    def _of_heading(self, heading: HeadingDate) -> FoundValue:
        path = xpath_of(heading.node.element)
        return FoundValue(raw=heading.raw, value=heading.value, method=self._region.table.method, source_path=path)

    def _single(self, field: Field, number: int, others: Mapping[str, FoundValue]) -> FoundValue | None:
        match = self._region.matches[field.name]
        own = self._own_prices.get(field.name)
        first = self._titles.get(field.name) or match.column
        for column in (first, *self._repeats[field.name]):
            cell = column.cells.get(number)
            if cell is None or (own is not None and own.is_other(cell)):
                continue
            normal = self.read_cell(cell, field, match, others)
            if normal is not None:
                found = _found(normal, cell, column, match.method or self._region.table.method)
                return found if found.unit else self._with_currency(found, field, number)
        cell = own.of(number) if own is not None else None
        normal = self.read_cell(cell, field, match, others) if cell is not None else None
        return _found(normal, cell, match.column, self._region.table.method) if cell and normal else None

    def _with_currency(self, found: FoundValue, field: Field, number: int) -> FoundValue:
        currency = self._currencies.get(field.name)
        return msgspec.structs.replace(found, unit=currency.of(number)) if currency is not None else found

    def _items(self, field: Field, number: int) -> FoundValue | None:
        """A list: the parts of a cell where the source lists them, else the cells of one kind in the row."""
        match = self._region.matches[field.name]
        method = match.method or self._region.table.method
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
                    items.append(_found(normal, part, column, method))
        if not items:
            return None
        return FoundValue(raw="", method=method, source_path=items[0].source_path, items=tuple(items))

    def _all_links(self, field: Field, number: int) -> FoundValue | None:
        """Every address that the row's elements lead to, in page order."""
        method, setting = self._region.table.method, self._setting
        items: dict[Value, FoundValue] = {}
        for node in (node for top in self._region.rows[number] for node in top.walk() if node.tag != LOOSE):
            normal = normalise(address_of(node.element), field, base_url=setting.base_url, locale=setting.tag)
            if normal is not None and normal.value not in items and len(items) < MAX_ITEMS:
                path = xpath_of(node.element)
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

    def _stand_ins_of(self, field: Field) -> list[Column]:
        taken = {match.column.path for match in self._region.matches.values()}
        free = [column for column in self._region.table.columns if column.path not in taken]
        return stand_ins(free, self._region.matches[field.name].column, field)

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
                text = without_lead_marks(without_codes(text, self._taken(others), setting.tag))
        elif field.kind is FieldKind.IDENTIFIER and not match.is_composite:
            text = without_caption(text, field, match)
            code = whole_code(text) or (named_code(text) if field.name in self._coded else "")
            if code:
                return Normal(code, code)
        elif field.kind is FieldKind.PRICE:
            text = current_text(cell)
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


def _days_of_others(columns: Sequence[Column], field: Field) -> frozenset[lxml.html.HtmlElement]:
    """The elements of columns that are called another day than the field's."""
    return frozenset(
        element
        for column in columns
        if column.headed and names_another(column.labels[0], field)
        for cell in column.cells.values()
        if cell.element is not None
        for element in (cell.element, *cell.element.iterdescendants())
    )


def without_caption(text: str, field: Field, match: Match) -> str:
    """ "Author: Jane Roe" without what the column is called. A title keeps a colon of its own ("Dune: Part Two")."""
    lead = _LEAD.match(text)
    if lead is None:
        return text
    caption = lead[0].rstrip(": ")
    is_shared = match.column.headed and match.column.labels[:1] == (caption,)
    return text[lead.end() :] if is_shared or name_score(caption, field) > 0.4 else text


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
