"""Columns that earlier pages named, and columns that nothing names: taken where something bears them out, or empty."""

import pytest
from extract_pages import page_of

from agent.extract.cascade import read_page
from agent.extract.reading import Ask, PageReading
from agent.extract.templates import proved_by
from domain.evidence import Method
from domain.fields import parse_fields
from domain.records import plain_values
from domain.templates import PROOFS, NamedBy, Template

FIELDS = parse_fields("name,maker,town")
WOODS = ("ash", "beech", "cherry", "elm", "maple", "oak", "pine")
TOWNS = ("Arles", "Bergen", "Cadiz", "Delft", "Evora")
HEADS = {"name": "Name", "maker": "Maker", "town": "Town", "street": "Street", "note": "Note"}


def fact(column: str, number: int) -> str:
    return {
        "name": f"Standing Lamp {number}",
        "maker": f"{WOODS[number % 7]} works",
        "town": TOWNS[number % 5],
        "street": f"{TOWNS[number % 4]} road",
        "note": f"Leaves our works in {number % 9 + 2} days, and is yours for {number % 4 + 1} years.",
    }[column]


def table(start: int, columns: tuple[str, ...] = ("name", "maker", "town"), *, headed: bool = True) -> str:
    head = f"<tr>{''.join(f'<th>{HEADS[column]}</th>' for column in columns)}</tr>" if headed else ""
    rows = "".join(
        f"<tr>{''.join(f'<td>{fact(column, number)}</td>' for column in columns)}</tr>"
        for number in range(start, start + 8)
    )
    return f"<html lang='en'><body><main><table>{head}{rows}</table></main></body></html>"


def read(html: str, *templates: Template, fields=FIELDS) -> PageReading:
    return read_page(page_of(html), Ask(fields=fields, many=True, templates=templates))


def first(reading: PageReading) -> dict[str, object]:
    return plain_values(reading.candidates[0].fields) if reading.candidates else {}


def lesson(start: int = 0) -> Template:
    template = read(table(start)).template
    assert template is not None
    return template


def proven() -> Template:
    template = lesson()
    for page in range(1, PROOFS):
        template = proved_by(template, lesson(20 * page))
    assert template.is_proven
    return template


def test_a_later_page_without_headings_takes_those_of_the_first():
    reading = read(table(40, headed=False), lesson())
    assert first(reading) == {column: fact(column, 40) for column in ("name", "maker", "town")}
    (candidate, *_) = reading.candidates
    assert candidate.fields["maker"].evidence[0].method is Method.TEMPLATE
    assert reading.template is not None
    assert reading.template.columns["maker"].named_by is NamedBy.PAGE


def test_what_only_its_look_spoke_for_is_taught_to_no_later_page():
    nameless = read(table(0, headed=False)).template
    assert nameless is not None
    assert {column.named_by for column in nameless.columns.values()} == {NamedBy.FORM}
    assert not {"maker", "town"} & first(read(table(40, headed=False), nameless)).keys()


@pytest.mark.parametrize("known", [lesson, proven])
def test_a_page_that_lacks_a_column_gets_no_other_in_its_place(known):
    assert "maker" not in first(read(table(40, ("name", "town"), headed=False), known()))


@pytest.mark.parametrize("known", [lesson, proven])
def test_a_column_with_the_name_of_another_field_is_that_fields(known):
    reading = read(table(40, ("name", "town")), known())
    assert first(reading) == {"name": fact("name", 40), "town": fact("town", 40)}


@pytest.mark.parametrize("memory", [lesson, proven])
@pytest.mark.parametrize("columns", [("maker", "name", "town"), ("name", "note", "town"), ("town", "maker", "name")])
def test_cells_of_a_headless_table_that_change_places_are_not_read_by_their_place(memory, columns):
    told = first(read(table(40, columns, headed=False), memory()))
    assert {name: value for name, value in told.items() if value != fact(name, 40)} == {}


def test_cells_of_a_headless_table_that_stay_are_read_by_their_place_though_their_values_differ():
    template = proven()
    for start in range(40, 200, 8):
        assert first(read(table(start, headed=False), template)) == {
            name: fact(name, start) for name in ("name", "maker", "town")
        }


@pytest.mark.parametrize("known", [lesson, proven])
def test_headings_in_another_order_say_more_than_the_place(known):
    reading = read(table(40, ("town", "name", "maker")), known())
    assert first(reading) == {column: fact(column, 40) for column in ("name", "maker", "town")}


def test_of_several_names_that_nothing_names_only_the_first_is_filled():
    """The others would get what is left over."""
    fields = parse_fields("lamp_name,maker_name,town_name")
    assert list(first(read(table(0, headed=False), fields=fields))) == ["lamp_name"]


def test_a_field_named_by_the_page_leaves_no_other_name_to_what_is_left_over():
    fields = parse_fields("name,shop_name")
    assert list(first(read(table(0, ("name", "street")), fields=fields))) == ["name"]


def test_a_column_whose_values_became_another_kind_is_not_the_one_that_was_named():
    rows = "".join(
        f"<tr><td>{fact('name', number)}</td><td>{number + 10} May 2025</td><td>{fact('town', number)}</td></tr>"
        for number in range(8)
    )
    dated = f"<html lang='en'><body><main><table>{rows}</table></main></body></html>"
    assert "maker" not in first(read(dated, lesson()))
