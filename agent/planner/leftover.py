"""What a goal says and no part of its plan uses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from agent.planner import lexicon
from agent.words import fold, singular
from domain.fields import Field
from domain.plans import Condition

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
# Words that only join others, beside those of the lexicon's own lists.
_JOINING = """
    a an and are be by each every for from have has i if in is it its me my of on or our per so that the their them
    there these they this those to us we what which who whose with you your along also both but can could etc
    like plus well must should than then too very want will would need needs wanted looking one ones
    minimum maximum least most more fewer top first best max min row rows result results record records entry entries
    item items example examples information info details data list lists table overview named called
    der die das den dem des ein eine einen einem einer und oder mit von vom für in im am an auf zu zum zur aller alle
    nach sowie deren ihre ihrer ihren mir bitte ergebnisse einträge mindestens höchstens
    le la les l un une des de du d et ou avec pour par à au aux dans en sur leur leurs tous toutes moi résultats
    el los las una unos unas y o e con para por del al su sus todos todas resultados
    nel nella nei alla al ai sul il lo gli i uno dei delle degli di da con per tutti tutte loro risultati
    het een en of met van voor op te bij alle hun resultaten
    em às ao aos pela pelo os as um uma do dos das no na nos nas com seus suas
    w we z ze i oraz lub do na dla od ich
    в во на с со и или для от до их по
    の と や を で に
"""


@cache
def _joining() -> frozenset[str]:
    return frozenset(map(_key, _JOINING.split())) | frozenset(map(_key, lexicon.words_around()))


def unused_words(
    goal: str, told: Iterable[str], fields: tuple[Field, ...], conditions: tuple[Condition, ...], count: int | None
) -> tuple[str, ...]:
    """Runs of the goal's words that are in none of the texts `told`, in no field and no condition."""
    texts = [*told, *(word for field in fields for word in (field.name, *field.synonyms))]
    texts += [word for condition in conditions for word in (condition.label, condition.formal)]
    used = {_key(word) for text in texts for word in _WORD.findall(text.replace("_", " "))}
    named = {field.name for field in fields}
    runs: list[list[str]] = [[]]
    for word in _WORD.findall(goal):
        key = _key(word)
        is_count = count is not None and lexicon.number(word) == count
        is_told = key in used or (_UNSPACED.search(word) is not None and _is_told(word, texts))
        is_joining = key in _joining() or all(_key(part) in _joining() for part in re.split(r"['’.-]", word))
        if is_told or is_count or is_joining or lexicon.FIELD_NAMES.get(key) in named:
            runs.append([])
        else:
            runs[-1].append(word)
    return tuple(" ".join(run) for run in runs if run)


def _is_told(word: str, texts: list[str]) -> bool:
    """Of words that are written without spaces: whether nothing but particles is left of them."""
    for text in sorted(texts, key=len, reverse=True):
        word = word.replace(text, " ") if text else word
    return set(word) <= set(" のとやをでにが")


def _key(word: str) -> str:
    return singular(fold(word))
