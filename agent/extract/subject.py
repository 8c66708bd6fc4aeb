"""What a page says of all the things on it: the place that its title, headline or address names."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote, urlsplit

from domain.pages import Page
from domain.place_names import line_names
from fetch.dom import parse

MAX_LINE = 200  # characters; a longer headline is a paragraph
HEADLINES = 4  # looked at, the title among them: what a page is about stands in the first


def line_about(page: Page, places: tuple[str, ...]) -> str:
    """The line that says one of the places; empty where none does."""
    if not places:
        return ""
    return next((line for line in _lines(page) if any(line_names(line, place) for place in places)), "")


def _lines(page: Page) -> Iterator[str]:
    root = parse(page.html)
    if page.title:
        yield _plain(page.title)
    for heading in islice(root.iter("title", "h1"), HEADLINES):
        yield _plain("".join(heading.itertext()))
    path = unquote(urlsplit(page.final_url or page.url).path)
    if 1 < len(path) <= MAX_LINE:
        yield path


def _plain(text: str) -> str:
    return " ".join(text.split())[:MAX_LINE]
