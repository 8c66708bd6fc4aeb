"""What a template has been right on so far says how far its next reading may be believed."""

from __future__ import annotations

import msgspec

from agent.extract.confidence import MOST
from domain.evidence import Method
from domain.records import Candidate, FieldValue, is_told
from domain.templates import Template


def believed(candidates: tuple[Candidate, ...], template: Template) -> tuple[Candidate, ...]:
    """The candidates, with the values that the template read as likely as its history makes them. The table of the
    other methods has no say: it knows no template."""
    confidence = confidence_after(template.proofs)

    def judged(found: FieldValue) -> FieldValue:
        by_template = is_told(found) and any(each.method is Method.TEMPLATE for each in found.evidence)
        return msgspec.structs.replace(found, confidence=confidence) if by_template else found

    return tuple(
        msgspec.structs.replace(each, fields={name: judged(found) for name, found in each.fields.items()})
        for each in candidates
    )


def confidence_after(proofs: int) -> float:
    """Laplace's rule of succession: right on so many pages and wrong on none, right on the next."""
    return round(min(MOST, (proofs + 1) / (proofs + 2)), 3)
