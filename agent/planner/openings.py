"""On which days a goal wants its things open, or closed."""

from __future__ import annotations

import re
from typing import NamedTuple

from agent.planner.cuts import Cut, unread
from agent.planner.negation import NOT, PART_OF_DAY
from domain.opening_hours import DAYS
from domain.opening_words import day_named, full_names
from domain.plans import Comparison, Condition

OPENING_HOURS = "opening_hours"

# Goals write days with their accents, or without.
_ACCENTS = str.maketrans({"a": "[aáåä]", "e": "[eé]", "i": "[iì]", "o": "[oöø]", "c": "[cç]", "s": "[sś]", "l": "[lł]"})
_DAY_NAMES = "|".join(name.translate(_ACCENTS) for name in full_names())
_OPEN_WORDS = (
    r"open(?:s|ed|ing)?|geöffnete?[nr]?|offene?[nr]?|öffne[nt]|ouverte?s?|ouvr(?:e|ent)|abiert[oa]s?|abren?|"
    r"apert[oaie]|apr(?:e|ono)|geopend|abert[oa]s?|abrem|otwart[ea]|öppn[ae]t?|åben[te]?"
)
_CLOSED_WORDS = (
    r"clos(?:ed?|es|ing)|shut|geschlossene?[nr]?|geschlossen|fermée?s?|ferm(?:e|ent)|cerrad[oa]s?|cierran?|chius[oaie]|"
    r"chiud(?:e|ono)|gesloten|fechad[oa]s?|fecham?|zamknięt[eay]|nieczynne|stängda?|lukket"
)
_SAID = rf"(?:(?P<open>{_OPEN_WORDS})|(?P<closed>{_CLOSED_WORDS}))"
_ON = (
    r"(?:\s+(?:on|also|from|von|du|de|dal|van|all day|am|an|auf|le|la|les|el|los|las|di|il|op|aos?|à|no|na|nos|nas|på|"
    r"w)\b)*"
)
_WEEKENDS = (
    r"(?:the )?weekends?|wochenenden?|week-ends?|fin(?:es)? de semana|fine settimana|het weekend|fins de semana|helger"
)
_WEEKDAYS = r"weekdays|werktags|jours ouvrables|días laborables|giorni feriali|doordeweeks|dias úteis"
_TO = r"to|through|till|until|thru|bis|au|a|al|tot|t/m|até|-|–"
_JOIN = rf"(?:\s*,\s*|\s*(?:-|–)\s*|\s+(?:{_TO})\s+|\s+(?:and|or|und|oder|et|ou|y|o|e|en|of|nor|noch|ni|né|nem)\s+)"
_DAY_LIST = rf"(?:{_DAY_NAMES})s?(?:{_JOIN}(?:(?:on|am|le|la|el|los|op)\s+)?(?:{_DAY_NAMES})s?){{0,12}}"
_ANY_DAYS = rf"(?:{_DAY_LIST}|{_WEEKENDS}|{_WEEKDAYS})"
_DAYS_SAID = rf"(?P<days>{_ANY_DAYS})(?P<part>\s+{PART_OF_DAY})?"
_WHO_ARE = r"(?:(?:that|which|who|die|qui|que|che)\s+(?:are|is|sont|sind|están|sono|zijn|são)?\s*)?(?:\bn['’])?"
_NOT_WITHIN = rf"(?P<denied>\s+{NOT})?"
_EXCEPT = (
    r"(?P<but>\s*,?\s*\b(?:except(?: for)?|excluding|but not|and not|other than|apart from|not|außer|ausser|"
    r"aber nicht|sauf|mais pas|excepto|salvo|pero no|tranne|eccetto|ma non|behalve|maar niet|exceto|mas não)"
    rf"{_ON}\s+(?P<except>{_ANY_DAYS}))?"
)
_ALWAYS = (
    r"ouverte?s? 24 ?h?(?: ?/ ?| sur )24 ?h?(?:,? (?:et )?7 ?j?(?:ours)?(?: ?/ ?| sur )7)?|"
    r"ouverte?s? 7 ?j(?:ours)?(?: ?/ ?| sur )7|abiert[oa]s? (?:las )?24 horas|apert[oaie] 24 ore(?: su 24)?|"
    r"24 stunden geöffnet|24 uur(?: per dag)? open|abert[oa]s? 24 horas|open 24/7|open 24 hours(?: a day)?|"
    r"open around the clock|24/7|rund um die uhr(?: geöffnet)?|open every day|open daily|"
    r"open seven days(?: a week)?|open 7 days(?: a week)?|täglich geöffnet|ouverte?s? tous les jours|"
    r"abiert[oa]s? todos los días|apert[ie] tutti i giorni|abert[oa]s? todos os dias|elke dag open|alle dagen open"
)
_ROUND_THE_CLOCK = re.compile(r"\b24|clock|die uhr", re.I)
_BY_DAY = rf"\b(?:die |que |qui |che )?(?:am |an |le |on |los |la |op )?{_DAYS_SAID}{_NOT_WITHIN}\s+{_SAID}\b"
_OPENS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b{_WHO_ARE}{_SAID}\b{_NOT_WITHIN}{_ON}\s+{_DAYS_SAID}\b{_EXCEPT}",
        rf"{_BY_DAY}(?: zijn| sind| haben)?",
        rf"\b(?P<always>{_ALWAYS})\b{_EXCEPT}",
    )
)
# "open on Saturday, but not on Sunday": only beside hours that are asked for is a bare day one of them.
_NOT_ON = re.compile(
    rf"(?:,\s*)?\b(?:(?:but|aber|mais|pero|ma|maar|mas|and|und|et|y|e|en)\s+)?(?:{NOT}|no){_ON}\s+{_DAYS_SAID}\b", re.I
)


_CLOCK = r"\d{1,2}(?::\d\d)?\s*(?:[ap]\.?m\b\.?|uhr\b|heures?\b|h\b|uur\b|o['’]clock)|\d{1,2}:\d\d|noon\b|midnight\b"
# Hours of the day, and "now": a timetable tells them, and no comparison asks for them.
_AT_HOURS = re.compile(
    rf"(?:\b(?:that|which|who)\s+)?(?:\b(?:are|is|stay)\s+)?(?:\b{_SAID}\s+(?:on\s+)?)?"
    rf"\b(?:(?:late\s+)?(?:after|before|until|till|from|by|at|past|nach|vor|bis|ab|um|après|avant|jusqu['’]à|à|"
    rf"después de las|antes de las|hasta las|dopo le|prima delle|fino alle|na|voor|tot)\s+(?:{_CLOCK}))|"
    rf"\b(?:that\s+are\s+|which\s+are\s+)?(?:currently\s+open\b|open\s+(?:right\s+)?now\b|jetzt\s+geöffnet|"
    rf"ouvert\w*\s+maintenant|abiert\w*\s+ahora|apert\w*\s+(?:adesso|ora)\b|nu\s+open|open\s+late\b)",
    re.I,
)

_RUSSIAN_DAYS = (
    r"(?:понедельник|вторник|сред[аыуе]|четверг|пятниц|суббот|воскресень|выходн|будн|праздник|ежедневно|круглосуточно)"
)
# No timetable in Russian is read, and so no such day is checked.
_IN_RUSSIAN = re.compile(
    rf"(?:,?\s*\bкотор\w+\s+)?\b(?:не\s+)?(?:открыт|закрыт|работа)\w*(?:\s+(?:в|во|по|и|с|до))*\s+{_RUSSIAN_DAYS}\w*"
    rf"(?:(?:\s*,\s*|\s+)(?:(?:и|или|в|во|по)\s+)*{_RUSSIAN_DAYS}\w*)*",
    re.I,
)


# Days that no word says to be those of opening: "flea markets on Sundays".
ON_DAYS = re.compile(rf"\b(?:on|am|le|el|il|op|aos?)\s+{_ANY_DAYS}\b", re.I)


def wished_clock(text: str) -> Cut | None:
    match = _AT_HOURS.search(text) or _IN_RUSSIAN.search(text)
    return unread(match) if match else None


class Wished(NamedTuple):
    """The condition, and where it stands in the text. None: a rule cannot check it."""

    condition: Condition | None
    start: int
    end: int


def wished_hours(text: str, *, is_asked: bool) -> Wished | None:
    """The first demand of opening hours; `is_asked`: another one was found before."""
    for pattern in _OPENS:
        match = pattern.search(text)
        if match is not None and (wished := _wished(match)) is not None:
            return wished
    match = _NOT_ON.search(text) if is_asked else None
    days = _days(match["days"]) if match else frozenset()
    return Wished(_condition(Comparison.CLOSED, days, match[0]), match.start(), match.end()) if match and days else None


def _wished(match: re.Match[str]) -> Wished | None:
    said = match.groupdict()
    days = frozenset(range(7)) if said.get("always") else _days(said.get("days") or "")
    if not days:
        return None
    left_out = _days(said.get("except") or "")
    end = match.end()
    if not left_out <= days:  # "on Saturday, but not on Sunday" is a demand of its own
        left_out, end = frozenset(), match.start("but")
    is_open = bool(said.get("closed")) is bool(said.get("denied"))
    if said.get("part"):  # open, or closed, in the morning says less than on that day
        return Wished(None, match.start(), end)
    comparison = Comparison.OPEN if is_open else Comparison.CLOSED
    words = match.string[match.start() : end]
    is_whole = _ROUND_THE_CLOCK.search(said.get("always") or "") is not None
    condition = _condition(comparison, days - left_out, words, is_whole=is_whole) if days - left_out else None
    return Wished(condition, match.start(), end)


def _condition(comparison: Comparison, days: frozenset[int], words: str, *, is_whole: bool = False) -> Condition:
    value = ", ".join(DAYS[day] for day in sorted(days)) + (" all day" if is_whole else "")
    return Condition(field=OPENING_HOURS, comparison=comparison, value=value, text=words.strip(" ,;"))


def _days(words: str) -> frozenset[int]:
    if re.fullmatch(_WEEKENDS, words, re.I):
        return frozenset({5, 6})
    if re.fullmatch(_WEEKDAYS, words, re.I):
        return frozenset(range(5))
    found: list[int] = []
    is_span = False
    for word in re.findall(r"[^\W\d_]+(?:-feira)?|t/m|[-–]", words):
        day = day_named(word)
        if day is None:
            is_span = re.fullmatch(_TO, word, re.I) is not None
            continue
        if is_span and found:
            found += [(found[-1] + step) % 7 for step in range(1, (day - found[-1]) % 7)]
        found.append(day)
        is_span = False
    return frozenset(found)
