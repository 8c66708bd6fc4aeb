"""Pages about one thing: a value for each asked field, from the page's data, its meta tags and what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import lxml.etree as etree  # ty: ignore[import-not-found]  (compiled, without stubs)
import lxml.html
import msgspec

from agent.extract.definitions import own_pairs
from agent.extract.detail.authors import authors_of
from agent.extract.detail.availability import availability_of_thing, is_in_stock
from agent.extract.detail.cues import paired_value, shown_value, title_of_thing
from agent.extract.detail.identifiers import sku_of
from agent.extract.detail.lists import list_of
from agent.extract.detail.objects import part_of_object
from agent.extract.detail.old_price import other_amount
from agent.extract.detail.price import currency_of_price, price_of
from agent.extract.detail.scene import Scene
from agent.extract.detail.schema import concept_of
from agent.extract.detail.structured import of_entities, of_metas, properties_at
from agent.extract.detail.yields import counted, is_yield
from agent.extract.embedded.entities import Entity
from agent.extract.hidden import is_hidden
from agent.extract.price_words import asks_for_old, asks_for_other
from agent.extract.reading import Ask, FoundValue
from agent.extract.vocabulary import canonical_name
from domain.evidence import Method
from domain.fields import MAX_NAME, Field, FieldKind, make_field, words_of
from domain.normal import normalise
from domain.pages import Page

__all__ = ["read_detail"]

ENOUGH_PAIRS = 2  # label and value: one alone is a sentence with a colon

# What is told of a thing when nothing is asked: what people ask for most, in this order.
_DEFAULT_NAMES = """
    title description author date price currency availability sku brand rating image ingredients instructions total_time
    yields start end location phone email opening_hours company salary
"""


def read_detail(root: lxml.html.HtmlElement, page: Page, ask: Ask, entities: Sequence[Entity]) -> dict[str, FoundValue]:
    """A value for each asked field that the page tells of, by field name. Without asked fields: those of the usual
    ones that its data has."""
    if ask.fields:
        scene = Scene(root, page, ask, entities)
        found = {field.name: _find(scene, field) for field in ask.fields}
    else:
        usual = tuple(make_field(name, "list" if name in _LISTS else None) for name in _DEFAULT_NAMES.split())
        scene = Scene(root, page, msgspec.structs.replace(ask, fields=usual), entities)
        found = {field.name: _normal(of_entities(scene, field) or of_metas(scene, field), field) for field in usual}
        found |= _under_own_names(scene, found, usual)
        for field in usual:
            if field.name in _SHOWN and found.get(field.name) is None and scene.heading is not None:
                found[field.name] = _find(scene, field)
    return {name: _marked(value, root) for name, value in found.items() if value is not None}


def _marked(found: FoundValue, root: lxml.html.HtmlElement) -> FoundValue:
    """The value, with a mark where the page hides the place that it was read from."""
    if found.method not in _FROM_SIGHT or not found.source_path.startswith("/html/body"):
        return found
    try:
        places = root.getroottree().xpath(found.source_path)
    except etree.XPathError:  # a page may call an element what no path can be written with ("a=b", "x:y")
        return found
    place = next(iter(places), None) if isinstance(places, list) else None
    return msgspec.structs.replace(found, is_hidden=True) if place is not None and is_hidden(place) else found


def _under_own_names(
    scene: Scene, told: Mapping[str, FoundValue | None], usual: Sequence[Field]
) -> dict[str, FoundValue]:
    """What the page says under labels, by those labels, where its data does not say it. A page that says several things
    so has a heading that names the thing."""
    found: dict[str, FoundValue] = {}
    for pair in own_pairs(scene.root):
        if scene.elsewhere.is_told(pair.element):
            continue
        words = "_".join(words_of(pair.label))[:MAX_NAME]
        known = canonical_name(pair.label)
        name = next((field.name for field in usual if field.name in {words, known}), words)
        if name and name not in found and told.get(name) is None:
            found[name] = paired_value(scene, pair, many=bool(pair.items))
    if len(found) < ENOUGH_PAIRS:
        return {}
    title = None if told.get("title") or "title" in found else title_of_thing(scene, make_field("title"))
    return found if title is None else {"title": title, **found}


_FROM_SIGHT = frozenset({Method.DETAIL, Method.DEFINITIONS})
_SHOWN = frozenset({"title", "author", "date"})  # what a page with a headline shows around it, data or not
_LISTS = frozenset({"ingredients", "instructions"})


def _find(scene: Scene, field: Field) -> FoundValue | None:
    """One field. Prices, codes and stock are voted on; everything else is taken from the first source that has it."""
    if "." in field.name:
        return part_of_object(scene, field)
    names = concept_of(field).names
    if "sku" in field.name.lower():
        return sku_of(scene)
    if field.kind is FieldKind.AVAILABILITY or (field.kind is FieldKind.BOOLEAN and "availability" in names):
        return availability_of_thing(scene) if field.kind is FieldKind.AVAILABILITY else is_in_stock(scene)
    if field.kind is FieldKind.PRICE and not field.many and ("price" in names or asks_for_old(field.name)):
        return other_amount(scene, field) if asks_for_other(field.name) else price_of(scene)
    if "author" in names:
        return authors_of(scene, field) or shown_value(scene, field)
    if field.many and field.kind in {FieldKind.TEXT, FieldKind.TITLE}:
        return list_of(scene, field) or of_metas(scene, field)
    if field.kind is FieldKind.CURRENCY and not field.many:
        return (
            of_entities(scene, field) or of_metas(scene, field) or shown_value(scene, field) or currency_of_price(scene)
        )
    if field.kind is FieldKind.DURATION:
        return of_entities(scene, field) or _total_of_parts(scene, field) or shown_value(scene, field)
    if field.kind is FieldKind.TITLE and "title" in names:
        return title_of_thing(scene, field)
    if field.kind in {FieldKind.IMAGE, FieldKind.URL} and "image" in names and not field.many:
        # The picture that the publisher shares the page with is whole; an entity's may be a crop of it.
        return of_metas(scene, field) or of_entities(scene, field) or shown_value(scene, field)
    return _normal(of_entities(scene, field) or of_metas(scene, field) or shown_value(scene, field), field)


def _normal(found: FoundValue | None, field: Field) -> FoundValue | None:
    return counted(found) if found is not None and is_yield(field) else found


def _total_of_parts(scene: Scene, field: Field) -> FoundValue | None:
    """A total time as the sum of the times that make it up. The longest of them is quoted for it."""
    if "total time" not in concept_of(field).names:
        return None
    for entity in scene.peers:
        parts = [
            (normal.value, found)
            for name in ("prepTime", "cookTime", "performTime")
            for found in properties_at(entity, name)[:1]
            if (normal := normalise(found.text, field)) is not None and isinstance(normal.value, int)
        ]
        if parts:
            total = sum(minutes for minutes, _ in parts)
            _, longest = max(parts, key=lambda part: part[0])
            return FoundValue(raw=longest.text, method=entity.method, source_path=longest.leaf.path, value=total)
    return None
