"""Microdata (itemscope, itemprop) and meta tags (OpenGraph, Twitter cards, named metas) as entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from urllib.parse import urljoin

import lxml.html

from agent.extract.embedded.entities import Entity, Property, type_name
from agent.extract.xpaths import xpath_of
from domain.evidence import Method
from fetch.dom import visible_text

MAX_ITEMS = 3_000  # a page
MAX_DEPTH = 16  # of items within items
_URL_ATTRIBUTE = {
    "a": "href",
    "area": "href",
    "link": "href",
    "img": "src",
    "audio": "src",
    "video": "src",
    "source": "src",
    "iframe": "src",
    "embed": "src",
    "object": "data",
}
_TEXT_ATTRIBUTE = {"meta": "content", "time": "datetime", "data": "value", "meter": "value"}


_Element = lxml.html.HtmlElement


def microdata_entities(root: _Element, base_url: str) -> tuple[Entity, ...]:
    """The top items of the page. Paths are XPaths."""
    scopes = root.xpath("//*[@itemscope]")
    scopes, beyond = scopes[:MAX_ITEMS], scopes[MAX_ITEMS:]
    if not scopes:
        return ()
    owned: dict[_Element, list[_Element]] = {scope: [] for scope in scopes}
    referred: dict[str, list[_Element]] = {}
    for scope in scopes:
        for name in (scope.get("itemref") or "").split():
            referred.setdefault(name, []).append(scope)
    for element in root.xpath("//*[@itemprop]"):
        for owner in _owners(element, owned, referred):
            owned[owner].append(element)
    return (
        *(_item(scope, owned, base_url, 0) for scope in scopes if scope.get("itemprop") is None),
        *(_unread(scope) for scope in beyond if scope.get("itemprop") is None),
    )


def _owners(
    element: _Element, owned: Mapping[_Element, list[_Element]], referred: Mapping[str, list[_Element]]
) -> Sequence[_Element]:
    """The items that a property belongs to: the nearest around it, or those that refer to it by id."""
    if referred and element.get("id") in referred:
        return referred[element.get("id", "")]
    for around in element.iterancestors():
        if around in owned:
            return (around,)
        if referred and around.get("id") in referred:
            return referred[around.get("id", "")]
    return ()


def _item(scope: _Element, owned: dict[_Element, list[_Element]], base_url: str, depth: int) -> Entity:
    properties: dict[str, list[Property]] = {}
    for element in owned[scope]:
        if element in owned and element is not scope:
            if depth >= MAX_DEPTH:
                continue
            found = Property(_item(element, owned, base_url, depth + 1), xpath_of(element))
        else:
            text, attribute = property_value(element, base_url)
            if not text:
                continue
            found = Property(text, xpath_of(element), attribute)
        for name in (element.get("itemprop") or "").split():
            properties.setdefault(name.rsplit("/", 1)[-1], []).append(found)
    return Entity(
        types=_types(scope),
        method=Method.MICRODATA,
        path=xpath_of(scope),
        properties={name: tuple(values) for name, values in properties.items()},
    )


def _unread(scope: _Element) -> Entity:
    return Entity(types=_types(scope), method=Method.MICRODATA, path="", properties={}, is_unread=True)


def _types(scope: _Element) -> tuple[str, ...]:
    return tuple(type_name(name) for name in (scope.get("itemtype") or "").split())


def property_value(element: _Element, base_url: str) -> tuple[str, str]:
    """The value of an itemprop, and the attribute that it stands in ("text" for content)."""
    tag = element.tag
    if tag in _URL_ATTRIBUTE:
        attribute = _URL_ATTRIBUTE[tag]
        url = element.get(attribute) or element.get("data-src") or ""
        return (join(base_url, url), attribute) if url else (visible_text(element), "text")
    # Beyond the specification: pages put machine-readable values into `content` of any element.
    for attribute in (_TEXT_ATTRIBUTE.get(tag, "content"), "content"):
        if value := (element.get(attribute) or "").strip():
            return value, attribute
    return visible_text(element), "text"


def join(base_url: str, url: str) -> str:
    """The absolute URL; as written where it cannot be read."""
    try:
        return urljoin(base_url, url.strip())
    except ValueError:
        return url.strip()


def meta_entity(root: _Element) -> Entity | None:
    """All named metas of the page as one entity, keyed by their name in lower case ("og:title", "description"). Its
    type is og:type, else nothing."""
    properties: dict[str, list[Property]] = {}
    for element in islice(root.iter("meta", "link"), MAX_ITEMS):
        name, content, attribute = _named(element)
        if name and content:
            properties.setdefault(name, []).append(Property(content, xpath_of(element), attribute))
    if not properties:
        return None
    kinds = properties.get("og:type", [])
    return Entity(
        types=tuple(type_name(str(kind.value).replace(".", "/")) for kind in kinds),
        method=Method.OPENGRAPH,
        path="/html/head",
        properties={name: tuple(values) for name, values in properties.items()},
    )


def _named(element: _Element) -> tuple[str, str, str]:
    """The name, value and attribute of a meta tag, and of the two links that name the page and its picture."""
    if element.tag == "link":
        rel = element.get("rel") or ""
        return (rel, element.get("href") or "", "href") if rel in {"canonical", "image_src"} else ("", "", "")
    name = element.get("property") or element.get("name") or element.get("itemprop") or ""
    return name.strip().lower(), (element.get("content") or "").strip(), "content"
