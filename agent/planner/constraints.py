"""What a goal demands of its things, as conditions: prices, ratings, dates, sizes. Each is cut out of the text."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from agent.planner.amounts import CURRENCY, NUMBER, unit_of
from agent.planner.cuts import Cut, cut_of, unread
from agent.planner.either import Demand, Demands, spaced
from agent.planner.free import wished_free
from agent.planner.lexicon import number
from agent.planner.negation import carried_on, negation_before, opposite
from agent.planner.openings import OPENING_HOURS, wished_clock, wished_hours
from agent.planner.traits import wished_size, wished_stock
from agent.planner.when import bare_year, wished_date
from agent.words import plural, singular
from domain.plans import Comparison, Condition

MAX_CONDITIONS = 10  # of one goal
_LESS = (
    "under|below|less than|lower than|cheaper than|fewer than|unter|weniger als|günstiger als|moins de|sous|menos de|"
)
_LESS += "onder|por debajo de|meno di|sotto(?: i| gli)?|minder dan|abaixo de|goedkoper dan|poniżej|mniej niż|"
_LESS += r"inférieure?s? [àa]|inferieure?s? [àa]|inferiore?s? a(?:gli|[il])?|inferiori a|lager dan|"
_LESS += "(?:niedriger|kleiner|billiger) als|niższ[aey] niż|"
_LESS += "tańsze niż|дешевле|менее|ниже|меньше|(?:à )?moins de"
_AT_MOST = "at most|up to|no more than|not more than|max(?:imum|imal)?(?: of)?|höchstens|bis(?: zu)?|au plus|jusqu'à|"
_AT_MOST += "como máximo|hasta|al massimo|fino a|até|maximaal|no máximo|do|до|não mais de|не дороже|nie więcej niż"
_MORE = (
    "over|above|more than|greater than|higher than|better than|exceeding|über|mehr als|plus de|más de|más que|più di|"
)
_MORE += "oltre|meer dan|boven|mais de|mais que|acima de|por encima de|au-dessus de|powyżej|ponad|"
_MORE += r"supérieure?s? [àa]|superieure?s? [àa]|superiore?s? a(?:gli|[il])?|superiori a|hoger dan|"
_MORE += "(?:höher|größer|besser) als|wyższ[aey] niż|"
_MORE += "więcej niż|дороже|больше|более|свыше|выше"
_AT_LEAST = (
    "at least|no less than|not less than|min(?:imum)?(?: of)?|from|mindestens|ab|au moins|al menos|almeno|a partir de|"
    "minstens|vanaf|pelo menos|no mínimo|co najmniej|od|от|не менее|минимум"
)
_BOUND = rf"({_LESS}|{_AT_MOST}|{_MORE}|{_AT_LEAST}|>=|<=|≥|≤|>|<)"
_PRICED = (
    r"(?:(?:with )?(?:a |an )?(?:price[ds]?|costs?|costing|pay(?:s|ing)?|rent|salary|salaries|preis|prix|precio|prezzo)"
    r"(?: of| is| range)?\s*)"
)
_PER = (
    r"(?:\s*(?:pcm|pw|p/m|p/w|pppn|pppd)\b)?"
    r"(?:\s*(?:per|a|an|/|pro|par|por|al|alla|la|le|za)\s*(?:user|seat|guest|noc|night|month|day|person|week|year|hour|nacht|monat|tag|nuit|"
    r"mois|jour|"
    r"noche|mes|notte|mese)\b){0,2}(?:\s+kosten\b)?"
)
_AMOUNT = rf"{CURRENCY}?\s*{NUMBER}\s*{CURRENCY}?"
_STARS = r"(?:stars?|sternen?|étoiles|estrellas|stelle|sterren|estrelas)"
_RATING_VALUE = r"(\d{1,4}(?:[.,]\d{1,4})?)(?![\d.,]*\d)"
_RATED = (
    r"(?:rated|ratings?|stars?|bewertung|note|notée?s?|bewertet|ocen\w*|рейтинг\w*|valoración|puntuación|valutazione|"
    r"beoordeling|avaliação)"
)
# Things that are counted: "at least 3 bedrooms" limits a thing, "at least 30 dentists" the list.
_COUNTED = (
    "bedrooms?|bathrooms?|rooms?|beds|employees|reviews|pages|seats|students|inhabitants|people|members|"
    r"citations|gb(?:(?: of)? (?:ram|memory))?|tb|"
    "km|miles|years(?! old)(?: of experience)?|stars on github|calories|(?:schlaf)?zimmern?|mitarbeitern?|"
    "chambres?|pièces|habitaciones|dormitorios?|camere|(?:slaap)?kamers|quartos"
)
_FIELD_OF_COUNTED = {
    "zimmer": "rooms",
    "schlafzimmer": "bedrooms",
    "schlafzimmern": "bedrooms",
    "slaapkamer": "bedrooms",
    "dormitorio": "bedrooms",
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


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What the text demands, what is left of it, and the words of demands that no condition can say."""

    conditions: tuple[Condition, ...]
    rest: str
    unsaid: tuple[str, ...] = ()


def take_conditions(
    text: str, date_field: str, price_field: str, language: str = "en", *, is_dated: bool = False
) -> Taken:
    """All conditions found. The fields are what this kind of thing calls its date and price; `is_dated`: each has such
    a date, so that a bare year is one. What the text denies becomes the opposite condition, or none."""
    demands = Demands()
    readers: tuple[Callable[[str], Cut | None], ...] = (
        lambda rest: wished_stock(rest, "availability"),
        wished_size,
        lambda rest: _open(rest, is_asked=demands.asks_for(OPENING_HOURS)),
        wished_clock,
        _named_number,
        lambda rest: wished_free(rest, price_field),
        lambda rest: _price_range(rest, price_field),
        _rating,
        lambda rest: _price(rest, price_field),
        _counted,
        lambda rest: wished_date(rest, date_field),
        lambda rest: bare_year(rest, date_field if is_dated else ""),
    )
    for read in readers:
        while len(demands) < MAX_CONDITIONS and (cut := read(text)) is not None:
            denied_from = negation_before(text, cut.start, language)
            start = cut.start if denied_from is None else denied_from
            words = spaced(text[start : cut.end]).strip(" ,;")
            mark = demands.add(_demand(cut, words, is_denied=denied_from is not None))
            behind = text[cut.end :] if denied_from is None else carried_on(text[cut.end :])
            text = " ".join(f"{text[:start]} {mark} {behind}".split())
    rest, found = demands.joined(text)
    return Taken(
        conditions=tuple(each for demand in found for each in demand.conditions),
        rest=rest,
        unsaid=tuple(demand.words for demand in found if not demand.conditions),
    )


def _demand(cut: Cut, words: str, *, is_denied: bool) -> Demand:
    """What was cut, or its opposite. The opposite of several at once, or of a choice, is no condition."""
    if not is_denied:
        return Demand(words=words, conditions=cut.conditions)
    denied = opposite(cut.conditions[0], words) if len(cut.conditions) == 1 else None
    is_choice = any(each.alternatives for each in cut.conditions)
    return Demand(words=words, conditions=() if denied is None or is_choice else (denied,))


def _open(text: str, *, is_asked: bool) -> Cut | None:
    wished = wished_hours(text, is_asked=is_asked)
    if wished is None:
        return None
    return Cut(conditions=(wished.condition,) if wished.condition else (), start=wished.start, end=wished.end)


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


_FROM = "between|zwischen|entre|tra|from|von|de|da|van|tussen|od|от"
_TO = "and|und|et|y|e|-|–|to|bis|à|a|en|tot|do|до"
_PRICE_RANGES = (
    rf"{_PRICED}?(?:{_FROM})\s+{_AMOUNT}\s*(?:{_TO})\s*{_AMOUNT}{_PER}",
    rf"{_PRICED}?{_AMOUNT}\s*[-–]\s*{_AMOUNT}{_PER}",
)


def _price_range(text: str, field: str) -> Cut | None:
    for pattern in _PRICE_RANGES:
        for match in re.finditer(pattern, text, re.I):
            low, high = number(match[1]), number(match[2])
            marked = re.search(CURRENCY, match[0], re.I) or re.match(_PRICED, match[0], re.I)
            if marked and low is not None and high is not None:
                ends = (min(low, high), max(low, high))
                return cut_of(match, field, Comparison.BETWEEN, ends, unit_of(match[0]))
    return None


_ARTICLE = r"(?:(?:the|de|den|die|i|gli|os|los|les)\s+)?"


def _price(text: str, field: str) -> Cut | None:
    pattern = rf"({_PRICED})?(?<!\w){_BOUND}\s*{_ARTICLE}({CURRENCY})?\s*{NUMBER}\s*({CURRENCY}(?!\w))?{_PER}"
    for match in re.finditer(pattern, text, re.I):
        marked = match[1] or match[3] or match[5]
        value = number(match[4])
        if marked and value is not None:
            return cut_of(match, field, _comparison(match[2]), value, unit_of(match[0]))
    return _bounded_behind(text, field)


_BEHIND = (
    rf"{_AMOUNT}{_PER}\s*(?:(?P<most>max(?:imum)?\b|or (?:less|under|below)|tops\b|or cheaper)|"
    r"(?P<least>min(?:imum)?\b|or more|and up))"
)


def _bounded_behind(text: str, field: str) -> Cut | None:
    """`€50 max`, `€50 or more`."""
    for match in re.finditer(_BEHIND, text, re.I):
        value = number(match[1])
        if value is not None and re.search(CURRENCY, match[0], re.I):
            comparison = Comparison.AT_MOST if match["most"] else Comparison.AT_LEAST
            return cut_of(match, field, comparison, value, unit_of(match[0]))
    return None


_OR_MORE = (
    r"(?:or|and|oder|ou|o|of|y|und|et)\s+(?:more|higher|above|better|up|over|mehr|höher|besser|plus|mieux|más|mejor|"
    r"più|meglio|meer|hoger|mais|superior)"
)
_OR_LESS = r"(?:or|and|oder|ou|o|of|und|et)\s+(?:fewer|less|under|below|weniger|moins|menos|meno|minder)"
_HAVING = r"(?:(?:with|с|со|z|mit|avec|con|met|com) )?"
_ONE = "(?:(?:an?|une?|una|eine[rm]?|een|uma) )?"
# Pattern, group of the bound (0: "or more" is in the pattern itself), group of the value.
_RATINGS = (
    (
        rf"\b{_HAVING}{_ONE}(?:average )?{_RATED}(?: of| is| mit)?\s*{_BOUND}\s*{_RATING_VALUE}(?:\s*{_STARS})?",
        1,
        2,
    ),
    (rf"\b(?:with |mit |avec |con |met |com |rated )?{_BOUND}\s*{_RATING_VALUE}[\s-]*{_STARS}\b", 1, 2),
    (rf"\b(?:with )?{_RATING_VALUE}\s*\+[\s-]*(?:{_STARS}|rating)(?=\W|$)", 0, 1),
    (rf"\b(?:rated|rating(?: of)?) {_RATING_VALUE}\s*\+(?=\W|$)", 0, 1),
    (rf"\b(?:with |mit |avec |con |rated )?{_RATING_VALUE}[\s-]*{_STARS} {_OR_MORE}\b", 0, 1),
    (rf"\b(?:with |mit |avec |con )?{_RATING_VALUE} {_OR_MORE} {_STARS}\b", 0, 1),
    (rf"\b(?:rated|rating(?: of)?) {_RATING_VALUE}(?: {_STARS})? {_OR_MORE}\b", 0, 1),
)
BEST_RATING = 10  # of the scales that sites rate on; more is asked of something else


_RANGE_FROM = r"(?:between|from|zwischen|von|entre|de|tra|fra|da|tussen|van)"
_RANGE_TO = r"(?:-|–|to|and|or|bis|und|oder|à|a|et|ou|y|o|e|en|tot|of)"
_STARS_RANGE = (
    rf"\b(?:with |rated )?(?:{_RANGE_FROM}\s+)?{_RATING_VALUE}\s*{_RANGE_TO}\s*{_RATING_VALUE}[\s-]*{_STARS}\b"
)

_RATED_RANGE = (
    rf"\b(?:with )?(?:an? )?(?:average )?{_RATED}\s+(?:of\s+)?{_RANGE_FROM}\s+{_RATING_VALUE}\s*{_RANGE_TO}\s*"
    rf"{_RATING_VALUE}(?:[\s-]*{_STARS}\b)?"
)


def _rating(text: str) -> Cut | None:
    for pattern in (_STARS_RANGE, _RATED_RANGE):
        if (match := re.search(pattern, text, re.I)) and (cut := _between(match, "rating")):
            return cut
    for pattern, bound, at in _RATINGS:
        match = re.search(pattern, text, re.I)
        if match is None or (rating := number(match[at].replace(",", "."))) is None:
            continue
        if rating > BEST_RATING:
            return unread(match)
        comparison = _comparison(match[bound]) if bound else Comparison.AT_LEAST
        return cut_of(match, "rating", comparison, rating)
    return None


_WITH = r"\b(?:with |mit |avec |con |met |com )?"
_COUNTS_OF = (
    (rf"{_WITH}{_BOUND}\s*{NUMBER}\s*(?P<noun>{_COUNTED})\b", None),
    (rf"{_WITH}{NUMBER}\s*(?:\+|{_OR_MORE})\s*(?P<noun>{_COUNTED})\b", Comparison.AT_LEAST),
    (rf"{_WITH}{NUMBER}\s*(?P<noun>{_COUNTED}) {_OR_MORE}\b", Comparison.AT_LEAST),
    (rf"{_WITH}{NUMBER}\s*{_OR_LESS}\s*(?P<noun>{_COUNTED})\b", Comparison.AT_MOST),
    (rf"{_WITH}{NUMBER}\s*(?P<noun>{_COUNTED}) {_OR_LESS}\b", Comparison.AT_MOST),
    (rf"\b(?:with|mit|avec|con|met|com|z|с|de)\s+{NUMBER}\s*(?P<noun>{_COUNTED})\b", Comparison.EQUAL),
    (
        rf"{_WITH}(?:exactly|genau|exactement|exactamente|esattamente|precies)\s+{NUMBER}\s*(?P<noun>{_COUNTED})\b",
        Comparison.EQUAL,
    ),
)


_COUNT_RANGE = rf"{_WITH}(?:{_RANGE_FROM}\s+)?{NUMBER}\s*{_RANGE_TO}\s*{NUMBER}\s*(?P<noun>{_COUNTED})\b"


def _between(match: re.Match[str], field: str) -> Cut | None:
    ends = [number(match[at].replace(",", ".")) for at in (1, 2)]
    low, high = sorted(end for end in ends if end is not None) if None not in ends else (None, None)
    return None if low is None else cut_of(match, field, Comparison.BETWEEN, (low, high))


def _field_counted(noun: str) -> str:
    noun = noun.lower().split()[0]
    return _FIELD_OF_COUNTED.get(noun) or _FIELD_OF_COUNTED.get(singular(noun)) or plural(singular(noun))


def _counted(text: str) -> Cut | None:
    """`at least 2 bedrooms`, `2 or more bedrooms`, `2+ bedrooms`."""
    if (match := re.search(_COUNT_RANGE, text, re.I)) and (cut := _between(match, _field_counted(match["noun"]))):
        return cut
    for pattern, said in _COUNTS_OF:
        match = re.search(pattern, text, re.I)
        if match is None or (value := number(match[1] if said else match[2])) is None:
            continue
        return cut_of(match, _field_counted(match["noun"]), said or _comparison(match[1]), value)
    return None


_UNIT = r"(?:\s*(?:km²|km|miles|mi|m²|sqm|sq\.? ?m|hectares?|acres?)(?!\w))?"
_MEASURES = "turnover|tuition|budget|deposit|range|population|revenue|mileage|employees|reviews|area|size|funding"


def _named_number(text: str) -> Cut | None:
    """`population over 1 million`: a noun, a bound, a number."""
    match = re.search(rf"\b(?:with (?:a |an )?)?({_MEASURES})\s+(?:of\s+)?{_BOUND}\s*{_AMOUNT}{_UNIT}", text, re.I)
    if not match or (value := number(match[3])) is None:
        return None
    return cut_of(match, match[1].lower(), _comparison(match[2]), value, unit_of(match[0]))
