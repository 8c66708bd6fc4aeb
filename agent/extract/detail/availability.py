"""Whether the thing can be had: its offers' word, meta tags, and what stands and can be pressed beside its name."""

from __future__ import annotations

import re
from typing import NamedTuple

import lxml.html
import msgspec

from agent.extract.detail.ballot import Ballot, Vote
from agent.extract.detail.scene import Scene
from agent.extract.detail.shown_prices import is_one_of_many
from agent.extract.detail.structured import properties_at
from agent.extract.embedded.entities import Property
from agent.extract.hidden import is_hidden, is_in_template
from agent.extract.reading import FoundValue
from agent.extract.xpaths import xpath_of
from domain.evidence import Method
from domain.fields import Field, FieldKind
from domain.folding import fold
from domain.normal import normalise
from domain.recognise import availability_of
from domain.records import Value
from domain.stock_words import BUTTON_NAME, BUY, DENIED, NONE_OF_IT, NOT_AWAY, OUT, RETURNS, STOCK

NEAR = 2_500  # characters after the thing's name: its buy box; further down are other things

_BUTTONS = (
    "//button | //input[@type='submit' or @type='button' or @type='image'] | //a[@role='button' or @class or @id]"
)
_NAME_ATTRIBUTES = ("value", "aria-label", "title", "id", "name", "class", "data-action", "data-testid", "data-test")
MAX_BUTTONS = 600
SAID_OUT, SAID_IN = 1.2, 0.6  # weights of a line: that a thing is there is said of others too
STATED_OUT = 2.2  # of a line that says nothing else: more than a button, which shops leave standing
RETURNS_SAID = 0.5  # less than of any line that says it outright
SHUT = 1.0  # weight of a button that cannot be pressed: less than the word of the page's data alone
MAX_PLACES = 20  # of one line in a page
MAX_SAID = 80  # characters: a longer line talks about stock in general, or of other things

FLAGGED = 1.3  # weight of a yes or no in an attribute or a script: more than of a line, less than of typed data
MAX_FLAGS = 60  # elements of one attribute

_FLAGS = (
    "data-in-stock",
    "data-instock",
    "data-is-in-stock",
    "data-stock-status",
    "data-availability",
    "data-available",
)
_FLAG = re.compile(
    r"[\"'](?:is_?)?(?:in_?stock|available_?for_?sale)[\"']\s*:\s*[\"']?(?P<told>true|false|1|0)\b[\"']?\s*[,}\n]", re.I
)
_LABEL_OR_NOTHING = re.compile(r"(?:[^:：]{2,40}[:：])?")
_OF_CHOICE = frozenset({"option", "optgroup", "select"})
_FIELD = Field(name="availability", kind=FieldKind.AVAILABILITY)


def availability_of_thing(scene: Scene) -> FoundValue | None:
    """InStock, OutOfStock or PreOrder, by weight of evidence; nothing where the page says nothing."""
    ballot = Ballot()
    _hear_entities(scene, ballot)
    _hear_metas(scene, ballot)
    _hear_flags(scene, ballot)
    _hear_button(scene, ballot)
    _hear_lines(scene, ballot)
    states = ballot.values()
    return ballot.elected(states[0]) if states else None


def is_in_stock(scene: Scene) -> FoundValue | None:
    """The same as a yes or a no, where it is asked so."""
    found = availability_of_thing(scene)
    if found is None:
        return None
    return msgspec.structs.replace(found, value=found.value != "OutOfStock", conflicts=())


def _hear_entities(scene: Scene, ballot: Ballot) -> None:
    """A thing with several offers (sizes, sellers) can be had when one of them can."""
    for entity in scene.peers:
        states: dict[Value, Property] = {}
        for found in (
            *properties_at(entity, "offers/availability"),
            *properties_at(entity, "offers/offers/availability"),
        ):
            state = normalise(found.text.rsplit("/", 1)[-1], _FIELD)
            if state is not None:
                states.setdefault(state.value, found)
        best = next((state for state in ("InStock", "PreOrder", "OutOfStock") if state in states), None)
        if best is not None:
            found = states[best]
            ballot.add(best, Vote(2.0, found.text, entity.method, found.leaf.path, found.leaf.attribute))


def _hear_metas(scene: Scene, ballot: Ballot) -> None:
    for name, values in (scene.metas.properties if scene.metas else {}).items():
        if "availability" in name:
            state = normalise(values[0].text.replace("oos", "out of stock"), _FIELD)
            if state is not None:
                ballot.add(state.value, Vote(1.5, values[0].text, Method.OPENGRAPH, values[0].path, "content"))


def _hear_flags(scene: Scene, ballot: Ballot) -> None:
    """What attributes and script data say by a yes or a no. Where sizes or other things differ in it, nothing is told
    of the thing itself."""
    told: dict[str, Vote] = {}
    for name in _FLAGS:
        for element in scene.root.xpath(f"//*[@{name}]")[:MAX_FLAGS]:
            state = availability_of(text := (element.get(name) or "")[:MAX_SAID])
            if state and element.tag not in _OF_CHOICE and not scene.elsewhere.is_told(element):
                told.setdefault(state, Vote(FLAGGED, text, Method.DETAIL, xpath_of(element), name))
    if not told:
        for script in scene.root.iter("script"):
            for found in _FLAG.finditer("" if script.get("src") else script.text or ""):
                state = availability_of(found["told"])
                if state:
                    told.setdefault(state, Vote(FLAGGED, found["told"], Method.STATE))
    if len(told) == 1:
        ((state, vote),) = told.items()
        ballot.add(state, vote)


def _hear_lines(scene: Scene, ballot: Ballot) -> None:
    """The first line of each kind beside the thing's name."""
    heard: set[tuple[str, float]] = set()
    of_others = scene.elsewhere.only_texts(scene.texts)
    for line in _beside_the_name(scene).split("\n"):
        if " ".join(line.split()) in of_others:
            continue
        told = _said_in(line) if len(line) <= MAX_SAID else None
        if told is None or (told.state == "OutOfStock" and _is_only_an_option(scene, line)):
            continue
        if (told.state, told.weight) not in heard:
            heard.add((told.state, told.weight))
            if told.weight == STATED_OUT:
                _hear_stated(scene, line, told.words, ballot)
            else:
                ballot.add(told.state, Vote(told.weight, told.words, Method.DETAIL))


def _is_only_an_option(scene: Scene, line: str) -> bool:
    """Whether a line is what a choice of several offers ("S - sold out"), and stands nowhere else."""
    wanted = " ".join(line.split())
    places = [element for element, text in scene.texts.short() if text == wanted][:MAX_PLACES]
    options = [element for element in places if element.tag == "option"]
    return bool(options) and all(element.tag in _OF_CHOICE for element in places)


class _Said(NamedTuple):
    """What a line tells of stock, and the words by which it does."""

    state: str
    weight: float
    words: str


def _said_in(line: str) -> _Said | None:
    away = OUT.search(line)
    if away and NOT_AWAY.search(line[: away.start()]):
        return None
    if away:
        return _Said("OutOfStock", STATED_OUT if _is_whole(line, away) else SAID_OUT, away[0])
    if returns := RETURNS.search(line):
        return _Said("OutOfStock", RETURNS_SAID, returns[0])
    there = BUY.search(line)
    if there is None:
        return None
    if STOCK.search(there[0]):
        if denied := DENIED.search(line[: there.start()]):
            return _Said("OutOfStock", SAID_OUT, line[denied.start() : there.end()].strip())
        if NONE_OF_IT.fullmatch(line[there.end() :]):
            return _Said("OutOfStock", STATED_OUT, line[there.start() :].strip())
    return _Said("InStock", SAID_IN, there[0])


def _is_whole(line: str, said: re.Match[str]) -> bool:
    """Whether a line says no more than its stock words, under a label or not."""
    return not line[said.end() :].strip(" .!*)") and bool(
        _LABEL_OR_NOTHING.fullmatch(line[: said.start()].strip(" (*"))
    )


def _hear_stated(scene: Scene, line: str, said: str, ballot: Ballot) -> None:
    """A line that says nothing but that something is out of stock: the thing, unless it stands with one size of several
    or waits, hidden, for a script to show it."""
    wanted = " ".join(line.split())
    places = [element for element, text in scene.texts.short() if text == wanted][:MAX_PLACES]
    shown = [element for element in places if not is_hidden(element)]
    own = next((element for element in shown if not is_one_of_many(element)), None)
    if own is not None:
        ballot.add("OutOfStock", Vote(STATED_OUT, said, Method.DETAIL, xpath_of(own)))
    else:
        ballot.add("OutOfStock", Vote(SAID_OUT if shown or not places else RETURNS_SAID, said, Method.DETAIL))


def _hear_button(scene: Scene, ballot: Ballot) -> None:
    """A button that buys, and can be pressed; or the only ones that there are, and cannot."""
    pressed = unpressed = None
    for element in scene.root.xpath(_BUTTONS)[:MAX_BUTTONS]:
        if element in scene.elsewhere.of_others:
            continue
        raw, attribute = _said_by(element)
        if raw and (is_in_template(element) or is_hidden(element)):
            continue
        if raw and _is_disabled(element):
            unpressed = unpressed or (element, raw, attribute)
        elif raw:
            pressed = element, raw, attribute
            break
    told = pressed or (unpressed if unpressed and not _has_choice(scene, unpressed[0]) else None)
    if told is not None:
        element, raw, attribute = told
        path = scene.root.getroottree().getpath(element)
        ballot.add(
            "InStock" if pressed else "OutOfStock", Vote(1.5 if pressed else SHUT, raw, Method.DETAIL, path, attribute)
        )


def _is_disabled(element: lxml.html.HtmlElement) -> bool:
    return element.get("disabled") is not None or "disabled" in (element.get("class") or "").split()


def _has_choice(scene: Scene, button: lxml.html.HtmlElement) -> bool:
    """Whether a button may wait for a size or a colour to be chosen: its form has something to choose from."""
    form = next(button.iterancestors("form"), None)
    around = form if form is not None else scene.root
    return bool(around.xpath(".//select | .//input[@type='radio']"))


def _denies(text: str) -> bool:
    return bool(OUT.search(text) or RETURNS.search(text))


def _said_by(element: lxml.html.HtmlElement) -> tuple[str, str]:
    """The words by which an element shows that it buys, and the attribute that they stand in."""
    text = " ".join("".join(element.itertext()).split())
    if 0 < len(text) <= MAX_SAID and not _denies(text) and (said := BUY.search(text) or BUTTON_NAME.search(text)):
        return said[0], "text"
    for name in _NAME_ATTRIBUTES:
        value = element.get(name) or ""
        if said := BUTTON_NAME.search(value) or (BUY.search(value) if len(value) <= MAX_SAID else None):
            return said[0], name
    return "", ""


def _beside_the_name(scene: Scene) -> str:
    """The visible text from the thing's name on."""
    text = scene.page.text
    at = fold(text).find(scene.name[:40]) if scene.name else -1
    return text[max(0, at) : max(0, at) + NEAR]
