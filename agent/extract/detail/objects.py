"""The parts of an object that belongs to a thing: `seller.phone`, `address.city`.

The part must be said of the object: by a property path of the page's data, by a label that names both, or within the
piece of the page that is called what the object is. The thing's own name is never taken for its seller's.
"""

from __future__ import annotations

from collections.abc import Iterator

import lxml.html
import msgspec

from agent.extract.definitions import Pair, pairs, plain_label
from agent.extract.detail.scene import Scene
from agent.extract.detail.schema import concept_of
from agent.extract.detail.structured import of_paths
from agent.extract.parts import named_parts
from agent.extract.reading import FoundValue
from agent.extract.vocabulary import names_of
from domain.evidence import Method
from domain.fields import Field, make_field, words_of
from domain.folding import fold
from domain.normal import normalise
from fetch.dom import visible_text

MAX_PART = 300  # characters of an element that a class names: a longer one is no single value


def part_of_object(scene: Scene, field: Field) -> FoundValue | None:
    """The value of a field whose name is a path of an object's name and its own."""
    parent, _, own = field.name.rpartition(".")
    child = msgspec.structs.replace(field, name=own)
    return (
        of_paths(scene, _paths(parent, child), field)
        or _labelled(scene, field, scene.pairs, {fold(" ".join(words_of(field.name)))})
        or _in_named_part(scene, parent, child)
    )


def _paths(parent: str, child: Field) -> tuple[str, ...]:
    """Property paths of the part, from the thing: `address/addressLocality` is one of `address.city` already."""
    of_parent = concept_of(make_field(parent)).paths
    of_child = concept_of(child).paths
    whole = [path for path in of_child if any(path.startswith(f"{outer}/") for outer in of_parent)]
    return (*whole, *(f"{outer}/{inner}" for outer in of_parent for inner in of_child if inner not in whole))


def _in_named_part(scene: Scene, parent: str, child: Field) -> FoundValue | None:
    names = {fold(name) for name, _ in names_of(child)} | {fold(name) for name in concept_of(child).names}
    for part in named_parts(scene.root, parent):
        if found := _labelled(scene, child, tuple(pairs(part)), names) or _called(scene, child, part):
            return found
    return None


def _labelled(scene: Scene, field: Field, told: tuple[Pair, ...], names: set[str]) -> FoundValue | None:
    for pair in told:
        if plain_label(pair.label) in names and _is_of_kind(scene, field, pair.value):
            path = scene.root.getroottree().getpath(pair.element)
            return FoundValue(raw=pair.value, method=Method.DEFINITIONS, source_path=path)
    return None


def _called(scene: Scene, field: Field, part: lxml.html.HtmlElement) -> FoundValue | None:
    """The text of an element of the part that is called what the field is."""
    wanted = set(words_of(field.name))
    for element in _short_elements(part):
        names = " ".join(element.get(name) or "" for name in ("itemprop", "class", "id", "data-field"))
        text = " ".join(visible_text(element).split())
        if wanted <= set(words_of(names)) and _is_of_kind(scene, field, text):
            path = scene.root.getroottree().getpath(element)
            return FoundValue(raw=text, method=Method.DETAIL, source_path=path)
    return None


def _short_elements(part: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
    for element in part.iterdescendants():
        if isinstance(element.tag, str) and 0 < len(element.text_content().strip()) <= MAX_PART:
            yield element


def _is_of_kind(scene: Scene, field: Field, text: str) -> bool:
    return bool(text) and normalise(text, field, base_url=scene.base_url, locale=scene.locale) is not None
