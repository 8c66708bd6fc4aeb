"""The price of the thing itself: votes of its data, its meta tags, scripts, and what stands in its buy box."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

import lxml.html

from agent.extract.detail.ballot import Ballot, Vote
from agent.extract.detail.scene import Scene
from agent.extract.detail.structured import properties_at
from agent.extract.embedded.entities import Entity
from agent.extract.reading import FoundValue
from domain.evidence import Method
from domain.fields import Field, FieldKind
from domain.locales import locale_of
from domain.normal import currency_of, normalise
from domain.recognise import recognise

MAX_OFFERS = 40  # of one entity; a shop with more sizes repeats its prices
MAX_SHOWN = 60  # characters of an element that shows a price: more is a sentence about one
SHOWN_VOTES = 12  # best elements heard
HIGHEST = Decimal(10) ** 7  # above, it is an id
LIST_LEVELS = 9  # elements between a price and the list item that it is in
LIST_ITEMS = 3
REPEATED_COST = 0.35  # for one other amount of the same make, twice for more
ENOUGH = 0.8  # weight below which no price is told; one good element of the buy box has it

Units = defaultdict[float, Counter[str]]  # what currency each amount was given in, by how many
_Seen = tuple[float, float, str, lxml.html.HtmlElement]
_FIELD = Field(name="price", kind=FieldKind.PRICE)
_OFFER_PRICES = ("price", "priceSpecification/price", "lowPrice", "offers/price")

_OLD = re.compile(
    r"\b(?:old|was|strike(?:d|through)?|crossed|list|rrp|msrp|uvp|compare|regular|original|before|save|savings?|"
    r"discount|shipping|delivery|versand|installments?|month(?:ly)?|unit|per|from|total|subtotal|cart|basket|minicart|"
    r"range|gift|coupon|reward|points|used|trade|wasprice|tax|excl|net(?:to)?)\b",
    re.I,
)
_NOW = re.compile(
    r"\b(?:prices?|preis|prix|prezzo|precio|cena|amount|current|now|sale|final|our|offer|buy|special|main)\b", re.I
)
_PRICE_CLASS = re.compile(r"\b(?:price|preis|prix|prezzo|precio|cena|pris|prijs|fiyat)\b", re.I)
_OTHER_THINGS = re.compile(
    r"\b(?:related|recommend\w*|similar|carousel|upsell|cross sell|also|accessor\w*|bundle|footer|nav|header|menu|"
    r"sidebar|recently|viewed|suggest\w*|sponsored|slider|swiper|slick|tile|grid|list item|compar\w*|swatch\w*|"
    r"thumb)\b",
    re.I,
)
_BUY_BOX = re.compile(r"\b(?:product|pdp|buybox|buy|details?|summary|main|item info|purchase)\b", re.I)
_STRUCK = frozenset({"del", "s", "strike"})
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[_\-]+")

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
    structured = ballot.values(Method.JSON_LD, Method.MICRODATA) or ballot.values(Method.OPENGRAPH)
    if len(structured) != 1:
        _hear_scripts(scene, ballot)
        _hear_shown(scene, ballot, units)
        structured = ballot.values(Method.JSON_LD, Method.MICRODATA) or ballot.values(Method.OPENGRAPH)
    chosen = next(iter(structured or ballot.values()), None)
    if not isinstance(chosen, float) or ballot.weight(chosen) < ENOUGH:
        return None
    spoken = units[chosen] or sum(units.values(), Counter())
    unit = spoken.most_common(1)[0][0] if spoken else ""
    return ballot.elected(chosen, unit)


def machine_amount(text: str) -> float | None:
    """An amount as data writes it: "1299.00"; else as people do."""
    try:
        amount = Decimal(text.strip().replace(" ", ""))
    except InvalidOperation:
        return shown_amount(text, "")
    return float(amount) if 0 < amount < HIGHEST else None


def shown_amount(text: str, locale: str) -> float | None:
    normal = normalise(text, _FIELD, locale=locale)
    if normal is None or not isinstance(normal.value, int | float):
        return None
    return float(normal.value) if 0 < normal.value < HIGHEST else None


def _hear_entities(scene: Scene, ballot: Ballot, units: Units) -> None:
    for entity in scene.peers:
        offers = (entity.nested("offers") or (entity,))[:MAX_OFFERS]
        base = 3.0 if entity.method is Method.JSON_LD else 2.2
        for offer in offers:
            _hear_offer(offer, base / len(offers) ** 0.5, ballot, units)


def _hear_offer(offer: Entity, weight: float, ballot: Ballot, units: Units) -> None:
    for path in _OFFER_PRICES:
        for found in properties_at(offer, path)[:MAX_OFFERS]:
            amount = machine_amount(found.text)
            if amount is not None:
                ballot.add(amount, Vote(weight, found.text, offer.method, found.leaf.path, found.leaf.attribute))
                for name in ("priceCurrency", "priceSpecification/priceCurrency"):
                    units[amount].update(currency.text.upper()[:3] for currency in properties_at(offer, name)[:1])
                return


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


def _hear_shown(scene: Scene, ballot: Ballot, units: Units) -> None:
    tree = scene.root.getroottree()
    shown = _less_what_repeats(list(_shown(scene)))
    shown = sorted(shown, key=lambda seen: -seen[0])[:SHOWN_VOTES]
    heard: Counter[float] = Counter()
    for weight, amount, text, element in shown:
        if weight > 0.45 and heard[amount] < 2:
            share = 1.0 if not heard[amount] else 0.3
            ballot.add(amount, Vote(weight * share, text, Method.DETAIL, tree.getpath(element)))
            heard[amount] += 1
            if unit := currency_of(text, locale_of(scene.locale)):
                units[amount][unit] += 1


def _shown(scene: Scene) -> Iterator[_Seen]:
    """(weight, amount, text, element) of every element that shows a price and little else."""
    heading_at = scene.order.get(scene.heading, 0) if scene.heading is not None else len(scene.order) // 4
    around = _Surroundings()
    for element, text in short_texts(scene.root):
        if not any(map(str.isdigit, text)):
            continue
        said = around.words_of(element)
        span = recognise(FieldKind.PRICE, text)
        is_price_class = bool(_PRICE_CLASS.search(said))
        if span is None and not (is_price_class and len(text) < 20):
            continue
        amount = shown_amount(span.text if span else text, scene.locale)
        if amount is None:
            continue
        weight = _weight(element, text, said, around) + 0.5 * (span is not None) + 0.5 * is_price_class
        distance = scene.order[element] - heading_at
        near = 0.5 if 0 <= distance < 150 else 0.3 if 0 <= distance < 400 else 0.1 if -150 < distance < 0 else -0.2
        yield weight + near, amount, span.text if span else text, element


def _weight(element: lxml.html.HtmlElement, text: str, said: str, around: _Surroundings) -> float:
    """What an element and those around it say for or against its being the price of the thing, today, for one."""
    nearest = around.above(element, 3)
    everything = around.above(element, 60)
    struck = element.tag in _STRUCK or any(up.tag in _STRUCK for up in list(element.iterancestors())[:4])
    weight = 0.25 + 0.2 * bool(_NOW.search(said)) + 0.2 * bool(_PRICE_CLASS.search(nearest))
    weight -= 0.8 * (struck or bool(_OLD.search(said)))
    weight -= 0.25 * bool(_OLD.search(nearest)) + 0.4 * bool(_OLD.search(text))
    weight -= 0.55 * bool(_OTHER_THINGS.search(everything))
    weight += 0.2 * bool(_BUY_BOX.search(everything))
    weight -= 0.5 * _is_one_of_many(element)
    return weight + 0.1 * bool(element.get("data-price") or element.get("content"))


def _less_what_repeats(shown: list[_Seen]) -> list[_Seen]:
    """The same, with less weight for prices of which there are several of the same make: the price of the thing has a
    place of its own, those of other things and sizes are set alike."""
    amounts: dict[tuple[str, str, str], set[float]] = {}
    for _, amount, _, element in shown:
        amounts.setdefault(_make(element), set()).add(amount)
    return [
        (weight - REPEATED_COST * min(2, len(amounts[_make(element)]) - 1), amount, text, element)
        for weight, amount, text, element in shown
    ]


def _make(element: lxml.html.HtmlElement) -> tuple[str, str, str]:
    parent = element.getparent()
    around = parent.get("class") or "" if parent is not None else ""
    return str(element.tag), element.get("class") or "", around


def _is_one_of_many(element: lxml.html.HtmlElement) -> bool:
    """Whether a price stands in a link, or in an item of a list: those are other things, sizes or sellers."""
    for up, _ in zip((element, *element.iterancestors()), range(LIST_LEVELS), strict=False):
        if up.tag == "a" and up.get("href"):
            return True
        if up.tag == "li":
            parent = up.getparent()
            return parent is not None and sum(1 for item in parent if item.tag == "li") >= LIST_ITEMS
    return False


def short_texts(root: lxml.html.HtmlElement) -> Iterator[tuple[lxml.html.HtmlElement, str]]:
    """Every element whose whole text is short, with that text."""
    for element in root.iter():
        tag = element.tag
        if not isinstance(tag, str) or tag in ("script", "style", "noscript", "template", "html", "body", "head"):
            continue
        if len(element) > 12:  # many children: a container
            continue
        text = " ".join("".join(element.itertext()).split())
        if text and len(text) <= MAX_SHOWN:
            yield element, text


class _Surroundings:
    """The words of classes and ids of elements, read once each."""

    def __init__(self) -> None:
        self._words: dict[lxml.html.HtmlElement, str] = {}

    def words_of(self, element: lxml.html.HtmlElement) -> str:
        said = self._words.get(element)
        if said is None:
            names = (element.get(name, "") for name in ("class", "id", "itemprop", "data-testid", "data-test"))
            said = _SEPARATORS.sub(" ", _CAMEL.sub(" ", " ".join(names))) + f" {element.tag}"
            self._words[element] = said
        return said

    def above(self, element: lxml.html.HtmlElement, levels: int) -> str:
        return " ".join(self.words_of(up) for up, _ in zip(element.iterancestors(), range(levels), strict=False))
