"""A field's value from the entities that describe the thing, and from the page's meta tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from agent.extract.detail.scene import Scene
from agent.extract.detail.schema import concept_of
from agent.extract.detail.specified_hours import specified_hours
from agent.extract.embedded.entities import Entity, Property
from agent.extract.embedded.lenient_json import plain
from agent.extract.reading import FoundValue
from domain.evidence import Method
from domain.fields import Field, FieldKind, words_of
from domain.folding import fold

# A node or page that stands for a thing whose name the data leaves out.
_WHOLE_URL = re.compile(r"https?://(?!(?:www\.)?schema\.org/)\S+", re.I)
_NAMES = frozenset({FieldKind.TEXT, FieldKind.TITLE, FieldKind.PERSON})
_ADDRESSES = frozenset(
    {"url", "uri", "link", "website", "site", "page", "href", "address", "homepage", "canonical", "id"}
)
MAX_COUNTED = 80  # characters of a number with what it counts; more is a remark


def properties_at(entity: Entity, path: str) -> tuple[Property, ...]:
    """The values at a property path ("offers/price"), through every entity on the way."""
    *through, last = path.split("/")
    entities: list[Entity] = [entity]
    for name in through:
        entities = [nested for around in entities for nested in around.nested(name)]
    return tuple(found for around in entities for found in around.all(last))


def of_entities(scene: Scene, field: Field) -> FoundValue | None:
    """The value in the main entity; the other descriptions of the same thing agree with it or stand in for it."""
    concept = concept_of(field)
    found = of_paths(scene, concept.paths, field)
    is_hours = found is None and "opening hours" in concept.names and field.kind is FieldKind.TEXT and not field.many
    return specified_hours(scene) if is_hours else found


def of_paths(scene: Scene, paths: Sequence[str], field: Field) -> FoundValue | None:
    """The value at the first of these property paths that has one."""
    found = [value for entity in scene.peers if (value := _of_entity(entity, paths, field))]
    if not found:
        return None
    first, *others = found
    agreeing = dict.fromkeys(
        other.method for other in others if other.method is not first.method and _same(other, first)
    )
    return FoundValue(
        raw=first.raw,
        method=first.method,
        source_path=first.source_path,
        attribute=first.attribute,
        items=first.items,
        agreeing=tuple(agreeing),
    )


def _same(one: FoundValue, other: FoundValue) -> bool:
    return fold(one.raw) == fold(other.raw)


def _of_entity(entity: Entity, paths: Sequence[str], field: Field) -> FoundValue | None:
    for path in paths:
        properties = properties_at(entity, path)
        items = tuple(_found_all(properties, entity.method, field))
        if items:
            return as_list(items) if field.many else _fullest(items, field)
    return None


def _fullest(items: Sequence[FoundValue], field: Field) -> FoundValue:
    """The first of several values; of a bare number and the same with what it counts ("8", "8 rolls"), the latter."""
    first = items[0]
    if field.kind is not FieldKind.TEXT or not first.raw.isdigit():
        return first
    counted = re.compile(rf"(?<!\d){first.raw}(?![\d.,])\W*[^\W\d_]|[^\W\d_]\W*(?<!\d){first.raw}(?![\d.,])")
    return next((item for item in items[1:] if len(item.raw) <= MAX_COUNTED and counted.search(item.raw)), first)


def _found_all(properties: Iterable[Property], method: Method, field: Field) -> Iterator[FoundValue]:
    is_name = field.kind in _NAMES and not _ADDRESSES & set(words_of(field.name))
    for found in properties:
        raw, leaf = _text_of(found, field)
        if raw and not (is_name and _WHOLE_URL.fullmatch(raw)):
            yield FoundValue(raw=raw, method=method, source_path=leaf.path, attribute=leaf.attribute)


def _text_of(found: Property, field: Field) -> tuple[str, Property]:
    """The text of a property as this kind of field reads it, and where it stands."""
    if isinstance(found.value, Entity):
        entity = found.value
        if field.kind in {FieldKind.URL, FieldKind.IMAGE}:
            named = entity.first("url", "contentUrl", "@id")
            return (plain(named.text), named.leaf) if named else ("", found)
        if entity.address:
            return entity.address, found
    if found.written and field.kind in {FieldKind.URL, FieldKind.IMAGE}:
        return found.written, found
    return plain(found.text), found.leaf


def as_list(items: tuple[FoundValue, ...]) -> FoundValue:
    """Several values as one list value."""
    first = items[0]
    return FoundValue(
        raw="\n".join(item.raw for item in items), method=first.method, source_path=first.source_path, items=items
    )


def of_metas(scene: Scene, field: Field) -> FoundValue | None:
    """The value in a meta tag."""
    if scene.metas is None:
        return None
    for name in concept_of(field).metas:
        items = tuple(
            FoundValue(raw=text, method=Method.OPENGRAPH, source_path=found.path, attribute=found.attribute)
            for found in scene.metas.all(name)
            if (text := plain(found.text))
        )
        if items:
            return as_list(items) if field.many else items[0]
    return None
