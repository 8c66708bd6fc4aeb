"""Things that cost nothing, or from nothing on: where the page shows it as the price, or its data of an event do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.extract.detail.scene import Scene
from agent.extract.detail.structured import properties_at
from agent.extract.reading import FoundValue
from agent.extract.vocabulary import concepts_of
from agent.extract.xpaths import xpath_of
from domain.amounts import is_free
from domain.evidence import Method
from domain.free_ranges import free_range

MAX_SAID = 60  # characters of a line that says it
_CALLED = re.compile(
    r"(?<![a-z])(?:price|preis|prix|prezzo|precio|cena|pris|prijs|cost|admission|fee|entry)(?![a-z])", re.I
)
_ZERO = re.compile(r"0+(?:[.,]0+)?")


def free_of(scene: Scene) -> FoundValue | None:
    """A shop's data say 0 of what they have no price of; those of an event mean it."""
    return next(_shown(scene), None) or next(_of_events(scene), None)


def _shown(scene: Scene) -> Iterator[FoundValue]:
    for pair in scene.pairs:
        if concepts_of(pair.label)[:1] == ("price",) and (said := _said(pair.value)):
            yield FoundValue(raw=said, value=0.0, method=Method.DEFINITIONS, source_path=xpath_of(pair.element))
    for element, text in scene.texts.short():
        if (
            (said := _said(text))
            and _CALLED.search(element.get("class") or "")
            and not scene.elsewhere.is_told(element)
        ):
            yield FoundValue(raw=said, value=0.0, method=Method.DETAIL, source_path=xpath_of(element))


def _said(text: str) -> str:
    text = text.strip()
    return text if len(text) <= MAX_SAID and is_free(text) else free_range(text[:MAX_SAID])


def _of_events(scene: Scene) -> Iterator[FoundValue]:
    for entity in scene.peers:
        if any(name.endswith("event") for name in entity.types):
            told = [*properties_at(entity, "offers/price"), *properties_at(entity, "offers/lowPrice")]
            if told and all(_ZERO.fullmatch(found.text.strip()) for found in told):
                leaf = told[0].leaf
                yield FoundValue(
                    raw=leaf.text, value=0.0, method=entity.method, source_path=leaf.path, attribute=leaf.attribute
                )
