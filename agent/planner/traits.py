"""What a goal demands of what things are like: in stock, of a size, made without something."""

from __future__ import annotations

import re

import msgspec

from agent.planner.catalogue import EntityType
from agent.planner.cuts import Cut, cut_of
from agent.planner.either import OR
from agent.planner.goal_text import GoalText
from agent.words import singular
from domain.plans import Comparison, Condition

_BEING = r"(?:(?:that|which|die|qui|que|che|które)\s+)?(?:(?:are|is|sind|sont|están|sono|zijn|estão|są)\s+)?"
_SAID_OF_STOCK = (
    r"in[- ]stock|auf lager|vorrätige?[nrs]?|lieferbare?[nrs]?|en stock|en existencias?|in magazzino|op voorraad|"
    r"leverbare?|em estoque|em stock|w magazynie|в наличии|på lager|i lager"
)
IN_STOCK = re.compile(
    rf"{_BEING}(?:\b(?:currently|still|now|only)\s+)?\b(?:{_SAID_OF_STOCK})\b(?:\s+(?:now|only)\b)?", re.I
)
_SIZE_WORD = (
    r"(?:sizes?|größen?|groesse|tailles?|pointure|tallas?|taglia|misura|maat|tamanhos?|rozmiar(?:ze)?|размера?)"
)
_NOT_OF_WEAR = r"(?<!team )(?<!class )(?<!party )(?<!group )(?<!screen )(?<!company )"
_SIZE_VALUE = r"\d{1,3}(?:[.,]5)?(?![\d.,]*\d|\s*(?:%|cm|mm|m\b|kg|gb|inch|people))|x{0,4}[sl]|m"
_SIZE = re.compile(
    rf"(?:\b(?:in|en|of|w|em|met|avec|with)\s+)?{_NOT_OF_WEAR}\b{_SIZE_WORD}\s+"
    rf"(?P<sizes>(?:{_SIZE_VALUE})(?:\s+{OR}\s+(?:{_SIZE_VALUE}))*)\b",
    re.I,
)


def wished_stock(text: str, field: str) -> Cut | None:
    """`field` is what such things call their availability; schema.org's name of the state is the value."""
    match = IN_STOCK.search(text)
    return cut_of(match, field, Comparison.EQUAL, "InStock") if match else None


def wished_size(text: str) -> Cut | None:
    match = _SIZE.search(text)
    if match is None:
        return None
    first, *others = (_of_size(size) for size in re.split(rf"\s+{OR}\s+", match["sizes"], flags=re.I))
    condition = msgspec.structs.replace(first, text=match[0].strip(" ,;"), alternatives=tuple(others))
    return Cut(conditions=(condition,), start=match.start(), end=match.end())


# What a dish is made without: a word of its ingredients. The end of the goal, or the next demand, ends it.
_WITHOUT = re.compile(
    r"\s+(?:(?:but|and|aber|und|mais|et|pero|y|ma|e|maar|en|mas)\s+)?"
    r"(?:without|with\s+no|contain(?:s|ing)?\s+no|excluding|ohne|sans|sin|senza|zonder|sem|bez|без)\s+(?:any\s+)?"
    r"(?P<what>[^\W\d_]+(?:\s*,?\s+(?:or|and|oder|und|ou|et|o|y|e|of|en)\s+[^\W\d_]+)*)(?=[\s,.;!?\ue000-\uf8ff]|$)",
    re.I,
)
_AND_ALSO = re.compile(r"\s*,?\s+(?:or|and|oder|und|ou|et|o|y|e|of|en)\s+", re.I)


def take_without(text: GoalText, kind: EntityType, unsaid: list[str]) -> tuple[Condition, ...]:
    """One condition for each thing that must not be among the ingredients. What goes by another name is not seen by
    it, which is added to `unsaid`."""
    match = _WITHOUT.search(text.rest) if "ingredients" in kind.fields else None
    if match is None:
        return ()
    words = text.cut(match.start(), match.end())
    unsaid.append(f"{words} beyond that word: what holds it under another name")
    return tuple(
        Condition(field="ingredients", comparison=Comparison.LACKS, value=singular(what), text=f"without {what}")
        for what in _AND_ALSO.split(match["what"])
    )


def _of_size(size: str) -> Condition:
    value = float(size.replace(",", ".")) if size[0].isdigit() else size.upper()
    return Condition(field="size", comparison=Comparison.EQUAL, value=value)
