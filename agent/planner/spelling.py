"""A misspelt kind of thing, put right where one English word of the catalogue is clearly the nearest: "dentsts",
"resturants". Names and places are in no catalogue, and are left as they are; so are goals in other languages, of whose
words too many are near one another."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from agent.planner.catalogue import CATALOGUE, UNKNOWN, type_of
from agent.words import fold, plural, singular

_SHORTEST = 6  # letters of a word that misses one, has one too many or a wrong one: shorter ones are near too many
_SHORTEST_SWAPPED = 5  # "hotle"
_LONG = 9  # letters of a word that may have two faults
# What is asked for often, with few other words near it.
_THINGS_WORDS = """
    dentist veterinarian therapist clinic physician hospital pharmacy surgeon doctor psychologist orthodontist
    restaurant brewery bakery bistro cafeteria museum castle aquarium gallery hostel hotel resort campsite guesthouse
    motel notary solicitor attorney lawyer business hairdresser photographer barber plumber electrician painter cleaner
    roofer florist mechanic contractor playground library agency supplier startup manufacturer company organization
    organisation accelerator vendor investor founder president employee researcher professor artist athlete engineer
    developer designer scientist politician laptop tablet smartphone headphone keyboard monitor mattress furniture
    bicycle jacket sneaker camera television printer router appliance vehicle motorcycle audiobook textbook documentary
    internship vacancy conference exhibition workshop hackathon webinar festival concert recipe article dissertation
    publication tutorial bootcamp college university school kindergarten apartment property software country mountain
    airport beach landmark attraction lawsuit
"""
THINGS = frozenset(_THINGS_WORDS.split())
# Words of their own that are near the name of a thing: of English, and of goals too short to tell their language.
_OWN_WORDS = """
    processor protestor inventor injector inverter constructor constrictor precedent prescient provident barker barter
    bamber barbier camara confidence convergence confluence coherence cattle castile castel casale roster reuter rotter
    properly prosperity report retort ressort concept convert conceit concret abstraction attrition composite campfire
    clearer cleanser cleaver pointer pinter collage sturgeon spurgeon recite recife flounder funder mistress galley
    headstone vesicle universality engender scholl softcore county maintain alliance lawler plummer rooker
    prozessor professur processer professeur procesor inwestor inversor inventar prezydent prezident cadera cambra
    conferenze conferentie panter publikation hospitaal cafetera caffetteria cafetaria dottor doutor akwarium akvarium
    universiteit artiest televizyon politicien politieman librairy fourniture forniture fornitore snedker snekker
    apparement aparcament therapeut handphone galery festiwal physicien compagny projekty protesty motocykle
"""
_NO_TYPOS = frozenset(_OWN_WORDS.split())


class Spelt(NamedTuple):
    """`said` is the goal's word, `meant` the one that it is taken for. Both are empty where nothing is put right."""

    said: str = ""
    meant: str = ""


# Words that join others, as hasty fingers write them: none is a word of its own in an English goal.
_JOINTS = {"adn": "and", "wth": "with", "wiht": "with", "wtih": "with", "iwth": "with", "wihtout": "without"}
# In small letters: "ADN" is a thing in other languages, and so is what stands behind "de" or "test".
_JOINT = re.compile(rf"(?<!\S)(?<!\bde )(?<!\btest )(?<!\btests )(?:{'|'.join(_JOINTS)})(?=\s)")


class Joined(NamedTuple):
    """A goal with its joining words put right, and notes on them."""

    goal: str
    notes: tuple[str, ...] = ()


def put_joints_right(goal: str, language: str) -> Joined:
    """ "Phone adn website" names two fields, and "wth phone" one."""
    if language != "en":
        return Joined(goal)
    said = dict.fromkeys(_JOINT.findall(goal))
    notes = tuple(f"{word!r} is taken for {_JOINTS[word]!r}" for word in said)
    return Joined(_JOINT.sub(lambda match: _JOINTS[match[0]], goal), notes)


def put_right(phrase: str, goal: str, language: str) -> Spelt:
    """The word of a phrase of no known type that misspells a kind of thing: the last such one, as English has it."""
    if language != "en" or type_of(phrase) is not UNKNOWN:
        return Spelt()
    words = re.findall(r"[^\W\d_]+", goal)
    as_said = {singular(fold(word)): word for word in reversed(words)}
    for word in reversed(re.findall(r"[^\W\d_]+", phrase)):
        one = singular(fold(word))
        said = as_said.get(one, "")
        is_name = said[:1].isupper() and said != words[0] and not goal.isupper()
        if said.isascii() and said and not is_name and (meant := _nearest(one)):
            return Spelt(said, plural(meant) if one != fold(said) else meant)
    return Spelt()


def _nearest(word: str) -> str:
    """The only thing, or the only kind of thing, that so few faults make of it."""
    if word in _NO_TYPOS or word in _catalogued() or len(word) < _SHORTEST_SWAPPED:
        return ""
    by_faults: dict[int, list[str]] = {}
    for known in sorted(THINGS):
        faults = _faults(word, known)
        if faults:
            by_faults.setdefault(faults, []).append(known)
    nearest = by_faults[min(by_faults)] if by_faults else []
    kinds = {type_of(known).name for known in nearest}
    return min(nearest, key=lambda known: (known[:3] != word[:3], known)) if len(kinds) == 1 else ""


@cache
def _catalogued() -> frozenset[str]:
    """The single words that things are called by in any language."""
    return frozenset(singular(word) for kind in CATALOGUE for word in kind.words if " " not in word)


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
