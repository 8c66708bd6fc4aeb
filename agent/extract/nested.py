"""Lists of objects within a record: a product's variants, a recipe's ingredients with their amounts, a shop's branches.

A nested list is a list like any other, looked for in the part of the page that belongs to its record: a row of a
listing, or the whole of a page about one thing. What is called as the field is (a heading, an id, a class) comes first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import lxml.html
import msgspec

from agent.extract.columns import ColumnTable
from agent.extract.labels import Labeller
from agent.extract.list_value import list_value
from agent.extract.listing import Listing, read_listing
from agent.extract.miner.regions import Miner
from agent.extract.miner.tree import build_tree
from agent.extract.option_lists import fullest, option_tables
from agent.extract.parts import named_parts
from agent.extract.reading import Ask
from agent.extract.setting import PageSetting
from domain.evidence import Evidence, Layer
from domain.fields import Field
from domain.records import Candidate, FieldValue, Value, is_told

MAX_ITEMS = 200  # of one nested list
MAX_ROWS = 200  # records of one page whose nested lists are read: each is mined on its own


def is_nested(field: Field) -> bool:
    """Whether a field is a list of objects. Objects alone are flat by now: see `domain.fields.flat_fields`."""
    return bool(field.children)


def with_lists_of_page(
    candidate: Candidate,
    root: lxml.html.HtmlElement,
    tables: Sequence[ColumnTable],
    fields: Sequence[Field],
    setting: PageSetting,
) -> Candidate:
    """The record of a page about one thing, with the nested lists that the page has."""
    lists = {field.name: _listed(field, root, tables, setting) or _offered(field, root, setting) for field in fields}
    return with_lists(candidate, lists)


def _offered(field: Field, root: lxml.html.HtmlElement, setting: PageSetting) -> FieldValue | None:
    """What a form offers to choose from."""
    tables = fullest(option_tables(root, field))
    return list_of_tables(field, tables, setting) if tables else None


def with_lists_of_rows(listing: Listing, fields: Sequence[Field], setting: PageSetting) -> tuple[Candidate, ...]:
    """The records of a list, each with the nested lists that its own row has."""
    region = listing.region
    if region is None or not region.rows:
        return listing.candidates
    rows = [tuple(node.element for node in region.rows[number]) for number in listing.rows[:MAX_ROWS]]
    widths = _rows_within(rows)
    found: list[Candidate] = []
    for candidate, elements in zip(listing.candidates, rows, strict=False):
        there = msgspec.structs.replace(setting, near=_starts_of(candidate))
        wide = [_widened(element, widths) for element in elements]
        lists = {
            field.name: next(filter(None, (_listed(field, element, (), there) for element in wide)), None)
            for field in fields
        }
        found.append(with_lists(candidate, lists))
    return (*found, *listing.candidates[len(found) :])


def _rows_within(rows: Sequence[tuple[lxml.html.HtmlElement, ...]]) -> Counter[lxml.html.HtmlElement]:
    """How many rows each element around them holds."""
    held: Counter[lxml.html.HtmlElement] = Counter()
    for elements in rows:
        held.update({around for element in elements for around in (element, *element.iterancestors())})
    return held


def _widened(element: lxml.html.HtmlElement, held: Counter[lxml.html.HtmlElement]) -> lxml.html.HtmlElement:
    """The widest element around a row that holds no other row: a row may be no more than the heading of its thing."""
    for around in element.iterancestors():
        if held[around] > 1 or around.tag == "body":
            return element
        element = around
    return element


def _starts_of(candidate: Candidate) -> dict[Layer, int]:
    """Where the record begins, so that the same words in an earlier row are not quoted for it."""
    starts: dict[Layer, int] = {}
    for value in candidate.fields.values():
        for proof in value.evidence:
            if proof.start is not None:
                starts[proof.layer] = min(proof.start, starts.get(proof.layer, proof.start))
    return starts


def list_of_tables(field: Field, tables: Sequence[ColumnTable], setting: PageSetting) -> FieldValue | None:
    """The list that the rows of a table are; None where they tell nothing of it."""
    return _value_of(_mined(field, lxml.html.document_fromstring("<html></html>"), tables, setting), field)


def _listed(
    field: Field, root: lxml.html.HtmlElement, tables: Sequence[ColumnTable], setting: PageSetting
) -> FieldValue | None:
    for part in named_parts(root, field.name):
        value = _value_of(_mined(field, part, (), setting), field)
        if value is not None:
            return value
    return _value_of(_mined(field, root, tables, setting), field)


def _mined(
    field: Field, root: lxml.html.HtmlElement, tables: Sequence[ColumnTable], setting: PageSetting
) -> tuple[Candidate, ...]:
    miner = Miner(build_tree(root), Labeller(field.children, setting.tag, setting.year), setting.tag, setting.year)
    return read_listing(miner, tables, Ask(fields=field.children, many=True), setting).candidates


def _value_of(rows: Sequence[Candidate], field: Field) -> FieldValue | None:
    """The list as one value; what the page does not say is in none of its items."""
    items: list[Value] = []
    proofs: list[Evidence] = []
    sure: list[float] = []
    for row in rows[:MAX_ITEMS]:
        told = {child.name: row.fields[child.name] for child in field.children if _is_told(row, child)}
        if not told:
            continue
        for name, value in told.items():
            part = f"[{len(items)}].{name}"
            proofs += [msgspec.structs.replace(proof, part=part) for proof in value.evidence[:1]]
            sure.append(value.confidence)
        items.append({name: value.value for name, value in told.items()})
    return list_value(items, proofs, sure)


def _is_told(row: Candidate, child: Field) -> bool:
    value = row.fields.get(child.name)
    return value is not None and is_told(value)


def with_lists(candidate: Candidate, lists: Mapping[str, FieldValue | None]) -> Candidate:
    """The record with the lists that were found, by field name."""
    told = {name: value for name, value in lists.items() if value is not None}
    return msgspec.structs.replace(candidate, fields=candidate.fields | told) if told else candidate
