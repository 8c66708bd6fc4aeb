"""Which candidates are one thing: what people decided first, identity keys, then likeness across sites, held back by
vetoes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from agent.merge.features import Features
from agent.merge.scoring import NAMES_ALIKE, Vectors, corroborated, names_alike, score
from domain.decisions import Decisions

MERGE_AT = 0.75  # below it one pair in four or more was wrong: told as possible duplicates instead
MERGE_AT_BY_NAME = 0.80  # where nothing but the name is alike
MERGE_AT_WITHIN = 0.86  # and the one name goes on where the other ends: "The Matrix", "The Matrix Reloaded" reach .82
POSSIBLE_AT = 0.55
_KEY = 2.0  # an identity key outranks any likeness
_DECIDED = 3.0  # and a person's word any key, the latest first
_SHARED_KEY = 50  # a key on more candidates than this is a directory's own phone or site
_RARE_SHARE, _RARE_AT_LEAST = 0.03, 30  # blocking: words on more candidates than this tell nothing apart
_WORDS_LOOKED_UP = 30
_NEIGHBOURS = 10


class Link(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """`left` and `right` are orders of candidates."""

    score: float
    left: int
    right: int


class Clusters(msgspec.Struct, frozen=True, kw_only=True):
    """`groups` are orders of candidates, sorted; `possible` pairs of group indices that may be one thing."""

    groups: tuple[tuple[int, ...], ...]
    possible: tuple[tuple[int, int], ...]


class _World:
    """All candidates, by order, and what decides whether two of them may be one."""

    def __init__(self, features: tuple[Features, ...], decisions: Decisions) -> None:
        self.features = features
        self.decisions = decisions
        self.by_order = {each.order: each for each in features}

    def decided(self, left: int, right: int) -> bool | None:
        """What a person said of two candidates; None: nothing."""
        one, other = self.by_order[left].names, self.by_order[right].names
        return self.decisions.of(one, other) if one and other and self.decisions else None

    def vetoed(self, left: Sequence[int], right: Sequence[int]) -> bool:
        return any(self._two_things(one, other) for one in left for other in right)

    def _two_things(self, left: int, right: int) -> bool:
        decided = self.decided(left, right)
        return not decided if decided is not None else _two_things(self.by_order[left], self.by_order[right])


def cluster(features: tuple[Features, ...], decisions: Decisions | None = None) -> Clusters:
    """The groups do not depend on the candidates' order: links are taken by score, then by the candidates' keys."""
    features = _without_shared_keys(features)
    world = _World(features, decisions or Decisions())
    by_order = world.by_order
    links = [*_decided_links(world), *_key_links(world), *_fuzzy_links(world)]
    links.sort(key=lambda link: (-round(link.score, 9), *sorted((by_order[link.left].key, by_order[link.right].key))))
    group_of = {each.order: [each.order] for each in features}
    for link in links:
        left, right = group_of[link.left], group_of[link.right]
        if link.score < MERGE_AT or left is right or world.vetoed(left, right):
            continue
        left += right
        for order in right:
            group_of[order] = left
    groups = sorted({tuple(sorted(group)) for group in group_of.values()})
    return Clusters(groups=tuple(groups), possible=_possible(groups, links, world))


def _possible(groups: list[tuple[int, ...]], links: list[Link], world: _World) -> tuple[tuple[int, int], ...]:
    index = {order: number for number, group in enumerate(groups) for order in group}
    pairs: set[tuple[int, int]] = set()
    for link in links:
        left, right = sorted((index[link.left], index[link.right]))
        if left != right and not world.vetoed(groups[left], groups[right]):
            pairs.add((left, right))
    return tuple(sorted(pairs))


def _two_things(left: Features, right: Features) -> bool:
    """What no likeness can overrule."""
    if left.page == right.page and (left.content != right.content or left.detail != right.detail):
        return True
    if left.site == right.site and left.detail and right.detail and left.detail != right.detail:
        return True
    if left.days and right.days and not left.days & right.days:
        return True
    return any(
        values and right.ids.get(scheme) and not values & right.ids[scheme] for scheme, values in left.ids.items()
    )


def _without_shared_keys(features: tuple[Features, ...]) -> tuple[Features, ...]:
    """A key that two different things of one page share tells nothing apart: the directory's own phone number."""
    shared: set[str] = set()
    for key, holders in _holders(features).items():
        contents: dict[str, str] = {}
        if any(contents.setdefault(each.page, each.content) != each.content for each in holders):
            shared.add(key)
    if not shared:
        return features
    return tuple(
        msgspec.structs.replace(
            each,
            exact=each.exact - shared,
            supporting=each.supporting - shared,
            phones=frozenset(phone for phone in each.phones if f"phone:{phone}" not in shared),
        )
        for each in features
    )


def _holders(features: tuple[Features, ...]) -> dict[str, list[Features]]:
    holders: dict[str, list[Features]] = defaultdict(list)
    for each in features:
        for key in sorted(each.exact | each.supporting):
            holders[key].append(each)
    return holders


def _decided_links(world: _World) -> Iterator[Link]:
    named = {each.order: each.names for each in world.features if each.names}
    for number, orders in world.decisions.named(named):
        for left, right in _pairs([world.by_order[order] for order in orders], all_of_them=True):
            if world.decided(left.order, right.order):
                yield Link(score=_DECIDED + number, left=left.order, right=right.order)


def _key_links(world: _World) -> Iterator[Link]:
    holders = _holders(world.features)
    for each in world.features:
        if each.content:
            holders[f"same:{each.site}\n{each.content}"].append(each)
    for key, sharing in holders.items():
        if len(sharing) < 2 or (len(sharing) > _SHARED_KEY and not _is_proof(key, sharing[0])):
            continue
        sharing.sort(key=lambda each: each.key)
        proof = _is_proof(key, sharing[0])
        for left, right in _pairs(sharing, all_of_them=bool(world.decisions)):
            of_one_site = key.startswith("id:") and left.site == right.site
            if proof or of_one_site or names_alike(left, right) >= NAMES_ALIKE:
                yield Link(score=_KEY if proof else _KEY - 0.5, left=left.order, right=right.order)


def _is_proof(key: str, holder: Features) -> bool:
    return key.startswith("same:") or key in holder.exact


def _pairs(sharing: list[Features], *, all_of_them: bool = False) -> Iterator[tuple[Features, Features]]:
    """All pairs of a small group; each with the first of a large one. Where a person may have taken the first out, each
    with the one before it too."""
    if len(sharing) > (_SHARED_KEY if all_of_them else _NEIGHBOURS):
        yield from ((sharing[0], other) for other in sharing[1:])
        yield from pairwise(sharing[1:]) if all_of_them else ()
        return
    for index, left in enumerate(sharing):
        for right in sharing[index + 1 :]:
            yield left, right


def _fuzzy_links(world: _World) -> Iterator[Link]:
    """Across sites alone: one site rarely lists a thing twice under two names, and often lists two alike."""
    features, by_order = world.features, world.by_order
    if len({each.site for each in features}) < 2:
        return
    vectors = Vectors(features)
    scored: dict[tuple[int, int], float] = {}
    for left, right in _blocked(features, vectors):
        if world.decided(left, right) is None:
            scored[left, right] = score(by_order[left], by_order[right], vectors)
    best = _best_by_site(scored, by_order)
    for (left, right), value in scored.items():
        if value < POSSIBLE_AT:
            continue
        enough = _enough(by_order[left], by_order[right])
        mutual = best[left, by_order[right].site] == right and best[right, by_order[left].site] == left
        # Where another pair fits better, this one is told as possible, not merged.
        held_back = not mutual or value < enough
        yield Link(score=min(value, MERGE_AT - 0.01) if held_back else value, left=left, right=right)


def _enough(left: Features, right: Features) -> float:
    if corroborated(left, right):
        return MERGE_AT
    ours, theirs = left.title_tokens, right.title_tokens
    return MERGE_AT_WITHIN if ours < theirs or theirs < ours else MERGE_AT_BY_NAME


def _blocked(features: tuple[Features, ...], vectors: Vectors) -> Iterator[tuple[int, int]]:
    """Pairs of different sites that share rare words: the nearest few of each candidate."""
    common = max(_RARE_AT_LEAST, _RARE_SHARE * len(features))
    index: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for each in features:
        for token, weight in vectors.of[each.order].items():
            if vectors.frequency[token] <= common:
                index[token].append((each.order, weight))
    site = {each.order: each.site for each in features}
    key = {each.order: each.key for each in features}
    seen: set[tuple[int, int]] = set()
    for each in features:
        near: defaultdict[int, float] = defaultdict(float)
        vector = sorted(vectors.of[each.order].items(), key=lambda item: (-item[1], item[0]))
        for token, weight in vector[:_WORDS_LOOKED_UP]:
            for other, other_weight in index.get(token, ()):
                if site[other] != each.site:
                    near[other] += weight * other_weight
        for other in sorted(near, key=lambda order: (-round(near[order], 9), key[order]))[:_NEIGHBOURS]:
            pair = (min(each.order, other), max(each.order, other))
            if pair not in seen:
                seen.add(pair)
                yield pair


def _best_by_site(scored: dict[tuple[int, int], float], by_order: dict[int, Features]) -> dict[tuple[int, str], int]:
    best: dict[tuple[int, str], tuple[float, tuple[str, int, str], int]] = {}
    for (left, right), value in scored.items():
        for one, other in ((left, right), (right, left)):
            place = (one, by_order[other].site)
            # Negative score first, then the candidate's own key: a tie falls the same way in whatever order they come.
            offer = (-round(value, 9), by_order[other].key, other)
            if place not in best or offer < best[place]:
                best[place] = offer
    return {place: offer[2] for place, offer in best.items()}
