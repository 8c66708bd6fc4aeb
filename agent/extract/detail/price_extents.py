"""Whether the price of a thing is the lowest of several: by its data, or by the words that the page shows with it."""

from __future__ import annotations

from agent.extract.detail.scene import Scene
from agent.extract.detail.shown_prices import HEARD, Seen, ShownPrices, machine_amount
from agent.extract.price_words import words_beside
from agent.extract.reading import FoundValue
from domain.evidence import Method
from domain.extents import is_low_end


def extent_of_price(price: FoundValue, scene: Scene, shown: ShownPrices) -> str:
    """The price with its other end, where it is one of a range: "9.00 - 25.00", "from 9.00". Empty where it is one
    price, and where it was read from what the page shows: its own words are kept with that."""
    if price.method is Method.DETAIL or not isinstance(price.value, float):
        return ""
    told = _told_by_data(price.value, scene)
    return told or (f"from {price.raw}" if _is_shown_as_lowest(price, shown, scene) else "")


def _told_by_data(price: float, scene: Scene) -> str:
    for entity in scene.peers:
        for offer in entity.nested("offers"):
            low, high = offer.text("lowPrice"), offer.text("highPrice")
            if not low or machine_amount(low) != price:
                continue
            most = machine_amount(high) if high else None
            if most is None:
                return "" if offer.text("price") else f"from {low}"
            return f"{low} - {high}" if most > price else ""
    return ""


def _is_shown_as_lowest(price: FoundValue, shown: ShownPrices, scene: Scene) -> bool:
    """Whether every place that shows the price calls it the lowest."""
    same = [seen for seen in shown.likeliest if seen.amount == price.value and seen.weight > HEARD]
    return bool(same) and all(_is_called_lowest(seen, scene) for seen in same)


def _is_called_lowest(seen: Seen, scene: Scene) -> bool:
    before, after = words_beside(seen.element)
    head, _, tail = scene.texts.of(seen.element).partition(seen.text)
    return is_low_end(head if head.strip() else before, tail if tail.strip() else after)
