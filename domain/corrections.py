"""What a person puts right in a record, and what becomes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from domain.evidence import Evidence, MatchKind, Method, Verdict
from domain.fields import Field
from domain.grounding import ground
from domain.locales import tag_of_page
from domain.normal import normalise
from domain.pages import Page
from domain.records import FieldValue, Former, Record, Value

MAX_HISTORY = 20  # former values of a field: more corrections of one value are no history, but a quarrel


class LessonState(StrEnum):
    """Whether templates have learned from a correction."""

    NONE = "none"  # no archived page says the value: there is no place to learn
    DUE = "due"  # the next run that reads the site learns it first
    LEARNED = "learned"
    REFUSED = "refused"  # its page shows no place that others of its kind could have


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A field as a person wants it: text as a page would have it, a number, or a list of such. `near` says where in
    each page's text the record begins: the same words in an earlier row are not its own."""

    field: Field
    value: Value
    near: dict[str, int] = {}


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
    """Looks for a wished value in these pages, the first before the others. What none says is the person's word."""
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
        )
    )


def _item(value: Value, wish: Wish, pages: tuple[Page, ...]) -> FieldValue | None:
    """One value, normal by the locale of the page that says it, else by that of the first."""
    plain = None
    for page in pages:
        tag = tag_of_page(page.language, page.final_url or page.url)
        base_url = page.final_url or page.url
        normal = normalise(str(value), wish.field, base_url=base_url, locale=tag)
        if normal is None:
            continue
        plain = plain or FieldValue(
            value=normal.value, verdict=Verdict.USER, evidence=(), raw=str(value), unit=normal.unit, confidence=1.0
        )
        near = wish.near.get(page.id, 0)
        proof = ground(normal.value, str(value), wish.field, page, method=Method.USER, near=near, locale=tag)
        if proof.match is not MatchKind.NONE:
            return FieldValue(
                value=normal.value,
                verdict=proof.verdict,
                evidence=(proof,),
                raw=proof.quote,
                unit=normal.unit,
                confidence=1.0,
            )
    return plain


def replaced(record: Record, name: str, found: FieldValue, at: dt.datetime) -> FieldValue:
    """The field's new value, with what it said before as its history and the contradictions it had."""
    old = record.fields.get(name)
    if old is None:
        return found
    former = Former(value=old.value, verdict=old.verdict, until=at, evidence=old.evidence, raw=old.raw, unit=old.unit)
    return msgspec.structs.replace(
        found,
        unit=found.unit or (old.unit if isinstance(found.value, int | float) else ""),
        conflicts=old.conflicts,
        history=(former, *old.history)[:MAX_HISTORY],
    )


def corrected(record: Record, corrections: Mapping[str, FieldValue]) -> Record:
    """The record with these fields in the place of its own."""
    return msgspec.structs.replace(record, fields={**record.fields, **corrections}) if corrections else record


def proof_of(found: FieldValue) -> Evidence | None:
    """The place that says it first."""
    return next((proof for proof in found.evidence if proof.verdict is not Verdict.UNSUPPORTED), None)
