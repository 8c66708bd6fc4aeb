"""What a person puts right in a record, and what becomes of it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

import msgspec

from domain.currencies import currency_of
from domain.evidence import Evidence, MatchKind, Method, Verdict
from domain.fields import Field, FieldKind
from domain.grounding import ground
from domain.locales import locale_of, tag_of_page
from domain.normal import Normal, normalise
from domain.pages import Page
from domain.records import MAX_CONFLICTS, FieldValue, Former, Note, Record, Value, is_told
from domain.records import Conflict as Contradiction
from domain.stretches import Rows, cut_to, layer_of, stretches_of

BESIDE = 8  # characters around a number in which its currency stands: "10.50 dollars"
# Up to another number, a line's end or a cell's: what lies beyond is of something else.
_BEFORE = re.compile(r"[^\d\n\t]*$")
_BEHIND = re.compile(r"[^\d\n\t]*")
MAX_HISTORY = 20  # former values of a field: more corrections of one value are no history, but a quarrel


class LessonState(StrEnum):
    """Whether templates have learned from a correction."""

    NONE = "none"  # no archived page says the value: there is no place to learn
    DUE = "due"  # the next run that reads the site learns it first
    LEARNED = "learned"
    HELD = "held"  # contradicted: nothing is learned until more corrections ask for it than contradict it
    REFUSED = "refused"  # its page shows no place that others of its kind could have


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A field as a person wants it: text as a page would have it, a number, or a list of such.

    `rows` say of each page that tells of several records where it tells of this one; the others are its own all over.
    `unit` is the currency that pages gave the field: that of a price which stands there without a sign.
    """

    field: Field
    value: Value
    rows: dict[str, tuple[Rows, ...]] = {}
    unit: str = ""


class Grounded(msgspec.Struct, frozen=True, kw_only=True):
    """A wish in its normal form, with the place in a page that says it. `found` None: it is no value of its field."""

    found: FieldValue | None = None


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """`found` is the field's new value, its history included. `page_id` and `site` name the page that says it."""

    run_id: str
    record_id: str
    field: str
    found: FieldValue
    lesson: LessonState
    page_id: str = ""
    site: str = ""


def grounded(wish: Wish, pages: tuple[Page, ...]) -> Grounded:
    """Looks for a wished value where these pages tell of the record, the first before the others. What none says there
    is the person's word, also where a page says it of something else."""
    items = wish.value if isinstance(wish.value, list) else [wish.value]
    read = [_item(item, wish, pages) for item in items]
    if not read or None in read:
        return Grounded()
    told = [each for each in read if each is not None]
    proofs = tuple(
        msgspec.structs.replace(proof, part=f"[{place}]") if wish.field.many else proof
        for place, each in enumerate(told)
        for proof in each.evidence
    )
    verdicts = {each.verdict for each in told}
    worst = next(verdict for verdict in (Verdict.USER, Verdict.DERIVED, Verdict.SUPPORTED) if verdict in verdicts)
    first = told[0]
    return Grounded(
        found=FieldValue(
            value=[each.value for each in told] if wish.field.many else first.value,
            verdict=worst,
            evidence=proofs,
            raw=first.raw if not wish.field.many else "",
            unit=first.unit,
            confidence=1.0,
            note=next((each.note for each in told if each.note), Note.NONE),
        )
    )


def _item(value: Value, wish: Wish, pages: tuple[Page, ...]) -> FieldValue | None:
    """One value, normal by the locale of the page that says it, else by that of the first."""
    plain = None
    note = Note.NONE
    raw = _spelled(value)
    for page in pages:
        tag = tag_of_page(page.language, page.final_url or page.url)
        normal = normalise(raw, wish.field, base_url=page.final_url or page.url, locale=tag)
        if normal is None:
            continue
        plain = plain or FieldValue(
            value=normal.value, verdict=Verdict.USER, evidence=(), raw=raw, unit=normal.unit, confidence=1.0
        )
        rows = wish.rows.get(page.id)
        for proof in _proofs(normal, raw, wish.field, page, rows, tag):
            unit = normal.unit or _unit_at(proof, page, tag) or wish.unit
            if _is_in_unit(proof, page, tag, normal.unit, wish):
                return FieldValue(
                    value=normal.value,
                    verdict=proof.verdict,
                    evidence=(proof,),
                    raw=proof.quote,
                    unit=unit if wish.field.kind is FieldKind.PRICE else normal.unit,
                    confidence=1.0,
                )
            note = Note.OTHER_CURRENCY
        if rows is not None and not note:
            anywhere = ground(normal.value, raw, wish.field, page, method=Method.USER, locale=tag)
            if anywhere.match is not MatchKind.NONE:
                is_same = _is_in_unit(anywhere, page, tag, normal.unit, wish)
                note = Note.ELSEWHERE if is_same else Note.OTHER_CURRENCY
    return msgspec.structs.replace(plain, note=note) if plain else None


def _spelled(value: Value) -> str:
    """A number as a page would have it: with its digits, whatever its size."""
    return f"{Decimal(repr(value)):f}" if isinstance(value, float) else str(value)


def _proofs(
    normal: Normal, raw: str, field: Field, page: Page, rows: Sequence[Rows] | None, tag: str
) -> Iterator[Evidence]:
    """The places of a page that tell of the record and say the value: one for each stretch."""
    if rows is None:
        proof = ground(normal.value, raw, field, page, method=Method.USER, locale=tag)
        if proof.match is not MatchKind.NONE:
            yield proof
        return
    for stretch in stretches_of(page, rows):
        proof = ground(
            normal.value, raw, field, cut_to(page, stretch), method=Method.USER, layer_hint=stretch.layer, locale=tag
        )
        if proof.start is not None and proof.end is not None:
            yield msgspec.structs.replace(
                proof, start=proof.start + stretch.begin, end=proof.end + stretch.begin, snapshot=page.snapshot
            )


def _unit_at(proof: Evidence, page: Page, tag: str) -> str:
    """The currency that a page gives the number at this place: of the words themselves, or right before or behind."""
    if proof.start is None or proof.end is None:
        return ""
    text, locale = layer_of(page, proof.layer), locale_of(tag)
    before = _BEFORE.search(text[max(0, proof.start - BESIDE) : proof.start])
    behind = _BEHIND.match(text[proof.end : proof.end + BESIDE])
    around = (proof.quote, before[0] if before else "", behind[0] if behind else "")
    return next((unit for each in around if (unit := currency_of(each, locale))), "")


def _is_in_unit(proof: Evidence, page: Page, tag: str, unit: str, wish: Wish) -> bool:
    """Whether what stands there is in the currency that the person named, where they named one."""
    if not unit or wish.field.kind is not FieldKind.PRICE:
        return True
    return unit == (_unit_at(proof, page, tag) or wish.unit)


def replaced(record: Record, name: str, found: FieldValue, at: dt.datetime) -> FieldValue:
    """The field's new value, with what it said before as its history and the contradictions it had."""
    old = record.fields.get(name)
    if old is None:
        return found
    former = Former(value=old.value, verdict=old.verdict, until=at, evidence=old.evidence, raw=old.raw, unit=old.unit)
    return msgspec.structs.replace(
        found,
        conflicts=old.conflicts,
        history=(former, *old.history)[:MAX_HISTORY],
    )


def corrected(record: Record, corrections: Mapping[str, FieldValue]) -> Record:
    """The record with these fields in the place of its own. What pages say against them stays beside them."""
    if not corrections:
        return record
    beside = {name: _beside(found, record.fields.get(name)) for name, found in corrections.items()}
    return msgspec.structs.replace(record, fields={**record.fields, **beside})


def overlaid(record: Record, corrections: Mapping[str, Mapping[str, FieldValue]], ids: Collection[str]) -> Record:
    """The record with all that was put right in it, also while it went by another id: before it was merged with what
    came in front of it. `corrections` are by record and field, `ids` those of all records of the run."""
    told: dict[str, FieldValue] = {}
    for id_ in (*(member.id for member in reversed(record.members)), record.id):
        if id_ == record.id or id_ not in ids:
            told |= corrections.get(id_, {})
    return corrected(record, told)


def _beside(found: FieldValue, merged: FieldValue | None) -> FieldValue:
    if merged is None:
        return found
    known = [found.value, *(each.value for each in (*found.conflicts, *found.history))]
    offers = [Contradiction(value=merged.value, evidence=merged.evidence)] if is_told(merged) else []
    conflicts = list(found.conflicts)
    for offer in (*offers, *merged.conflicts):
        if offer.value not in known:
            known.append(offer.value)
            conflicts.append(offer)
    return msgspec.structs.replace(found, conflicts=tuple(conflicts[:MAX_CONFLICTS]))


def proof_of(found: FieldValue) -> Evidence | None:
    """The place that says it first."""
    return next((proof for proof in found.evidence if proof.verdict is not Verdict.UNSUPPORTED), None)
