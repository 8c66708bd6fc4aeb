"""Amounts of a thing that are not what it costs now: the price before a sale, and what is paid besides."""

from __future__ import annotations

from agent.extract.detail.cues import labelled_value
from agent.extract.detail.scene import Scene
from agent.extract.detail.shown_prices import HEARD, Seen, ShownPrices
from agent.extract.price_words import asks_for_old
from agent.extract.reading import FoundValue
from domain.evidence import Method
from domain.fields import Field


def other_amount(scene: Scene, field: Field) -> FoundValue | None:
    """What stands under the field's own name; of an earlier price also the one that is struck through or called one,
    where it is above what the thing costs now."""
    labelled = labelled_value(scene, field)
    if labelled is not None or not asks_for_old(field.name):
        return labelled
    shown = ShownPrices(scene)
    present = next((seen.amount for seen in shown.likeliest if not seen.is_old and seen.weight > HEARD), 0.0)
    earlier: dict[float, Seen] = {}
    for seen in shown.likeliest:
        if seen.is_earlier and seen.amount > present:
            earlier.setdefault(seen.amount, seen)
    if len(earlier) != 1:
        return None
    (seen,) = earlier.values()
    return FoundValue(raw=seen.text, method=Method.DETAIL, source_path=shown.path_of(seen))
