"""JSON-LD: scripts to entities, references by @id resolved over all scripts of the page."""

from __future__ import annotations

from collections.abc import Iterator

import lxml.html

from agent.extract.embedded.entities import Entity, Property, type_name, with_own_offers
from agent.extract.embedded.lenient_json import Json, read_json
from domain.evidence import Method

MAX_DEPTH = 16  # of nesting followed; recipes and products use eight
MAX_ENTITIES = 5_000  # a page; references may make a graph far larger than its text
_LINKS = frozenset({"@id", "@type"})
_OF_SCHEMA = (
    "schema:",
    "http://schema.org/",
    "https://schema.org/",
    "http://www.schema.org/",
    "https://www.schema.org/",
)


def json_ld_entities(root: lxml.html.HtmlElement) -> tuple[Entity, ...]:
    """The top entities of each script: members of a list or of @graph stand for themselves. Paths are
    `script[N]$.key[0].key`, N the number of the JSON-LD script on the page, from 0."""
    documents: list[tuple[str, Json]] = []
    scripts = (script for script in root.iter("script") if "ld+json" in (script.get("type") or "").lower())
    for number, script in enumerate(scripts):
        value = read_json(script.text or "")
        if value is not None:
            documents.append((f"script[{number}]$", value))
    if not documents:
        return ()
    return _Reader(documents).entities()


class _Reader:
    """Reads the documents of one page. It knows every node that has an @id and says something."""

    def __init__(self, documents: list[tuple[str, Json]]) -> None:
        self._documents = documents
        self._prefixes = frozenset(name for _, document in documents for name in _prefixes(document))
        self._left = MAX_ENTITIES
        self._named: dict[str, tuple[dict[str, Json], str]] = {}
        for path, document in documents:
            for node, place in _nodes(document, path):
                name = node.get("@id")
                if isinstance(name, str) and not _LINKS.issuperset(node):
                    known = self._named.get(name)
                    if known is None or len(known[0]) < len(node):
                        self._named[name] = (node, place)

    def entities(self) -> tuple[Entity, ...]:
        return with_own_offers(
            [
                self._entity(node, place, (), 0)
                for path, document in self._documents
                for node, place in _top_nodes(document, path)
            ]
        )

    def _name(self, key: str) -> str:
        """A property's name without what says that it is schema.org's."""
        prefix, mark, name = key.partition(":")
        if not mark:
            return key
        if prefix in self._prefixes:
            return name
        return key.removeprefix(next((prefix for prefix in _OF_SCHEMA if key.startswith(prefix)), ""))

    def _entity(self, node: dict[str, Json], path: str, within: tuple[str, ...], depth: int) -> Entity:
        """`within` are the ids of the entities around this one: a reference back to them is not followed."""
        if self._left <= 0:
            return Entity(types=_types(node), method=Method.JSON_LD, path=path, properties={}, is_unread=True)
        self._left -= 1
        name = node.get("@id")
        if isinstance(name, str):
            if _LINKS.issuperset(node) and name in self._named and name not in within:
                node, path = self._named[name]
            within = (*within, name)
        properties: dict[str, tuple[Property, ...]] = {}
        for key, value in node.items():
            if key in ("@context", "@type", "@graph"):
                continue
            found = tuple(self._values(value, f"{path}.{key}", within, depth))
            if found:
                properties[self._name(key)] = found
        return Entity(
            types=_types(node),
            method=Method.JSON_LD,
            path=path,
            properties=properties,
        )

    def _values(self, value: Json, path: str, within: tuple[str, ...], depth: int) -> Iterator[Property]:
        if isinstance(value, list):
            if depth < MAX_DEPTH:
                for index, item in enumerate(value):
                    yield from self._values(item, f"{path}[{index}]", within, depth + 1)
        elif isinstance(value, dict):
            if depth < MAX_DEPTH:
                yield Property(self._entity(value, path, within, depth + 1), path)
        elif value is not None and value != "":
            yield Property(value, path)


def _prefixes(document: Json) -> Iterator[str]:
    """What a document's own context puts before schema.org's names and a colon."""
    nodes = document if isinstance(document, list) else [document]
    for node in nodes:
        context = node.get("@context") if isinstance(node, dict) else None
        for part in context if isinstance(context, list) else [context]:
            for name, address in part.items() if isinstance(part, dict) else ():
                if isinstance(address, str) and address.startswith(_OF_SCHEMA) and address.endswith(("/", "#")):
                    yield name


def _types(node: dict[str, Json]) -> tuple[str, ...]:
    types = node.get("@type", node.get("type"))
    return tuple(type_name(name) for name in (types if isinstance(types, list) else [types]) if name)


def _top_nodes(document: Json, path: str) -> Iterator[tuple[dict[str, Json], str]]:
    """The nodes of a document, of its lists and of its @graph, which may be nested."""
    pending: list[tuple[Json, str]] = [(document, path)]
    while pending:
        value, place = pending.pop()
        if isinstance(value, list):
            pending.extend((item, f"{place}[{index}]") for index, item in reversed(list(enumerate(value))))
        elif isinstance(value, dict):
            if "@graph" in value:
                pending.append((value["@graph"], f"{place}.@graph"))
            if set(value) - {"@context", "@graph", "@id"}:
                yield value, place


def _nodes(document: Json, path: str) -> Iterator[tuple[dict[str, Json], str]]:
    """Every object in a document."""
    pending: list[tuple[Json, str]] = [(document, path)]
    while pending:
        value, place = pending.pop()
        if isinstance(value, list):
            pending.extend((item, f"{place}[{index}]") for index, item in enumerate(value))
        elif isinstance(value, dict):
            yield value, place
            pending.extend((item, f"{place}.{key}") for key, item in value.items())
