"""Objects and lists of objects within a record."""

from __future__ import annotations

from extract_pages import page_of

from agent.extract.cascade import read_page
from agent.extract.reading import Ask, PageReading
from domain.evidence import Verdict
from domain.fields import Field, flat_fields, make_field

VARIANTS = Field(name="variants", many=True, children=(make_field("size"), make_field("price", "number")))
REVIEWS = Field(name="reviews", many=True, children=(make_field("author"), make_field("rating", "number")))

BOOT = """
<html lang=en><head><title>Fellside Boot</title></head><body>
<nav><a href=/>Home</a><a href=/boots>Boots</a><a href=/socks>Socks</a></nav>
<main><h1>Fellside Boot</h1><p>A boot for wet hills, made of one piece of hide, with a sole that can be replaced.</p>
<h2>Sizes</h2>
<table class=variants><tr><th>Size</th><th>Price</th></tr>
<tr><td>EU 41</td><td>$189.00</td></tr><tr><td>EU 42</td><td>$189.00</td></tr><tr><td>EU 47</td><td>$204.50</td></tr>
</table>
<section id=reviews><h2>Reviews</h2>
<div class=review><b class=author>Mina Vale</b> <span class=rating>4.5</span><p>Dry after ten hours.</p></div>
<div class=review><b class=author>Jo Petrov</b> <span class=rating>3.0</span><p>Heavy, and they last.</p></div>
<div class=review><b class=author>Ada Brook</b> <span class=rating>5.0</span><p>My third pair now.</p></div>
</section></main></body></html>
"""


def read(html: str, *fields: Field, many: bool | None = None) -> PageReading:
    return read_page(page_of(html), Ask(fields=flat_fields(fields), many=many))


def test_a_things_lists_of_objects_are_not_confused_with_each_other() -> None:
    (record,) = read(BOOT, make_field("name"), VARIANTS, REVIEWS, many=False).candidates
    assert record.fields["name"].value == "Fellside Boot"
    assert record.fields["variants"].value == [
        {"size": "EU 41", "price": 189.0},
        {"size": "EU 42", "price": 189.0},
        {"size": "EU 47", "price": 204.5},
    ]
    assert [item["author"] for item in record.fields["reviews"].value] == ["Mina Vale", "Jo Petrov", "Ada Brook"]
    assert [item["rating"] for item in record.fields["reviews"].value] == [4.5, 3.0, 5.0]


def test_each_part_of_a_nested_value_has_its_own_evidence() -> None:
    page = page_of(BOOT)
    (record,) = read_page(page, Ask(fields=(make_field("name"), VARIANTS), many=False)).candidates
    proofs = {proof.part: proof for proof in record.fields["variants"].evidence}
    assert set(proofs) == {f"[{number}].{name}" for number in range(3) for name in ("size", "price")}
    proof = proofs["[2].price"]
    assert proof.verdict is Verdict.SUPPORTED
    assert proof.quote == "$204.50"
    assert page.text[proof.start : proof.end] == "$204.50"


def test_a_page_asked_for_nothing_but_a_list_of_objects_gives_it() -> None:
    reading = read(BOOT, VARIANTS)
    assert [len(candidate.fields["variants"].value) for candidate in reading.candidates] == [3]
    assert reading.missing == ()


def test_a_list_of_objects_that_is_not_there_is_missing_and_not_made_up() -> None:
    reading = read("<html><body><main><h1>Plain page</h1><p>Nothing is listed here.</p></main></body></html>", VARIANTS)
    assert reading.candidates == ()
    assert reading.missing == ("variants",)


def shelf(number: int) -> str:
    editions = "".join(
        f"<li class=edition><span class=format>{form}</span> <span class=price>£{number}.{cents}</span></li>"
        for form, cents in (("Hardback", 99), ("Paperback", 50), ("Audio", 25))
    )
    return f"<article class=book><h3>The Book of Hill {number}</h3><ul class=editions>{editions}</ul></article>"


def test_each_row_of_a_list_has_the_nested_list_of_its_own_row() -> None:
    editions = Field(name="editions", many=True, children=(make_field("format"), make_field("price", "number")))
    books = "".join(shelf(number) for number in range(11, 19))
    html = f"<html><body><h1>Books</h1><main>{books}</main></body></html>"
    candidates = read(html, make_field("title"), editions, many=True).candidates
    assert [candidate.fields["title"].value for candidate in candidates] == [
        f"The Book of Hill {number}" for number in range(11, 19)
    ]
    assert candidates[4].fields["editions"].value == [
        {"format": "Hardback", "price": 15.99},
        {"format": "Paperback", "price": 15.5},
        {"format": "Audio", "price": 15.25},
    ]
    starts = [candidate.fields["editions"].evidence[0].start for candidate in candidates]
    assert starts == sorted(set(starts)), "a row's format was quoted from another row"


def test_an_objects_parts_are_asked_for_under_its_name() -> None:
    seller = Field(name="seller", children=(make_field("name"), make_field("phone")))
    assert [field.name for field in flat_fields((make_field("title"), seller))] == [
        "title",
        "seller.name",
        "seller.phone",
    ]
    html = """<html lang=en-US><body><h1>Oak table</h1><dl><dt>Seller name</dt><dd>Kestrel Joinery</dd>
    <dt>Seller phone</dt><dd>(207) 555-0147</dd><dt>Material</dt><dd>Oak</dd></dl></body></html>"""
    (record,) = read(html, make_field("title"), seller, many=False).candidates
    assert record.fields["seller.name"].value == "Kestrel Joinery"
    assert record.fields["seller.phone"].value == "+12075550147"


def test_a_things_own_name_is_never_its_sellers() -> None:
    seller = Field(name="seller", children=(make_field("name"), make_field("phone")))
    (record,) = read(
        "<html><body><h1>Oak table</h1><p>Solid.</p></body></html>", make_field("title"), seller
    ).candidates
    assert set(record.fields) == {"title"}


def test_an_objects_parts_come_from_the_pages_data_and_from_the_part_called_so() -> None:
    address = Field(name="address", children=(make_field("street"), make_field("city")))
    data = """<html><head><script type="application/ld+json">{"@type":"LocalBusiness","name":"Kestrel Joinery",
    "address":{"@type":"PostalAddress","streetAddress":"4 Mill Lane","addressLocality":"Port Ellery"}}</script></head>
    <body><h1>Kestrel Joinery</h1><p>4 Mill Lane, Port Ellery</p></body></html>"""
    shown = """<html><body><h1>Kestrel Joinery</h1><div class="address"><span class="street">4 Mill Lane</span>,
    <span class="city">Port Ellery</span></div></body></html>"""
    for html in (data, shown):
        (record,) = read(html, make_field("name"), address, many=False).candidates
        values = {name: value.value for name, value in record.fields.items()}
        assert values == {"name": "Kestrel Joinery", "address.street": "4 Mill Lane", "address.city": "Port Ellery"}
