"""The kind of thing that a goal is about: what is left of its words once all that surrounds them is taken away."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from agent.planner import lexicon
from agent.planner.catalogue import type_of
from agent.planner.negation import words_of_negation
from agent.words import singular

MAX_COUNT = 1000  # what a run may return at most
NUMBER_WORD = rf"(\d{{1,4}}|{'|'.join(lexicon.NUMBER_WORDS)})"
_HEAD_END = re.compile(r"\s+(?:of|on|in|with|without|about|for|by|from|made|over|sobre|über|sur|su)\s+")
# What a number before them measures: "24 hour pharmacies", "5 star hotels".
_MEASURED = (
    r"(?:hours?|h|stars?|sterne?|bed(?:room)?s?|miles?|km|kg|gb|tb|inch(?:es)?|percent|years?|days?|minutes?|"
    r"weeks?|months?|"
    r"person|people|seater|door|course|stunden|heures|horas|ore)\b"
)
_COUNTED = re.compile(rf"{NUMBER_WORD}\+?\s+(?!{_MEASURED})(?=[^\W\d])", re.I)
_OFFERED = re.compile(
    r"\s+(?:for sale|for rent|to rent|to let|to buy|zu(?:r)? (?:mieten|miete|verkaufen|vermieten)|zum verkauf|"
    r"à louer|à vendre|"
    r"à acheter|en alquiler|en venta|para alugar|à venda|in affitto|in vendita|te huur|te koop)\b",
    re.I,
)
_LOOSE_END = re.compile(
    r"\s+(?:for|from|in|near|of|at|on|with|and|under|over|by|their|its|mit|und|für|von|um|avec|et|pour|par|con|y|"
    r"e|por|para|per|"
    r"com|met|om|à|de|des|di|dei|do|da)$",
    re.I,
)
# A quality behind the thing: "hotels with a pool", "books by women", "prices across shops".
_QUALIFIED = re.compile(
    r"\s+(?:near|close to|next to|with|without|by|across|including|mit|ohne|avec|sans|con|sin|senza|met|"
    r"zonder|com|sem|von|par|por)\s+(?=\S).*$",
    re.I,
)
# A limit that no reader of conditions knew what to make of.
_UNREAD_BOUND = re.compile(
    r"\s+(?:between|from|under|below|over|above|zwischen|unter|über|entre|sous|tussen|tra|fra)\s+(?=[\d$€£¥]).*$", re.I
)
# Nor any reader of dates: a tail of such words with a number in it names no kind of thing.
_UNREAD_DATE = re.compile(
    r"\s+(?:or|after|before|since|until|between|on|ab|nach|vor|bis|seit|zwischen|après|avant|depuis|dès|entre|después|"
    r"antes|desde|dopo|prima|dal|fino|voor|sinds|tot)\s+(?:[^\s\d]+\s+){0,4}?\d.*$",
    re.I,
)
_OR_LARGER = re.compile(
    r"\s+\d\S*(?:\s+\S+)?\s+or\s+(?:more|larger|bigger|longer|higher|greater|above|over|up|smaller|less|under)\b.*$",
    re.I,
)
# What stays in the thing's name, for the search, and no rule can check.
_FROM = re.compile(r"\s+(?:from|aus)\s+\S.*$", re.I)
_EITHER_THING = re.compile(r"^(?:\S+\s+)*?\S+s\s+or\s+\S+(?=$|\s+(?:from|of|for|about)\b)", re.I)
_MADE_OF = frozenset({"Recipe"})  # "recipe with chickpeas": what it is with is what it is


@cache
def _denied(language: str) -> re.Pattern[str]:
    """What the things must not be, behind them: "cafes not run by chains". "Non" and "no" may be parts of an English
    name: "vegan no bake cakes"."""
    words = "(?:not|never|nor|neither|except|excluding|excl\\.?)" if language == "en" else words_of_negation(language)
    return re.compile(rf"\s+(?:but\s+|that\s+are\s+)?{words}(?:\s+\S.*)?$", re.I)


class Entity(NamedTuple):
    """`phrase` is the thing, singular in English; `count` how many of it; `left_out` the qualities that were cut;
    `offer` is "for sale" or "to rent"."""

    phrase: str
    count: int | None = None
    left_out: tuple[str, ...] = ()
    offer: str = ""


def entity_of(text: str, language: str) -> Entity:
    """`"find me the best 30 vegan restaurants with a view"`: 30 of "vegan restaurant", without "best" and the view."""
    rest, count = re.split(r"\s[-–]\s|[;:?!]", text)[0].strip(" .,:;?!¿¡()-"), None
    left_out: list[str] = []
    for _ in range(8):
        before = rest
        rest = lexicon.VERB.sub("", lexicon.FILLER.sub("", rest)).strip(" .,")
        if quality := lexicon.QUALITY.match(rest):
            left_out.append(quality[0].strip())
            rest = rest[quality.end() :]
        if number := _COUNTED.match(rest):
            count, rest = count or as_count(number[1]), rest[number.end() :]
        if rest == before:
            break
    offer = _OFFERED.search(rest)
    rest = _without_loose_ends(_OFFERED.sub("", rest))
    if match := _denied(language).search(rest):
        left_out.append(match[0].strip())
        rest = _without_loose_ends(rest[: match.start()])
    if match := _UNREAD_BOUND.search(rest) or _OR_LARGER.search(rest) or _UNREAD_DATE.search(rest):
        left_out.append(match[0].strip())
        rest = rest[: match.start()]
    if (match := _QUALIFIED.search(rest)) and not _is_made_of(rest, match):
        left_out.append(match[0].strip())
        rest = _without_loose_ends(rest[: match.start()])
    left_out += [match[0].strip() for said in (_EITHER_THING, _FROM) if (match := said.search(rest))]
    words, tail = split_head(rest.lower())
    if words and language == "en":
        words[-1] = singular(words[-1])
    offered = offer[0].strip().lower() if offer else ""
    return Entity(f"{' '.join(words)}{tail}".strip(), count, tuple(left_out), offered)


def _is_made_of(text: str, quality: re.Match[str]) -> bool:
    """What a dish is with is what it is; how much of it is not."""
    is_counted = any(map(str.isdigit, quality[0]))
    return not is_counted and type_of(text[: quality.start()]).name in _MADE_OF


def _without_loose_ends(text: str) -> str:
    text = text.strip(" .,")
    while (cut := _LOOSE_END.sub("", text).strip(" .,")) != text:
        text = cut
    return text


def as_count(words: str) -> int | None:
    value = lexicon.number(words)
    return int(min(value, MAX_COUNT)) if value else None


def split_head(entity: str) -> tuple[list[str], str]:
    """`"university in exile of x"`: the words up to the head noun, and what follows it."""
    end = _HEAD_END.search(entity)
    return (entity[: end.start()].split(), entity[end.start() :]) if end else (entity.split(), "")
