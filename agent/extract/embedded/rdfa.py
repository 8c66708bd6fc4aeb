"""RDFa Lite (vocab, typeof, property) of schema.org's things as entities."""

from __future__ import annotations

import re

import lxml.html

from agent.extract.embedded.entities import Entity, Property, type_name
from agent.extract.embedded.microdata import MAX_DEPTH, MAX_ITEMS, join
from agent.extract.xpaths import xpath_of
from domain.evidence import Method
from fetch.dom import visible_text

_Element = lxml.html.HtmlElement

_OF_SCHEMA = re.compile(r"(?:https?://(?:www\.)?schema\.org/|schema:)", re.I)
_READ_OUT = ("content", "datetime")  # attributes that stand for the text
_LINKS = ("resource", "href", "src", "data")


def rdfa_entities(root: _Element, base_url: str) -> tuple[Entity, ...]:
    """The top things of the page. Paths are XPaths. Other vocabularies describe documents and accounts, and are left
    out."""
    scopes = {scope: types for scope in root.xpath("//*[@typeof]")[:MAX_ITEMS] if (types := _types(scope))}
    owned: dict[_Element, list[_Element]] = {scope: [] for scope in scopes}
    if not scopes:
        return ()
    for element in root.xpath("//*[@property]"):
        owner = next((around for around in element.iterancestors() if around in owned), None)
        if owner is not None:
            owned[owner].append(element)
    within = {element for elements in owned.values() for element in elements}
    return tuple(_thing(scope, scopes, owned, base_url, 0) for scope in scopes if scope not in within)


def _types(scope: _Element) -> tuple[str, ...]:
    """The schema.org types of a thing, in lower case."""
    written = (scope.get("typeof") or "").split()
    plain = [name for name in written if ":" not in name]
    if plain and not _is_of_schema(scope):
        plain = []
    return tuple(type_name(name) for name in written if name in plain or _OF_SCHEMA.match(name))


def _is_of_schema(element: _Element) -> bool:
    """Whether names without a prefix are schema.org's here."""
    around = (element, *element.iterancestors())
    vocabulary = next((each.get("vocab") for each in around if each.get("vocab") is not None), None)
    return vocabulary is not None and _OF_SCHEMA.match(vocabulary) is not None


def _thing(
    scope: _Element,
    scopes: dict[_Element, tuple[str, ...]],
    owned: dict[_Element, list[_Element]],
    base_url: str,
    depth: int,
) -> Entity:
    properties: dict[str, list[Property]] = {}
    for element in owned[scope]:
        if element in scopes:
            if depth >= MAX_DEPTH:
                continue
            found = Property(_thing(element, scopes, owned, base_url, depth + 1), xpath_of(element))
        else:
            text, attribute = _value(element, base_url)
            if not text:
                continue
            found = Property(text, xpath_of(element), attribute)
        for name in (element.get("property") or "").split():
            bare = _OF_SCHEMA.sub("", name)
            if ":" not in bare:
                properties.setdefault(bare, []).append(found)
    return Entity(
        types=scopes[scope],
        method=Method.MICRODATA,
        path=xpath_of(scope),
        properties={name: tuple(values) for name, values in properties.items()},
    )


def _value(element: _Element, base_url: str) -> tuple[str, str]:
    """The value of a property, and the attribute that it stands in ("text" for content)."""
    for attribute in _READ_OUT:
        if value := (element.get(attribute) or "").strip():
            return value, attribute
    for attribute in _LINKS:
        if value := (element.get(attribute) or "").strip():
            return join(base_url, value), attribute
    return visible_text(element), "text"
