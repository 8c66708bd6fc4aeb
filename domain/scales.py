"""Of what scale, or by what unit, a number is told and asked: numbers of two of them are not compared."""

from __future__ import annotations

import re

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
    "day": r"(?:per |a |/ ?|pro |par |por )\s*(?:day|tag|jour|día|dia|giorno|dag)\b|daily",
    "week": r"(?:per |a |/ ?|pro |par |por )\s*(?:week|wk|woche|semaine|semana|settimana)\b|weekly",
    "month": r"(?:per |a |/ ?|pro |im |par |por |al )\s*(?:month|mo|monat|mois|mes|mese|mês|maand)\b|monthly|monatlich",
    "year": r"(?:per |a |/ ?|pro |im |par |por |all['’])\s*(?:year|yr|annum|jahr|an|año|anno|ano|jaar)\b|"
    r"yearly|annual(?:ly)?|jährlich|p\.?a\.?(?!\w)",
}
_LENGTHS = {
    "km": r"(?<=\d)\s?km\b|kilomet\w+",
    "mile": r"(?<=\d)\s?(?:mi|miles?)\b",
}
_AREAS = {
    "m²": r"(?<=\d)\s?(?:m²|m2|sqm|sq\.? ?m|qm)(?!\w)",
    "ft²": r"(?<=\d)\s?(?:ft²|sq\.? ?ft|square feet)(?!\w)",
    "acre": r"(?<=\d)\s?acres?\b",
    "ha": r"(?<=\d)\s?(?:ha|hectares?)\b",
    "km²": r"(?<=\d)\s?(?:km²|km2)(?!\w)",
}
_MEMORY = {"MB": r"(?<=\d)\s?mb\b", "GB": r"(?<=\d)\s?gb\b", "TB": r"(?<=\d)\s?tb\b"}
_DURATIONS = {
    "minute": r"(?<=\d)\s?(?:min|mins|minutes?|minuten)\b",
    "hour": r"(?<=\d)\s?(?:h|hours?|stunden?)\b",
}
_FAMILIES = (_AREAS, _LENGTHS, _MEMORY, _DURATIONS)


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


def other_unit(told: str, asked: str) -> str:
    """Why a number is not compared: both texts name a unit of one kind, and not the same."""
    for family in _FAMILIES:
        ours, theirs = _unit(told, family), _unit(asked, family)
        if ours and theirs and ours != theirs:
            return f"it is in {ours}, and {theirs} is asked"
    return ""


def other_period(told: str, asked: str, wish: float) -> str:
    """Why a wage is not compared: it is by the hour, and by the year is asked."""
    ours = _unit(told, _PERIODS)
    theirs = _unit(asked, _PERIODS) or ("year" if wish >= _FULL_TIME and ours else "")
    if not theirs or ours == theirs or (not ours and theirs == "year"):
        return ""
    return f"it is {f'per {ours}' if ours else 'of no period that is told'}, and per {theirs} is asked"


def _unit(text: str, family: dict[str, str]) -> str:
    return next((name for name, pattern in family.items() if re.search(pattern, text, re.I)), "")
