"""The price of the thing itself: votes of its data, its meta tags, scripts, and what stands in its buy box."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec

from agent.extract.currencies import are_two_currencies
from agent.extract.detail.ballot import MAX_CONFLICTS, Ballot, Vote
from agent.extract.detail.free import free_of
from agent.extract.detail.price_extents import extent_of_price
from agent.extract.detail.scene import Scene
from agent.extract.detail.shown_prices import HEARD, HIGHEST, Seen, ShownPrices, machine_amount
from agent.extract.detail.structured import properties_at
from agent.extract.embedded.entities import Entity, Property, present_prices
from agent.extract.reading import FoundValue
from domain.currencies import currency_of
from domain.evidence import Method
from domain.locales import locale_of
from domain.normal import LARGEST_AMOUNT
from domain.records import Value

MAX_OFFERS = 40  # of one entity; a shop with more sizes repeats its prices
SHOWN_VOTES = 12  # best elements heard
PLAIN = 2.0  # weight of an element called a price, in a buy box, near the name: little else has it
PLAINLY_MORE = 0.5  # than the element that shows the price of the page's data, if any does
CONTRADICTS = 1.2  # weight of a shown price that, where the price of the data is shown nowhere, contradicts it
ENOUGH = 0.8  # weight below which no price is told; one good element of the buy box has it

# Why a price stands before another.
SHOWN_IN_BOX = "the buy box plainly shows it"
TOLD_BY_DATA = "the page's data tell it of this thing, the other is only shown"

Units = defaultdict[float, Counter[str]]  # what currency each amount was given in, by how many
_SPECIFIED = "priceSpecification/price"
_CURRENCIES = ("priceCurrency", "priceSpecification/priceCurrency")
_OFFER_PRICES = ("price", _SPECIFIED, "lowPrice", "offers/price")

_META = re.compile(r"(?:(?:product|og|twitter):)?(?:sale_)?price(?::amount)?", re.I)
_STATE = re.compile(
    r"[\"']?(price|salePrice|currentPrice|finalPrice|priceAmount|product_?price|unitPrice|formattedPrice|displayPrice|"
    r"ecomm_totalvalue|value)[\"']?\s*[:=]\s*[\"']?\s*[$€£]?(\d{1,7}(?:[.,]\d{1,2})?)[\"']?\s*[,}\]\n;]",
    re.I,
)


def price_of(scene: Scene) -> FoundValue | None:
    """The price and its currency. A price that structured data gives stands before those that are only shown; these
    decide between several, and stand where there is none."""
    ballot = Ballot()
    units: Units = defaultdict(Counter)
    _hear_entities(scene, ballot, units)
    _hear_metas(scene, ballot)
    why = ""
    structured = ballot.values(Method.JSON_LD, Method.MICRODATA) or ballot.values(Method.OPENGRAPH)
    shown = ShownPrices(scene)
    likeliest = shown.likeliest
    if len(structured) != 1:
        _hear_scripts(scene, ballot)
        _hear_shown(scene, shown, likeliest, ballot, units)
        structured = ballot.values(Method.JSON_LD, Method.MICRODATA) or ballot.values(Method.OPENGRAPH)
    elif _is_outdated(structured[0], likeliest):
        why = SHOWN_IN_BOX
        _hear_shown(scene, shown, likeliest[:1], ballot, units)
        structured = [likeliest[0].amount]
    elif _is_contradicted(structured[0], likeliest):
        why = TOLD_BY_DATA
        _hear_shown(scene, shown, likeliest[:1], ballot, units)
    chosen = next(iter(structured or ballot.values()), None)
    if not isinstance(chosen, float) or ballot.weight(chosen) < ENOUGH:
        return free_of(scene)
    if not structured and (free := free_of(scene)) is not None:
        return free
    spoken = units[chosen] or sum(units.values(), Counter())
    unit = spoken.most_common(1)[0][0] if spoken else ""
    elected = ballot.elected(chosen, unit, why)
    return _with_other_currency(
        msgspec.structs.replace(elected, extent=extent_of_price(elected, scene, shown)), scene, shown
    )


def currency_of_price(scene: Scene) -> FoundValue | None:
    """The currency in which the price of the thing is told."""
    price = price_of(scene)
    if price is None or not price.unit:
        return None
    return msgspec.structs.replace(price, value=price.unit, unit="", conflicts=())


def _hear_entities(scene: Scene, ballot: Ballot, units: Units) -> None:
    for entity in scene.peers:
        offers = (entity.nested("offers") or (entity,))[:MAX_OFFERS]
        base = 3.0 if entity.method is Method.JSON_LD else 2.2
        for offer in offers:
            _hear_offer(offer, base / len(offers) ** 0.5, ballot, units)


def _hear_offer(offer: Entity, weight: float, ballot: Ballot, units: Units) -> None:
    for path in _OFFER_PRICES:
        for found in _prices_at(offer, path)[:MAX_OFFERS]:
            told = [currency for name in _CURRENCIES for currency in properties_at(offer, name)[:1]]
            amount = machine_amount(found.text, LARGEST_AMOUNT if told else HIGHEST)
            if amount is not None:
                ballot.add(amount, Vote(weight, found.text, offer.method, found.leaf.path, found.leaf.attribute))
                units[amount].update(currency.text.upper()[:3] for currency in told)
                return


def _prices_at(offer: Entity, path: str) -> Sequence[Property]:
    """The values at a property path; of several price specifications, those that no type calls an old price."""
    if path != _SPECIFIED:
        return properties_at(offer, path)
    return [found for each in present_prices(offer.nested("priceSpecification")) for found in each.all("price")]


def _hear_metas(scene: Scene, ballot: Ballot) -> None:
    if scene.metas is None:
        return
    for name, values in scene.metas.properties.items():
        if _META.fullmatch(name):
            weight = 2.0 if "sale" in name else 1.6
            for found in values:
                amount = machine_amount(found.text)
                if amount is not None:
                    ballot.add(amount, Vote(weight, found.text, Method.OPENGRAPH, found.path, "content"))


def _hear_scripts(scene: Scene, ballot: Ballot) -> None:
    """Prices in script data, however it is written. They are many and of all kinds: the more often, the more weight."""
    counts: Counter[tuple[str, str]] = Counter()
    for script in scene.root.iter("script"):
        if not script.get("src"):
            counts.update((key.lower(), amount) for key, amount in _STATE.findall(script.text or ""))
    for (key, raw), count in counts.items():
        amount = machine_amount(raw.replace(",", "."))
        if amount is not None and amount >= 1:
            weight = min(0.7, 0.12 * count) * (1.0 if "price" in key else 0.5)
            ballot.add(amount, Vote(weight, raw, Method.STATE))


def _is_outdated(amount: Value, shown: Sequence[Seen]) -> bool:
    """Whether the buy box plainly shows another price than the page's data tell: these may be of another day, or name
    the price from before a sale."""
    if not shown or shown[0].weight < PLAIN:
        return False
    same = next((seen.weight for seen in shown if seen.amount == amount), 0.0)
    return same <= shown[0].weight - PLAINLY_MORE


def _is_contradicted(amount: Value, shown: Sequence[Seen]) -> bool:
    """Whether the page shows what looks like the price of the thing, and nowhere the one that its data tell."""
    if not shown or shown[0].weight < CONTRADICTS:
        return False
    return all(seen.amount != amount or seen.weight <= HEARD for seen in shown)


def _with_other_currency(price: FoundValue, scene: Scene, shown: ShownPrices) -> FoundValue:
    """The price, in conflict with the same amount where the page shows that in another currency, and never in its
    own."""
    locale = locale_of(scene.locale)
    same = [seen for seen in shown.likeliest if seen.amount == price.value and seen.weight > HEARD]
    units = [currency_of(seen.text, locale) for seen in same]
    told = [(seen, unit) for seen, unit in zip(same, units, strict=True) if unit]
    if not told or not all(are_two_currencies(price.unit, unit, seen.text) for seen, unit in told):
        return price
    seen, unit = told[0]
    other = FoundValue(
        raw=seen.text, method=Method.DETAIL, source_path=shown.path_of(seen), value=seen.amount, unit=unit
    )
    why = price.chosen_for or TOLD_BY_DATA
    return msgspec.structs.replace(price, conflicts=(other, *price.conflicts)[:MAX_CONFLICTS], chosen_for=why)


def _hear_shown(scene: Scene, shown: ShownPrices, likeliest: Sequence[Seen], ballot: Ballot, units: Units) -> None:
    """What a price was before contradicts none that holds now, and is heard only where there is no other."""
    heard: Counter[float] = Counter()
    present = [seen for seen in likeliest if not seen.is_old and seen.weight > HEARD]
    for seen in (present or likeliest)[:SHOWN_VOTES]:
        if seen.weight > HEARD and heard[seen.amount] < 2:
            share = 1.0 if not heard[seen.amount] else 0.3
            ballot.add(seen.amount, Vote(seen.weight * share, seen.text, Method.DETAIL, shown.path_of(seen)))
            heard[seen.amount] += 1
            if unit := currency_of(seen.text, locale_of(scene.locale)) or seen.unit:
                units[seen.amount][unit] += 1
