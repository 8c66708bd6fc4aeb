"""Candidates of many pages into records: one for each thing in the world, every value with all of its proof.

Pure: the same candidates give the same records. Which candidates are one thing does not depend on their order; the
records stand in the order of their first candidates, and equal values are told as the first one spelled them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

import msgspec

from agent.merge.clusters import cluster
from agent.merge.features import features_of, field_kinds
from agent.merge.values import merged_fields
from agent.words import fold
from domain.clues import name_in
from domain.fields import FieldKind
from domain.plans import Plan
from domain.records import Candidate, Record, is_told
from domain.urls import site_of, url_key


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """A record and the candidates that it came from, in their order."""

    record: Record
    members: tuple[Candidate, ...]


def merge(candidates: tuple[Candidate, ...], plan: Plan) -> tuple[Record, ...]:
    return tuple(merged.record for merged in merge_groups(candidates, plan))


def merge_groups(candidates: tuple[Candidate, ...], plan: Plan) -> tuple[Merged, ...]:
    kinds = field_kinds(candidates, plan.fields)
    on_page = Counter(url_key(candidate.url) for candidate in candidates)
    features = tuple(
        features_of(
            candidate,
            order,
            kinds,
            alone_on_page=on_page[url_key(candidate.url)] == 1,
            location=plan.location,
        )
        for order, candidate in enumerate(candidates)
    )
    clusters = cluster(features)
    groups = [tuple(candidates[order] for order in group) for group in clusters.groups]
    ids = _ids([members[0] for members in groups], kinds)
    possible: dict[int, list[str]] = {}
    for left, right in clusters.possible:
        possible.setdefault(left, []).append(ids[right])
        possible.setdefault(right, []).append(ids[left])
    return tuple(
        Merged(
            record=Record(
                id=ids[position],
                position=position,
                fields=merged_fields(members, kinds),
                sources=tuple(dict.fromkeys(member.url for member in members)),
                possible_duplicates=tuple(possible.get(position, ())),
                detail_url=next((member.detail_url for member in members if member.detail_url), ""),
            ),
            members=members,
        )
        for position, members in enumerate(groups)
    )


def _ids(firsts: list[Candidate], kinds: Mapping[str, FieldKind]) -> list[str]:
    """32 hex digits each, the same in every run that tells of the thing first on the same site. Two things that nothing
    tells apart would give one id twice: the later one is numbered."""
    times: Counter[str] = Counter()
    ids = []
    for first in firsts:
        name = _own_name(first, kinds)
        seed = f"{name}\n{times[name]}" if times[name] else name
        times[name] += 1
        ids.append(hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return ids


def _own_name(candidate: Candidate, kinds: Mapping[str, FieldKind]) -> str:
    """What a thing is known by from run to run, wherever in its list it stands: the address of its own page, else its
    site and name; its place where it has neither."""
    if candidate.detail_url:
        return url_key(candidate.detail_url)
    name = fold(name_in({name: found for name, found in candidate.fields.items() if is_told(found)}, kinds))
    return f"{site_of(candidate.url)}\n{name}" if name else f"{candidate.url}\n{candidate.position}"
