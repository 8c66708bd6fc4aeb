"""Opening hours: which days they tell of, in many languages and forms, and that what they leave open stays open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.opening_hours import DAYS, opened_on, week_of
from domain.opening_words import day_named

SATURDAY, SUNDAY = 5, 6


@pytest.mark.parametrize(
    ("hours", "is_open"),
    [
        ("Mo-Fr 09:00-17:00", False),
        ("Mo-Su 09:00-17:00", True),
        ("Mo-Su", True),
        ("Mo-Fr 09:00-12:00,13:00-17:00; Su off", False),
        ("Sunday: closed", False),
        ("24/7", True),
        ("Open 24 hours", True),
        ("10am - 6pm daily", True),
        ("Daily except Sunday 9-5", False),
        ("Open daily 9-5, except Sundays", False),
        ("Mon–Fri 9am–5pm, Sat 10-4", False),
        ("Mon - Fri: 8 am - 6 pm | Sat & Sun: 9 am - 3 pm", True),
        ("Monday 9:00 AM – 5:00 PM Tuesday 9:00 AM – 5:00 PM Sunday Closed", False),
        ("Closed on Mondays. Tue to Sun 10am to 6pm", True),
        ("closed Monday, Tuesday to Sunday 10-6", True),
        ("Closed Saturday, Sunday. Mon-Fri 9-5", False),
        ("Fri-Mon 10:00-18:00", True),
        ("Weekdays 9-5", False),
        ("weekends from 10 to 4", True),
        ("Sunday noon - 4pm", True),
        ("Mo-Sa: 8–20 Uhr, So: geschlossen", False),
        ("täglich außer Montag 10 bis 18 Uhr", True),
        ("Montag Ruhetag, Di-So 11-22 Uhr", True),
        ("lundi au vendredi 9h-18h; fermé le dimanche", False),
        ("Di: fermé", False),
        ("tous les jours de 10h à 19h", True),
        ("Lunes a viernes de 9:00 a 18:00, sábados y domingos 10:00-14:00", True),
        ("dal lunedì al sabato 9-13 e 15-19, chiuso la domenica", False),
        ("ma t/m vr 9.00 - 17.00 uur, zondag gesloten", False),
        ("Segunda a sexta das 9h às 18h", False),
        ("pon-pt 8:00-16:00, niedziela nieczynne", False),
        ("mån-fre 10-18, söndag stängt", False),
        ("mandag-fredag 10-17, søndag 11-15", True),
        (["Mo-Fr 09:00-17:00", "Sa 10:00-12:00"], False),
        (["Mo-Fr 09:00-17:00", "Su 10:00-12:00"], True),
        ({"dayOfWeek": ["http://schema.org/Sunday"], "opens": "10:00", "closes": "16:00"}, True),
        ({"dayOfWeek": "https://schema.org/Sunday", "opens": "00:00", "closes": "00:00"}, False),
        # What says nothing of Sundays decides nothing.
        ("Late opening Thursday 5-9", None),
        ("Sunday by appointment", None),
        ("First Sunday of the month 10-4", None),
        ("09:00-17:00", None),
        ("see our website", None),
        ("Di 9-17", None),  # Tuesday to a German, Sunday to a Frenchman
        ({"dayOfWeek": "Sunday", "opens": "10:00", "closes": "16:00", "validFrom": "2026-06-01"}, None),
        (12, None),
    ],
)
def test_open_on_sunday(hours, is_open):
    assert opened_on(hours, SUNDAY).is_open is is_open


def test_a_day_that_five_named_ones_leave_out_is_closed_and_the_reason_says_so():
    told = opened_on("Mo-Fr 09:00-17:00", SATURDAY)
    assert told.is_open is False
    assert "Saturday" in told.reason
    assert opened_on("Mo-We 09:00-17:00", SATURDAY).is_open is None


def test_the_two_halves_of_a_day_are_both_kept():
    assert week_of("Mo 09:00-12:00, 14:00-18:00") == {0: ((540, 720), (840, 1080))}


@pytest.mark.parametrize(
    ("word", "day"), [("Sundays", 6), ("sonntags", 6), ("dimanche", 6), ("domingos", 6), ("söndag", 6), ("today", None)]
)
def test_a_day_is_known_by_its_name_in_the_plural_too(word, day):
    assert day_named(word) == day


@given(st.text(alphabet="MoTuSu 0123456789:-–,;.apm/&closed\n", max_size=80))
def test_any_text_gives_a_week_or_none(text):
    week = week_of(text)
    assert week is None or (week and set(week) <= set(range(7)))


@given(st.integers(0, 6), st.integers(1, 6))
def test_a_span_of_days_is_open_on_all_between_and_over_the_weeks_end(first, more):
    last = (first + more) % 7
    short = [day.capitalize()[:2] for day in DAYS]
    week = week_of(f"{short[first]}-{short[last]} 09:00-17:00") or {}
    assert len(week) == more + 1
    assert {first, last} <= set(week)
