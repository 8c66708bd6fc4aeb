"""Rows of one list that differ in form: none is lost, none gives another's value, none is read that nobody sees."""

from __future__ import annotations

import pytest
from bowl_rows import read, told
from hypothesis import given, settings
from hypothesis import strategies as st

PLAIN = "<span class=price>${0}</span>"
MARKED_SALES = ("<del>${1}</del> <ins>${0}</ins>", "<s>${1}</s> <b>${0}</b>")
SALES = (
    *MARKED_SALES,
    "<p><s>${1}</s></p><p>${0}</p>",
    "<p>Was ${1}</p><p>Now ${0}</p>",
    "<div class=sale><div class=was><del>${1}</del></div><div class=now><strong>${0}</strong></div></div>",
)
PARTS = ("<p>Only 3 left</p>", "<span class=badge>Sold out</span>", "<p class=desc>Turned by hand in a small shop.</p>")
FRAMES = (
    "<div class=card>{}</div>",
    "<div class='card featured'>{}</div>",
    "<div class=cell><div class=card>{}</div></div>",
)


def card(at: int, price: str, before: str = "", after: str = "") -> str:
    shown = price.format(f"{at + 10}.50", f"{at + 150}.50")
    return f"{before}<h3><a href=/{at}>{told(at)[0]}</a></h3>{after}{shown}"


FORMS = st.tuples(st.booleans(), st.sampled_from(("", *PARTS)), st.sampled_from(("", *PARTS)), st.sampled_from(FRAMES))


@settings(max_examples=15, deadline=None)
@given(forms=st.lists(FORMS, min_size=5, max_size=15), sale=st.sampled_from(MARKED_SALES))
def test_parts_that_some_rows_have_lose_no_row_and_move_no_value(
    forms: list[tuple[bool, str, str, str]], sale: str
) -> None:
    rows = (
        frame.format(card(at, sale if is_on_sale else PLAIN, before, after))
        for at, (is_on_sale, before, after, frame) in enumerate(forms)
    )
    assert read(f"<div class=grid>{''.join(rows)}</div>") == [told(at) for at in range(len(forms))]


@pytest.mark.parametrize("sale", SALES)
@pytest.mark.parametrize("step", [2, 9])
def test_rows_on_sale_are_rows_of_the_list_however_few(sale: str, step: int) -> None:
    rows = (f"<li>{card(at, PLAIN if at % step else sale)}</li>" for at in range(40))
    assert read(f"<ul>{''.join(rows)}</ul>") == [told(at) for at in range(40)]


def test_the_number_of_a_badge_is_no_price_where_paragraphs_without_classes_tell_both() -> None:
    before = "desc", "", "left", "desc", "", "desc", "left", "", "badge", "", "desc", "left", "desc"
    after = "", "left", "", "", "badge", "", "", "left", "left", "desc", "", "badge", ""
    parts = {"": "", **dict(zip(("left", "badge", "desc"), PARTS, strict=True))}
    rows = (
        f"<div>{card(at, SALES[3] if at in (1, 5, 6, 8) else '<p>${0}</p>', parts[first], parts[last])}</div>"
        for at, (first, last) in enumerate(zip(before, after, strict=True))
    )
    assert read(f"<div>{''.join(rows)}</div>") == [told(at) for at in range(13)]


def test_a_featured_first_card_of_another_class_is_a_row() -> None:
    first = f"<div class=hero><div class=inner>{card(0, PLAIN)}<p class=lead>Our favourite.</p></div></div>"
    rows = "".join(f"<div class=card>{card(at, PLAIN)}</div>" for at in range(1, 8))
    assert read(f"<div>{first}{rows}</div>") == [told(at) for at in range(8)]


def test_a_badge_beside_a_title_is_no_part_of_it() -> None:
    cells = (f"<a href=/{at}>{told(at)[0]}</a>{'<em>New</em>' if at % 3 == 1 else ''}" for at in range(8))
    rows = "".join(f"<tr><td>{cell}<td>${told(at)[1]:.2f}</tr>" for at, cell in enumerate(cells))
    assert read(f"<table><tr><th>Name<th>Price</tr>{rows}</table>") == [told(at) for at in range(8)]


def test_a_flat_run_is_cut_before_its_first_kind_of_element() -> None:
    rows = (
        f"<dt><a href=/{at}>{told(at)[0]}</a></dt><dd>{PARTS[2] if at % 2 else ''}<p class=price>${at + 10}.50</p></dd>"
        for at in range(20)
    )
    assert read(f"<dl>{''.join(rows)}</dl>") == [told(at) for at in range(20)]


def test_a_row_of_one_cell_across_a_table_is_no_record() -> None:
    note = "<tr><td colspan=2><a href=/ad>Advertisement: insure your bowls today</a>"
    rows = "".join(
        f"<tr><td><a href=/{at}>{told(at)[0]}</a><td>{PLAIN.format(f'{at + 10}.50')}{note if at % 3 == 1 else ''}"
        for at in range(8)
    )
    assert read(f"<table><tr><th>Name<th>Price</tr>{rows}</table>") == [told(at) for at in range(8)]


def test_headings_of_months_between_the_rows_of_a_table_are_no_records() -> None:
    rows = "".join(
        f"<tr><td colspan=2><strong>{month}</strong> <a href=/m>all</a>"
        + "".join(
            f"<tr><td><a href=/{at}>{told(at)[0]}</a><td>{PLAIN.format(f'{at + 10}.50')}"
            for at in range(first, first + 4)
        )
        for month, first in (("January 2025", 0), ("February 2025", 4))
    )
    assert read(f"<table>{rows}</table>") == [told(at) for at in range(8)]
