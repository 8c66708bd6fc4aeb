"""When a schedule is due: five fields on the clocks of a zone, through both changes of the clocks."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.schedules import checked_cron, checked_timezone, next_time, next_times


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def told(cron: str, zone: str, after: str, count: int) -> list[str]:
    moments = next_times(cron, zone, at(after), count)
    assert all(moment.tzinfo is dt.UTC for moment in moments)
    return [moment.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") for moment in moments]


BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


@pytest.mark.parametrize(
    ("cron", "zone", "after", "due"),
    [
        # Skipped: 02:00 to 03:00 in Berlin on 29 March 2026, 02:00 to 03:00 in New York on 8 March.
        ("30 2 * * *", BERLIN, "2026-03-28T12:00+01:00", ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]),
        ("30 2 * * *", NEW_YORK, "2026-03-07T12:00-05:00", ["2026-03-08T03:00-04:00", "2026-03-09T02:30-04:00"]),
        # Two times of one skipped hour are due once, and not beside the three o'clock that is there.
        ("0,30 2 * * *", BERLIN, "2026-03-28T12:00+01:00", ["2026-03-29T03:00+02:00", "2026-03-30T02:00+02:00"]),
        ("0 2,3 * * *", NEW_YORK, "2026-03-07T12:00-05:00", ["2026-03-08T03:00-04:00", "2026-03-09T02:00-04:00"]),
        # Doubled: 02:00 to 03:00 in Berlin on 25 October, 01:00 to 02:00 in New York on 1 November.
        ("30 2 * * *", BERLIN, "2026-10-24T12:00+02:00", ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]),
        ("30 1 * * *", NEW_YORK, "2026-10-31T12:00-04:00", ["2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00"]),
        # Asked in the second of the two hours: the first one's time is past.
        ("30 2 * * *", BERLIN, "2026-10-25T02:10+01:00", ["2026-10-26T02:30+01:00"]),
        ("30 1 * * *", NEW_YORK, "2026-11-01T01:10-05:00", ["2026-11-02T01:30-05:00"]),
        # Every hour goes by the hours that pass, on both days.
        ("0 * * * *", BERLIN, "2026-03-29T00:30+01:00", ["2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"]),
        (
            "0 * * * *",
            BERLIN,
            "2026-10-25T01:30+02:00",
            ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00", "2026-10-25T03:00+01:00"],
        ),
        ("*/20 1 * * *", NEW_YORK, "2026-11-01T01:30-04:00", ["2026-11-01T01:40-04:00", "2026-11-01T01:00-05:00"]),
        ("0 9 * * 1-5", "UTC", "2026-11-20T09:00+00:00", ["2026-11-23T09:00+00:00"]),
        ("0 0 29 2 *", "UTC", "2026-11-20T09:00+00:00", ["2028-02-29T00:00+00:00"]),
        ("0 0 13 * 5", "UTC", "2026-11-20T00:00+00:00", ["2026-11-27T00:00+00:00"]),  # either of the two days, as cron
    ],
)
def test_the_clocks_change_and_nothing_is_lost_or_doubled(cron: str, zone: str, after: str, due: list[str]) -> None:
    assert told(cron, zone, after, len(due)) == due


@pytest.mark.parametrize(
    ("cron", "says"),
    [
        ("0 9 * *", "got 4"),
        ("0 0 9 * * *", "got 6"),
        ("@daily", "got 1"),
        ("", "got 0"),
        ("60 * * * *", "the minute '60': 0-59"),
        ("* 24 * * *", "the hour '24': 0-23"),
        ("* * 0 * *", "the day of the month '0': 1-31"),
        ("* * * 13 *", "the month '13': 1-12"),
        ("* * * * 8", "the day of the week '8': 0-7"),
        ("*/0 * * * *", "the minute '*/0'"),
        ("5-1 * * * *", "the minute '5-1'"),
        ("*/²3 * * * *", "the minute"),
        ("0 0 30 2 *", "never due"),
        ("0 0 31 4,6,9,11 *", "never due"),
        (f"{','.join('1' * 120)} * * * *", "characters"),
    ],
)
def test_a_cron_that_cannot_be_is_refused_with_the_field_that_is_off(cron: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_cron(cron)
    assert says in refused.value.fields["schedule"]


PARTS = st.text(alphabet="0123456789*/-,#LWMONJANæ²", min_size=1, max_size=6)


@settings(max_examples=300)
@given(st.lists(PARTS | st.just("*"), min_size=5, max_size=5).map(" ".join))
def test_whatever_is_written_is_refused_in_words_or_due_sometime(text: str) -> None:
    refused: dict[str, str] = {}
    try:
        checked_cron(text)
    except InvalidInput as fault:
        refused = fault.fields
    due = None if refused else next_time(text, "UTC", at("2026-11-21T00:00+00:00"))
    assert (set(refused), due is None) in [({"schedule"}, True), (set(), False)]


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "../../etc/passwd", "localtime", "Europe", "GMT+25", "x" * 5000, "\x00"]
)
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_timezone(name)
    assert "timezone" in refused.value.fields


def test_a_zone_is_known_in_any_case_and_its_misspelling_is_answered_with_the_right_one() -> None:
    assert checked_timezone(" europe/berlin ") == BERLIN
    assert checked_timezone("") == "UTC"
    with pytest.raises(InvalidInput, match="America/New_York"):
        checked_timezone("America/NewYork")


ZONES = st.sampled_from([BERLIN, NEW_YORK, "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago"])
MOMENTS = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: dt.datetime(2025, 1, 1, 0, 0, 7, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)
)


@st.composite
def fields(draw: st.DrawFn, low: int, high: int) -> tuple[str, frozenset[int]]:
    """One field, and the numbers that it stands for."""
    form = draw(st.sampled_from(["*", "*/", "list", "range"]))
    if form == "*":
        return "*", frozenset(range(low, high + 1))
    if form == "*/":
        step = draw(st.integers(1, high))
        return f"*/{step}", frozenset(range(low, high + 1, step))
    if form == "list":
        numbers = draw(st.sets(st.integers(low, high), min_size=1, max_size=3))
        return ",".join(map(str, sorted(numbers))), frozenset(numbers)
    first = draw(st.integers(low, high))
    last = draw(st.integers(first, high))
    return f"{first}-{last}", frozenset(range(first, last + 1))


@settings(max_examples=150)
@given(minute=fields(0, 59), hour=fields(0, 23), day=fields(1, 31), month=fields(1, 12), zone=ZONES, after=MOMENTS)
def test_due_times_come_after_now_in_order_and_match_the_fields(minute, hour, day, month, zone, after) -> None:
    cron = f"{minute[0]} {hour[0]} {day[0]} {month[0]} *"
    try:
        checked_cron(cron)
    except InvalidInput:
        assume(False)
    times = next_times(cron, zone, after, 6)
    assert len(times) == 6
    assert all(before < later for before, later in pairwise([after, *times]))
    for moment in times:
        local = moment.astimezone(ZoneInfo(zone))
        if not _moved(local):
            assert (local.minute in minute[1], local.hour in hour[1]) == (True, True)
            assert (local.day in day[1], local.month in month[1]) == (True, True)


def _moved(local: dt.datetime) -> bool:
    """Whether clocks were set forward in the two hours before: a skipped time is due then."""
    before = (local.astimezone(dt.UTC) - dt.timedelta(hours=2)).astimezone(local.tzinfo)
    return (local.utcoffset() or dt.timedelta()) > (before.utcoffset() or dt.timedelta())


@settings(max_examples=60)
@given(minute=fields(0, 59), hour=fields(0, 23), zone=ZONES, after=MOMENTS)
def test_no_due_time_is_left_out(minute, hour, zone, after) -> None:
    """Against a walk over every minute of a day and a half, where no clock changes."""
    zone_info, start = ZoneInfo(zone), after.replace(second=0, microsecond=0)
    walked = [start + dt.timedelta(minutes=each) for each in range(1, 36 * 60)]
    around = {(start + dt.timedelta(hours=each)).astimezone(zone_info).utcoffset() for each in range(-3, 40)}
    assume(len(around) == 1)
    due = [
        moment
        for moment in walked
        if (local := moment.astimezone(zone_info)).minute in minute[1] and local.hour in hour[1]
    ]
    given_ = next_times(f"{minute[0]} {hour[0]} * * *", zone, after, len(due) + 1)
    assert list(given_[: len(due)]) == due
    assert all(moment > walked[-1] for moment in given_[len(due) :])
