"""Places: an address is in a place by its name, never by a part of another name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.place_names import address_names, country_of, line_names


@pytest.mark.parametrize(
    ("address", "place", "is_there"),
    [
        ("12 Court Street, Brooklyn, NY 11201", "Brooklyn", True),
        ("12 Court Street, Brooklyn NY 11201", "Brooklyn", True),
        ("Downtown Brooklyn", "Brooklyn", True),
        ("350 5th Ave, New York, NY 10118", "New York", True),
        ("350 5th Ave, New York, NY 10118", "New York City", True),
        ("10 High Street Leeds LS1 4AB", "Leeds", True),
        ("Unit 4, 10 High Street, LEEDS, LS1 4AB, United Kingdom", "Leeds", True),
        ("Leeds city centre", "Leeds", None),
        ("Hauptstraße 5, 80331 München", "München", True),
        ("Hauptstraße 5 80331 München", "munchen", True),
        ("12 rue de Rivoli, 75001 Paris", "Paris", True),
        ("Damrak 1, 1012 LG Amsterdam", "Amsterdam", True),
        ("1 Main St, Austin, TX 78701", "Texas", True),
        ("1 Main St, Austin, TX 78701", "Austin, Texas", True),
        ("Hauptstraße 5, 80331 München, Deutschland", "Germany", True),
        ("1 Main St, Austin, TX 78701", "United States", True),
        ("Berlin", "Berlin", True),
        # Another name that holds it.
        ("350 5th Ave, New York, NY 10118", "York", None),
        ("North York, Ontario", "York", None),
        ("14 York Street, London", "York", None),
        ("1 Main St, Kansas City, MO 64105", "Kansas", False),
        ("Port Ellery Road 3, Hull", "Ellery", None),
        ("12 Leedsway, Hull", "Leeds", None),
        # What holds it, and what is beside it, is not told by a name.
        ("350 5th Ave, New York, NY 10118", "Brooklyn", None),
        ("1 Mill Lane, Bradford BD1 1AA", "Leeds", None),
        ("12 High Street", "Leeds", None),
        # Another country or state is elsewhere.
        ("12 rue de Rivoli, 75001 Paris, France", "Germany", False),
        ("1 Main St, Portland, ME 04101", "Portland, Oregon", False),
        ("1 Main St, Austin, TX 78701", "California", False),
        ("1 Main St, Paris, TX 75460", "Paris, France", False),
        ("Buffalo, New York 14201", "New York City", None),
        ("", "Leeds", None),
        # A street that is called after a city, and towns that have its name in another language.
        ("Av. Roma 12, Barcelona", "Rome", None),
        ("Av. Porto 3, Lisboa", "Porto", None),
        ("Avenue Foch 3, 38200 Vienne", "Vienna", None),
        ("Colonia 4, Montevideo", "Cologne", None),
        ("Valencia, Carabobo, Venezuela", "Valencia", None),
        ("12 Main St, Naples, FL", "Naples", None),
        ("Via Roma 1, 20121 Milano, MI", "Milan", True),
    ],
)
def test_an_address_is_in_a_place_elsewhere_or_leaves_it_open(address, place, is_there):
    told = address_names(address, place)
    assert told.is_there is is_there
    assert place in told.reason


@pytest.mark.parametrize(
    ("line", "place", "says"),
    [
        ("Coffee roasters in Leeds", "Leeds", True),
        ("Best of Leeds | Guide", "Leeds", True),
        ("/find/dentists/port-ellery", "Port Ellery", True),
        ("What's On in Port Ellery", "Port Ellery", True),
        ("Dentists in New York", "York", False),
        ("York Road Dental", "York", False),
        ("Leedsway bakery", "Leeds", False),
        ("Dentists", "Leeds", False),
        ("Dentists", "", False),
    ],
)
def test_a_title_says_a_place_or_another_one(line, place, says):
    assert line_names(line, place) is says


def test_countries_are_known_in_many_languages_and_georgia_is_not_taken_for_one():
    assert country_of("Deutschland") == country_of("Allemagne") == "DE"
    assert country_of("UK") == "GB"
    assert country_of("Georgia") == country_of("Leeds") == ""


NAMES = st.sampled_from(["York", "New York", "Leeds", "Port Ellery", "Ellery", "San Jose", "Jose", "Kansas City"])


@given(st.integers(1, 99), NAMES, NAMES)
def test_an_address_names_its_town_and_no_other(number, town, other):
    address = f"{number} Mill Lane, {town} AB1 2CD"
    assert address_names(address, town).is_there
    assert (address_names(address, other).is_there is True) is (other == town)
