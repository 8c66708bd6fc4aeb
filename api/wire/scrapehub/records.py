"""Records, each value with its proof."""

from __future__ import annotations

import msgspec

from api.wire.times import iso_seconds
from domain.checks import Check, CheckedBy, Meets
from domain.claims import parts_of
from domain.events import EventType, RunEvent
from domain.evidence import Evidence, Layer, MatchKind, Method, Verdict
from domain.pages import FetchOutcome, Page, Via
from domain.records import FieldValue, Note, Record


class EvidenceOut(msgspec.Struct, frozen=True, kw_only=True):
    """One place that says a value. `start` and `end` are character offsets of `quote` in `layer` of the archived page
    at `page_url`; null where the value was not found again. `part` says which part of a value it proves: `[2]` of a
    list, `[2].price` of a list of objects; empty: all of it."""

    page_id: str
    page_url: str
    url: str
    snapshot: str
    method: Method
    source_path: str
    layer: Layer
    quote: str
    start: int | None
    end: int | None
    match: MatchKind
    verdict: Verdict
    part: str


class ConflictOut(msgspec.Struct, frozen=True, kw_only=True):
    """Another value that some source gave for the same field. `reason` says why the record's own stands before it;
    empty where that was not kept."""

    value: object
    evidence: list[EvidenceOut]
    reason: str = ""


class FormerOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a field said until a person corrected it, at `until`."""

    value: object
    verdict: Verdict
    until: str
    evidence: list[EvidenceOut]


class FieldOut(msgspec.Struct, frozen=True, kw_only=True):
    """A value with its proof. `supported` and `derived` ones are in the record's `values`, and those that a person gave
    (`user`). `methods` are all that gave the value: those that read it independently make it likelier. `history` is
    what the field said before it was corrected, newest first. `note` says why a page that seems to say a person's value
    is no witness of it: it says so `elsewhere`, or has the number in an `other_currency`; or that templates learned
    nothing from a correction, since earlier ones, or the proven place of another field, `contradicted` it."""

    value: object
    raw: str
    unit: str | None
    verdict: Verdict
    confidence: float
    methods: list[Method]
    evidence: list[EvidenceOut]
    conflicts: list[ConflictOut]
    history: list[FormerOut]
    note: Note | None


class CheckOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the record meets a condition of the goal, and why; `by` is `model` where rules could not tell."""

    condition: str
    field: str
    verdict: Meets
    reason: str
    by: CheckedBy


class RecordOut(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in the world. `values` is the record as plain data, `fields` every value with its proof; `checks` say
    of each condition of the goal whether it is met."""

    id: str
    position: int
    values: dict[str, object]
    fields: dict[str, FieldOut]
    sources: list[str]
    possible_duplicates: list[str]
    checks: list[CheckOut]
    evidence_url: str


class PartOut(msgspec.Struct, frozen=True, kw_only=True):
    """One value: an item of a list, a value within an item, or, with an empty `part`, the field's own."""

    part: str
    value: object
    verdict: Verdict
    evidence: list[EvidenceOut]


class ProofOut(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a field's value: each of its parts with the places that say it, the methods that gave it,
    the values that contradict it, and what it was before a person corrected it; `note` as in the record."""

    verdict: Verdict
    confidence: float
    methods: list[Method]
    parts: list[PartOut]
    conflicts: list[ConflictOut]
    history: list[FormerOut]
    note: Note | None


class RecordEvidenceOut(msgspec.Struct, frozen=True, kw_only=True):
    """The evidence of one record by field (`fields`), the same value by value (`values`), and the archived pages that
    it points into."""

    record_id: str
    fields: dict[str, list[EvidenceOut]]
    values: dict[str, ProofOut]
    pages: dict[str, str]


class PageOut(msgspec.Struct, frozen=True, kw_only=True):
    """An archived page. Evidence counts its offsets in `text`, `html` and the bodies of `responses`."""

    page_id: str
    url: str
    final_url: str
    outcome: FetchOutcome
    via: Via
    fetched_at: str
    status: int
    content_type: str
    title: str
    language: str
    snapshot: str
    text: str
    html: str
    responses: list[dict[str, str]]


class EventOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened in a job; `sequence` is its SSE id, from 1, without gaps."""

    sequence: int
    type: EventType
    at: str
    data: dict[str, object]


def render_record(record: Record, job_url: str) -> RecordOut:
    return RecordOut(
        id=record.id,
        position=record.position,
        values=dict(record.values()),
        fields={name: render_field(found, job_url) for name, found in record.fields.items()},
        sources=list(record.sources),
        possible_duplicates=list(record.possible_duplicates),
        checks=[render_check(check) for check in record.checks],
        evidence_url=f"{job_url}/records/{record.id}/evidence",
    )


def render_check(check: Check) -> CheckOut:
    return CheckOut(
        condition=check.condition, field=check.field, verdict=check.verdict, reason=check.reason, by=check.by
    )


def render_evidence(record: Record, job_url: str) -> RecordEvidenceOut:
    fields = {
        name: [render_proof(evidence, job_url) for evidence in found.evidence] for name, found in record.fields.items()
    }
    return RecordEvidenceOut(
        record_id=record.id,
        fields=fields,
        values={name: _proof(found, job_url) for name, found in record.fields.items()},
        pages={evidence.page_id: evidence.page_url for told in fields.values() for evidence in told},
    )


def _proof(found: FieldValue, job_url: str) -> ProofOut:
    return ProofOut(
        verdict=found.verdict,
        confidence=found.confidence,
        methods=list(found.families),
        parts=[
            PartOut(
                part=part.name,
                value=part.value,
                verdict=part.verdict,
                evidence=[render_proof(evidence, job_url) for evidence in part.evidence],
            )
            for part in parts_of(found)
        ],
        conflicts=_conflicts(found, job_url),
        history=_history(found, job_url),
        note=found.note or None,
    )


def render_page(page: Page) -> PageOut:
    return PageOut(
        page_id=page.id,
        url=page.url,
        final_url=page.final_url,
        outcome=page.outcome,
        via=page.via,
        fetched_at=iso_seconds(page.fetched_at),
        status=page.status,
        content_type=page.content_type,
        title=page.title,
        language=page.language,
        snapshot=page.snapshot,
        text=sayable(page.text),
        html=sayable(page.html),
        responses=[{"url": response.url, "body": sayable(response.body)} for response in page.responses],
    )


def sayable(text: str) -> str:
    """The text with a question mark for each lone surrogate, which UTF-8 cannot say. Every character keeps its place,
    since evidence counts in them."""
    return text.encode("utf-8", "replace").decode()


def render_event(event: RunEvent) -> EventOut:
    return EventOut(sequence=event.sequence, type=event.type, at=iso_seconds(event.at), data=event.data)


def render_field(found: FieldValue, job_url: str) -> FieldOut:
    return FieldOut(
        value=found.value,
        raw=found.raw,
        unit=found.unit or None,
        verdict=found.verdict,
        confidence=found.confidence,
        methods=list(found.families),
        evidence=[render_proof(evidence, job_url) for evidence in found.evidence],
        conflicts=_conflicts(found, job_url),
        history=_history(found, job_url),
        note=found.note or None,
    )


def _conflicts(found: FieldValue, job_url: str) -> list[ConflictOut]:
    return [
        ConflictOut(
            value=other.value,
            evidence=[render_proof(evidence, job_url) for evidence in other.evidence],
            reason=other.reason,
        )
        for other in found.conflicts
    ]


def _history(found: FieldValue, job_url: str) -> list[FormerOut]:
    return [
        FormerOut(
            value=former.value,
            verdict=former.verdict,
            until=iso_seconds(former.until),
            evidence=[render_proof(evidence, job_url) for evidence in former.evidence],
        )
        for former in found.history
    ]


def render_proof(evidence: Evidence, job_url: str) -> EvidenceOut:
    return EvidenceOut(
        page_id=evidence.page_id,
        page_url=f"{job_url}/pages/{evidence.page_id}",
        url=evidence.url,
        snapshot=evidence.snapshot,
        method=evidence.method,
        source_path=evidence.source_path,
        layer=evidence.layer,
        quote=evidence.quote,
        start=evidence.start,
        end=evidence.end,
        match=evidence.match,
        verdict=evidence.verdict,
        part=evidence.part,
    )
