"""What signs and words around an amount say: its currency, its scale, that it is of several or without tax."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.currencies import CURRENCIES
from domain.fields import Field, FieldKind, parse_fields
from domain.normal import normalise
from evals.readers import saved_page

NAMES = ("Anna", "Berta", "Cora", "Dora", "Emma")


def told(raw: str, locale: str = "en") -> tuple[float, str] | None:
    found = normalise(raw, Field(name="price", kind=FieldKind.PRICE), locale=locale)
    return (float(found.value), found.unit) if found else None


def in_list(cell: str, language: str = "en") -> set[object]:
    rows = "".join(f"<tr><td>Pot {name}</td><td>{cell}</td></tr>" for name in NAMES)
    body = f"<h1>Pots</h1><table><tr><th>Name</th><th>Price</th></tr>{rows}</table>"
    page = saved_page("http://shop.example/x", f'<html lang="{language}"><body>{body}</body></html>')
    reading = read_page(page, Ask(fields=parse_fields("name,price")))
    return {each.fields["price"].value if "price" in each.fields else None for each in reading.candidates}


def on_page(shown: str, language: str = "en") -> object:
    body = f"<div class=product><h1>Blue pot</h1><p class=price>{shown}</p><button>Add to cart</button></div>"
    page = saved_page("http://shop.example/x", f'<html lang="{language}"><body>{body}</body></html>')
    (candidate,) = read_page(page, Ask(fields=parse_fields("name,price"), many=False)).candidates
    return candidate.fields["price"].value if "price" in candidate.fields else None


@pytest.mark.parametrize(
    ("raw", "locale", "amount", "unit"),
    [
        ("NT$1,200", "en", 1200, "TWD"),
        ("MX$199", "en", 199, "MXN"),
        ("1.299,90 TL", "tr", 1299.9, "TRY"),
        ("R1,299", "en-ZA", 1299, "ZAR"),
        ("Rp 150.000", "id", 150_000, "IDR"),
        ("RM49.90", "en-MY", 49.9, "MYR"),
        ("1.250.000 đ", "vi", 1_250_000, "VND"),
        ("AED 125", "en", 125, "AED"),
        ("₦12,500", "en-NG", 12_500, "NGN"),
        ("S/ 49.90", "es-PE", 49.9, "PEN"),
        ("100 грн.", "uk", 100, "UAH"),
        ("50 ر.س", "ar", 50, "SAR"),
        ("sFr. 12.50", "de-CH", 12.5, "CHF"),
        ("１２，８００円", "ja", 12_800, "JPY"),
        ("99¢", "en", 0.99, "USD"),
        ("99p", "en-GB", 0.99, "GBP"),
        ("KWD 1.250", "en", 1.25, "KWD"),
        ("CAD $25", "en", 25, "CAD"),
        ("$25 AUD", "en", 25, "AUD"),
        ("$ 45.000 COP", "es", 45_000, "COP"),
        ("$ 45.900", "es-CO", 45_900, "COP"),
        ("$1,299.00", "es-MX", 1299, "MXN"),
        ("$25.50", "en-AU", 25.5, "AUD"),
        ("Rs. 1,500", "en-PK", 1500, "PKR"),
        ("4.990 kr.", "is", 4990, "ISK"),
    ],
)
def test_a_sign_is_the_currency_of_the_country_that_uses_it(raw, locale, amount, unit):
    assert told(raw, locale) == (amount, unit)


@pytest.mark.parametrize(
    ("raw", "locale"), [("$12", "es"), ("199 kr", "en"), ("XY$5", "en"), ("TOP 10", "en"), ("GEL 50", "en")]
)
def test_a_sign_that_does_not_tell_whose_it_is_gives_no_currency(raw, locale):
    found = told(raw, locale)
    assert found is None or not found[1]


@pytest.mark.parametrize("raw", ["2 TL Salz", "Yamaha R6", "1080p", "99p"])
def test_letters_that_are_a_sign_in_one_country_are_none_elsewhere(raw):
    found = told(raw, "de")
    assert found is None or not found[1]


def test_pence_are_no_pounds_where_nobody_pays_in_them():
    assert told("99p", "de") is None


@pytest.mark.parametrize(
    ("raw", "locale", "amount"),
    [
        ("20 mil €", "es", 20_000),
        ("20 mil Kč", "cs", 20_000_000),
        ("20 mil €", "fr", None),
        ("€1,5 miliardi", "it", 1_500_000_000),
        ("20 tys. zł", "pl", 20_000),
        ("5 duizend euro", "nl", 5000),
        ("€5 mille", "it", 5000),
        ("0,5 Billion Euro", "de", 500_000_000_000),
    ],
)
def test_a_word_of_scale_counts_as_its_language_says_or_not_at_all(raw, locale, amount):
    found = told(raw, locale)
    assert (found[0] if found else None) == amount


@pytest.mark.parametrize("raw", ["2 for $5", "3/$5", "any 2 for £3"])
def test_what_several_cost_together_is_no_price_of_one(raw):
    assert told(raw) is None
    assert told("Size 5 for $20") == (20, "USD")


@pytest.mark.parametrize(
    ("markup", "amount"),
    [
        ("$20<br>48", 20),
        ("$1<br>234", 1),
        ("<div>$1</div><div>234</div>", 1),
        ("20 €<br>48 reviews", 20),
        ("<span>$20</span><br><span>48</span>", 20),
    ],
)
def test_digits_of_two_lines_are_never_one_amount(markup, amount):
    assert on_page(markup) == amount
    assert in_list(markup) == {amount}


@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from(["<br>", "</p><p>", "</div><div>"]))
def test_no_line_break_groups_thousands(first, second, parted):
    assert on_page(f"<div>${first}{parted}{second:03}</div>") in {float(first), None}


def test_raised_cents_are_no_price_of_their_own_in_a_list():
    assert in_list("$5<sup>99</sup>/lb") == {5.99}
    assert on_page("$5<sup>99</sup>/lb") == 5.99


@pytest.mark.parametrize(
    ("shown", "language"), [("£8.75 ex VAT £10.50 inc VAT", "en-GB"), ("8,75 € HT 10,50 € TTC", "fr")]
)
def test_of_two_prices_the_one_with_tax_is_the_price(shown, language):
    assert on_page(shown, language) == 10.5
    assert in_list(shown, language) == {10.5}


WRITTEN = {
    "en-US": ("{1} {0}", ",", "."),
    "en-GB": ("{1}{0}", ",", "."),
    "de-DE": ("{0} {1}", ".", ","),
    "fr-FR": ("{0} {1}", "\u202f", ","),
    "de-CH": ("{1} {0}", "’", "."),
}


def is_spoken(code: str) -> bool:
    """Whether a code is no word of running text, too."""
    return told(f"5.00 {code}") == (5, code)


@given(st.integers(1, 10**8), st.sampled_from(sorted(filter(is_spoken, CURRENCIES))))
def test_an_amount_with_a_code_is_read_as_it_was_written(cents, code):
    for tag, (form, thousand, decimal) in WRITTEN.items():
        number = f"{cents / 100:,.2f}".translate({ord(","): thousand, ord("."): decimal})
        spelled = form.format(number, code)
        assert told(spelled, tag) == (cents / 100, code), spelled
