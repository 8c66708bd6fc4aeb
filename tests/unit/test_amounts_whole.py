"""Amounts are read whole or not at all: no part of a number passes for a price."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.fields import Field, FieldKind
from domain.folding import fold
from domain.normal import normalise

CENTS = st.integers(min_value=0, max_value=99)
WHOLE = st.integers(min_value=0, max_value=999_999_999)
HIDDEN = st.sampled_from("\u00ad\u200b\u200c\u200d\u200e\u202a\u202e\u2060\u2066\ufeff")


def told(raw: str, kind: FieldKind = FieldKind.PRICE, locale: str = "en"):
    return normalise(raw, Field(name="x", kind=kind), locale=locale)


def price(raw: str, locale: str = "en") -> float | None:
    found = told(raw, locale=locale)
    return found.value if found else None


def lakh(number: int) -> str:
    """As India groups: 12,34,567."""
    head, tail = str(number)[:-3], str(number)[-3:]
    pairs = []
    while head:
        head, pairs = head[:-2], [head[-2:], *pairs]
    return ",".join([*pairs, tail])


@given(WHOLE, CENTS)
def test_an_amount_is_the_same_in_every_way_of_grouping_it(whole, cents):
    grouped = f"{whole:,}"
    spellings = [
        f"${grouped}.{cents:02}",
        f"{grouped.replace(',', '.')},{cents:02} €",
        f"{grouped.replace(',', ' ')},{cents:02} kr",
        f"CHF {grouped.replace(',', '’')}.{cents:02}",
        f"₹{lakh(whole)}.{cents:02}",
        f"{whole}.{cents:02}",
    ]
    assert {price(spelled) for spelled in spellings} == {float(Decimal(f"{whole}.{cents:02}"))}


@given(st.text(alphabet="0123456789.,", min_size=1, max_size=14))
@example("0....1")
def test_a_price_uses_all_digits_of_its_number_or_is_none(run):
    found = price(f"${run}")
    if found is not None:
        digits = "".join(filter(str.isdigit, run))
        plain = f"{Decimal(repr(found)):f}".replace(".", "")
        assert plain.strip("0") == digits.strip("0")


@given(st.integers(min_value=1, max_value=9999), CENTS, st.lists(st.tuples(st.integers(0, 8), HIDDEN), max_size=4))
def test_characters_that_nobody_sees_do_not_cut_a_number(whole, cents, hidden):
    spelled = f"${whole}.{cents:02}"
    for at, char in hidden:
        spelled = spelled[:at] + char + spelled[at:]
    assert price(spelled) == float(f"{whole}.{cents:02}")


@pytest.mark.parametrize(
    ("raw", "amount"),
    [
        ("$1.2M", 1_200_000),
        ("£3bn", 3_000_000_000),
        ("$12k+", 12_000),
        ("1,5 Mio. €", 1_500_000),
        ("₹5 lakh", 500_000),
        ("10万円", 100_000),
        ("$12 M", 12),  # a size
        ("$12 Medium", 12),
        ("$20 Thousand Oaks", 20),
        ("$15 Cr", 15),
        ("₹1.5 Cr", 15_000_000),
        ("1,2 Mrd. Euro", 1_200_000_000),
        ("$12-15k", None),  # twelve thousand, though it does not say so
        ("10k-15k €", 10_000),
    ],
)
def test_what_scales_an_amount_is_read_with_it(raw, amount):
    assert price(raw) == amount


@pytest.mark.parametrize("raw", ["-$19.99", "−19.99", "$-5", "–€5"])
def test_a_deduction_is_no_price(raw):
    assert price(raw) is None


@pytest.mark.parametrize("raw", ["Price:-₹500", "Sale - $500", "$500-", "Rs.500/-"])
def test_a_dash_is_no_minus(raw):
    assert price(raw) == 500


@pytest.mark.parametrize("raw", ["$1.2.3", "$1,29,99", "$1e5", "€5½", "92%", "12:30", "NaN", "Infinity", "1e5"])
def test_what_is_no_whole_amount_is_refused(raw):
    assert price(raw) is None


@pytest.mark.parametrize(("raw", "amount"), [("19€99", 19.99), ("$19 99", 19), ("$25 12 bids", 25), ("$.99", 0.99)])
def test_cents_touch_the_sign_and_a_number_after_a_space_is_another(raw, amount):
    assert price(raw) == amount


@pytest.mark.parametrize(
    ("raw", "amount"),
    [
        ("Pack of 6 £12", 12),
        ("Size 10 £35", 35),
        ("Model 5 $20", 20),
        ("iPhone 15 $799", 799),
        ("Oak Chair 12 £18.00", 18),
        ("Set of 6 Rs. 120", 120),
        ("Set of 6 R$ 12", 12),
        ("10 €25 €", 10),
        ("4,99 €12 reviews", 4.99),
        ("20 $", 20),
    ],
)
def test_a_sign_that_touches_the_number_behind_it_is_that_numbers(raw, amount):
    assert price(raw) == amount


@pytest.mark.parametrize(
    ("raw", "amount"),
    [
        ("£2.50 / 100g £5.00", 5.0),
        ("$2.99/lb", 2.99),  # the only one: it is sold by weight
        ("4 payments of $7.50 or $30.00", 30.0),
        ("4 payments of $7.50", None),
    ],
)
def test_the_price_of_a_part_yields_to_that_of_the_whole(raw, amount):
    assert price(raw) == amount


@pytest.mark.parametrize(
    ("raw", "number"), [("1.2M followers", 1_200_000), ("12,34,567", 1_234_567), ("5m", 5), ("1.2.3", None)]
)
def test_plain_numbers_are_whole_too(raw, number):
    for kind in (FieldKind.NUMBER, FieldKind.INTEGER):
        found = told(raw, kind)
        assert (found.value if found else None) == number


@given(st.integers(min_value=10**18, max_value=10**600))
def test_a_number_that_no_computer_keeps_is_none(number):
    for kind in (FieldKind.NUMBER, FieldKind.INTEGER, FieldKind.PRICE):
        assert told(str(number), kind) is None
        assert told(f"{number}.5", kind) is None


def test_a_value_has_no_invisible_characters_and_its_page_still_says_it():
    said = "\u202eTea\u200b\ufeff pot\u2069"
    found = told(said, FieldKind.TEXT)
    assert found is not None
    assert found.value == "Tea pot"
    assert fold(found.raw) in fold(f"A {said} here")


def test_joiners_that_spell_words_and_pictures_stay():
    for word in ("می\u200cخواهم", "👩\u200d💻"):
        assert told(word, FieldKind.TEXT).value == word


@pytest.mark.parametrize(
    ("raw", "unit"),
    [
        ("12 left", ""),
        ("10.50 for 2 pairs", ""),
        ("100 ft", ""),
        ("30 sek", ""),
        ("19.99 Rstore", ""),
        ("100 Ft", "HUF"),
        ("500 Rs.", "INR"),
        ("12 kronor", "SEK"),
        ("from$5", "USD"),
    ],
)
def test_the_end_of_a_word_is_no_currency(raw, unit):
    found = told(raw)
    assert found is not None
    assert found.unit == unit
