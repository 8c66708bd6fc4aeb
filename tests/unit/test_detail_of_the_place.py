"""The phone and the address of a place are its own; the picture of a thing is its largest; its category, that of its
trail."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import Value, is_told
from evals.readers import saved_page


def told(asked: str, body: str, lang: str = "en-GB", head: str = "") -> Value | None:
    html = f"<html lang={lang}><head><title>Mill</title>{head}</head><body>{body}</body></html>"
    reading = read_page(
        saved_page("https://mill.example/x/", html), Ask(fields=parse_fields(f"name,{asked}"), many=False)
    )
    found = reading.candidates[0].fields.get(asked) if reading.candidates else None
    return found.value if found is not None and is_told(found) else None


@pytest.mark.parametrize(
    "maker",
    [
        "Website by Pixelworks, call",
        "Webdesign: Pixelwerk, Tel.",
        "Site réalisé par Pixel, tél.",
        "Diseño web: Pixel",
        "Sito realizzato da Pixel",
        "Website door Pixel",
        "Strona: Pixel, tel.",
        "制作: ピクセル 電話",
    ],
)
def test_the_phone_of_who_made_the_site_is_not_that_of_the_place(maker: str) -> None:
    footer = f"<footer><p>{maker} <a href='tel:+442079460958'>020 7946 0958</a></p></footer>"
    assert told("phone", f"<h1>Old Mill</h1><p>We grind flour.</p>{footer}") is None
    shown = "<h1>Old Mill</h1><p class=tel>01845 522 117</p>"
    assert told("phone", shown + footer) == "+441845522117"
    linked = "<h1>Old Mill</h1><a href='tel:01845522117'>Call us</a>"
    assert told("phone", linked + footer) == "+441845522117"


@pytest.mark.parametrize(
    ("lang", "body", "address"),
    [
        ("en-GB", "<address>1 Market Place, Thirsk<br>01845 522 117</address>", "1 Market Place, Thirsk"),
        ("en-GB", "<p class=address>1 Market Place, Thirsk</p>", "1 Market Place, Thirsk"),
        ("de", "<div class='shop address'>Lindenstraße 14, Berlin</div>", "Lindenstraße 14, Berlin"),
        ("ja", "<p class=address>東京都中央区築地4-5-6</p>", "東京都中央区築地4-5-6"),
    ],
)
def test_an_address_is_told_without_a_postcode_and_without_the_phone_below_it(
    lang: str, body: str, address: str
) -> None:
    assert told("address", f"<h1>Old Mill</h1>{body}", lang) == address


@pytest.mark.parametrize(
    "image",
    [
        "<img src=/s.jpg srcset='/s.jpg 300w, /l.jpg 1200w, /m.jpg 600w'>",
        "<img src=/s.jpg srcset='/m.jpg 1x, /l.jpg 2x'>",
        "<picture><source srcset='/l.jpg 1600w, /m.jpg 800w'><img src=/s.jpg></picture>",
        "<img src=/blank.gif data-srcset='/s.jpg 300w, /l.jpg 900w'>",
    ],
)
def test_the_largest_size_of_a_picture_is_told(image: str) -> None:
    logo = "<header><a href=/><img src=/mill.png alt='Mill' width=900 height=900></a></header>"
    assert told("image", f"{logo}<h1>Old Mill</h1>{image}") == "https://mill.example/l.jpg"


def test_the_picture_of_microdata_is_found_again_where_its_address_is_relative() -> None:
    thing = "<div itemscope itemtype='https://schema.org/Product'><h1 itemprop=name>Old Mill</h1>"
    assert told("image", f"{thing}<img itemprop=image src=l.jpg></div>") == "https://mill.example/x/l.jpg"


@pytest.mark.parametrize(
    "trail",
    [
        "<nav class=breadcrumb><a href=/>Home</a> › <a href=/k>Kitchen</a> › <a href=/m>Mills</a> › Old Mill</nav>",
        "<nav aria-label=Breadcrumb><ol><li><a href=/>Home</a><li><a href=/m>Mills</a><li>Old Mill</ol></nav>",
    ],
)
def test_a_category_is_the_last_step_of_the_trail_before_the_thing(trail: str) -> None:
    assert told("category", f"{trail}<h1>Old Mill</h1><p>Grinds flour.</p>") == "Mills"
    assert told("category", "<nav class=menu><a href=/m>Mills</a></nav><h1>Old Mill</h1><p>Grinds.</p>") is None
