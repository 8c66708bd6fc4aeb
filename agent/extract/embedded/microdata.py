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
MAX_SHARED = 20_000  # properties of items that refer to them as further ones, or that are read once more within others
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
    shared = 0
    for element in root.xpath("//*[@itemprop]"):
        owners = _owners(element, owned, referred)
        owners = owners[: 1 + max(0, MAX_SHARED - shared)]
        shared += max(0, len(owners) - 1)
        for owner in owners:
            owned[owner].append(element)
    reader = _Reader(owned, base_url)
    return (
        *(reader.item(scope, 0) for scope in scopes if scope.get("itemprop") is None),
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


class _Reader:
    """Reads items by the elements that are `owned` by each. Items that refer to each other would be read without end:
    those read once more have a share of properties for all of them."""

    def __init__(self, owned: Mapping[_Element, Sequence[_Element]], base_url: str) -> None:
        self._owned = owned
        self._base_url = base_url
        self._left = MAX_SHARED
        self._read: set[_Element] = set()

    def item(self, scope: _Element, depth: int) -> Entity:
        if scope in self._read:
            self._left -= len(self._owned[scope])
            if self._left < 0:
                return _unread(scope)
        self._read.add(scope)
        properties: dict[str, list[Property]] = {}
        for element in self._owned[scope]:
            found = self._property(element, scope, depth)
            if found is None:
                continue
            for name in (element.get("itemprop") or "").split():
                properties.setdefault(name.rsplit("/", 1)[-1], []).append(found)
        return Entity(
            types=_types(scope),
            method=Method.MICRODATA,
            path=xpath_of(scope),
            properties={name: tuple(values) for name, values in properties.items()},
        )

    def _property(self, element: _Element, scope: _Element, depth: int) -> Property | None:
        if element in self._owned and element is not scope:
            return Property(self.item(element, depth + 1), xpath_of(element)) if depth < MAX_DEPTH else None
        text, attribute = property_value(element, self._base_url)
        written = (element.get(attribute) or "").strip() if element.tag in _URL_ATTRIBUTE else ""
        return Property(text, xpath_of(element), attribute, written) if text else None


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
