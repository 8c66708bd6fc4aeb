"""A misspelt kind of thing, put right where one word of the catalogue is clearly the nearest: "dentsts", "resturants".
Names and places are in no catalogue, and are left as they are."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from agent.planner.catalogue import CATALOGUE, UNKNOWN, type_of
from agent.words import fold, plural, singular

_SHORTEST = 6  # letters of a word that misses one, has one too many or a wrong one: shorter ones are near too many
_SHORTEST_SWAPPED = 5  # "hotle"
_LONG = 9  # letters of a word that may have two faults
# Words of their own that are near the name of a thing.
_OWN_WORDS = """
    cattle collage report pointer prayer clarity concept convert inland county statue lasting poster racing closer
    planner scanner trailer trainer manor master minister hospice headset notebook vehicular moment contest
"""
_NO_TYPOS = frozenset(_OWN_WORDS.split())


class Spelt(NamedTuple):
    """`said` is the goal's word, `meant` the one that it is taken for. Both are empty where nothing is put right."""

    said: str = ""
    meant: str = ""


def put_right(phrase: str, goal: str) -> Spelt:
    """The word of a phrase of no known type that misspells a kind of thing: the last such one, as English has it."""
    if type_of(phrase) is not UNKNOWN:
        return Spelt()
    words = re.findall(r"[^\W\d_]+", goal)
    for word in reversed(re.findall(r"[^\W\d_]+", phrase)):
        said = next((each for each in words if singular(fold(each)) == singular(fold(word))), "")
        is_name = said[:1].isupper() and said != words[0] and not goal.isupper()
        if said and not is_name and (meant := _nearest(singular(fold(said)))):
            is_many = singular(fold(said)) != fold(said)
            return Spelt(said, plural(meant) if is_many else meant)
    return Spelt()


@cache
def _nearest(word: str) -> str:
    """The only word of the catalogue, or the only kind of thing, that so few faults make of it."""
    if word in _NO_TYPOS or word in _words() or len(word) < _SHORTEST_SWAPPED:
        return ""
    by_faults: dict[int, list[str]] = {}
    for known in _words():
        faults = _faults(word, known)
        if faults:
            by_faults.setdefault(faults, []).append(known)
    nearest = by_faults[min(by_faults)] if by_faults else []
    kinds = {type_of(known).name for known in nearest}
    return min(nearest, key=lambda known: (known[:3] != word[:3], known)) if len(kinds) == 1 else ""


@cache
def _words() -> tuple[str, ...]:
    every = (singular(word) for kind in CATALOGUE for word in kind.words if re.fullmatch(r"[a-z]+", word))
    return tuple(dict.fromkeys(word for word in every if len(word) >= _SHORTEST_SWAPPED))


def _faults(word: str, known: str) -> int:
    """1 or 2, or 0 where it is the same word, too far from it, or too short to tell."""
    is_inflected = word[:-1] == known[:-1] or word.startswith(known) or known.startswith(word)  # "appartamenti"
    if word[0] != known[0] or abs(len(word) - len(known)) > 2 or is_inflected:
        return 0
    if _is_swapped(word, known):
        return 1
    distance = _distance(word, known)
    shortest = min(len(word), len(known))
    if distance == 1 and shortest >= _SHORTEST:
        return 1
    return 2 if distance == 2 and shortest >= _LONG - 1 and word[-1] == known[-1] else 0


def _is_swapped(word: str, known: str) -> bool:
    """Whether two letters beside each other changed places: "hotle"."""
    apart = [at for at, (one, other) in enumerate(zip(word, known, strict=False)) if one != other]
    if len(word) != len(known) or len(apart) != 2:
        return False
    first, second = apart
    return word[first : second + 1] == known[second] + known[first]


def _distance(first: str, second: str) -> int:
    """Letters to add, take away or change to make one of the other."""
    row = list(range(len(second) + 1))
    for at, letter in enumerate(first, start=1):
        before, row = row, [at]
        for place, other in enumerate(second, start=1):
            row.append(min(before[place] + 1, row[-1] + 1, before[place - 1] + (letter != other)))
    return row[-1]
