"""The words of timetables in ten languages, and in three that are read by their English: days, hours, and what joins
them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from domain.opening_scripts import in_latin

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


class Kind(Enum):
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


class Token(NamedTuple):
    kind: Kind
    days: tuple[int, ...] = ()
    minute: int = 0
    half: str = ""


def day_named(word: str) -> int | None:
    """The weekday that a word names in full, in any of the languages, in the plural as well."""
    plain = plain_text(word)
    for form in (plain, plain.removesuffix("s")):
        for days in _WORDS.values():
            if form in days and len(form) > 4:
                return days[form]
    return None


def full_names() -> tuple[str, ...]:
    """Every spelling of a day that is long enough to stand in a sentence."""
    return tuple(sorted({word for days in _WORDS.values() for word in days if len(word) > 4}, key=len, reverse=True))


def plain_text(text: str) -> str:
    """Lower case, without accents, every dash a hyphen."""
    spelled = in_latin(text.casefold()).replace("ø", "o").replace("ł", "l").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFKD", spelled)
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"[‐‑‒–—―~〜−]", "-", letters)


def day_names(plain: str) -> dict[str, int] | None:
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


def tokens_of(plain: str, names: Mapping[str, int]) -> Iterator[Token]:
    for match in _PATTERN.finditer(plain):
        match match.lastgroup if match.lastgroup not in {"hour", "minute", "half"} else "time":
            case "all_day":
                yield Token(Kind.ALL_DAY)
            case "daily":
                yield Token(Kind.DAYS, tuple(range(7)))
            case "weekdays":
                yield Token(Kind.DAYS, tuple(range(5)))
            case "weekend":
                yield Token(Kind.DAYS, (5, 6))
            case "closed":
                yield Token(Kind.CLOSED)
            case "except":
                yield Token(Kind.EXCEPT)
            case "time":
                half = (match["half"] or "")[:1]
                hour = int(match["hour"]) % 12 + 12 * (half == "p") if half else int(match["hour"])
                yield Token(Kind.TIME, minute=hour * 60 + int(match["minute"] or 0), half=half)
            case "noon":
                yield Token(Kind.TIME, minute=12 * 60, half="p")
            case "midnight":
                yield Token(Kind.TIME, minute=24 * 60, half="a")
            case "dash" | "tm":
                yield Token(Kind.TO)
            case "and":
                yield Token(Kind.AND)
            case "break":
                yield Token(Kind.BREAK)
            case "stop":
                yield Token(Kind.STOP)
            case _:
                yield _word(match[0], names)


def _word(word: str, names: Mapping[str, int]) -> Token:
    day = names.get(word, names.get(word.removesuffix("s")) if len(word) > 5 else None)
    if day is not None:
        return Token(Kind.DAYS, (day,))
    if word in _TO_WORDS:
        return Token(Kind.TO)
    return Token(Kind.AND if word in _AND_WORDS else Kind.OTHER)
