"""The code of the thing: SKU, article number, and the like, by votes of data, labels, attributes and the address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

from agent.extract.detail.ballot import Ballot, Vote
from agent.extract.detail.scene import Scene
from agent.extract.embedded.entities import Entity
from agent.extract.reading import FoundValue
from agent.extract.vocabulary import concepts_of
from agent.extract.xpaths import xpath_of
from domain.evidence import Method

ENOUGH = 0.9  # weight below which no code is told: a label alone has it, an address alone not
LABELLED = 1.0  # weight of a code beside a label of its own
IN_ADDRESS = 0.5  # more for a code that the page's address has too

_OWN = (("sku", 3.0), ("productID", 2.4), ("mpn", 0.6), ("gtin13", 0.9), ("gtin", 0.9))
_METAS = ("product:retailer_item_id", "product:retailer_part_no", "sku", "og:sku", "product:sku", "productid")
_CODE = re.compile(r"[\w\-./ ]{2,30}")
_PLAIN_CODE = re.compile(r"[\w\-./]{3,24}")
_SCHEME = re.compile(r"^(?:sku|isbn|id):", re.I)
_LABELLED = re.compile(
    r"(?P<label>\bSKU|Item\s*(?:#|No\.?|Number|code|ID)|Art(?:ikel)?\.?\s*-?\s*(?:Nr|No|nummer|number)\.?|"
    r"Product\s*(?:code|ID|No\.?|number|#)|Style\s*(?:#|no\.?|code)?|Model\s*(?:#|No\.?|number)|"
    r"Part\s*(?:#|No\.?|Number)|Réf(?:érence)?\.?|Cod(?:ice|igo)?\.?|Catalog\s*#|Ref\.?|ASIN|Internet\s*#|Code)"
    r"\s*[:#]?\s*(?P<code>[A-Z0-9][\w\-./]{2,22})",
    re.I,
)
_STRONG_LABEL = re.compile(r"sku|item|art|product|internet|asin", re.I)
_STATE = re.compile(
    r"[\"']?(?:sku|productId|product_id|itemId|item_id|articleNumber|productCode|ecomm_prodid|partNumber|skuId)[\"']?"
    r"\s*[:=]\s*[\"']([\w\-./]{4,24})[\"']",
    re.I,
)
_ATTRIBUTES = ("data-sku", "data-product-sku", "data-product-id", "data-productid", "data-item-id", "data-pid")
_QUERY_NAMES = frozenset(
    {"pid", "sku", "id", "itemid", "productid", "prodid", "item", "p", "skuid", "code", "variantid", "childsku"}
)
_IN_PATH = re.compile(r"(?<![A-Za-z])(?:[A-Z]{0,4}\d{4,14}|B0[A-Z0-9]{8})(?![A-Za-z])")


def sku_of(scene: Scene) -> FoundValue | None:
    """The shop's code of the thing."""
    ballot = Ballot()
    address = unquote(scene.base_url)
    for code, vote in _votes(scene, address):
        code = code.strip()
        if _CODE.fullmatch(code):
            ballot.add(code, vote)
    for code in ballot.values():
        if len(str(code)) > 3 and str(code) in address:
            ballot.add(code, Vote(IN_ADDRESS, str(code), Method.DETAIL))
    best = next(iter(ballot.values()), None)
    return ballot.elected(best) if best is not None and ballot.weight(best) >= ENOUGH else None


def _votes(scene: Scene, address: str) -> Iterator[tuple[str, Vote]]:
    for entity in scene.peers:
        yield from _of_entity(entity)
    if scene.metas is not None:
        for name in _METAS:
            for found in scene.metas.all(name):
                yield found.text, Vote(1.8, found.text, Method.OPENGRAPH, found.path, "content")
    yield from _of_page(scene)
    yield from _of_address(address)


def _of_entity(entity: Entity) -> Iterator[tuple[str, Vote]]:
    for name, weight in _OWN:
        for found in entity.all(name)[:1]:
            code = _SCHEME.sub("", found.text)
            yield code, Vote(weight, code, entity.method, found.leaf.path, found.leaf.attribute)
    for offer in entity.nested("offers"):
        for found in offer.all("sku")[:1]:
            yield found.text, Vote(2.0, found.text, entity.method, found.leaf.path, found.leaf.attribute)


def _of_page(scene: Scene) -> Iterator[tuple[str, Vote]]:
    for found in _LABELLED.finditer(scene.page.text):
        code = found["code"].rstrip(".")
        if any(map(str.isdigit, code)):
            weight = 1.0 if _STRONG_LABEL.match(found["label"]) else 0.5
            yield code, Vote(weight, code, Method.DEFINITIONS)
    yield from _of_pairs(scene)
    tree = scene.root.getroottree()
    carriers = scene.root.xpath(" | ".join(f"//*[@{name}]" for name in _ATTRIBUTES))
    for element in carriers[:4]:
        name = next(name for name in _ATTRIBUTES if element.get(name))
        if _is_code(element.get(name)):
            yield element.get(name), Vote(0.4, element.get(name), Method.DETAIL, tree.getpath(element), name)
    inputs = "//input[contains(translate(@name,'SKU','sku'),'sku') or contains(@name,'product') or @name='ASIN']"
    for element in scene.root.xpath(inputs)[:4]:
        value = element.get("value") or ""
        if _is_code(value):
            yield value, Vote(0.5, value, Method.DETAIL, tree.getpath(element), "value")
    for script in scene.root.iter("script"):
        for found in _STATE.finditer(script.text or "" if not script.get("src") else ""):
            yield found[1], Vote(0.06, found[1], Method.STATE)


def _of_pairs(scene: Scene) -> Iterator[tuple[str, Vote]]:
    """What stands under a label that means such a code in the words of some language."""
    for pair in scene.pairs:
        code = pair.value.strip()
        if concepts_of(pair.label)[:1] == ("sku",) and _is_code(code):
            yield code, Vote(LABELLED, code, Method.DEFINITIONS, xpath_of(pair.element))


def _is_code(text: str) -> bool:
    return bool(_PLAIN_CODE.fullmatch(text)) and any(map(str.isdigit, text))


def _of_address(address: str) -> Iterator[tuple[str, Vote]]:
    parts = urlsplit(address)
    for name, values in parse_qs(parts.query).items():
        if name.lower() in _QUERY_NAMES and any(map(str.isdigit, values[0])):
            yield values[0], Vote(0.5, values[0], Method.DETAIL)
    for segment in [part for part in parts.path.split("/") if part][::-1][:3]:
        codes = _IN_PATH.findall(re.sub(r"\.\w{2,5}$", "", segment))
        if codes:
            yield codes[-1], Vote(0.7, codes[-1], Method.DETAIL)
            return
