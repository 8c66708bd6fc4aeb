"""One record of all candidates that are one thing: of the values that they give for a field the one to tell, with the
others kept beside it, and what the record is known by."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping

from domain.clues import kind_of, name_in, text_of
from domain.evidence import Evidence, Method, Verdict
from domain.fields import Field, FieldKind
from domain.records import MAX_CONFLICTS, Candidate, Conflict, FieldValue, Member, Record, Value, is_told
from domain.urls import is_http, site_of, url_key
from domain.words import fold

_METHOD_RANK = {method: rank for rank, method in enumerate(Method)}
_VERDICT_RANK = {
    verdict: rank
    for rank, verdict in enumerate(
        (Verdict.USER, Verdict.SUPPORTED, Verdict.DERIVED, Verdict.UNSUPPORTED, Verdict.MISSING)
    )
}
_CUT_OFF = ("…", "...")


def field_kinds(candidates: Iterable[Candidate], asked: tuple[Field, ...]) -> dict[str, FieldKind]:
    """The kind of every field that occurs: as asked, else as its name suggests."""
    kinds = {field.name: field.kind for field in asked}
    for candidate in candidates:
        for name in candidate.fields:
            if name not in kinds:
                kinds[name] = kind_of(name)
    return kinds


def record_of(members: tuple[Candidate, ...], kinds: Mapping[str, FieldKind], *, id_: str, position: int) -> Record:
    """`members` are in the run's order, and `id_` was made of the first."""
    return Record(
        id=id_,
        position=position,
        fields=merged_fields(members, kinds),
        sources=tuple(dict.fromkeys(member.url for member in members)),
        detail_url=next((member.detail_url for member in members if member.detail_url), ""),
        members=tuple(Member(each.page_id, each.position, id_of(own_name(each, kinds))) for each in members),
    )


def own_name(candidate: Candidate, kinds: Mapping[str, FieldKind]) -> str:
    """What a thing is known by from run to run, wherever in its list it stands: the address of its own page, else its
    site and name; its place where it has neither."""
    if candidate.detail_url:
        return url_key(candidate.detail_url)
    name = fold(name_in(told_fields(candidate), kinds))
    return f"{site_of(candidate.url)}\n{name}" if name else f"{candidate.url}\n{candidate.position}"


def id_of(name: str, times: int = 0) -> str:
    """32 hex digits of what a thing is known by. Two things that nothing tells apart would give one id twice: the later
    one is numbered."""
    seed = f"{name}\n{times}" if times else name
    return hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def free_id(name: str, taken: Collection[str]) -> str:
    """The first of a thing's ids that no other one of its run has."""
    times = 0
    while (id_ := id_of(name, times)) in taken:
        times += 1
    return id_


def told_fields(candidate: Candidate) -> dict[str, FieldValue]:
    return {name: found for name, found in candidate.fields.items() if is_told(found)}


def content_of(candidate: Candidate) -> str:
    """All that a candidate tells, in one spelling."""
    return "\n".join(f"{name}={fold(text_of(found.value))}" for name, found in sorted(told_fields(candidate).items()))


def merged_fields(members: tuple[Candidate, ...], kinds: Mapping[str, FieldKind]) -> dict[str, FieldValue]:
    """Each field's chosen value with the evidence of all that agree. `members` are in their order."""
    names = dict.fromkeys(name for member in members for name in member.fields)
    return {name: _chosen(name, members, kinds[name]) for name in names}


def _chosen(name: str, members: tuple[Candidate, ...], kind: FieldKind) -> FieldValue:
    offers = [(member, member.fields[name]) for member in members if name in member.fields]
    told = [(member, found) for member, found in offers if is_told(found)]
    if not told:
        return min(offers, key=lambda offer: _quality(offer[1]))[1]
    camps: dict[str, list[tuple[Candidate, FieldValue]]] = {}
    for member, found in told:
        camps.setdefault(said_by(found.value, kind), []).append((member, found))
    _join_cut_off(camps)
    ranked = sorted(camps.values(), key=_standing)
    best, others = ranked[0], ranked[1:]
    chosen = min((found for _, found in best), key=_quality)
    return FieldValue(
        value=chosen.value,
        verdict=chosen.verdict,
        evidence=_evidence(best),
        raw=chosen.raw,
        unit=chosen.unit or next((found.unit for _, found in best if found.unit), ""),
        confidence=_confidence(best, others),
        conflicts=(
            *_earlier_conflicts(best),
            *(Conflict(value=camp[0][1].value, evidence=_evidence(camp), reason=_why(best, camp)) for camp in others),
        )[:MAX_CONFLICTS],
        agreeing=tuple(dict.fromkeys(method for _, found in best for method in found.agreeing)),
    )


def said_by(value: Value, kind: FieldKind) -> str:
    """Equal for values that say the same."""
    if isinstance(value, list):
        return "\n".join(said_by(item, kind) for item in value)
    if isinstance(value, dict):
        return "\n".join(f"{key}={said_by(item, FieldKind.TEXT)}" for key, item in sorted(value.items()))
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return f"{float(value):.6g}"
    if kind in {FieldKind.URL, FieldKind.IMAGE} and is_http(value):
        return url_key(value)
    return fold(value) or value


def _join_cut_off(camps: dict[str, list[tuple[Candidate, FieldValue]]]) -> None:
    """ "A Light in the ..." does not contradict "A Light in the Attic": it joins the longer value and is not chosen."""
    for normal in list(camps):
        raw = str(camps[normal][0][1].value).rstrip()
        if not raw.endswith(_CUT_OFF) or not normal:
            continue
        longer = sorted(other for other in camps if other != normal and other.startswith(normal))
        if longer:
            camps[longer[0]] += camps.pop(normal)


def _quality(found: FieldValue) -> tuple[bool, int, int]:
    """Lower is better: whole before cut off, then the verdict, then the method's place in the cascade."""
    methods = [_METHOD_RANK[evidence.method] for evidence in found.evidence]
    cut_off = str(found.value).rstrip().endswith(_CUT_OFF)
    return cut_off, _VERDICT_RANK[found.verdict], min(methods, default=len(_METHOD_RANK))


def _standing(camp: list[tuple[Candidate, FieldValue]]) -> tuple[int, tuple[bool, int, int]]:
    """More sites first, then the best of its values. Equal ones keep the order of their candidates."""
    sites = {site_of(member.url) for member, _ in camp}
    return -len(sites), min(_quality(found) for _, found in camp)


def _why(best: list[tuple[Candidate, FieldValue]], other: list[tuple[Candidate, FieldValue]]) -> str:
    """Why one camp's value stands before another's."""
    sites = len({site_of(member.url) for member, _ in best})
    if sites > len({site_of(member.url) for member, _ in other}):
        return f"{sites} sites tell it"
    surest = [min(_quality(found) for _, found in camp) for camp in (best, other)]
    return "its source is the surer one" if surest[0] < surest[1] else "it was found first"


def _evidence(camp: list[tuple[Candidate, FieldValue]]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(evidence for _, found in camp for evidence in found.evidence))


def _earlier_conflicts(camp: list[tuple[Candidate, FieldValue]]) -> tuple[Conflict, ...]:
    """Contradictions that a page has within itself."""
    return tuple(conflict for _, found in camp for conflict in found.conflicts)


def _confidence(best: list[tuple[Candidate, FieldValue]], others: list[list[tuple[Candidate, FieldValue]]]) -> float:
    """Sites agree independently: doubts multiply. Each site that disagrees takes its share away."""
    by_site: dict[str, float] = {}
    for member, found in best:
        site = site_of(member.url)
        by_site[site] = max(by_site.get(site, 0.0), found.confidence)
    doubt = 1.0
    for confidence in by_site.values():
        doubt *= 1.0 - confidence
    against = {site_of(member.url) for camp in others for member, _ in camp} - set(by_site)
    return round((1.0 - doubt) * len(by_site) / (len(by_site) + len(against)), 4)
