"""Data in the page's scripts: framework state, assignments, JSON islands; and JSON that the page fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

import lxml.html

from agent.extract.embedded.lenient_json import MAX_SCRIPT, Json, read_javascript, read_json, read_json_at
from domain.pages import CapturedResponse
from fetch.cursors import question_of
from fetch.questions import identity, parameters

MAX_LITERALS = 40  # assignments tried a page; state is in the first few
MAX_JAVASCRIPT_TRIES = 8  # of them with chompjs, which costs milliseconds each
MIN_LITERAL = 60  # characters; a shorter literal holds no records

_WHICH_PAGE = re.compile(
    r"(?:p|pg|pn|page|cursor|after|offset|start|skip|from|next|continuation|token)|"
    r"\w*(?:page_?(?:no|num|number|index|token)?|cursor|offset|continuation)|(?:page|next|start)\w+",
    re.I,
)
_ASSIGNED = re.compile(r"=\s*(?=[\[{])")
_ASSIGNEE = re.compile(r"(?:^|[;{}\s,(])([\w$.]+(?:\[[\"'][\w$-]+[\"']\])?)\s*$")  # what stands before it
LONGEST_NAME = 160  # characters looked at for it
_PARSED = re.compile(r"JSON\.parse\(\s*(?P<quote>[\"'])(?P<text>(?:\\.|(?!(?P=quote)).)*)(?P=quote)", re.S)
_PUSHED = re.compile(r"\.push\(\s*(?=[\[{])")
_FLIGHT = re.compile(r"self\.__next_f\.push\(\[1,\s*(\"(?:\\.|[^\"\\])*\")\]\)")
_FLIGHT_ROW = re.compile(r"(?:^|\n)[0-9a-f]+:(?=[\[{])")
_NOT_DATA = frozenset({"application/ld+json", "text/template", "text/html", "text/x-template", "importmap"})


class Document(NamedTuple):
    """One parsed value and where it is: `script[N]name$` or `response[N]$`. Documents of one `series` are pages of one
    list; empty: this one stands alone."""

    path: str
    value: Json
    series: str = ""


def state_documents(root: lxml.html.HtmlElement) -> tuple[Document, ...]:
    """The objects and arrays of the page's inline scripts, JSON-LD left out. N counts all script elements from 0."""
    documents: list[Document] = []
    literals = _Literals()
    for number, script in enumerate(root.iter("script")):
        text = script.text or ""
        kind = (script.get("type") or "").strip().lower()
        if len(text) < MIN_LITERAL or script.get("src") or kind in _NOT_DATA:
            continue
        place = f"script[{number}]"
        if "json" in kind:
            value = read_json(text)
            if isinstance(value, dict | list):
                documents.append(Document(f"{place}$", value))
            continue
        documents += [Document(f"{place}{name}$", value) for name, value in literals.of_script(text[:MAX_SCRIPT])]
    return tuple(documents)


class _Literals:
    """Finds literals in scripts, within the budget of one page."""

    def __init__(self) -> None:
        self._left = MAX_LITERALS
        self._javascript_left = MAX_JAVASCRIPT_TRIES

    def of_script(self, text: str) -> Iterator[tuple[str, Json]]:
        """(name it is assigned to, value) of each literal that could be read."""
        if flight := _FLIGHT.findall(text):
            yield from self._flight_rows(flight)
            return
        past = 0
        for found in _ASSIGNED.finditer(text):
            if found.end() < past or self._left <= 0:
                continue
            assignee = _ASSIGNEE.search(text[max(0, found.start() - LONGEST_NAME) : found.start()])
            if assignee is None:
                continue
            value, past = self._literal(text, found.end())
            if value is not None:
                yield assignee[1], value
        for found in _PARSED.finditer(text):
            value = _parsed_string(found["text"])
            if value is not None:
                yield "JSON.parse", value
        for found in _PUSHED.finditer(text):
            if found.end() < past or self._left <= 0:
                continue
            value, past = self._literal(text, found.end(), javascript=False)
            if value is not None:
                yield "push", value

    def _literal(self, text: str, at: int, *, javascript: bool = True) -> tuple[Json, int]:
        """The literal at `at` and where it ends; None and `at` where there is none, or it is too small to matter."""
        found = read_json_at(text, at)
        if found is not None:
            value, end = found
            if end - at < MIN_LITERAL:
                return None, end
            self._left -= 1
            return value, end
        if not javascript or self._javascript_left <= 0 or len(text) - at < MIN_LITERAL:
            return None, at
        self._left -= 1
        self._javascript_left -= 1
        return read_javascript(text[at:]), at

    def _flight_rows(self, chunks: Sequence[str]) -> Iterator[tuple[str, Json]]:
        """React's streamed rows: the chunks are pieces of one text of `id:json` lines."""
        stream = "".join(str(json.loads(chunk, strict=False)) for chunk in chunks)
        for row in _FLIGHT_ROW.finditer(stream):
            if self._left <= 0:
                return
            found = read_json_at(stream, row.end())
            if found and found[1] - row.end() >= MIN_LITERAL:
                self._left -= 1
                yield "__next_f", found[0]


def _parsed_string(text: str) -> Json:
    """The value of a string literal that the page hands to JSON.parse."""
    try:
        inner = json.loads('"' + text.replace("\\'", "'").replace('\\"', '"').replace('"', '\\"') + '"', strict=False)
    except ValueError:
        return None
    return read_json(inner) if len(inner) >= MIN_LITERAL else None


def response_documents(responses: Sequence[CapturedResponse]) -> tuple[Document, ...]:
    """The bodies that the page fetched while it rendered, in order."""
    documents: list[Document] = []
    asked: set[Hashable] = set()
    for number, response in enumerate(responses):
        value = read_json(response.body)
        if not isinstance(value, dict | list):
            continue
        # The same address again is the same list again, or was asked for with words that are not known here.
        question = identity(question_of(response))
        series = "" if question in asked else _series(response)
        asked.add(question)
        documents.append(Document(f"response[{number}]$", value, series))
    return tuple(documents)


def _series(response: CapturedResponse) -> str:
    """The request without what says which page of its list is asked for; empty for none that can be read."""
    try:
        given = parameters(question_of(response))
    except (ValueError, RecursionError):
        return ""
    own = sorted(f"{each.place[0]} {each.name}={each.value}" for each in given if not _WHICH_PAGE.fullmatch(each.name))
    return "\n".join((response.url.partition("#")[0].partition("?")[0], *own))
