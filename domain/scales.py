"""Of what scale, or by what unit, a number is told and asked: numbers of two of them are not compared."""

from __future__ import annotations

import re
from typing import NamedTuple

_OUT_OF = re.compile(
    r"(?<!\d)(\d{1,4}(?:[.,]\d{1,9})?)\s{0,3}(?:/|out of|von|sur|de|su|van|из)\s{0,3}(5|10|20|100)(?![\d.,])", re.I
)
FEW_STARS = 5  # of the most common scale
TEN = 10  # of the next one; more is asked of something else
_MAY_BE_OF_FIVE = "it may be of five, and more than five is asked"
_FULL_TIME = 10_000  # what is paid in a year, where no unit is asked for

_PERIODS = {
    "hour": r"(?:per |an |a |/ ?|pro |par |por |per |all['’])\s*(?:hour|hr|h|stunde|std|heure|hora|ora|uur)\b|hourly|"
    r"stündlich",
    "night": r"(?:per |a |/ ?|pro |par |por |a |la |al )\s*(?:night|nacht|nuit|noche|noite|notte)\b|nightly|p/n\b",
    "day": r"(?:per |a |/ ?|pro |par |por )\s*(?:day|tag|jour|día|dia|giorno|dag)\b|daily",
    "week": r"(?:per |a |/ ?|pro |par |por )\s*(?:week|wk|woche|semaine|semana|settimana)\b|weekly|\bpw\b|p/w\b",
    "month": r"(?:per |a |/ ?|pro |im |par |por |al )\s*(?:month|mo|monat|mois|mes|mese|mês|maand)\b|monthly|monatlich|"
    r"\bpcm\b|p/m\b|mensual|mensuel",
    "year": r"(?:per |a |/ ?|pro |im |par |por |all['’])\s*(?:year|yr|annum|jahr|an|año|anno|ano|jaar)\b|"
    r"yearly|annual(?:ly)?|jährlich|p\.?a\.?(?!\w)",
}
# How many of the family's first unit each is, and how pages write it.
_AREAS = {
    "m²": (1.0, r"(?:m²|m2|sqm|sq\.? ?m|qm|mq|square met(?:er|re)s?|quadratmeter)(?!\w)"),
    "ft²": (0.09290304, r"(?:ft²|ft2|sq\.? ?ft|sqft|square f(?:ee|oo)t)(?!\w)"),
    "acre": (4046.8564, r"acres?\b"),
    "ha": (10_000.0, r"(?:ha|hectares?|hektar)\b"),
    "km²": (1e6, r"(?:km²|km2)(?!\w)"),
}
_LENGTHS = {"km": (1.0, r"(?:km|kilomet\w+)(?![\w²])"), "mile": (1.609344, r"(?:mi|miles?)\b")}
_WEIGHTS = {
    "kg": (1.0, r"(?:kg|kilos?|kilograms?)\b"),
    "g": (0.001, r"(?:g|grams?|gramm)\b"),
    "lb": (0.45359237, r"(?:lbs?|pounds)\b"),
    "oz": (0.0283495, r"(?:oz|ounces?)\b"),
}
_MEMORY = {"GB": (1.0, r"(?:gb|gib)\b"), "MB": (0.001, r"(?:mb|mib)\b"), "TB": (1000.0, r"(?:tb|tib)\b")}
_DURATIONS = {
    "minute": (1.0, r"(?:min|mins|minutes?|minuten)\b"),
    "hour": (60.0, r"(?:h|hrs?|hours?|stunden?|heures?|horas?|ore)\b"),
}
_FAMILIES = (_AREAS, _LENGTHS, _WEIGHTS, _MEMORY, _DURATIONS)


class Unit(NamedTuple):
    """`size` is how many of the first unit of its family it is."""

    name: str
    size: float
    family: int


def out_of(text: str) -> tuple[float, int] | None:
    """`"4.5/5"`, `"8 out of 10"`: the rating and the end of its scale."""
    match = _OUT_OF.search(text)
    return (float(match[1].replace(",", ".")), int(match[2])) if match else None


def other_scale(told: float, scale: int | None, wish: float) -> str:
    """Why a rating is not compared with the wished one; empty where it is. `scale` None: the page does not say it."""
    if wish > TEN:
        return _MAY_BE_OF_FIVE if told <= FEW_STARS else ""
    asked = FEW_STARS if wish <= FEW_STARS else TEN
    if scale is not None:
        return "" if scale == asked else f"it is of {scale}, and of {asked} is asked"
    if told <= FEW_STARS < wish:
        return _MAY_BE_OF_FIVE
    return "it is of more than five, and five or less is asked" if told > FEW_STARS >= wish else ""


def measure_of(text: str) -> Unit | None:
    """The unit behind the first number of a text that has one."""
    for at, family in enumerate(_FAMILIES):
        for name, (size, pattern) in family.items():
            if re.search(rf"\d\+?\s?{pattern}", text, re.I):
                return Unit(name, size, at)
    return None


def other_period(told: str, asked: str, wage: float | None) -> str:
    """Why an amount is not compared: it is by the hour, and by the year is asked. `wage` is the wished one; None: what
    is asked for is no wage, and a price without a period is that of the wished one."""
    ours = _unit(told, _PERIODS)
    theirs = _unit(asked, _PERIODS) or ("year" if wage is not None and wage >= _FULL_TIME and ours else "")
    if not theirs or ours == theirs or (not ours and (theirs == "year" or wage is None)):
        return ""
    return f"it is {f'per {ours}' if ours else 'of no period that is told'}, and per {theirs} is asked"


def _unit(text: str, family: dict[str, str]) -> str:
    return next((name for name, pattern in family.items() if re.search(pattern, text, re.I)), "")
