"""Of the values that several sources give for one field, the one to tell; the others are kept beside it."""

from __future__ import annotations

from agent.words import fold
from domain.evidence import Evidence, Method, Verdict
from domain.fields import FieldKind
from domain.records import Candidate, Conflict, FieldValue, Value, is_told
from domain.urls import is_http, site_of, url_key

_METHOD_RANK = {method: rank for rank, method in enumerate(Method)}
_VERDICT_RANK = {
    verdict: rank
    for rank, verdict in enumerate(
        (Verdict.USER, Verdict.SUPPORTED, Verdict.DERIVED, Verdict.UNSUPPORTED, Verdict.MISSING)
    )
}
_CUT_OFF = ("…", "...")
_CONFLICTS_KEPT = 10  # a field that ten sources tell differently is no clearer for the eleventh


def merged_fields(members: tuple[Candidate, ...], kinds: dict[str, FieldKind]) -> dict[str, FieldValue]:
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
        camps.setdefault(_normal(found.value, kind), []).append((member, found))
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
            *(Conflict(value=camp[0][1].value, evidence=_evidence(camp)) for camp in others),
        )[:_CONFLICTS_KEPT],
        agreeing=tuple(dict.fromkeys(method for _, found in best for method in found.agreeing)),
    )


def _normal(value: Value, kind: FieldKind) -> str:
    """Equal for values that say the same."""
    if isinstance(value, list):
        return "\n".join(_normal(item, kind) for item in value)
    if isinstance(value, dict):
        return "\n".join(f"{key}={_normal(item, FieldKind.TEXT)}" for key, item in sorted(value.items()))
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
