"""The items of a list as one value."""

from __future__ import annotations

from collections.abc import Sequence

from domain.evidence import Evidence, Method, Verdict
from domain.records import FieldValue, Value


def list_value(
    items: Sequence[Value],
    proofs: Sequence[Evidence],
    sure: Sequence[float],
    *,
    raw: str = "",
    agreeing: tuple[Method, ...] = (),
) -> FieldValue | None:
    """Supported where the page says all that is in it, as likely as the least likely of its parts; None without items.
    `proofs` name the parts that they prove, `sure` are confidences from 0 to 1."""
    if not items:
        return None
    all_said = all(proof.verdict is Verdict.SUPPORTED for proof in proofs)
    return FieldValue(
        value=list(items),
        verdict=Verdict.SUPPORTED if all_said else Verdict.DERIVED,
        evidence=tuple(proofs),
        raw=raw,
        confidence=min(sure),
        agreeing=agreeing,
    )
