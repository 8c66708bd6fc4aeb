"""Amounts of a thing that are not what it costs now: the price before a sale, and what is paid besides."""

from __future__ import annotations

from agent.extract.detail.cues import labelled_value
from agent.extract.detail.price import MAX_OFFERS, machine_amount
from agent.extract.detail.scene import Scene
from agent.extract.detail.shown_prices import HEARD, Seen, ShownPrices
from agent.extract.embedded.entities import Entity, Property, present_prices
from agent.extract.price_words import asks_for_old
from agent.extract.reading import FoundValue
from domain.evidence import Method
from domain.fields import Field
from domain.normal import LARGEST_AMOUNT


def other_amount(scene: Scene, field: Field) -> FoundValue | None:
    """What stands under the field's own name; of an earlier price also the one that is struck through or called one,
    where it is above what the thing costs now."""
    labelled = labelled_value(scene, field)
    if labelled is not None or not asks_for_old(field.name):
        return labelled
    return _specified(scene) or _shown(scene)


def _specified(scene: Scene) -> FoundValue | None:
    """The one price that the thing's data specify as that from before, or as what its maker would like."""
    told: dict[str, FoundValue] = {}
    for entity in scene.peers:
        offers = (entity.nested("offers") or (entity,))[:MAX_OFFERS]
        specified = [each for offer in offers for each in offer.nested("priceSpecification")]
        present = {id(each) for each in present_prices(specified)}
        for each in specified:
            if id(each) in present:
                continue
            for found in each.all("price")[:1]:
                if machine_amount(found.text, LARGEST_AMOUNT) is not None:
                    unit = each.text("priceCurrency").upper()[:3]
                    told.setdefault(found.text, _of_data(found, entity, unit))
    return next(iter(told.values())) if len(told) == 1 else None


def _of_data(found: Property, entity: Entity, unit: str) -> FoundValue:
    return FoundValue(
        raw=found.text,
        value=machine_amount(found.text, LARGEST_AMOUNT),
        unit=unit,
        method=entity.method,
        source_path=found.leaf.path,
        attribute=found.leaf.attribute,
    )


def _shown(scene: Scene) -> FoundValue | None:
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
