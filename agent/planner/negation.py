"""Words that turn a demand of a goal into its opposite, in the languages of goals, and the opposite of a condition."""

from __future__ import annotations

import re
from functools import cache

import msgspec

from domain.plans import Comparison, Condition

# Each of these negates in one language and means nothing in the others. "No" and "sin" do not: see `_BY_LANGUAGE`.
NOT = (
    r"(?:(?:is|are|do|does|was|were|has|have|must|should)n['’]?t|cannot|can['’]t|not|never|nor|neither|without|"
    r"except(?:ing|\s+for)?|excluding|other\s+than|nicht|nie(?:mals)?|kein(?:e[nmrs]?)?|ohne|außer|ausser|weder|noch|"
    r"pas|jamais|sans|sauf|non|né|senza|tranne|eccetto|niet|nooit|geen|zonder|behalve|não|nao|nunca|nem|"
    r"jamás|excepto|exceto|none(?:\s+of\s+(?:them|which|these))?|keine[rs]?\s+davon|aucune?|ningun[oa]|nessun[oa]|"
    r"nenhuma?)"
)
_BY_LANGUAGE = {"es": "|no|ni|sin|salvo", "fr": "|hors|ni", "it": "|salvo", "pt": "|sem", "en": "|no"}
_BUT = r"(?:(?:,\s*)?\b(?:but|aber|sondern|mais|pero|ma|maar|mas|and|und|et|y|e|en)\s+)?"
_WHO = r"(?:\b(?:that|which|who|die|qui|que|che|dat)\s+)?"
_AUXILIARY = (
    r"(?:\b(?:are|is|do|does|have|has|be|being|sont|est|ont|sind|haben|están?|son|sono|hanno|zijn|hebben|são|estão|têm|"
    r"coûtent|kosten|cuestan|costano|custam)\s+)?"
)
# "Not only in York" denies nothing that a condition says.
ONLY = (
    r"(?:only|just|merely|solely|nur|bloß|seulement|uniquement|solo|sólo|solamente|soltanto|alleen|slechts|só|somente|"
    r"apenas)"
)
NOT_ONLY = re.compile(rf"\b(?:{NOT}|no)\s+{ONLY}\b", re.I)
# Small words between a "not" and what it denies.
_BETWEEN = (
    rf"(?:\s+(?:{ONLY}|\w+ly|be|been|being|have|haben|any|a|an|the|with|for|at|avec|mit|con|com|met|de|du|des|le|la|"
    r"les|are|is|sont|est|están|sono|zijn|são))*"
)
# "that do not charge more than …", "que no cuestan más de …": what is denied of the verb is denied of its object.
_DENIED_VERB = (
    r"(?:(?:\b(?:that|which|who)\s+)?\b(?:(?:do|does|did|must|should|can|will)\s*(?:not|n['’]t)|"
    r"cannot|wo?n['’]t)\s+\w+|"
    r"\b(?:que|che)\s+(?:no|non|não|nao)\s+\w+|\bqui\s+n(?:e\s+|['’])\w+\s+(?:pas|jamais))"
)
_OR = re.compile(r"^\s*(?:or|oder|ou|o|of|ni|nor|né|nem|noch)\s+(?=\S)", re.I)

_OPPOSITE = {
    Comparison.LESS: Comparison.AT_LEAST,
    Comparison.AT_LEAST: Comparison.LESS,
    Comparison.AT_MOST: Comparison.GREATER,
    Comparison.GREATER: Comparison.AT_MOST,
    Comparison.CONTAINS: Comparison.LACKS,
    Comparison.IN: Comparison.NOT_IN,
    Comparison.OPEN: Comparison.CLOSED,
    Comparison.CLOSED: Comparison.OPEN,
}
WHOLE_WEEK = 7
PART_OF_DAY = (
    r"(?:mornings?|afternoons?|evenings?|nights?|lunchtimes?|morgens?|vormittags?|nachmittags?|abends?|matins?|"
    r"après-midi|soirs?|por la (?:mañana|tarde|noche)|mattina|pomeriggio|sera|ochtends?|middags?|avonds?|"
    r"de manhã|à tarde|à noite)"
)
_PART_OF_DAY = re.compile(rf"\b{PART_OF_DAY}\b", re.I)  # closed in the morning is not closed on the day


def words_of_negation(language: str) -> str:
    """They as a pattern, with those that negate in this language alone."""
    return f"{NOT[:-1]}{_BY_LANGUAGE.get(language, '')})"


@cache
def denial(language: str) -> str:
    """A "not" with all that belongs to it: "but not", "that are not", "qui ne sont pas"."""
    return rf"{_BUT}{_WHO}(?:\bne\s+|\bn['’])?{_AUXILIARY}\b{words_of_negation(language)}"


def negation_before(text: str, end: int, language: str) -> int | None:
    """Where the words begin that deny what stands at `end`; None where nothing denies it."""
    match = re.search(rf"(?:{denial(language)}{_BETWEEN}|{_DENIED_VERB}{_BETWEEN})\s*$", text[:end], re.I)
    return match.start() if match else None


def carried_on(rest: str) -> str:
    """What follows a denied demand: "not under £20 or over £50" denies both."""
    return _OR.sub(" nor ", rest)


def opposite(condition: Condition, words: str) -> Condition | None:
    """What a thing must meet where `words` deny the condition; None where no comparison says it."""
    if condition.comparison is Comparison.EQUAL and condition.value == 0.0:
        comparison = Comparison.GREATER  # not free
    else:
        comparison = _OPPOSITE.get(condition.comparison)
    is_always = condition.comparison is Comparison.OPEN and len(str(condition.value).split(",")) == WHOLE_WEEK
    if comparison is None or NOT_ONLY.search(words) or _PART_OF_DAY.search(words):
        return None
    if is_always:  # "not open every day" does not say on which day it is closed
        return None
    return msgspec.structs.replace(condition, comparison=comparison, text=words)
