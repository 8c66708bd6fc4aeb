"""What a record claims of its pages, one claim for each value with each place that is said to tell it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from domain.dates import tag_by_dates
from domain.evidence import Evidence, Layer, Method, Verdict
from domain.fields import Field, make_field
from domain.folding import fold
from domain.fusion import said_by
from domain.grounding import MAX_QUOTE, ground, recheck
from domain.normal import normalise
from domain.pages import Page
from domain.records import FieldValue, Record, Value, is_told

_PART = re.compile(r"\[(\d+)\](?:\.(.+))?")
_CUT_OFF = ("…", "...")


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """`value` is the one that `part` of the record's field names: an item of a list, a value within an item, else the
    whole; `field` is what that value is read as."""

    record_id: str
    field_name: str
    field: Field
    part: str
    value: Value
    evidence: Evidence


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A value within a field's value, and the places that are said to tell it. `name` is empty for the whole."""

    name: str
    value: Value
    verdict: Verdict
    evidence: tuple[Evidence, ...]


def parts_of(found: FieldValue) -> tuple[Part, ...]:
    """The items of a list and the values within them one by one; any other value whole."""
    by_name: dict[str, list[Evidence]] = {}
    for proof in found.evidence:
        by_name.setdefault(proof.part, []).append(proof)
    return tuple(
        Part(name=name, value=_value_at(found.value, name), verdict=_verdict(found, proofs), evidence=tuple(proofs))
        for name, proofs in (by_name or {"": []}).items()
    )


def _verdict(found: FieldValue, proofs: list[Evidence]) -> Verdict:
    verdicts = {proof.verdict for proof in proofs}
    if found.verdict in verdicts or not verdicts:
        return found.verdict
    return next(verdict for verdict in Verdict if verdict in verdicts)


def _value_at(value: Value, part: str) -> Value:
    place = _PART.fullmatch(part)
    if place is None or not isinstance(value, list) or int(place[1]) >= len(value):
        return value
    item = value[int(place[1])]
    return item.get(place[2], item) if place[2] and isinstance(item, dict) else item


def _field_at(field: Field, part: str) -> Field:
    place = _PART.fullmatch(part)
    name = place[2] if place else None
    if not name:
        return field
    return next((child for child in field.children if child.name == name), None) or make_field(name)


def claims_of(record: Record, fields: Mapping[str, Field]) -> Iterator[Claim]:
    """Of the values that the record tells. What a person says without a page is no claim of any page."""
    for name, found in record.fields.items():
        if not is_told(found):
            continue
        field = fields.get(name) or make_field(name)
        for part in parts_of(found):
            for proof in part.evidence:
                if proof.verdict in {Verdict.SUPPORTED, Verdict.DERIVED}:
                    yield Claim(
                        record_id=record.id,
                        field_name=name,
                        field=_field_at(field, part.name),
                        part=part.name,
                        value=part.value,
                        evidence=proof,
                    )


def holds(claim: Claim, page: Page) -> bool:
    """Whether the page says today what the claim says it does, by the grounding that gave the claim its verdict."""
    proof = claim.evidence
    if proof.method is Method.PAGE:
        return _is_of_page(proof, page)
    source = page.html if proof.layer is not Layer.RESPONSE else "\n".join(each.body for each in page.responses)
    if not _stands(proof, page.text if proof.layer is Layer.TEXT else source):
        return False
    tag = tag_by_dates(page.language, page.final_url or page.url, page.text)
    values = claim.value if isinstance(claim.value, list) else [claim.value]
    return any(
        recheck(proof, value, claim.field, page.text, source, locale=tag) is proof.verdict
        or _is_beginning(proof, value)
        or _says_the_same(proof, value, claim.field, tag)
        or _grounds_again(proof, value, claim.field, page, tag)
        for value in values
    )


def _is_of_page(proof: Evidence, page: Page) -> bool:
    """A value that is a whole form of the page, or follows from it, stands with its archive."""
    return proof.start is None or _stands(proof, page.text if proof.layer is Layer.TEXT else page.html)


def _stands(proof: Evidence, layer: str) -> bool:
    return proof.start is not None and layer[proof.start : proof.end][:MAX_QUOTE] == proof.quote != ""


def _is_beginning(proof: Evidence, value: Value) -> bool:
    """A source that cuts its text off tells the beginning of the value that it was joined with."""
    beginning = fold(proof.quote.rstrip().rstrip(".…"))
    return proof.quote.rstrip().endswith(_CUT_OFF) and bool(beginning) and fold(str(value)).startswith(beginning)


def _says_the_same(proof: Evidence, value: Value, field: Field, tag: str) -> bool:
    """A source that writes the value with other signs was joined with it, and has its own words for a quote."""
    normal = normalise(proof.quote, field, base_url=proof.url, locale=tag)
    return normal is not None and said_by(normal.value, field.kind) == said_by(value, field.kind)


def _grounds_again(proof: Evidence, value: Value, field: Field, page: Page, tag: str) -> bool:
    """The search that gave the claim its verdict, from where it found it."""
    again = ground(
        value,
        proof.quote,
        field,
        page,
        method=proof.method,
        layer_hint=proof.layer,
        near=proof.start or 0,
        locale=tag,
    )
    return (again.layer, again.start, again.verdict) == (proof.layer, proof.start, proof.verdict)
