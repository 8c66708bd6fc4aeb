"""The prices that a page shows, by how much says of each that it is the price of the thing, today, for one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import NamedTuple

import lxml.html

from agent.extract.beside import has_link_before
from agent.extract.definitions import Pair
from agent.extract.detail.scene import Scene
from agent.extract.detail.taken_off import amounts_before
from agent.extract.detail.texts import ShownTexts
from agent.extract.hidden import hides, is_hidden
from agent.extract.price_words import (
    OLD_NAMES,
    ToldPrice,
    is_beside_price,
    is_earlier,
    is_old_element,
    is_said_otherwise,
    is_struck,
    is_within_struck,
    names_other_amount,
    says_old,
    says_untaxed,
    told_price,
    words_beside,
)
from agent.extract.vocabulary import concepts_of
from agent.extract.xpaths import xpath_of
from domain.currencies import currency_of_heading
from domain.extents import opens_range
from domain.fields import Field, FieldKind
from domain.locales import locale_of
from domain.money import find_price
from domain.normal import normalise

MAX_SEEN = 500  # elements that show prices, from the top: a page of more lists other things
HIGHEST = Decimal(10) ** 7  # above, an amount without a currency is an id
LIST_LEVELS = 9  # elements between a price and the list item that it is in
LIST_ITEMS = 3
INNER_LEVELS = 30  # elements between one that shows a price and the innermost that does
HEARD = 0.45  # weight below which a shown price says nothing
REPEATED_COST = 0.35  # for one other amount of the same make, twice for more
HIDDEN_COST = 0.6  # any other price of a buy box stands before one that the page does not show

EARLIER_COST = 0.8  # of a price that a shown percentage was taken off
LED_TO_COST = 1.0  # behind a link, and not beside the heading: it may be the price of what that leads to
OTHER_AMOUNT_COST = 1.0  # a caption that is no name of a price says what else an amount is
_PRICE_LABELS = frozenset({"price", "currency"})

_FIELD = Field(name="price", kind=FieldKind.PRICE)
_OLD = re.compile(
    rf"\b(?:{OLD_NAMES}|list|save|savings?|discount|shipping|delivery|versand|installments?|"
    r"month(?:ly)?|unit|per|from|total|subtotal|cart|basket|minicart|range|gift|coupon|reward|points|used|trade|"
    r"wasprice|tax|excl|net(?:to)?)\b",
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
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[_\-]+")


class Seen(NamedTuple):
    """An element that shows a price and little else. `weight`: how much says that it is the price of the thing.
    `is_old`: it stands struck, or its words call it an earlier one or an amount beside the price. What classes say is
    less sure: some call the price itself "old". `is_earlier`: by anything, it is one from before a sale. `unit` is the
    currency (ISO 4217) that its caption tells, if any."""

    weight: float
    amount: float
    text: str
    element: lxml.html.HtmlElement
    is_old: bool = False
    is_earlier: bool = False
    unit: str = ""


class ShownPrices:
    """`likeliest` are the prices that the page shows, likeliest first."""

    def __init__(self, scene: Scene) -> None:
        self._texts = scene.texts
        seen = list(islice(_shown(scene), MAX_SEEN))
        ranked = sorted(_less_what_repeats(seen), key=lambda each: -each.weight)
        before = amounts_before(scene, [each.amount for each in ranked if each.weight > HEARD])
        now = [each._replace(weight=each.weight - EARLIER_COST) if each.amount in before else each for each in ranked]
        self.likeliest = sorted(now, key=lambda each: -each.weight)

    def path_of(self, seen: Seen) -> str:
        """Where a price stands. The elements around it, which were heard for it, may hold another thing's name."""
        inner = seen.element
        for deeper in _down_to(self._texts, seen.element, seen.text):
            inner = deeper
        return xpath_of(inner)


def shown_amount(text: str, locale: str) -> float | None:
    normal = normalise(text, _FIELD, locale=locale)
    if normal is None or not isinstance(normal.value, int | float) or normal.value <= 0:
        return None
    return float(normal.value) if normal.value < HIGHEST or find_price(text, locale) is not None else None


def machine_amount(text: str, highest: Decimal = HIGHEST) -> float | None:
    """An amount below `highest` as data writes it: "1299.00"; else as people do."""
    try:
        amount = Decimal(text.strip().replace(" ", ""))
    except InvalidOperation:
        return shown_amount(text, "")
    return float(amount) if amount.is_finite() and 0 < amount < highest else None


def _shown(scene: Scene) -> Iterator[Seen]:
    """Every element that shows a price and little else."""
    texts = scene.texts
    heading_at = scene.order.get(scene.heading, 0) if scene.heading is not None else len(scene.order) // 4
    around = _Surroundings()
    shown = [(element, text) for element, text in texts.short() if any(map(str.isdigit, text))]
    left_out = {element for element, _ in shown if is_old_element(element) or hides(element)}
    present = ShownTexts(scene.root, left_out) if left_out else texts
    pairs = {pair.element: pair for pair in scene.pairs}
    labels = {element: pair.label for element, pair in pairs.items()}
    for element, text in shown:
        if element in scene.elsewhere.of_others:
            continue
        said = around.words_of(element)
        told = _told(present.of(element), text)
        if (told is not None and told.is_beside) or is_beside_price(*words_beside(element)):
            continue
        is_price_class = bool(_PRICE_CLASS.search(said))
        captioned = _captioned_amount(pairs.get(element)) if told is None else ""
        if told is None and not captioned and not (is_price_class and len(text) < 20):
            continue
        price = told.span.text if told else captioned or text
        amount = shown_amount(price, scene.locale)
        if amount is None:
            continue
        label = _label_of(texts, element, price, labels)
        is_old = (told is not None and not told.is_now) or says_old(label) or _is_struck(texts, element, price)
        is_old = is_old or is_said_otherwise(element)
        is_named_old = _holds_old_price(texts, element, price, around)
        weight = (
            _weight(element, text, said, around, is_old=is_old or is_named_old)
            + 0.5 * (told is not None or bool(captioned))
            + 0.5 * is_price_class
        )
        weight -= LED_TO_COST * _is_led_to(scene, element, price)
        weight -= OTHER_AMOUNT_COST * _names_other_amount(label)
        weight += _nearness(scene.order[element] - heading_at)
        unit = currency_of_heading(label, locale_of(scene.locale)) if captioned else ""
        yield Seen(weight, amount, price, element, is_old, is_earlier(element, text), unit)


def _told(now: str, text: str) -> ToldPrice | None:
    """The price of an element's text, `now` being what is left of it without what is struck or hidden."""
    told = None if says_untaxed(now) else told_price(now)
    return told if told is not None and told.is_now else told_price(text)


def _nearness(distance: int) -> float:
    """What it says for a price that it stands so many elements behind the heading."""
    return 0.5 if 0 <= distance < 150 else 0.3 if 0 <= distance < 400 else 0.1 if -150 < distance < 0 else -0.2


def _weight(element: lxml.html.HtmlElement, text: str, said: str, around: _Surroundings, *, is_old: bool) -> float:
    """What an element and those around it say for or against its being the price of the thing, today, for one."""
    nearest = around.above(element, 3)
    everything = around.above(element, 60)
    weight = 0.25 + 0.2 * bool(_NOW.search(said)) + 0.2 * bool(_PRICE_CLASS.search(nearest))
    weight -= 0.8 * (is_old or bool(_OLD.search(said)))
    weight -= 0.25 * bool(_OLD.search(nearest)) + 0.4 * bool(_OLD.search(text))
    weight -= 0.55 * bool(_OTHER_THINGS.search(f"{said} {everything}"))
    weight += 0.2 * bool(_BUY_BOX.search(everything))
    weight -= 0.5 * is_one_of_many(element) + HIDDEN_COST * is_hidden(element)
    return weight + 0.1 * bool(element.get("data-price") or element.get("content"))


def _label_of(
    texts: ShownTexts, element: lxml.html.HtmlElement, price: str, labels: Mapping[lxml.html.HtmlElement, str]
) -> str:
    within = islice(_down_to(texts, element, price), INNER_LEVELS)
    return next((labels[each] for each in (element, *within) if each in labels), "")


def _is_led_to(scene: Scene, element: lxml.html.HtmlElement, price: str) -> bool:
    within = islice(_down_to(scene.texts, element, price), INNER_LEVELS)
    return any(has_link_before(each) for each in (element, *within) if not scene.elsewhere.is_beside_heading(each))


def _names_other_amount(label: str) -> bool:
    """Whether a caption names an amount, and that is none of the thing's price: "from" calls it the lowest of them."""
    if not label or any(map(str.isdigit, label)) or _PRICE_CLASS.search(label) or _NOW.search(label):
        return False
    if opens_range(label):
        return False
    return _PRICE_LABELS.isdisjoint(concepts_of(label))


def _captioned_amount(pair: Pair | None) -> str:
    """What stands beside a caption that calls it the thing's price: "Price (EUR)", "Preis in €"; empty without one."""
    if pair is None or says_old(pair.label) or names_other_amount(pair.label):
        return ""
    return pair.value if concepts_of(pair.label)[:1] == ("price",) else ""


def _is_struck(texts: ShownTexts, element: lxml.html.HtmlElement, price: str) -> bool:
    within = islice(_down_to(texts, element, price), INNER_LEVELS)
    return is_within_struck(element) or any(map(is_struck, within))


def _holds_old_price(texts: ShownTexts, element: lxml.html.HtmlElement, price: str, around: _Surroundings) -> bool:
    """Whether a price is called an old one by what is within the element: `<p><b class=old>$12</b></p>`."""
    within = islice(_down_to(texts, element, price), INNER_LEVELS)
    return any(_OLD.search(around.words_of(inner)) for inner in within)


def _down_to(texts: ShownTexts, element: lxml.html.HtmlElement, price: str) -> Iterator[lxml.html.HtmlElement]:
    """The elements within one in which its price stands, from the outermost."""
    wanted = "".join(price.split())
    inner = next((child for child in element if texts.holds(child, wanted)), None)
    while inner is not None:
        yield inner
        inner = next((child for child in inner if texts.holds(child, wanted)), None)


def _less_what_repeats(shown: list[Seen]) -> list[Seen]:
    """The same, with less weight for prices of which there are several of the same make: the price of the thing has a
    place of its own, those of other things and sizes are set alike."""
    amounts: dict[tuple[str, str, str], set[float]] = {}
    for seen in shown:
        amounts.setdefault(_make(seen.element), set()).add(seen.amount)
    return [
        seen._replace(weight=seen.weight - REPEATED_COST * min(2, len(amounts[_make(seen.element)]) - 1))
        for seen in shown
    ]


def _make(element: lxml.html.HtmlElement) -> tuple[str, str, str]:
    parent = element.getparent()
    around = parent.get("class") or "" if parent is not None else ""
    return str(element.tag), element.get("class") or "", around


def is_one_of_many(element: lxml.html.HtmlElement) -> bool:
    """Whether a text stands in a link, or in an item of a list: those are other things, sizes or sellers."""
    for up in (element, *islice(element.iterancestors(), LIST_LEVELS - 1)):
        if up.tag == "a" and up.get("href"):
            return True
        if up.tag == "li":
            parent = up.getparent()
            return parent is not None and len(list(islice(parent.iterchildren("li"), LIST_ITEMS))) == LIST_ITEMS
    return False


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
        return " ".join(map(self.words_of, islice(element.iterancestors(), levels)))
