"""Whether the thing can be had: its offers' word, meta tags, and what stands and can be pressed beside its name."""

from __future__ import annotations

import re

import lxml.html

from agent.extract.detail.ballot import Ballot, Vote
from agent.extract.detail.scene import Scene
from agent.extract.detail.structured import properties_at
from agent.extract.embedded.entities import Property
from agent.extract.reading import FoundValue
from domain.evidence import Method
from domain.fields import Field, FieldKind
from domain.grounding import fold
from domain.normal import normalise
from domain.records import Value

NEAR = 2_500  # characters after the thing's name: its buy box; further down are other things

_OUT = re.compile(
    r"\b(?:out of stock|sold out|currently unavailable|temporarily unavailable|no longer available|not available|"
    r"ausverkauft|nicht (?:mehr )?(?:verfügbar|lieferbar)|rupture de stock|indisponible|épuisé|non disponibile|"
    r"esaurito|agotado|no disponible|uitverkocht|esgotado|indisponível|niedostępny|нет в наличии|"
    r"notify me when|back in stock|email when available)\b",
    re.I,
)
_BUY = re.compile(
    r"\b(?:in stock|add to (?:cart|bag|basket|trolley)|buy (?:it )?now|in den warenkorb|in den einkaufswagen|auf lager|"
    r"sofort lieferbar|ajouter au panier|en stock|añadir al? (?:carrito|cesta|carro)|agregar al carr(?:o|ito)|"
    r"a la cesta|aggiungi al carrello|disponibile|adicionar ao carrinho|comprar|in winkelwagen|op voorraad|"
    r"do koszyka|kup teraz|dodaj v košarico|v košarico|do košíku|kosárba|lägg i varukorg|læg i kurv|grozam|"
    r"sepete ekle|в корзину|купить|в наличии|add to my cart|chat with seller|contact seller|make offer)\b"
    r"|カートに入れる|加入购物车|立即购买|장바구니",
    re.I,
)


# How pages name the button that buys, in ids, classes and form fields, and what stands on it.
_BUTTON_NAME = re.compile(
    r"add[-_ ]?(?:item[-_ ]?)?to[-_ ]?(?:cart|bag|basket|trolley)|addcart|"
    r"buy[-_ ]?(?:it[-_ ]?)?(?:now|button|box[-_ ]?button)|"
    r"(?:cart|basket)[-_ ]?add|single_add_to_cart|btn[-_ ]?(?:buy|cart)|in[-_ ]?den[-_ ]?warenkorb|place[-_ ]?bid",
    re.I,
)
_BUTTONS = (
    "//button | //input[@type='submit' or @type='button' or @type='image'] | //a[@role='button' or @class or @id]"
)
_NAME_ATTRIBUTES = ("value", "aria-label", "title", "id", "name", "class", "data-action", "data-testid", "data-test")
MAX_BUTTONS = 600
MAX_SAID = 80  # characters: a longer line talks about stock in general, or of other things

_FIELD = Field(name="availability", kind=FieldKind.AVAILABILITY)


def availability_of_thing(scene: Scene) -> FoundValue | None:
    """InStock, OutOfStock or PreOrder, by weight of evidence; nothing where the page says nothing."""
    ballot = Ballot()
    _hear_entities(scene, ballot)
    _hear_metas(scene, ballot)
    _hear_button(scene, ballot)
    for line in _beside_the_name(scene).split("\n"):
        if len(line) <= MAX_SAID and (said := _OUT.search(line)):
            ballot.add("OutOfStock", Vote(1.2, said[0], Method.DETAIL))
            break
    for line in _beside_the_name(scene).split("\n"):
        if len(line) <= MAX_SAID and not _OUT.search(line) and (said := _BUY.search(line)):
            ballot.add("InStock", Vote(0.6, said[0], Method.DETAIL))
            break
    states = ballot.values()
    return ballot.elected(states[0]) if states else None


def _hear_entities(scene: Scene, ballot: Ballot) -> None:
    """A thing with several offers (sizes, sellers) can be had when one of them can."""
    for entity in scene.peers:
        states: dict[Value, Property] = {}
        for found in (
            *properties_at(entity, "offers/availability"),
            *properties_at(entity, "offers/offers/availability"),
        ):
            state = normalise(found.text.rsplit("/", 1)[-1], _FIELD)
            if state is not None:
                states.setdefault(state.value, found)
        best = next((state for state in ("InStock", "PreOrder", "OutOfStock") if state in states), None)
        if best is not None:
            found = states[best]
            ballot.add(best, Vote(2.0, found.text, entity.method, found.leaf.path, found.leaf.attribute))


def _hear_metas(scene: Scene, ballot: Ballot) -> None:
    for name, values in (scene.metas.properties if scene.metas else {}).items():
        if "availability" in name:
            state = normalise(values[0].text.replace("oos", "out of stock"), _FIELD)
            if state is not None:
                ballot.add(state.value, Vote(1.5, values[0].text, Method.OPENGRAPH, values[0].path, "content"))


def _hear_button(scene: Scene, ballot: Ballot) -> None:
    """A button that buys, and can be pressed."""
    for element in scene.root.xpath(_BUTTONS)[:MAX_BUTTONS]:
        if element.get("disabled") is not None or "disabled" in (element.get("class") or "").split():
            continue
        raw, attribute = _said_by(element)
        if raw:
            path = scene.root.getroottree().getpath(element)
            ballot.add("InStock", Vote(1.5, raw, Method.DETAIL, path, attribute))
            return


def _said_by(element: lxml.html.HtmlElement) -> tuple[str, str]:
    """The words by which an element shows that it buys, and the attribute that they stand in."""
    text = " ".join("".join(element.itertext()).split())
    if 0 < len(text) <= MAX_SAID and not _OUT.search(text) and (said := _BUY.search(text) or _BUTTON_NAME.search(text)):
        return said[0], "text"
    for name in _NAME_ATTRIBUTES:
        value = element.get(name) or ""
        if said := _BUTTON_NAME.search(value) or (_BUY.search(value) if len(value) <= MAX_SAID else None):
            return said[0], name
    return "", ""


def _beside_the_name(scene: Scene) -> str:
    """The visible text from the thing's name on."""
    text = scene.page.text
    at = fold(text).find(scene.name[:40]) if scene.name else -1
    return text[max(0, at) : max(0, at) + NEAR]
