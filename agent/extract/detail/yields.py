"""How much a recipe makes, as a number with what it counts: "Serves 4", "4 Personen", a bare "4" are "4 servings"."""

from __future__ import annotations

import re
from collections.abc import Callable

import lxml.html
import msgspec

from agent.extract.detail.schema import concept_of
from agent.extract.detail.short_text import short_text
from agent.extract.reading import FoundValue
from domain.evidence import Method
from domain.fields import Field, FieldKind, words_of

LONGEST = 60  # characters: more is a remark that stays as it is written

_YIELD = "yields"
_LEAD = re.compile(
    r"\s*(?:(?:recipe )?(?:makes|yields?|servings?|serves|portions?)|for|ergibt|für|pour|rendement|para|rinde|per|"
    r"resa|dosi|voor|opbrengst|rendimento|rende|dla|pro|för|för ca|til|на)\s*:?\s*(?=\d)",
    re.I,
)
_COUNTED = re.compile(
    r"(?P<least>\d+(?:[.,/]\d+)?)(?:\s*(?:-|–|—|to|bis|à|a)\s*(?P<most>\d+(?:[.,/]\d+)?))?\s*(?P<of>.*)", re.I
)
# What schema.org calls "the number of people served, number of servings", in the languages of most recipe sites.
_SERVINGS = re.compile(
    r"(?:servings?|serves|portions?|people|persons?|adults|portion(?:en|er)?|person(?:en|er|e|as|nes)|porties|"
    r"porciones|raciones|porzioni|porções|pessoas|comensales|convives|couverts|parts|porcj[aei]|os[oóô]b[ay]?|"
    r"porcij[aei]|porci[eíií]|"
    r"порци[йияю]|человека?|осіб|annosta|adag|kişilik|personas)\.?|人分|人份|인분",
    re.I,
)
# A line, or a part of one between marks, that says it without a label: "Pour 6 personnes", "Serves 4".
_SAID = re.compile(
    r"(?:(?:recipe )?(?:serves|makes|yields?)\s+(?P<bare>\d{1,3}(?:\s*(?:-|–|to)\s*\d{1,3})?)(?:\s+[a-z]+){0,3}|"
    rf"(?:for|für|pour|para|per|voor|dla|för|til)\s+\d{{1,3}}(?:\s*(?:-|–|à|a|bis|to)\s*\d{{1,3}})?"
    rf"\s*(?:{_SERVINGS.pattern})|\d{{1,3}}\s?人分)\.?",
    re.I,
)
_PARTS = re.compile(r"\s*[|•·;]\s*|\s+[—–/-]\s+")
MAX_SAID = 200  # characters of a line that says it among others
MAX_LOOKED = 3_000  # elements
_WHOLE = re.compile(r"[.,]0+$")
_SCALE = re.compile(r"\s+\d+(?:[.,]\d+)?[x×]\s*$", re.I)  # of a button that scales the recipe: "4 servings 1x"


def is_yield(field: Field) -> bool:
    """Whether a field asks for what a recipe makes, in words: a number is asked for by its type."""
    return field.kind is FieldKind.TEXT and _YIELD in concept_of(field).names and "servings" not in words_of(field.name)


def shown_yield(
    root: lxml.html.HtmlElement, is_elsewhere: Callable[[lxml.html.HtmlElement], bool]
) -> FoundValue | None:
    """What a line says it makes: "Préparation : 20 min — Pour 6 personnes"; nothing of other things."""
    for number, element in enumerate(root.iter("p", "li", "span", "div", "td", "dd", "strong")):
        if number >= MAX_LOOKED:
            return None
        text = short_text(element, MAX_SAID)
        if any(map(str.isdigit, text)) and not is_elsewhere(element):
            for part in _PARTS.split(text):
                if _SAID.fullmatch(part):
                    path = root.getroottree().getpath(element)
                    return FoundValue(raw=part, method=Method.DETAIL, source_path=path)
    return None


def counted(found: FoundValue) -> FoundValue:
    """The same, in its normal form; as it is where it counts nothing."""
    normal = normal_yield(found.raw)
    return found if normal is None or normal == found.raw else msgspec.structs.replace(found, value=normal)


def normal_yield(text: str) -> str | None:
    """`"Makes 24 cookies"` as `"24 cookies"`, `"8-10"` as `"8-10 servings"`; None where no number begins it. A number
    that counts nothing is of servings: so schema.org and the search engines read `recipeYield`."""
    text = _SCALE.sub("", " ".join(text.split()))
    if not 0 < len(text) <= LONGEST:
        return None
    lead = _LEAD.match(text)
    match = _COUNTED.fullmatch(text[lead.end() if lead else 0 :])
    if match is None:
        return None
    numbers = [_WHOLE.sub("", number) for number in match.group("least", "most") if number]
    of = match["of"].strip(" .")
    if not of or _SERVINGS.fullmatch(of):
        of = "serving" if numbers == ["1"] else "servings"
    return f"{'-'.join(numbers)} {of}"
