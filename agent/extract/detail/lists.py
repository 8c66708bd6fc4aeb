"""Lists within one thing: ingredients, steps, and any list under a heading that names it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lxml.html

from agent.extract.detail.scene import Scene
from agent.extract.detail.schema import concept_of
from agent.extract.detail.structured import as_list, properties_at
from agent.extract.embedded.entities import Entity, Property
from agent.extract.embedded.lenient_json import plain, plain_lines
from agent.extract.reading import FoundValue
from domain.evidence import Method
from domain.fields import Field, words_of
from domain.grounding import fold
from fetch.dom import visible_text

MAX_ITEMS = 300  # of one list
MAX_HEADING = 60  # characters; a longer line is prose
MAX_AFTER = 40  # elements between a heading and its list

_LEVELS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_STEPS = frozenset({"instructions", "recipeInstructions", "step", "steps"})
_NUMBERED = re.compile(r"^\s*(?:step\s*)?\d{1,2}\s*[.):]\s+(?=\S)", re.I)
_ONLY_NUMBER = re.compile(r"\s*(?:step|schritt|étape|paso|passo|stap|krok)?\s*\d{1,2}\s*[.):]?\s*", re.I)
_SPACE_BEFORE = re.compile(r"\s+([,;)])")
_MARK = re.compile(r"^\s*[-–•*▢☐]\s+(?=\S)")
_WHOLE_NUMBER = re.compile(r"^(\d+)\.0(?=\s)")
_DOUBLE_BRACKETS = re.compile(r"\(\(([^()]*)\)\)")

# What headings call the two lists that people ask for most, in the languages of most recipe sites.
_HEADINGS = {
    "ingredients": re.compile(
        r"ingredi[eë]n|zutaten|ingr[ée]dients|ingredientes|składniki|ингредиенты|hozzávalók|ainekset|材料|재료|"
        r"malzemeler|ingrediencje|suroviny|sastojci|sestavine|you(?:'|’)?ll need|what you need",
        re.I,
    ),
    "instructions": re.compile(
        r"instructions?|directions?|method\b|preparation|steps?\b|how to make|zubereitung|anleitung|préparation|"
        r"instrucciones|preparación|elaboración|preparazione|procedimento|bereiding|modo de prepar|przygotowanie|"
        r"приготовление|elkészítés|fremgangsmåde|gør sådan|gör så här|så här gör du|tillagning|valmistus|作り方|만드는|"
        r"hazırlanışı|postup|priprema|priprava",
        re.I,
    ),
}


def list_of(scene: Scene, field: Field) -> FoundValue | None:
    """A list field: from the entities, else from the list under the heading that names it."""
    return _of_entities(scene, field) or _under_heading(scene, field)


def _of_entities(scene: Scene, field: Field) -> FoundValue | None:
    concept = concept_of(field)
    is_steps = bool(_STEPS & set(concept.paths))
    for entity in scene.peers:
        for path in concept.paths:
            lines = [
                FoundValue(
                    raw=raw,
                    method=entity.method,
                    source_path=at.path,
                    attribute=at.attribute,
                    value=None if line == raw else line,
                )
                for found in properties_at(entity, path)
                for raw, line, at in (_steps(found) if is_steps else _lines(found))
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


def _steps(found: Property) -> Iterator[tuple[str, str, Property]]:
    """The same of a text, a step or a section. A section's name is a line of its own, and so is a step's, unless the
    step begins with it or it only counts."""
    pending: list[Property] = [found]
    while pending:
        current = pending.pop()
        if not isinstance(current.value, Entity):
            for raw, line in plain_lines(current.text):
                if not _ONLY_NUMBER.fullmatch(line):
                    yield raw, _NUMBERED.sub("", line), current
            continue
        step = current.value
        named, body = step.first("name", "headline"), step.first("text", "description", "itemListElement")
        if named and not isinstance(named.value, Entity):
            name = plain(named.text)
            repeated = body is not None and fold(plain(body.text)).startswith(fold(name).rstrip("."))
            if name and not _ONLY_NUMBER.fullmatch(name) and not repeated:
                yield named.text.strip(), name, named
        within = step.all("itemListElement", "step", "steps", "item") or step.all("text", "description")
        pending.extend(reversed(within))


def _under_heading(scene: Scene, field: Field) -> FoundValue | None:
    """The items of the first list after a heading that names the field."""
    names = _heading_pattern(field)
    for element in scene.root.iter("h1", "h2", "h3", "h4", "h5", "h6", "strong", "b", "p", "div", "span", "dt", "th"):
        text = element.text_content() if len(element) < 4 else ""
        if not 3 <= len(text.strip()) <= MAX_HEADING or not names.match(fold(text).strip(" :")):
            continue
        items = tuple(_items_after(element))
        if len(items) > 1:
            tree = scene.root.getroottree()
            return as_list(
                tuple(
                    FoundValue(raw=text, method=Method.DETAIL, source_path=tree.getpath(item))
                    for item, text in items[:MAX_ITEMS]
                )
            )
    return None


def _heading_pattern(field: Field) -> re.Pattern[str]:
    concept = concept_of(field)
    known = next((pattern for name, pattern in _HEADINGS.items() if name in concept.names), None)
    if known:
        return known
    names = "|".join(re.escape(" ".join(words_of(name))) for name in concept.names)
    return re.compile(rf"(?:{names})\b", re.I)


def _items_after(heading: lxml.html.HtmlElement) -> Iterator[tuple[lxml.html.HtmlElement, str]]:
    """The items of the lists that follow a heading, up to the next heading of its level; else the paragraphs of the
    block that follows it."""
    block = heading
    for _ in range(4):  # a heading is wrapped in up to three elements of its own
        following = block.getnext()
        if following is not None and visible_text(following):
            break
        parent = block.getparent()
        if parent is None:
            return
        block = parent
    siblings = _until_next(block, heading.tag)
    lists = [item for sibling in siblings for item in _list_items(sibling)]
    if lists:
        yield from lists
        return
    for sibling in siblings[:MAX_AFTER]:
        for line in visible_text(sibling).split("\n"):
            if not _ONLY_NUMBER.fullmatch(line):
                yield sibling, _NUMBERED.sub("", line)


def _until_next(block: lxml.html.HtmlElement, heading_tag: str) -> list[lxml.html.HtmlElement]:
    found: list[lxml.html.HtmlElement] = []
    for sibling in block.itersiblings():
        # A heading of the same level or above ends it; what is set as a bold line or a div ends at any heading.
        is_heading = sibling.tag in _LEVELS and (heading_tag not in _LEVELS or sibling.tag <= heading_tag)
        if is_heading and found:
            break
        if not is_heading and isinstance(sibling.tag, str):
            found.append(sibling)
        if len(found) >= MAX_AFTER:
            break
    return found


def _list_items(block: lxml.html.HtmlElement) -> Iterator[tuple[lxml.html.HtmlElement, str]]:
    for item in block.iter("li"):
        if item.find(".//li") is None and (text := " ".join(visible_text(item).split())):
            yield item, text
