"""Which candidates are one thing: identity keys first, then likeness across sites, held back by vetoes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import msgspec

from agent.merge.features import Features
from agent.merge.scoring import NAMES_ALIKE, Vectors, corroborated, names_alike, score

MERGE_AT = 0.75  # below it one pair in four or more was wrong: told as possible duplicates instead
MERGE_AT_BY_NAME = 0.80  # where nothing but the name is alike: "The Matrix" and "The Matrix Reloaded" reach .76
POSSIBLE_AT = 0.55
_KEY = 2.0  # an identity key outranks any likeness
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


def cluster(features: tuple[Features, ...]) -> Clusters:
    """The groups do not depend on the candidates' order: links are taken by score, then by the candidates' keys."""
    features = _without_shared_keys(features)
    by_order = {each.order: each for each in features}
    links = [*_key_links(features), *_fuzzy_links(features)]
    links.sort(key=lambda link: (-round(link.score, 9), *sorted((by_order[link.left].key, by_order[link.right].key))))
    group_of = {each.order: [each.order] for each in features}
    for link in links:
        left, right = group_of[link.left], group_of[link.right]
        if link.score < MERGE_AT or left is right or _vetoed(left, right, by_order):
            continue
        left += right
        for order in right:
            group_of[order] = left
    groups = sorted({tuple(sorted(group)) for group in group_of.values()})
    return Clusters(groups=tuple(groups), possible=_possible(groups, links, by_order))


def _possible(
    groups: list[tuple[int, ...]], links: list[Link], by_order: dict[int, Features]
) -> tuple[tuple[int, int], ...]:
    index = {order: number for number, group in enumerate(groups) for order in group}
    pairs: set[tuple[int, int]] = set()
    for link in links:
        left, right = sorted((index[link.left], index[link.right]))
        if left != right and not _vetoed(groups[left], groups[right], by_order):
            pairs.add((left, right))
    return tuple(sorted(pairs))


def _vetoed(
    left: list[int] | tuple[int, ...], right: list[int] | tuple[int, ...], by_order: dict[int, Features]
) -> bool:
    return any(_two_things(by_order[one], by_order[other]) for one in left for other in right)


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


def _key_links(features: tuple[Features, ...]) -> Iterator[Link]:
    holders = _holders(features)
    for each in features:
        if each.content:
            holders[f"same:{each.site}\n{each.content}"].append(each)
    for key, sharing in holders.items():
        if len(sharing) < 2 or (len(sharing) > _SHARED_KEY and not _is_proof(key, sharing[0])):
            continue
        sharing.sort(key=lambda each: each.key)
        proof = _is_proof(key, sharing[0])
        for left, right in _pairs(sharing):
            of_one_site = key.startswith("id:") and left.site == right.site
            if proof or of_one_site or names_alike(left, right) >= NAMES_ALIKE:
                yield Link(score=_KEY if proof else _KEY - 0.5, left=left.order, right=right.order)


def _is_proof(key: str, holder: Features) -> bool:
    return key.startswith("same:") or key in holder.exact


def _pairs(sharing: list[Features]) -> Iterator[tuple[Features, Features]]:
    """All pairs of a small group; each with the first of a large one."""
    if len(sharing) > _NEIGHBOURS:
        yield from ((sharing[0], other) for other in sharing[1:])
        return
    for index, left in enumerate(sharing):
        for right in sharing[index + 1 :]:
            yield left, right


def _fuzzy_links(features: tuple[Features, ...]) -> Iterator[Link]:
    """Across sites alone: one site rarely lists a thing twice under two names, and often lists two alike."""
    if len({each.site for each in features}) < 2:
        return
    vectors = Vectors(features)
    scored: dict[tuple[int, int], float] = {}
    by_order = {each.order: each for each in features}
    for left, right in _blocked(features, vectors):
        scored[left, right] = score(by_order[left], by_order[right], vectors)
    best = _best_by_site(scored, by_order)
    for (left, right), value in scored.items():
        if value < POSSIBLE_AT:
            continue
        enough = MERGE_AT if corroborated(by_order[left], by_order[right]) else MERGE_AT_BY_NAME
        mutual = best[left, by_order[right].site] == right and best[right, by_order[left].site] == left
        # Where another pair fits better, this one is told as possible, not merged.
        held_back = not mutual or value < enough
        yield Link(score=min(value, MERGE_AT - 0.01) if held_back else value, left=left, right=right)


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
