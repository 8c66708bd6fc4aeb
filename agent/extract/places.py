"""Where a page about one thing shows a field: learned from values that another method read, found again on its like.

A place is known by the caption beside it, which outlasts new class names and another order; where there is none, by its
path of tags and classes, as long as only one text stands there and that text has a form that was seen there before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import lxml.html

from agent.extract.beside import has_link_before, is_another_amount
from agent.extract.captions import CAPTION_TAGS, MAX_CAPTION, Texts, caption_of, label_of
from agent.extract.miner.tree import stable_classes
from agent.extract.reading import FoundValue
from agent.extract.setting import PageSetting
from agent.extract.templates import HALF, MAX_PLACES, proven_fields
from agent.extract.xpaths import xpath_of
from domain.evidence import Method
from domain.fields import Field, FieldKind
from domain.folding import fold
from domain.normal import normalise
from domain.recognise import recognise
from domain.records import Candidate, FieldValue, is_told
from domain.templates import PROOFS, Place, Template
from fetch.dom import BLOCKS, CELLS, UNSEEN

MAX_SLOTS = 4_000  # texts of a page that are looked at, in its order: what a page is about stands before
MAX_TEXT = 2_000  # characters of a place's text; a longer one is a page's body and no field of it
MAX_DEPTH = 4  # elements of a path: farther out, pages of one kind differ by what surrounds them
MAX_ELEMENTS = 20_000  # looked at before giving up: a page about one thing has some thousand
LONG = 160  # characters; a text beyond is a paragraph

# Methods whose values lie in what the page shows; what it says to machines is read anew, at no cost, under its name.
_SHOWN = frozenset(
    {Method.DEFINITIONS, Method.DETAIL, Method.REPEATED, Method.TABLE, Method.MODEL, Method.TEMPLATE, Method.USER}
    | {Method.LABELLED}
)
_PAIR = re.compile(r"([^\W\d_][^:：]{0,38}?)\s*[:：]\s*(\S.*)", re.S)
_SPACES = re.compile(r"\s+")
_FORMS = (FieldKind.EMAIL, FieldKind.PHONE, FieldKind.DATE, FieldKind.PRICE, FieldKind.NUMBER)
_MATTER = frozenset({"body", "main", "article", "section"})
_PROSE = frozenset({"words", "code", "long"})  # forms of texts that are told apart by their length and digits alone
_ADDRESSES = frozenset({FieldKind.URL, FieldKind.IMAGE})


class Slot(NamedTuple):
    """A text of the page with its place."""

    text: str
    element: lxml.html.HtmlElement
    caption: str
    path: str


class Replayed(NamedTuple):
    """What a template found on a page. `why` says, where it did not fit, in what; `contradicted` that the page has its
    places with values of another kind in them."""

    found: dict[str, FoundValue]
    why: str = ""
    contradicted: bool = False


def slots_of(root: lxml.html.HtmlElement) -> list[Slot]:
    """The texts of a page, outer before inner, each with what stands beside it."""
    body = root if root.tag == "body" else root.find(".//body")
    elements = list(_elements(root if body is None else body))
    texts, paths = _texts(elements), _paths(elements)
    names = _names(elements, texts)
    slots: list[Slot] = []
    for element in elements:
        slots.extend(
            slot._replace(caption="") if slot.caption in names else slot
            for slot in _slots_at(element, paths[element], texts)
        )
        if len(slots) >= MAX_SLOTS:
            break
    return slots


def _names(elements: Sequence[lxml.html.HtmlElement], texts: Texts) -> set[str]:
    """What the page's thing is called, which is another on each page: no caption, though it stands before a text."""
    heads = [element for element in elements if element.tag in {"h1", "h2", "h3"}]
    return {label_of(texts.get(head, "")) for place, head in enumerate(heads) if head.tag == "h1" or not place} - {""}


def _elements(top: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
    stack, seen = [top], 0
    while stack and seen < MAX_ELEMENTS:
        element = stack.pop()
        if isinstance(element.tag, str) and element.tag not in UNSEEN:
            seen += 1
            yield element
            stack.extend(reversed(element))


def _texts(elements: Sequence[lxml.html.HtmlElement]) -> Texts:
    """What each element shows, white space folded; those that show more than a value can be are left out. From the
    inside out, so that each text is put together once."""
    texts: Texts = {}
    for element in reversed(elements):
        parts = [element.text or ""]
        for child in element:
            if isinstance(child.tag, str) and child.tag not in UNSEEN:
                inner = texts.get(child)
                if inner is None:
                    break
                parts.append(inner)
                parts.append(" " if child.tag in BLOCKS or child.tag in CELLS else "")
            parts.append(child.tail or "")
        else:
            whole = "".join(parts)
            if len(whole) <= 4 * MAX_TEXT and len(folded := _SPACES.sub(" ", whole)) <= MAX_TEXT:
                texts[element] = folded
    return texts


def _slots_at(element: lxml.html.HtmlElement, path: str, texts: Texts) -> Iterator[Slot]:
    text = texts.get(element, "").strip()
    if text:
        caption = caption_of(element, texts)
        yield Slot(text, element, caption, path)
        pair = (
            _PAIR.fullmatch(text) if not caption and (":" in text[:MAX_CAPTION] or "：" in text[:MAX_CAPTION]) else None
        )
        if pair is not None:
            yield Slot(pair[2], element, fold(pair[1]), path)
    for child in element:
        tail = " ".join((child.tail or "").split())
        if tail and len(tail) <= MAX_TEXT and isinstance(child.tag, str):
            label = texts.get(child, "").strip()
            is_label = child.tag in CAPTION_TAGS or label.endswith((":", "："))
            yield Slot(tail.lstrip(":： "), element, label_of(label) if is_label else "", f"{path}/~")


def _paths(elements: Sequence[lxml.html.HtmlElement]) -> dict[lxml.html.HtmlElement, str]:
    """The tags and classes that lead to each element, in document order. Classes of what holds all of a page's matter
    are left out: they tell what the one page is filed under."""
    paths: dict[lxml.html.HtmlElement, str] = {}
    steps: dict[lxml.html.HtmlElement, tuple[str, ...]] = {}
    for element in elements:
        marks = stable_classes(element.get("class"))
        named = element.get("itemprop")
        step = ".".join((str(element.tag), *marks, named) if named else (str(element.tag), *marks))
        outer = steps.get(element.getparent(), ())[1 - MAX_DEPTH :]
        paths[element] = "/".join((*outer, step))
        steps[element] = (*outer, str(element.tag) if element.tag in _MATTER else step)
    return paths


@lru_cache(maxsize=20_000)
def _folded(text: str) -> str:
    """Texts of a site's frame come back on every page of it."""
    return fold(text)


def form_of(text: str) -> str:
    """What a text looks like, coarsely: enough to tell a price that now stands where a name stood."""
    if len(text) > LONG:
        return "long"
    for kind in _FORMS:
        span = recognise(kind, text, "")
        if span is not None and len(span.text) >= HALF * len(text):
            return kind.value
    return "words" if sum(map(str.isdigit, text)) < len(text) / 4 else "code"


def learn_places(
    root: lxml.html.HtmlElement, candidate: Candidate, fields: Sequence[Field], setting: PageSetting
) -> dict[str, tuple[Place, ...]]:
    """For each field that was read from what the page shows: all places where its value stands."""
    slots = slots_of(root)
    by_text: dict[str, list[Slot]] = {}
    texts_at: dict[str, set[str]] = {}
    for slot in _with_lone(slots):
        by_text.setdefault(_folded(slot.text), []).append(slot)
        if not slot.caption:
            texts_at.setdefault(slot.path, set()).add(slot.text)
    found: dict[str, tuple[Place, ...]] = {}
    for field in fields:
        value = candidate.fields.get(field.name)
        if value is None or not _is_shown(value) or field.kind in _ADDRESSES:
            continue
        raws = [evidence.quote for evidence in value.evidence] if field.many else [value.raw]
        places = _common_places([by_text.get(_folded(raw), []) for raw in raws], texts_at, many=field.many)
        if places:
            found[field.name] = places
    return found


def _with_lone(slots: Sequence[Slot]) -> list[Slot]:
    """The texts, those that stand alone at their path beside a caption once more without it: what stands before a text
    may be another value of the page, and no caption of all pages."""
    at: dict[str, set[str]] = {}
    for slot in slots:
        at.setdefault(slot.path, set()).add(slot.text)
    lone = [slot._replace(caption="") for slot in slots if slot.caption and len(at[slot.path]) == 1]
    return [*slots, *lone]


def _is_shown(value: FieldValue) -> bool:
    return is_told(value) and bool(value.evidence) and value.evidence[0].method in _SHOWN


def _common_places(
    standing: Sequence[Sequence[Slot]], texts_at: Mapping[str, set[str]], *, many: bool
) -> tuple[Place, ...]:
    """The places where all parts of a value stand, captioned ones first. A path without a caption that holds other
    texts as well is none, unless the value is a list."""
    kept: dict[tuple[str, str], set[str]] = {}
    linked: set[tuple[str, str]] = set()
    for number, slots in enumerate(standing):
        here: dict[tuple[str, str], set[str]] = {}
        for slot in slots:
            if slot.caption or many or len(texts_at[slot.path]) == 1:
                here.setdefault((slot.caption, slot.path), set()).add(form_of(slot.text))
                if has_link_before(slot.element):
                    linked.add((slot.caption, slot.path))
        kept = here if not number else {key: kept[key] | forms for key, forms in here.items() if key in kept}
    if many:  # a path that holds more than the value's items would give them all
        kept = {key: forms for key, forms in kept.items() if key[0] or len(texts_at[key[1]]) == len(standing)}
    places = [
        Place(caption=key[0], path=key[1], forms=tuple(sorted(forms)), unlinked=key not in linked)
        for key, forms in kept.items()
    ]
    return tuple(sorted(places, key=lambda place: not place.caption)[:MAX_PLACES])


def replay_places(
    root: lxml.html.HtmlElement, template: Template, fields: Sequence[Field], setting: PageSetting
) -> Replayed:
    """The values at a proven template's places, nothing where the page is not of its kind."""
    known = proven_fields(template)
    wanted = [field for field in fields if field.name in known]
    places = {
        field.name: tuple(place for place in template.places[field.name] if place.proofs >= PROOFS) for field in wanted
    }
    found, impure = _read_at(root, places, wanted, setting, Method.TEMPLATE)
    if len(found) < HALF * len(wanted):
        contradicted = len(impure) > HALF * len(wanted)
        why = f"its places hold other things ({', '.join(impure)})" if contradicted else ""
        why = why or f"it found {len(found)} of {len(wanted)} fields"
        return Replayed({}, why, contradicted)
    return Replayed(found)


def read_places(
    root: lxml.html.HtmlElement,
    places: Mapping[str, tuple[Place, ...]],
    fields: Sequence[Field],
    setting: PageSetting,
    by: Method,
) -> dict[str, FoundValue]:
    """The values at places that a model named, on this page or another of its kind; `by` says which. Nothing where
    fewer than half of the places hold a value of their field: the page is of another kind."""
    wanted = [field for field in fields if field.name in places]
    found, _ = _read_at(root, places, wanted, setting, by)
    return found if len(found) >= HALF * len(wanted) else {}


def _read_at(
    root: lxml.html.HtmlElement,
    places: Mapping[str, tuple[Place, ...]],
    fields: Sequence[Field],
    setting: PageSetting,
    by: Method,
) -> tuple[dict[str, FoundValue], list[str]]:
    """Each field at the first of its places that has it, and the fields whose places hold something else."""
    by_caption: dict[str, list[Slot]] = {}
    by_path: dict[str, list[Slot]] = {}
    for slot in _with_lone(slots_of(root)):
        (by_caption.setdefault(slot.caption, []) if slot.caption else by_path.setdefault(slot.path, [])).append(slot)
    found: dict[str, FoundValue] = {}
    impure = []
    for field in fields:
        held = False
        for place in places[field.name]:
            slots = _standing_at(place, by_caption, by_path)
            values = _fitting(slots, place, field, setting)
            held = held or bool(slots)
            if values and (field.many or len({_folded(slot.text) for slot in values}) == 1):
                found[field.name] = _value(values, field, by)
                break
        if held and field.name not in found:
            impure.append(field.name)
    return found, impure


def _standing_at(place: Place, by_caption: Mapping[str, list[Slot]], by_path: Mapping[str, list[Slot]]) -> list[Slot]:
    """What stands beside the place's caption, at its path if there is such; without a caption, what is at its path."""
    slots = by_caption.get(place.caption, []) if place.caption else by_path.get(place.path, [])
    return [slot for slot in slots if slot.path == place.path] or slots


def _fitting(slots: Sequence[Slot], place: Place, field: Field, setting: PageSetting) -> list[Slot]:
    """The texts that can be the field's value. A caption says what they are; without one, their form must be known
    there. Items of a list differ in form, and nobody would miss one that is left out: all are taken where most fit."""
    read = [
        slot for slot in slots if _is_of_kind(slot.text, field, setting) and not is_another_amount(slot.element, field)
    ]
    if place.caption:
        return read
    fit = [slot for slot in read if form_of(slot.text) in place.forms and not _is_led_to(slot, place)]
    if not field.many:
        return fit
    is_prose = bool(_PROSE & set(place.forms))
    known = sum(form_of(slot.text) in place.forms or (is_prose and form_of(slot.text) in _PROSE) for slot in read)
    return read if known >= HALF * len(slots) else []


def _is_led_to(slot: Slot, place: Place) -> bool:
    return place.unlinked and has_link_before(slot.element)


def _is_of_kind(text: str, field: Field, setting: PageSetting) -> bool:
    read = normalise(text, field, base_url=setting.base_url, locale=setting.tag, year=setting.year)
    return read is not None


def _value(slots: Sequence[Slot], field: Field, by: Method) -> FoundValue:
    """A single value, or a list of all that stand at the place."""
    items = tuple(FoundValue(raw=slot.text, method=by, source_path=xpath_of(slot.element)) for slot in slots)
    if not field.many:
        return items[0]
    return FoundValue(raw="", method=by, source_path=items[0].source_path, items=items)
