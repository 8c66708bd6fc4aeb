"""Which things the page's data describes: one, or several of a kind, as a list does; and when two names are one's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from agent.extract.embedded.entities import Entity
from domain.evidence import Method
from domain.folding import fold

# schema.org's types of things that have pages of their own.
THINGS = frozenset(
    {"product", "productgroup", "recipe", "article", "newsarticle", "blogposting", "event", "jobposting", "book"}
    | {"movie", "localbusiness", "restaurant", "person", "course", "softwareapplication", "vehicle"}
)
# Types of what belongs to a thing, and is nothing by itself.
PARTS = frozenset(
    {"openinghoursspecification", "contactpoint", "postaladdress", "geocoordinates", "howtostep", "howtosection"}
    | {"quantitativevalue", "monetaryamount", "propertyvalue", "imageobject", "rating", "aggregaterating"}
    | {"nutritioninformation", "unitpricespecification", "pricespecification", "offershippingdetails"}
)
CONTAINERS = frozenset({"itemlist", "collectionpage", "searchresultspage", "offercatalog"})
SAME_THING = 85  # of 100: names of one thing in two places differ by a brand or a size
PARTLY = 60  # of 100: less, and two names without a common word have nothing in common

_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\w{3,}|\d+")
_INDEX = re.compile(r"\[\d+\]")


def several_things(entities: Sequence[Entity]) -> tuple[Entity, ...]:
    """The things of one kind that the page's data describes side by side, each with a name of its own: those that stand
    outside of its lists and their members, of the kind that has most. Fewer than two are none."""
    tops = [entity for entity in entities if entity.method is not Method.OPENGRAPH]
    variants = variant_places(tops)
    outside = [entity for entity in tops if THINGS & set(entity.types) and entity.path not in variants]
    by_kind: dict[str, dict[str, Entity]] = {}
    for entity in (each for each in (*outside, *_members(tops)) if not each.is_unread):
        by_kind.setdefault(entity.types[0], {}).setdefault(fold(entity.text("name", "headline")), entity)
    largest = max(by_kind.values(), key=len, default={})
    return tuple(largest.values()) if len(largest) > 1 else ()


def variant_places(entities: Sequence[Entity], least: int = 1) -> frozenset[str]:
    """Where the data describes the sizes, colours and the like of one thing: they are no things of their own. None
    where fewer things than `least` have such."""
    groups = [group for top in entities for group in top.walk() if group.properties.get("hasVariant")]
    if len({group.path for group in groups}) < least:
        return frozenset()
    return frozenset(variant.path for group in groups for variant in group.nested("hasVariant"))


def list_members(entities: Sequence[Entity]) -> tuple[Entity, ...]:
    """What the lists of the page's data hold, and nothing within these."""
    return tuple(_members([entity for entity in entities if entity.method is not Method.OPENGRAPH]))


def _members(tops: Sequence[Entity]) -> Iterator[Entity]:
    """What the lists of the data hold."""
    pending = [(top, bool(CONTAINERS & set(top.types))) for top in reversed(tops)]
    while pending:
        entity, is_within = pending.pop()
        kinds = set(entity.types)
        if is_within and kinds and not kinds & (CONTAINERS | {"listitem"}):
            yield entity
            continue
        names = entity.properties if is_within else ("mainEntity",)
        for found in (entity.nested(name) for name in reversed(tuple(names))):
            pending.extend(
                (inner, is_within or bool(CONTAINERS & set(inner.types)))
                for inner in reversed(found)
                if is_within or CONTAINERS & set(inner.types)
            )


def is_one_thing(name: str, other: str) -> bool:
    """Whether two names (folded) are of one thing. "Pot 1" and "Pot 10" are two, however alike."""
    if fuzz.token_set_ratio(name, other) < SAME_THING:
        return False
    ours, theirs = set(_NUMBER.findall(name)), set(_NUMBER.findall(other))
    return ours <= theirs or theirs <= ours


def is_named_in(name: str, *lines: str) -> bool:
    """Whether every word of a name (folded) stands in these lines (folded) together."""
    words = set(_WORD.findall(name))
    return bool(words) and words <= {word for line in lines for word in _WORD.findall(line)}


def have_nothing_in_common(name: str, other: str) -> bool:
    """Whether two names (folded) share no word and hardly a letter in its order."""
    if not name or not other or set(_WORD.findall(name)) & set(_WORD.findall(other)):
        return False
    return fuzz.partial_ratio(name, other) < PARTLY


def stand_side_by_side(entity: Entity, other: Entity) -> bool:
    """Whether two descriptions are members of one array of the data, or of one list of the page's elements."""
    return entity.method is other.method and _array_of(entity) == _array_of(other)


def _array_of(entity: Entity) -> str:
    script, mark, path = entity.path.partition("$")
    return f"{script}{mark}{_INDEX.sub('[]', path)}" if mark else _INDEX.sub("[]", entity.path)
