"""Candidates of many pages into records: one for each thing in the world, every value with all of its proof.

Pure: the same candidates give the same records. Which candidates are one thing does not depend on their order; the
records stand in the order of their first candidates, and equal values are told as the first one spelled them. What a
person decided outranks what the pages say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from agent.merge.clusters import cluster
from agent.merge.features import features_of
from domain.decisions import Decision, Decisions, names_of
from domain.fields import FieldKind
from domain.fusion import field_kinds, id_of, own_name, record_of
from domain.plans import Plan
from domain.records import Candidate, Record
from domain.urls import url_key


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """A record and the candidates that it came from, in their order."""

    record: Record
    members: tuple[Candidate, ...]


def merge(candidates: tuple[Candidate, ...], plan: Plan, decisions: tuple[Decision, ...] = ()) -> tuple[Record, ...]:
    return tuple(merged.record for merged in merge_groups(candidates, plan, decisions))


def merge_groups(
    candidates: tuple[Candidate, ...], plan: Plan, decisions: tuple[Decision, ...] = ()
) -> tuple[Merged, ...]:
    """`decisions` are in the order of time."""
    kinds = field_kinds(candidates, plan.fields)
    on_page = Counter(url_key(candidate.url) for candidate in candidates)
    features = tuple(
        features_of(
            candidate,
            order,
            kinds,
            alone_on_page=on_page[url_key(candidate.url)] == 1,
            location=plan.location,
            names=names_of(candidate, kinds) if decisions else None,
        )
        for order, candidate in enumerate(candidates)
    )
    clusters = cluster(features, Decisions(decisions))
    groups = [tuple(candidates[order] for order in group) for group in clusters.groups]
    ids = _ids([members[0] for members in groups], kinds)
    possible: dict[int, list[str]] = {}
    for left, right in clusters.possible:
        possible.setdefault(left, []).append(ids[right])
        possible.setdefault(right, []).append(ids[left])
    return tuple(
        Merged(
            record=msgspec.structs.replace(
                record_of(members, kinds, id_=ids[position], position=position),
                possible_duplicates=tuple(possible.get(position, ())),
            ),
            members=members,
        )
        for position, members in enumerate(groups)
    )


def _ids(firsts: list[Candidate], kinds: Mapping[str, FieldKind]) -> list[str]:
    """The same in every run that tells of the thing first on the same site."""
    times: Counter[str] = Counter()
    ids = []
    for first in firsts:
        name = own_name(first, kinds)
        ids.append(id_of(name, times[name]))
        times[name] += 1
    return ids
