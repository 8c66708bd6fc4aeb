"""Pages read as lists, through the cascade."""

from __future__ import annotations

import pytest
from extract_pages import cards, page_of, shop
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.extract.cascade import Ask, read_page
from agent.extract.reading import PageShape
from domain.evidence import Method, Verdict
from domain.fields import parse_fields
from domain.records import plain_values

SHOP_FIELDS = parse_fields("title,price:number,url,availability")


def rows(html: str, fields: str, *, url: str = "https://shop.example/list"):
    reading = read_page(page_of(html, url), Ask(fields=parse_fields(fields), many=True))
    return [plain_values(candidate.fields) for candidate in reading.candidates]


def test_cards_become_records_and_the_menu_does_not():
    reading = read_page(page_of(shop(6, start=10)), Ask(fields=SHOP_FIELDS, many=True))
    assert reading.shape is PageShape.LIST
    assert [plain_values(found.fields) for found in reading.candidates] == [
        {
            "title": f"Walnut shelf model {number}",
            "price": number + 0.5,
            "url": f"https://shop.example/p/{number}",
            "availability": "InStock",
        }
        for number in range(10, 16)
    ]
    assert reading.candidates[0].detail_url == "https://shop.example/p/10"


def test_every_told_value_quotes_its_own_row():
    page = page_of(shop(5, start=10))
    reading = read_page(page, Ask(fields=SHOP_FIELDS, many=True))
    starts = [candidate.fields["availability"].evidence[0].start for candidate in reading.candidates]
    assert starts == sorted(set(starts))
    for candidate in reading.candidates:
        for found in candidate.fields.values():
            assert found.verdict in {Verdict.SUPPORTED, Verdict.DERIVED}


def test_a_header_names_the_columns_whatever_their_order():
    html = (
        "<table><thead><tr><th>Docket no.</th><th>Date filed</th><th>Case</th></tr></thead>"
        + "".join(
            f"<tr><td>{number}-2024</td><td>May {number}, 2024</td><td>Roe v. Doe {chr(64 + number)}</td></tr>"
            for number in range(1, 8)
        )
        + "</table>"
    )
    found = rows(html, "case_name,date_filed:date,docket_number")
    assert found[0] == {"case_name": "Roe v. Doe A", "date_filed": "2024-05-01", "docket_number": "1-2024"}
    assert len(found) == 7


def test_a_header_in_another_language_names_the_column_too():
    html = "<html lang=de><table><tr><th>Bezeichnung</th><th>Hersteller</th><th>Preis</th></tr>" + "".join(
        f"<tr><td>Regal aus Buche {number}</td><td>Werk {number}</td><td>1.0{number:02d},50 €</td></tr>"
        for number in range(10, 16)
    )
    found = rows(html + "</table></html>", "title,brand,price")
    assert found[0] == {"title": "Regal aus Buche 10", "brand": "Werk 10", "price": 1010.5}


def test_one_cell_of_code_name_and_date_is_cut_into_three():
    html = "<ul>" + "".join(
        f'<li><a href="/o/{number}.pdf">24-1{number} Smith v. Jones {chr(64 + number)}</a>, '
        f"filed May {number}, 2024</li>"
        for number in range(1, 9)
    )
    found = rows(html + "</ul>", "case_name,docket_number,date_filed:date,document_url:url")
    assert found[2] == {
        "case_name": "Smith v. Jones C",
        "docket_number": "24-13",
        "date_filed": "2024-05-03",
        "document_url": "https://shop.example/o/3.pdf",
    }


def test_a_flat_run_of_siblings_is_cut_into_records():
    html = "<html lang=en><div>" + "".join(
        f"<h4>Bakery number {chr(64 + number)}</h4><p>{number} High Street</p><p>Phone: (312) 555-01{number:02d}</p>"
        for number in range(1, 9)
    )
    found = rows(html + "</div>", "name,phone")
    assert len(found) == 8
    assert found[0] == {"name": "Bakery number A", "phone": "+13125550101"}


def test_a_date_in_a_heading_dates_the_rows_below_it():
    days = "".join(
        f"<h3>May {day}, 2024</h3><ul><li><a href='/e/{day}a'>Concert of the town band</a></li>"
        f"<li><a href='/e/{day}b'>Evening of short films</a></li></ul>"
        for day in (3, 4, 5)
    )
    found = rows(f"<main>{days}</main>", "title,date")
    assert [row["date"] for row in found] == ["2024-05-03"] * 2 + ["2024-05-04"] * 2 + ["2024-05-05"] * 2


def test_an_array_in_a_script_agrees_with_the_cards_or_stands_in_for_them():
    items = ",".join(
        f'{{"name":"Walnut shelf model {number}","price":{number}.5,"sku":"WS-1{number}"}}' for number in range(10, 16)
    )
    html = shop(6, start=10).replace(
        "</body>", f'<script type="application/json">{{"items":[{items}]}}</script></body>'
    )
    found = rows(html, "title,price:number,sku")
    assert found[0] == {"title": "Walnut shelf model 10", "price": 10.5, "sku": "WS-110"}
    assert len(found) == 6


def test_nothing_asked_gives_the_well_filled_columns():
    reading = read_page(page_of(shop(6, start=10)), Ask(many=True))
    first = plain_values(reading.candidates[0].fields)
    assert first["title"] == "Walnut shelf model 10"
    assert first["price"] == 10.5
    assert first["url"] == "https://shop.example/p/10"


def test_a_count_that_the_page_states_is_told_when_fewer_were_found():
    html = shop(6).replace("<main>", "<main><p>30 products</p>")
    assert read_page(page_of(html), Ask(fields=SHOP_FIELDS, many=True)).stated_count == 30
    html = shop(6).replace("<main>", "<main><p>6 products</p>")
    assert read_page(page_of(html), Ask(fields=SHOP_FIELDS, many=True)).stated_count is None


@pytest.mark.parametrize(
    "line", ["<h2>Products (30)</h2>", "<p>We found <b>30</b> matching products</p>", "<p>Search results: 30</p>"]
)
def test_a_count_stands_behind_what_it_counts_too(line):
    html = shop(6).replace("<main>", f"<main>{line}")
    assert read_page(page_of(html), Ask(fields=SHOP_FIELDS, many=True)).stated_count == 30


@pytest.mark.parametrize("line", ["33 plants", "33 plants found", "Showing 33 plants.", "33 Plants in total"])
def test_a_count_of_what_the_page_is_called_after_is_its_total(line):
    html = shop(6).replace("<body>", "<head><title>Plants for the shade</title></head><body>")
    html = html.replace("<main>", f"<main><p>{line}</p>")
    assert read_page(page_of(html), Ask(fields=SHOP_FIELDS, many=True)).stated_count == 33


@pytest.mark.parametrize(
    "line", ["33 reviews", "33 plants</p><p>12 plants", "33 plants need water", "over 1.33 plants"]
)
def test_a_count_of_other_things_or_of_parts_is_no_total(line):
    html = shop(6).replace("<body>", "<head><title>Plants for the shade</title></head><body>")
    html = html.replace("<main>", f"<main><p>{line}</p>")
    assert read_page(page_of(html), Ask(fields=SHOP_FIELDS, many=True)).stated_count is None


def test_a_menu_of_counts_states_no_total():
    html = shop(6).replace("<main>", "<main><ul><li>Books (30)</li><li>Offers (12)</li></ul>")
    assert read_page(page_of(html), Ask(fields=SHOP_FIELDS, many=True)).stated_count is None


def test_a_page_without_the_asked_facts_gives_none():
    reading = read_page(page_of("<p>We moved. Nothing to see here.</p>"), Ask(fields=SHOP_FIELDS, many=True))
    assert reading.candidates == ()
    assert set(reading.missing) == {"title", "price", "url", "availability"}


@pytest.mark.parametrize("html", ["", "   ", "<", "<html>", "<!-- -->", "<table><tr></table>", "\x00"])
def test_an_empty_page_is_an_empty_reading(html):
    assert read_page(page_of(html), Ask(many=True)).candidates == ()


def test_markup_nested_without_end_is_read_all_the_same():
    html = "<div>" * 100_000 + "x" + "</div>" * 100_000
    assert read_page(page_of(html), Ask(fields=SHOP_FIELDS, many=True)).candidates == ()


@pytest.mark.slow
def test_three_thousand_rows_are_all_read():
    page = page_of(f"<main>{cards(3_000)}</main>")
    assert len(read_page(page, Ask(fields=SHOP_FIELDS, many=True)).candidates) == 3_000


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="<>/abdhilprtu=\"' 123$.,v:-\n", max_size=400))
def test_no_markup_makes_a_reading_fail(html):
    read_page(page_of(html), Ask(fields=SHOP_FIELDS))


def test_methods_are_reported_with_what_they_filled():
    reading = read_page(page_of(shop(6)), Ask(fields=SHOP_FIELDS, many=True))
    assert [step.method for step in reading.steps] == [Method.REPEATED]
    assert set(reading.steps[0].filled) == {"title", "price", "url", "availability"}


_FRAME = (
    '<html lang="en"><head><title>{title}</title></head><body><nav><a href="/">Home</a></nav><main>'
    "<h1>{title}</h1>{main}</main><footer><ul><li><a href='/about'>About</a></li><li><a href='/p'>Privacy</a></li>"
    "<li><a href='/contact'>Contact</a></li></ul></footer></body></html>"
)


def test_nothing_asked_never_gives_the_frame_of_a_site():
    page = page_of(_FRAME.format(title="A quiet week", main="<p>Nothing happened.</p>"))
    names = [candidate.fields.get("title") for candidate in read_page(page, Ask(fields=())).candidates]
    assert [found.value for found in names if found] in ([], ["A quiet week"])


def test_nothing_asked_never_gives_an_article_as_a_list_of_its_paragraphs():
    text = "".join(
        f"<p>Paragraph {number} goes on for a while, and then for a while longer.</p>" for number in range(9)
    )
    reading = read_page(page_of(_FRAME.format(title="How it went", main=text)), Ask(fields=()))
    assert reading.shape is not PageShape.LIST


def test_a_name_beside_the_value_makes_up_for_the_words_around_it():
    items = "".join(
        f'<li><a href="/p/{n}">Kettle no. {n}</a><p class="rating">Rated 4.{n} / 5 (1{n} reviews by people)</p></li>'
        for n in range(1, 6)
    )
    page = page_of(_FRAME.format(title="Kettles", main=f"<ul>{items}</ul>"))
    found = [candidate.fields["rating"].value for candidate in read_page(page, Ask(fields=())).candidates]
    assert found == [4.1, 4.2, 4.3, 4.4, 4.5]


def test_a_title_that_names_several_of_the_thing_heads_a_list_of_them():
    rows_ = "".join(f"<tr><td>Roastery no. {n}</td><td>{n} Quay Street</td></tr>" for n in range(1, 7))
    table = f"<table><tr><th>Business</th><th>Where</th></tr>{rows_}</table>"
    page = page_of(_FRAME.format(title="Coffee roasters in Port Ellery", main=table))
    ask = Ask(fields=parse_fields("name,description,url"), entity="coffee roaster")
    reading = read_page(page, ask)
    assert (reading.shape, len(reading.candidates)) == (PageShape.LIST, 6)


def test_a_title_loses_the_date_that_another_cell_spells_otherwise_and_a_code_noted_in_brackets() -> None:
    cells = [(day, f"Holm v. Lund {day} 5/1{day}/31 AB Details") for day in (1, 2, 3)]
    cells += [(day, f"Berg v. Vik {day} (2031 WL 77{day}1)") for day in (4, 5, 6)]
    body = "".join(f"<tr><td>05/1{day}/31</td><td>AB-{day}41</td><td>{name}</td></tr>" for day, name in cells)
    head = "<tr><th>Filed</th><th>Docket no.</th><th>Case name</th></tr>"
    found = rows(f"<h1>Cases</h1><table>{head}{body}</table>", "case_name,date_filed:date,docket_number")
    assert [row["case_name"] for row in found] == [
        *(f"Holm v. Lund {day}" for day in (1, 2, 3)),
        *(f"Berg v. Vik {day}" for day in (4, 5, 6)),
    ]


def test_a_byline_gives_its_author_and_its_date_apart():
    page = page_of(
        "<html lang='en'><head><title>How it went · The Courier</title></head><body><main><h1>How it went</h1>"
        "<p class='byline'>By Ada Lovelace, 12 March 2027 · 6 minutes</p><p>It went well.</p></main></body></html>"
    )
    asked = read_page(page, Ask(fields=parse_fields("title,author,date"), many=False)).candidates[0]
    unasked = read_page(page, Ask(fields=(), many=False)).candidates[0]
    told = {"title": "How it went", "author": "Ada Lovelace", "date": "2027-03-12"}
    assert plain_values(asked.fields) == told
    assert plain_values(unasked.fields) == told


def test_a_number_is_no_code_because_codes_are_a_guess():
    items = "".join(
        f'<li><a href="/p/{n}">Kettle no. {n}</a> <b class="price">${n}.50</b> <i class="stars">4.{n}</i></li>'
        for n in range(1, 8)
    )
    page = page_of(_FRAME.format(title="Kettles", main=f"<ul>{items}</ul>"))
    fields = parse_fields("name,price,sku,brand")
    guessed = read_page(page, Ask(fields=fields, guessed=frozenset({"sku", "brand"}), many=True))
    assert {name for candidate in guessed.candidates for name in candidate.fields} == {"name", "price"}


def test_a_table_that_has_shrunk_to_two_rows_is_still_a_list_and_not_a_thing_called_like_the_page():
    lines = "".join(
        f"<tr><td>{name}</td><td>${price}</td></tr>" for name, price in (("Alpha pan", 5), ("Beta pot", 20))
    )
    page = page_of(f"<h1>Shop</h1><table><tr><th>Name</th><th>Price</th></tr>{lines}</table>")
    reading = read_page(page, Ask(fields=parse_fields("name,price:number")))
    found = [plain_values(candidate.fields) for candidate in reading.candidates]
    assert found == [{"name": "Alpha pan", "price": 5}, {"name": "Beta pot", "price": 20}]


def test_a_page_about_one_thing_with_a_table_of_two_others_stays_about_it():
    lines = "".join(f"<tr><td>{size}</td><td>${price}</td></tr>" for size, price in (("Small", 5), ("Large", 20)))
    page = page_of(
        f'<h1>Alpha pan</h1><p class="price">$7.00</p><table><tr><th>Size</th><th>Price</th></tr>{lines}</table>'
    )
    reading = read_page(page, Ask(fields=parse_fields("name,price:number")))
    assert [plain_values(candidate.fields)["name"] for candidate in reading.candidates] == ["Alpha pan"]


def test_rows_that_have_a_table_body_each_keep_the_headings_of_their_table():
    bodies = "".join(
        f"<tbody><tr><td>{number + 10}</td><td>Copper lantern {number}</td><td>No. {number + 40}</td></tr></tbody>"
        for number in range(1, 7)
    )
    heads = "<thead><tr><th>Shelf</th><th>Name</th><th>Code</th></tr></thead>"
    page = page_of(f"<html lang='en'><body><main><table>{heads}{bodies}</table></main></body></html>")
    reading = read_page(page, Ask(fields=parse_fields("name,shelf"), many=True))
    assert [plain_values(each.fields) for each in reading.candidates][:2] == [
        {"name": "Copper lantern 1", "shelf": "11"},
        {"name": "Copper lantern 2", "shelf": "12"},
    ]
