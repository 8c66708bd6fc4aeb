"""On which days of the week a place is open, from what pages say of its hours in ten languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from domain.opening_words import Kind, Token, day_names, plain_text, tokens_of

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALL_WEEK = frozenset(range(7))
MAX_TEXT = 2_000  # characters: a week told at length in two languages; a longer text is a page
ENOUGH_DAYS = 5  # so many named days are a timetable, and a day that it leaves out is closed

# Words that make a day's hours depend on more than the day.
_CONDITIONAL = re.compile(
    r"\b(?:appointments?|vereinbarung|rendez-?vous|cita previa|appuntamento|afspraak|seasonal|summer|winter|sommer|ete|"
    r"hiver|verano|invierno|estate|inverno|zomer|january|february|march|april|june|july|august|september|october|"
    r"november|december|(?:first|second|third|fourth|last|every other|1st|2nd|3rd|4th|erste[rn]?|letzte[rn]?|premier|"
    r"dernier|primer|ultimo|primo)\s+(?:mon|tues|wednes|thurs|fri|satur|sun)?\w*day|alternate)\b"
)
_HOURS_TOLD = re.compile(r"\d[:.]\d\d|\b24\b|\d\s?(?:[ap]\.?m|uhr|h)\b|clock|rund um die uhr", re.I)
_ALL_DAY = re.compile(r"\s+all day\s*$", re.I)
_SPECIFICATION_DAYS = ("dayOfWeek", "day_of_week", "dayofweek", "day", "days")


class Interval(NamedTuple):
    """Minutes of the day; the end is before the start where it is open past midnight."""

    start: int
    end: int


Week = dict[int, tuple[Interval, ...]]
"""By weekday from Monday, 0. No interval: closed. A day that is left out is not told of."""
DAY = 24 * 60
WHOLE_DAY = (Interval(0, DAY),)


class Opened(NamedTuple):
    """`is_open` None: the hours do not tell. `reason` is for people."""

    is_open: bool | None
    reason: str


def opened_on(value: object, day: int) -> Opened:
    """Whether what a page says of its hours means that it is open on `day`, 0 for Monday."""
    name = DAYS[day].capitalize()
    week = week_of(value)
    if week is None:
        return Opened(None, "the hours are not of a form that tells their days")
    if day in week:
        return Opened(True, f"they name {name}") if week[day] else Opened(False, f"they say closed on {name}")
    if len(week) >= ENOUGH_DAYS:
        return Opened(False, f"they name {len(week)} days, and {name} is none of them")
    return Opened(None, f"they do not tell of {name}")


def opened_all_day(value: object, day: int) -> Opened:
    """Whether it never closes on `day`. A day that is named without hours may be one on which it does."""
    told = opened_on(value, day)
    if not told.is_open:
        return told
    name, hours = DAYS[day].capitalize(), (week_of(value) or {})[day]
    if not _HOURS_TOLD.search(str(value)):
        return Opened(None, f"they do not tell the hours of {name}")
    is_whole = any(each.start % DAY == 0 and each.end - each.start in {0, DAY, DAY - 1} for each in hours)
    return Opened(is_whole, f"they name {'all' if is_whole else 'a part'} of {name}")


def week_of(value: object) -> Week | None:
    """The week that a text, a list of them, or schema.org's specifications tell of; None where they tell of none."""
    week: Week = {}
    for told in _weeks(value):
        if told is None:
            return None
        for day, hours in told.items():
            week[day] = tuple(dict.fromkeys((*week.get(day, ()), *hours)))
    return week or None


def _weeks(value: object) -> Iterator[Week | None]:
    if isinstance(value, str):
        yield _read(value)
    elif isinstance(value, Mapping):
        yield _specified({str(name): told for name, told in value.items()})
    elif isinstance(value, Sequence):
        for item in value:
            yield from _weeks(item)


def _specified(told: Mapping[str, object]) -> Week | None:
    """schema.org OpeningHoursSpecification. Opening and closing at midnight alike means closed."""
    days = next((told[name] for name in _SPECIFICATION_DAYS if told.get(name)), None)
    if told.get("validFrom") or told.get("validThrough"):
        return {}  # hours of a season say nothing of the others
    names = [str(each).rstrip("/").rpartition("/")[2] for each in (days if isinstance(days, list) else [days])]
    found = _read(" ".join([*names, f"{told.get('opens') or ''}-{told.get('closes') or ''}"]))
    is_shut = told.get("opens") == told.get("closes") and str(told.get("opens") or "").startswith("00:00")
    return dict.fromkeys(found, ()) if found and is_shut else found


def is_weekdays(value: object) -> bool:
    """`"sunday"`, `"Saturday, Sunday"`."""
    return isinstance(value, str) and bool(weekdays_of(value))


def is_all_day(value: str) -> bool:
    """Whether the whole of the days is meant: `"saturday, sunday all day"`."""
    return _ALL_DAY.search(value) is not None


def weekdays_of(value: str) -> tuple[int, ...]:
    """The weekdays of an English list, with or without "all day" behind; empty where a part of it is none."""
    words = [word for word in re.split(r"[,\s]+|\band\b", _ALL_DAY.sub("", value.casefold())) if word]
    return tuple(map(DAYS.index, words)) if all(word in DAYS for word in words) else ()


def _read(text: str) -> Week | None:
    plain = plain_text(text[:MAX_TEXT])
    if _CONDITIONAL.search(plain):
        return None
    days = day_names(plain)
    return _week(list(tokens_of(plain, days))) if days is not None else None


def _week(tokens: list[Token]) -> Week | None:
    """What the days' hours are, as a reader goes along; None where nothing is said of any day."""
    gathering = _Gathering(tokens)
    while gathering.at < len(tokens):
        gathering.step(tokens[gathering.at])
        gathering.at += 1
    return gathering.end()


class _Gathering:
    """Days gather until hours, or a "closed", are said of them; "closed" may also stand before its days."""

    def __init__(self, tokens: list[Token]) -> None:
        self.at = 0
        self._tokens = tokens
        self._week: Week = {}
        self._days: list[int] = []
        self._fresh = 0  # where in the days the part after the last comma begins
        self._is_told = False  # hours were said of the days: the next one begins anew
        self._is_shut = False  # "closed" came before its days
        self._ahead: list[Interval] = []  # hours that came before any day

    def step(self, token: Token) -> None:
        match token.kind:
            case Kind.DAYS:
                self._gather(token)
            case Kind.CLOSED:
                if self._days and not self._is_told and not self._is_shut:
                    self._say(())
                else:
                    self._begin(is_shut=True)
            case Kind.EXCEPT:
                if self._is_told:
                    self._begin(is_shut=True)
                else:  # "daily except Sunday 9-5": the hours that follow are of the days before
                    self._leave_out()
            case Kind.ALL_DAY:
                self._open_all_day()
            case Kind.TIME:
                self._hours()
            case Kind.BREAK:
                self._fresh = len(self._days)
            case Kind.STOP:
                if self._is_shut:
                    self._begin(is_shut=False)

    def end(self) -> Week | None:
        has_times = any(token.kind in {Kind.TIME, Kind.CLOSED, Kind.ALL_DAY} for token in self._tokens)
        if self._days and not has_times:  # "Mo-Su": open on these days, no hours said
            self._say(WHOLE_DAY)
        if self._days and not self._week and self._ahead:  # "10am - 6pm daily"
            self._say(tuple(self._ahead))
        return self._week or None

    def _begin(self, *, is_shut: bool) -> None:
        self._days, self._fresh, self._is_told, self._is_shut = [], 0, False, is_shut

    def _say(self, hours: tuple[Interval, ...]) -> None:
        self._week |= {day: hours for day in self._days if self._week.get(day) != () or not hours}
        self._is_told = True

    def _gather(self, token: Token) -> None:
        if self._is_told:
            self._begin(is_shut=False)
        self._days += _span(self._days, token, self._tokens[self.at - 1] if self.at else None)
        if self._is_shut:
            self._week |= dict.fromkeys(self._days, ())

    def _hours(self) -> None:
        hours = _interval(self._tokens, self.at)
        if hours is None:
            return
        self.at += 2
        if self._is_shut:  # "closed Monday, Tuesday to Sunday 10-6": the part after the comma is open
            self._days, self._is_shut = self._days[self._fresh :], False
            for day in self._days:
                self._week.pop(day, None)
        if not self._days:
            self._ahead.append(hours)
        for day in self._days:
            self._week[day] = (*self._week.get(day, ()), hours)
        self._is_told = bool(self._days)

    def _open_all_day(self) -> None:
        if not self._days:
            self._days = sorted(ALL_WEEK)
        self._say(WHOLE_DAY)
        self._is_shut = False

    def _leave_out(self) -> None:
        """Reads the days behind an "except" as closed."""
        shut: list[int] = []
        self.at += 1
        while self.at < len(self._tokens) and self._tokens[self.at].kind in _IN_EXCEPTIONS:
            token = self._tokens[self.at]
            if token.kind is Kind.DAYS:
                shut += _span(shut, token, self._tokens[self.at - 1])
            self.at += 1
        self.at -= 1
        self._week |= dict.fromkeys(shut, ())
        self._days = [day for day in self._days if day not in shut]


_IN_EXCEPTIONS = frozenset({Kind.DAYS, Kind.AND, Kind.TO, Kind.OTHER})


def _span(days: Sequence[int], token: Token, before: Token | None) -> Iterator[int]:
    """The token's days; after a "to" all since the day before it, over the week's end where it must."""
    if days and before is not None and before.kind is Kind.TO and len(token.days) == 1:
        day, last = (days[-1] + 1) % 7, token.days[0]
        while day != last:
            yield day
            day = (day + 1) % 7
    yield from token.days


def _interval(tokens: Sequence[Token], at: int) -> Interval | None:
    """The hours at `at`: a time, a "to", a time. "10-4" means the afternoon."""
    if at + 2 >= len(tokens) or tokens[at + 1].kind is not Kind.TO or tokens[at + 2].kind is not Kind.TIME:
        return None
    start, end = tokens[at], tokens[at + 2]
    opens, closes = start.minute, end.minute
    if not start.half and end.half == "p" and opens + 12 * 60 < closes and opens < 6 * 60:
        opens += 12 * 60  # "1-5 pm"
    if not start.half and not end.half and closes <= opens and closes < 12 * 60:
        closes += 12 * 60
    return Interval(opens, closes)
