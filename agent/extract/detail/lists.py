"""Lists within one thing: ingredients, steps, and any list under a heading that names it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz import fuzz

from agent.extract.detail.scene import Scene
from agent.extract.detail.schema import concept_of
from agent.extract.detail.shown_lists import MAX_ITEMS, NUMBERED, ONLY_NUMBER, shown_list
from agent.extract.detail.structured import as_list, properties_at
from agent.extract.embedded.entities import Entity, Property
from agent.extract.embedded.lenient_json import plain, plain_lines
from agent.extract.reading import FoundValue
from domain.fields import Field
from domain.folding import fold

MIN_BARE = 3  # ingredients: fewer may well be without an amount
SAME_ITEM = 90  # of 100: what data and page say of one item, amounts aside

_STEPS = frozenset({"instructions", "recipeInstructions", "step", "steps"})
_SPACE_BEFORE = re.compile(r"\s+([,;])")
_MARK = re.compile(r"^\s*[-–•*▢☐]\s+(?=\S)")
_WHOLE_NUMBER = re.compile(r"^(\d+)\.0(?=\s)")
_DOUBLE_BRACKETS = re.compile(r"\(\(([^()]*)\)\)")


def list_of(scene: Scene, field: Field) -> FoundValue | None:
    """A list field: from the entities, else from the list under the heading that names it."""
    told = _of_entities(scene, field)
    if told is None or not _lacks_amounts(told):
        return told or shown_list(scene, field)
    shown = shown_list(scene, field)
    return told if shown is None or not _is_fuller(shown, told) else shown


def _lacks_amounts(told: FoundValue) -> bool:
    """Whether data name the items and leave out how much of each."""
    texts = [item.raw for item in told.items]
    return len(texts) >= MIN_BARE and not any(map(str.isdigit, "".join(texts)))


def _is_fuller(shown: FoundValue, told: FoundValue) -> bool:
    """Whether the page shows the same items, one for one, and amounts with most of them."""
    if len(shown.items) != len(told.items):
        return False
    pairs = zip(shown.items, told.items, strict=True)
    alike = all(fuzz.token_set_ratio(fold(one.raw), fold(other.raw)) >= SAME_ITEM for one, other in pairs)
    counted = sum(any(map(str.isdigit, item.raw)) for item in shown.items)
    return alike and counted >= len(shown.items) / 2


def _of_entities(scene: Scene, field: Field) -> FoundValue | None:
    concept = concept_of(field)
    is_steps = bool(_STEPS & set(concept.paths))
    for entity in scene.peers:
        for path in concept.paths:
            told = properties_at(entity, path)
            lines = [
                FoundValue(
                    raw=raw,
                    method=entity.method,
                    source_path=at.path,
                    attribute=at.attribute,
                    value=None if line == raw else line,
                )
                for found in told
                for raw, line, at in (_steps(found, are_several=len(told) > 1) if is_steps else _lines(found))
            ]
            if lines:
                return as_list(tuple(lines[:MAX_ITEMS]))
    return None


def _lines(found: Property) -> Iterator[tuple[str, str, Property]]:
    """(as the source has it, as text, where) for each line."""
    for raw, line in plain_lines(found.text):
        yield raw, tidy(line), found.leaf


def tidy(line: str) -> str:
    """A line that a template put together, without the spaces, brackets, list marks and empty decimals that it left
    over: "- 1.0 onion , ((diced))" is "1 onion, (diced)"."""
    line = _WHOLE_NUMBER.sub(r"\1", _MARK.sub("", _SPACE_BEFORE.sub(r"\1", line)))
    return _DOUBLE_BRACKETS.sub(r"(\1)", line)


def _steps(found: Property, *, are_several: bool) -> Iterator[tuple[str, str, Property]]:
    """The same of a text, a step or a section. A section's name is a line of its own, and so is a step's, unless the
    step begins with it or it only counts. One of several steps stays whole; all steps in one text are a line each."""
    pending: list[Property] = [found]
    while pending:
        current = pending.pop()
        if not isinstance(current.value, Entity):
            if are_several and current is not found:
                yield current.text.strip(), NUMBERED.sub("", " ".join(plain(current.text).split())), current
                continue
            for raw, line in plain_lines(current.text):
                if not ONLY_NUMBER.fullmatch(line):
                    yield raw, NUMBERED.sub("", line), current
            continue
        step = current.value
        named, body = step.first("name", "headline"), step.first("text", "description", "itemListElement")
        if named and not isinstance(named.value, Entity):
            name = plain(named.text)
            repeated = body is not None and fold(plain(body.text)).startswith(fold(name).rstrip("."))
            if name and not ONLY_NUMBER.fullmatch(name) and not repeated:
                yield named.text.strip(), name, named
        are_several = are_several or len(step.all("itemListElement", "step", "steps")) > 1
        within = step.all("itemListElement", "step", "steps", "item") or step.all("text", "description")
        pending.extend(reversed(within))
