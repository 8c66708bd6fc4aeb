"""What a goal demands of its things, as conditions: prices, ratings, dates, sizes. Each is cut out of the text."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from agent.planner.lexicon import number
from agent.words import plural, singular
from domain.dates import MONTHS
from domain.opening_hours import DAYS, day_named, full_names
from domain.plans import Comparison, Condition

_NUMBER = r"(\d[\d.,]*\s?(?:k\b|m\b|million|thousand|millionen|millones|milioni|tausend)?)"
_CURRENCY = (
    r"(?:US\$|CA\$|AU\$|NZ\$|C\$|A\$|[$€£¥]|(?:USD|EUR|GBP|CHF|CAD|AUD|NZD|JPY|INR|SEK|NOK|DKK|PLN)\b|euros?|dollars?|"
    r"pounds?(?: sterling)?|quid|bucks|dólares|libras|sterline|franken|francs)"
)
_CODES = {
    "$": "USD",
    "us$": "USD",
    "ca$": "CAD",
    "c$": "CAD",
    "au$": "AUD",
    "a$": "AUD",
    "nz$": "NZD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "euro": "EUR",
    "dollar": "USD",
    "buck": "USD",
    "dólare": "USD",
    "pound": "GBP",
    "pounds sterling": "GBP",
    "pound sterling": "GBP",
    "quid": "GBP",
    "sterline": "GBP",
    "franken": "CHF",
}
_LESS = (
    "under|below|less than|lower than|cheaper than|fewer than|unter|weniger als|günstiger als|moins de|sous|menos de|"
)
_LESS += "onder|por debajo de|meno di|sotto(?: i| gli)?|minder dan|abaixo de|goedkoper dan"
_AT_MOST = "at most|up to|no more than|not more than|max(?:imum|imal)?(?: of)?|höchstens|bis(?: zu)?|au plus|jusqu'à|"
_AT_MOST += "como máximo|hasta|al massimo|fino a"
_MORE = "over|above|more than|greater than|higher than|better than|exceeding|über|mehr als|plus de|más de|più di|oltre"
_AT_LEAST = (
    "at least|no less than|not less than|min(?:imum)?(?: of)?|from|mindestens|ab|au moins|al menos|almeno|a partir de|"
    "minstens|vanaf|pelo menos|no mínimo"
)
_BOUND = rf"({_LESS}|{_AT_MOST}|{_MORE}|{_AT_LEAST}|>=|<=|≥|≤|>|<)"
_PRICED = (
    r"(?:(?:with )?(?:a |an )?(?:price[ds]?|costs?|costing|rent|salary|salaries|preis|prix|precio|prezzo)"
    r"(?: of| is| range)?\s*)"
)
_PER = (
    r"(?:\s*(?:per|a|an|/|pro|par|por|al|alla)\s*(?:night|month|day|person|week|year|hour|nacht|monat|tag|nuit|"
    r"mois|jour|"
    r"noche|mes|notte|mese))?"
)
_AMOUNT = rf"{_CURRENCY}?\s*{_NUMBER}\s*{_CURRENCY}?"
_STARS = r"(?:stars?|sternen?|étoiles|estrellas|stelle|sterren|estrelas)"
_RATING_VALUE = r"(\d(?:[.,]\d+)?)"
_RATED = r"(?:rated|rating|stars?|bewertung|note|bewertet)"
# Whole names alone: "mar" and "set" are words of their own in a goal.
_MONTH = "|".join(sorted((re.escape(name) for name in MONTHS if len(name) > 3 or name == "may"), key=len, reverse=True))
BARE_MONTH = re.compile(rf"\b(?:in|during|im|en|nel|in|em|au mois de|à)\s+(?:{_MONTH})\b(?!\s+\d{{4}})", re.I)
_DAY = rf"(\d{{4}}(?:-\d\d){{0,2}}|(?:{_MONTH})\s+\d{{4}})"
_EVENTS = "founded|opened|built|established|launched|born"  # a date that has its own name among a thing's fields
_WHEN = rf"(?:({_EVENTS}|posted|published|released|filed|added|made|held|dated|created|updated|from)\s+)?"
# Things that are counted: "at least 3 bedrooms" limits a thing, "at least 30 dentists" the list.
_COUNTED = (
    "bedrooms?|bathrooms?|rooms?|beds|employees|reviews|pages|seats|students|inhabitants|people|members|"
    "citations|gb|tb|"
    "km|miles|years(?: of experience)?|stars on github|calories|zimmern?|mitarbeitern?|chambres|pièces|"
    "habitaciones|camere|kamers|quartos"
)
_FIELD_OF_COUNTED = {
    "zimmer": "rooms",
    "zimmern": "rooms",
    "mitarbeitern": "employees",
    "kamer": "rooms",
    "quarto": "bedrooms",
    "mitarbeiter": "employees",
    "chambre": "bedrooms",
    "piece": "rooms",
    "pièce": "rooms",
    "habitaciones": "bedrooms",
    "camere": "bedrooms",
    "inhabitant": "population",
    "people": "population",
    "gb": "memory",
    "tb": "memory",
    "km": "distance",
    "mile": "distance",
}


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """A condition, and the text without it."""

    condition: Condition
    rest: str


def take_conditions(text: str, date_field: str, price_field: str) -> tuple[tuple[Condition, ...], str]:
    """All conditions found, and what is left of the text. The fields are what this kind of thing calls its date and
    price."""
    conditions: list[Condition] = []
    readers: tuple[Callable[[str], Cut | None], ...] = (
        _open,
        lambda rest: _free(rest, price_field),
        lambda rest: _price_range(rest, price_field),
        _rating,
        lambda rest: _price(rest, price_field),
        _counted,
        lambda rest: _date(rest, date_field),
        _named_number,
    )
    for read in readers:
        while len(conditions) < 10 and (cut := read(text)) is not None:
            conditions.append(cut.condition)
            text = " ".join(cut.rest.split())
    return tuple(conditions), text


def _cut(text: str, match: re.Match[str], field: str, comparison: Comparison, value: object, unit: str = "") -> Cut:
    words = match[0].strip(" ,;")
    wish = value if isinstance(value, str | tuple) else float(str(value))
    condition = Condition(field=field, comparison=comparison, value=wish, text=words, unit=unit)
    return Cut(condition=condition, rest=f"{text[: match.start()]} {text[match.end() :]}")


def _comparison(words: str) -> Comparison:
    words = words.lower()
    for pattern, comparison in (
        (rf"{_AT_MOST}|<=|≤", Comparison.AT_MOST),
        (rf"{_AT_LEAST}|>=|≥", Comparison.AT_LEAST),
        (rf"{_LESS}|<", Comparison.LESS),
    ):
        if re.fullmatch(pattern, words):
            return comparison
    return Comparison.GREATER


_PRICE_RANGES = (
    rf"{_PRICED}?(?:between|zwischen|entre|tra)\s+{_AMOUNT}\s*(?:and|und|et|y|e|-|to)\s*{_AMOUNT}{_PER}",
    rf"{_PRICED}?{_AMOUNT}\s*[-–]\s*{_AMOUNT}{_PER}",
)


def _price_range(text: str, field: str) -> Cut | None:
    for pattern in _PRICE_RANGES:
        for match in re.finditer(pattern, text, re.I):
            low, high = number(match[1]), number(match[2])
            marked = re.search(_CURRENCY, match[0], re.I) or re.match(_PRICED, match[0], re.I)
            if marked and low is not None and high is not None and low <= high:
                return _cut(text, match, field, Comparison.BETWEEN, (low, high), _unit(match[0]))
    return None


def _price(text: str, field: str) -> Cut | None:
    pattern = rf"({_PRICED})?{_BOUND}\s*({_CURRENCY})?\s*{_NUMBER}\s*({_CURRENCY}(?!\w))?{_PER}"
    for match in re.finditer(pattern, text, re.I):
        marked = match[1] or match[3] or match[5]
        value = number(match[4])
        if marked and value is not None:
            return _cut(text, match, field, _comparison(match[2]), value, _unit(match[0]))
    return None


def _unit(text: str) -> str:
    """The currency that a demand names, as ISO 4217; "libras" and "francs" are of several countries."""
    found = re.search(_CURRENCY, text, re.I)
    if found is None:
        return ""
    sign = found[0].lower()
    code = _CODES.get(sign) or _CODES.get(sign.removesuffix("s"), "")
    return code or (sign.upper() if re.fullmatch(r"[a-z]{3}", sign) else "")


_FREE_WORDS = (
    "free (?:entry|admission|entrance|tickets?|of charge|to (?:enter|visit|attend))|"
    "(?:entry|admission|entrance) is free|no (?:entry|entrance|admission) fees?|freie[mnr]? eintritt|"
    "eintritt(?: ist)? frei|entrées? (?:libre|gratuite)s?|entrada (?:libre|gratuita|gratis)|"
    "ingresso (?:libero|gratuito)|gratis toegang"
)
# What "free" is said of: a "free event" costs nothing, "free software" and "free range eggs" are something else.
_VISITED = (
    "events?|concerts?|museums?|exhibitions?|workshops?|webinars?|courses?|classes|tours?|festivals?|lectures?|"
    "meetups?|"
    "konzerte?n?|veranstaltungen|museen|kurse|ausstellungen|concerti|corsi|musei|mostre"
)
_FREE = (
    rf"\b(?:with |mit |avec |con )?(?:{_FREE_WORDS})\b",
    rf"\b(?:free|kostenlose[nr]?|gratuite?s?|gratuit[oai]s?|gratis)\s+(?=(?:[\w-]+ ){{0,2}}(?:{_VISITED})\b)",
    r"(?<=\w) (?:gratuite?s?|gratuit[oai]s?|kostenlos|gratis)(?=\s|$)",
)


def _free(text: str, field: str) -> Cut | None:
    for pattern in _FREE:
        if match := re.search(pattern, text, re.I):
            return _cut(text, match, field, Comparison.EQUAL, 0.0)
    return None


_DAY_NAMES = "|".join(re.escape(name) for name in full_names())
_OPEN_WORDS = (
    r"open(?:s|ed|ing)?|geöffnete?[nr]?|offene?[nr]?|ouverte?s?|abiert[oa]s?|apert[oaie]|geopend|abert[oa]s?|"
    r"otwart[ea]|öppn[ae]t?|"
    r"åben[te]?"
)
_ON = r"(?:\s+(?:on|also|all day|am|an|auf|le|la|les|el|los|las|di|il|op|aos?|no|på|w)\b)*"
_WEEKENDS = (
    r"(?:the )?weekends?|wochenenden?|week-ends?|fin(?:es)? de semana|fine settimana|het weekend|fins de semana|helger"
)
_DAY_LIST = rf"(?:{_DAY_NAMES})s?(?:(?:\s*,\s*|\s+(?:and|or|und|et|y|e|en)\s+)(?:{_DAY_NAMES})s?)*"
_DAYS_SAID = rf"(?P<days>{_DAY_LIST}|{_WEEKENDS})"
_WHO_ARE = r"(?:(?:that|which|die|qui|que|che)\s+(?:are|is|sont|sind|están|sono)?\s*)?"
_ALWAYS = (
    "open 24/7|open 24 hours(?: a day)?|open around the clock|24/7|rund um die uhr(?: geöffnet)?|open every day|"
    "open daily|open seven days(?: a week)?|open 7 days(?: a week)?|täglich geöffnet|ouverts? tous les jours|"
    "abiertos? todos los días|aperti tutti i giorni"
)
_BY_DAY = rf"\b(?:die |que |qui |che )?(?:am |an |le |on |los |la |op )?{_DAYS_SAID}\s+(?:{_OPEN_WORDS})\b"
_OPENS = (
    rf"\b{_WHO_ARE}(?:{_OPEN_WORDS})\b{_ON}\s+{_DAYS_SAID}\b",
    rf"{_BY_DAY}(?: zijn| sind| haben)?",
    rf"\b(?P<always>{_ALWAYS})\b",
)
OPENING_HOURS = "opening_hours"


def _open(text: str) -> Cut | None:
    for pattern in _OPENS:
        match = re.search(pattern, text, re.I)
        if match is None:
            continue
        said = match.groupdict()
        if said.get("always"):
            return _cut(text, match, OPENING_HOURS, Comparison.OPEN, ", ".join(DAYS))
        words = said["days"]
        days = {day_named(word) for word in re.findall(r"[^\W\d_]+(?:-feira)?", words)} - {None}
        if not days and re.fullmatch(_WEEKENDS, words, re.I):
            days = {5, 6}
        if days:
            value = ", ".join(DAYS[day] for day in sorted(day for day in days if day is not None))
            return _cut(text, match, OPENING_HOURS, Comparison.OPEN, value)
    return None


# Pattern, group of the bound (0: "or more" is in the pattern itself), group of the value.
_RATINGS = (
    (
        rf"\b(?:with )?(?:an? )?(?:average )?{_RATED}(?: of| is| mit)?\s*{_BOUND}\s*{_RATING_VALUE}(?:\s*{_STARS})?",
        1,
        2,
    ),
    (rf"\b(?:with |rated )?{_BOUND}\s*{_RATING_VALUE}[\s-]*{_STARS}\b", 1, 2),
    (rf"\b(?:rated |with )?{_RATING_VALUE}\s*\+[\s-]*(?:{_STARS}|rating)?(?=\W|$)", 0, 1),
    (rf"\b(?:rated |with )?{_RATING_VALUE}[\s-]*{_STARS}? (?:or|and) (?:more|higher|above|better|up)", 0, 1),
)


def _rating(text: str) -> Cut | None:
    for pattern, bound, at in _RATINGS:
        match = re.search(pattern, text, re.I)
        if match and (rating := number(match[at].replace(",", "."))) is not None and rating <= 5:
            comparison = _comparison(match[bound]) if bound else Comparison.AT_LEAST
            return _cut(text, match, "rating", comparison, rating)
    return None


def _counted(text: str) -> Cut | None:
    match = re.search(rf"\b(?:with |mit |avec |con )?{_BOUND}\s*{_NUMBER}\s*({_COUNTED})\b", text, re.I)
    if not match or (value := number(match[2])) is None:
        return None
    noun = match[3].lower().split()[0]
    field = _FIELD_OF_COUNTED.get(noun) or _FIELD_OF_COUNTED.get(singular(noun)) or plural(singular(noun))
    return _cut(text, match, field, _comparison(match[1]), value)


_MEASURES = "population|revenue|mileage|employees|reviews|area|size|funding"


def _named_number(text: str) -> Cut | None:
    """`population over 1 million`: a noun, a bound, a number."""
    match = re.search(rf"\b(?:with (?:a |an )?)?({_MEASURES})\s+{_BOUND}\s*{_NUMBER}", text, re.I)
    if not match or (value := number(match[3])) is None:
        return None
    return _cut(text, match, match[1].lower(), _comparison(match[2]), value)


_YEAR = r"(?:19|20)\d\d"
_DATES = (
    (rf"\b{_WHEN}(?:after|later than|nach|après|después de|dopo(?: il)?)\s+{_DAY}", Comparison.GREATER),
    (rf"\b{_WHEN}(?:since|newer than|starting|seit|depuis|desde|dal)\s+{_DAY}(?: onwards?)?", Comparison.AT_LEAST),
    (rf"\b{_WHEN}(?:before|until|older than|earlier than|vor|avant|antes de|prima del)\s+{_DAY}", Comparison.LESS),
    # "in 2024": the date begins with it.
    (
        rf"\b{_WHEN}(?:in|during|from|of|im jahr|im|en|nel|em)\s+({_YEAR}(?:-\d\d)?|(?:{_MONTH})\s+{_YEAR})\b",
        Comparison.EQUAL,
    ),
)


def _date(text: str, field: str) -> Cut | None:
    for pattern, comparison in _DATES:
        match = re.search(pattern, text, re.I)
        if match:
            named = (match[1] or "").lower()
            return _cut(text, match, named if named in _EVENTS.split("|") else field, comparison, _iso(match[2]))
    return None


def _iso(text: str) -> str:
    """`"March 2024"` as `"2024-03"`."""
    month, _, year = text.lower().partition(" ")
    return f"{year.strip()}-{MONTHS[month]:02d}" if month in MONTHS else text
