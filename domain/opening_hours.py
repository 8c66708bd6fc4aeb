"""On which days of the week a place is open, from what pages say of its hours in ten languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALL_WEEK = frozenset(range(7))
MAX_TEXT = 2_000  # characters: a week told at length in two languages; a longer text is a page
ENOUGH_DAYS = 5  # so many named days are a timetable, and a day that it leaves out is closed

# Monday to Sunday, each with its spellings and short forms.
_NAMES: dict[str, str] = {
    "en": "monday mon mo|tuesday tues tue tu|wednesday weds wed we|thursday thurs thur thu th|friday fri fr|"
    "saturday sat sa|sunday sun su",
    "de": "montag mo|dienstag di|mittwoch mi|donnerstag do|freitag fr|samstag sonnabend sa|sonntag so",
    "fr": "lundi lun lu|mardi mar ma|mercredi mer me|jeudi jeu je|vendredi ven ve|samedi sam sa|dimanche dim di",
    "es": "lunes lun lu|martes mar ma|miercoles mie mi|jueves jue ju|viernes vie vi|sabado sab sa|domingo dom do",
    "it": "lunedi lun lu|martedi mar ma|mercoledi mer me|giovedi gio gi|venerdi ven ve|sabato sab sa|domenica dom do",
    "nl": "maandag ma|dinsdag di|woensdag wo|donderdag do|vrijdag vr|zaterdag za|zondag zo",
    "pt": "segunda-feira segunda seg|terca-feira terca ter|quarta-feira quarta qua|quinta-feira quinta qui|"
    "sexta-feira sexta sex|sabado sab|domingo dom",
    "pl": "poniedzialek pon pn|wtorek wt|sroda sr|czwartek czw|piatek pt|sobota sob|niedziela niedz nd",
    "sv": "mandag man|tisdag tis|onsdag ons|torsdag tor tors|fredag fre|lordag lor|sondag son",
    "da": "mandag man|tirsdag tir tirs|onsdag ons|torsdag tor tors|fredag fre|lordag lor|sondag son",
}
# Words beside the days that tell the language of a timetable.
_TELLING = {
    "en": "closed open am pm noon daily weekdays weekends to and through",
    "de": "geschlossen geoffnet uhr bis und taglich werktags wochenende ruhetag",
    "fr": "ferme fermee ouvert ouverte au et le jours midi",
    "es": "cerrado cerrada abierto abierta y de los las dias",
    "it": "chiuso chiusa aperto aperta dal al e ore giorni",
    "nl": "gesloten open tot en uur dagelijks",
    "pt": "fechado fechada aberto aberta as e todos dias",
    "pl": "zamkniete nieczynne czynne od do",
    "sv": "stangt oppet till och dagligen",
    "da": "lukket abent til og dagligt",
}
_CLOSED = (
    r"closed|off|geschlossen|ruhetag|fermee?s?|cerrad[oa]s?|chius[oaie]|gesloten|fechad[oa]s?|zamkniete|nieczynne|stangt|"
    r"lukket"
)
_ALL_DAY = (
    r"24\s*/\s*7|24\s*-?\s*(?:h(?:ours?|rs?)?|stunden|heures|horas|ore|uur|godz\w*|timmar|timer)\b|rund um die uhr"
)
_DAILY = (
    r"daily|every\s?day|7 days(?: a week)?|seven days(?: a week)?|all week|taglich|jeden tag|tous les jours|"
    r"7\s?j\s?/\s?7|todos los dias|a diario|tutti i giorni|ogni giorno|dagelijks|elke dag|alle dagen|todos os dias|"
    r"diariamente|codziennie|dagligen|alla dagar|dagligt|alle dage"
)
_WEEKDAYS = (
    r"weekdays|week days|werktags|wochentags|en semaine|jours ouvrables|dias laborables|entre semana|giorni feriali|"
    r"doordeweeks|dias uteis|dni robocze|vardagar|hverdage"
)
_WEEKEND = r"weekends?|wochenenden?|week-?ends?|fin(?:es)? de semana|fine settimana|weekenden|helger|fins de semana"
_EXCEPT = r"except(?: for)?|excluding|ausser|sauf|excepto|salvo|tranne|eccetto|behalve|exceto|oprocz|utom|undtagen"
_TIME = (
    r"(?P<hour>[01]?\d|2[0-4])\s*(?:[:.h]\s*(?P<minute>[0-5]\d))?\s*(?P<half>[ap]\.?\s?m\b\.?)?\s*"
    r"(?:uhr|h\b|hrs?\b|uur)?"
)
# Words that make a day's hours depend on more than the day.
_CONDITIONAL = re.compile(
    r"\b(?:appointments?|vereinbarung|rendez-?vous|cita previa|appuntamento|afspraak|seasonal|summer|winter|sommer|ete|"
    r"hiver|verano|invierno|estate|inverno|zomer|january|february|march|april|june|july|august|september|october|"
    r"november|december|(?:first|second|third|fourth|last|every other|1st|2nd|3rd|4th|erste[rn]?|letzte[rn]?|premier|"
    r"dernier|primer|ultimo|primo)\s+(?:mon|tues|wednes|thurs|fri|satur|sun)?\w*day|alternate)\b"
)
_SPECIFICATION_DAYS = ("dayOfWeek", "day_of_week", "dayofweek", "day", "days")


class Interval(NamedTuple):
    """Minutes of the day; the end is before the start where it is open past midnight."""

    start: int
    end: int


Week = dict[int, tuple[Interval, ...]]
"""By weekday from Monday, 0. No interval: closed. A day that is left out is not told of."""
WHOLE_DAY = (Interval(0, 24 * 60),)


class _Kind(Enum):
    DAYS = 1
    TIME = 2
    TO = 3
    AND = 4
    CLOSED = 5
    ALL_DAY = 6
    EXCEPT = 7
    BREAK = 8  # a comma: what follows may still be of the same days
    STOP = 9
    OTHER = 10


class _Token(NamedTuple):
    kind: _Kind
    days: tuple[int, ...] = ()
    minute: int = 0
    half: str = ""


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


def weekdays_of(value: str) -> tuple[int, ...]:
    """The weekdays of an English list; empty where a part of it is none."""
    words = [word for word in re.split(r"[,\s]+|\band\b", value.casefold()) if word]
    return tuple(map(DAYS.index, words)) if all(word in DAYS for word in words) else ()


def day_named(word: str) -> int | None:
    """The weekday that a word names in full, in any of the languages, in the plural as well."""
    plain = _plain(word)
    for form in (plain, plain.removesuffix("s")):
        for days in _WORDS.values():
            if form in days and len(form) > 4:
                return days[form]
    return None


def full_names() -> tuple[str, ...]:
    """Every spelling of a day that is long enough to stand in a sentence."""
    return tuple(sorted({word for days in _WORDS.values() for word in days if len(word) > 4}, key=len, reverse=True))


def _plain(text: str) -> str:
    spelled = text.casefold().replace("ø", "o").replace("ł", "l").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFKD", spelled)
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"[‐‑‒–—―~〜−]", "-", letters)


_WORDS = {
    language: {word: day for day, words in enumerate(names.split("|")) for word in words.split()}
    for language, names in _NAMES.items()
}
_TELLING_WORDS = {language: frozenset(words.split()) for language, words in _TELLING.items()}
_PATTERN = re.compile(
    "|".join(
        [
            rf"(?P<all_day>{_ALL_DAY})",
            rf"(?P<daily>\b(?:{_DAILY})\b)",
            rf"(?P<weekdays>\b(?:{_WEEKDAYS})\b)",
            rf"(?P<weekend>\b(?:{_WEEKEND})\b)",
            rf"(?P<closed>\b(?:{_CLOSED})\b)",
            rf"(?P<except>\b(?:{_EXCEPT})\b)",
            rf"(?P<time>(?<!\d){_TIME}(?!\d))",
            r"(?P<noon>\b(?:noon|midi|mediodia|mezzogiorno)\b)",
            r"(?P<midnight>\b(?:midnight|mitternacht|minuit|medianoche|mezzanotte)\b)",
            r"(?P<tm>t/m)",
            r"(?P<word>[a-z]+(?:-feira)?)",
            r"(?P<dash>-)",
            r"(?P<and>[&+])",
            r"(?P<stop>[;|\n]|\.(?=\s|$))",
            r"(?P<break>[,/])",
        ]
    )
)
_TO_WORDS = frozenset("to till til until thru through bis au a as al ate tot do".split())  # noqa: SIM905 (words)
_AND_WORDS = frozenset("and und et y e en i och og".split())  # noqa: SIM905 (words)


def _read(text: str) -> Week | None:
    plain = _plain(text[:MAX_TEXT])
    if _CONDITIONAL.search(plain):
        return None
    days = _vocabulary(plain)
    return _week(list(_tokens(plain, days))) if days is not None else None


def _vocabulary(plain: str) -> dict[str, int] | None:
    """The names of days in the language that most of the words speak for; None where two that do not agree are as
    likely ("Di" is Tuesday in German and Sunday in French)."""
    said = set(re.findall(r"[a-z]+(?:-feira)?", plain))
    votes = {
        language: 2 * sum(1 + (len(word) > 4) for word in said & days.keys()) + len(said & _TELLING_WORDS[language])
        for language, days in _WORDS.items()
    }
    most = max(votes.values())
    likely = [_WORDS[language] for language, count in votes.items() if count == most]
    named = [{word: days[word] for word in said & days.keys()} for days in likely]
    return likely[0] if all(each == named[0] for each in named) else None


def _tokens(plain: str, names: Mapping[str, int]) -> Iterator[_Token]:
    for match in _PATTERN.finditer(plain):
        match match.lastgroup if match.lastgroup not in {"hour", "minute", "half"} else "time":
            case "all_day":
                yield _Token(_Kind.ALL_DAY)
            case "daily":
                yield _Token(_Kind.DAYS, tuple(range(7)))
            case "weekdays":
                yield _Token(_Kind.DAYS, tuple(range(5)))
            case "weekend":
                yield _Token(_Kind.DAYS, (5, 6))
            case "closed":
                yield _Token(_Kind.CLOSED)
            case "except":
                yield _Token(_Kind.EXCEPT)
            case "time":
                half = (match["half"] or "")[:1]
                hour = int(match["hour"]) % 12 + 12 * (half == "p") if half else int(match["hour"])
                yield _Token(_Kind.TIME, minute=hour * 60 + int(match["minute"] or 0), half=half)
            case "noon":
                yield _Token(_Kind.TIME, minute=12 * 60, half="p")
            case "midnight":
                yield _Token(_Kind.TIME, minute=24 * 60, half="a")
            case "dash" | "tm":
                yield _Token(_Kind.TO)
            case "and":
                yield _Token(_Kind.AND)
            case "break":
                yield _Token(_Kind.BREAK)
            case "stop":
                yield _Token(_Kind.STOP)
            case _:
                yield _word(match[0], names)


def _word(word: str, names: Mapping[str, int]) -> _Token:
    day = names.get(word, names.get(word.removesuffix("s")) if len(word) > 5 else None)
    if day is not None:
        return _Token(_Kind.DAYS, (day,))
    if word in _TO_WORDS:
        return _Token(_Kind.TO)
    return _Token(_Kind.AND if word in _AND_WORDS else _Kind.OTHER)


def _week(tokens: list[_Token]) -> Week | None:
    """What the days' hours are, as a reader goes along; None where nothing is said of any day."""
    gathering = _Gathering(tokens)
    while gathering.at < len(tokens):
        gathering.step(tokens[gathering.at])
        gathering.at += 1
    return gathering.end()


class _Gathering:
    """Days gather until hours, or a "closed", are said of them; "closed" may also stand before its days."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.at = 0
        self._tokens = tokens
        self._week: Week = {}
        self._days: list[int] = []
        self._fresh = 0  # where in the days the part after the last comma begins
        self._is_told = False  # hours were said of the days: the next one begins anew
        self._is_shut = False  # "closed" came before its days
        self._ahead: list[Interval] = []  # hours that came before any day

    def step(self, token: _Token) -> None:
        match token.kind:
            case _Kind.DAYS:
                self._gather(token)
            case _Kind.CLOSED:
                if self._days and not self._is_told and not self._is_shut:
                    self._say(())
                else:
                    self._begin(is_shut=True)
            case _Kind.EXCEPT:
                if self._is_told:
                    self._begin(is_shut=True)
                else:  # "daily except Sunday 9-5": the hours that follow are of the days before
                    self._leave_out()
            case _Kind.ALL_DAY:
                self._open_all_day()
            case _Kind.TIME:
                self._hours()
            case _Kind.BREAK:
                self._fresh = len(self._days)
            case _Kind.STOP:
                if self._is_shut:
                    self._begin(is_shut=False)

    def end(self) -> Week | None:
        has_times = any(token.kind in {_Kind.TIME, _Kind.CLOSED, _Kind.ALL_DAY} for token in self._tokens)
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

    def _gather(self, token: _Token) -> None:
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
            if token.kind is _Kind.DAYS:
                shut += _span(shut, token, self._tokens[self.at - 1])
            self.at += 1
        self.at -= 1
        self._week |= dict.fromkeys(shut, ())
        self._days = [day for day in self._days if day not in shut]


_IN_EXCEPTIONS = frozenset({_Kind.DAYS, _Kind.AND, _Kind.TO, _Kind.OTHER})


def _span(days: Sequence[int], token: _Token, before: _Token | None) -> Iterator[int]:
    """The token's days; after a "to" all since the day before it, over the week's end where it must."""
    if days and before is not None and before.kind is _Kind.TO and len(token.days) == 1:
        day, last = (days[-1] + 1) % 7, token.days[0]
        while day != last:
            yield day
            day = (day + 1) % 7
    yield from token.days


def _interval(tokens: Sequence[_Token], at: int) -> Interval | None:
    """The hours at `at`: a time, a "to", a time. "10-4" means the afternoon."""
    if at + 2 >= len(tokens) or tokens[at + 1].kind is not _Kind.TO or tokens[at + 2].kind is not _Kind.TIME:
        return None
    start, end = tokens[at], tokens[at + 2]
    opens, closes = start.minute, end.minute
    if not start.half and end.half == "p" and opens + 12 * 60 < closes and opens < 6 * 60:
        opens += 12 * 60  # "1-5 pm"
    if not start.half and not end.half and closes <= opens and closes < 12 * 60:
        closes += 12 * 60
    return Interval(opens, closes)
