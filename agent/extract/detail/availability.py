"""Whether the thing can be had: its offers' word, meta tags, and what stands and can be pressed beside its name."""

from __future__ import annotations

import re

from agent.extract.detail.ballot import Ballot, Vote
from agent.extract.detail.scene import Scene
from agent.extract.detail.structured import properties_at
from agent.extract.reading import FoundValue
from domain.evidence import Method
from domain.fields import Field, FieldKind
from domain.grounding import fold
from domain.normal import normalise

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


def availability_of_thing(scene: Scene) -> FoundValue | None:
    """ "InStock", "OutOfStock" or "PreOrder", by weight of evidence; nothing where the page says nothing."""
    ballot = Ballot()
    field = Field(name="availability", kind=FieldKind.AVAILABILITY)
    for entity in scene.peers:
        for found in (*properties_at(entity, "offers/availability"), *properties_at(entity, "availability")):
            state = normalise(found.text.rsplit("/", 1)[-1], field)
            if state is not None:
                ballot.add(state.value, Vote(2.0, found.text, entity.method, found.leaf.path, found.leaf.attribute))
    for name, values in (scene.metas.properties if scene.metas else {}).items():
        if "availability" in name:
            state = normalise(values[0].text.replace("oos", "out of stock"), field)
            if state is not None:
                ballot.add(state.value, Vote(1.5, values[0].text, Method.OPENGRAPH, values[0].path, "content"))
    near = _beside_the_name(scene)
    if found := _OUT.search(near):
        ballot.add("OutOfStock", Vote(1.2, found[0], Method.DETAIL))
    if found := _BUY.search(near):
        ballot.add("InStock", Vote(1.0, found[0], Method.DETAIL))
    states = ballot.values()
    return ballot.elected(states[0]) if states else None


def _beside_the_name(scene: Scene) -> str:
    """The visible text from the thing's name on."""
    text = scene.page.text
    at = fold(text).find(scene.name[:40]) if scene.name else -1
    return text[max(0, at) : max(0, at) + NEAR]
