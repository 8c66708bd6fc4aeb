"""Whether a page is a list, or about one thing, when nobody said."""

from __future__ import annotations

import re
from collections.abc import Sequence

import lxml.html

from agent.extract.detail_reading import Detail
from agent.extract.embedded import Entity
from agent.extract.embedded.things import THINGS, several_things
from agent.extract.list_reading import Listed
from agent.extract.pagination import Onward
from agent.extract.reading import Ask
from agent.words import fold, singular
from domain.pages import Page
from domain.records import is_told

MANY = 2  # things of one kind that the page's data describes: it tells of a list
LIST_ROWS = 3  # fewer rows, where nobody asked for a list, are a page's odds and ends
DETAIL_LEAD = 1.5  # a page about one thing has so many times the fields of any list on it


def is_about_one(
    listing: Listed, detail: Detail, entities: Sequence[Entity], following: Onward, root: lxml.html.HtmlElement
) -> bool:
    """Whether a page is about one thing, when nobody said: it tells more of that thing than of any in its lists. A page
    whose heading is the name of just one of the things that its data describes is about that."""
    candidates = listing.listing.candidates
    if detail.candidate is None:
        return False
    several = several_things(entities)
    if several and _heads_page(several, root):
        return True
    outside = [entity for entity in entities if set(entity.types) & THINGS]
    described = len(outside) or len(several)
    if len(candidates) < (MANY if several and not _heads_page(outside, root) else LIST_ROWS):
        return True
    told = sum(is_told(value) for value in detail.candidate.fields.values())
    rows = sorted(sum(is_told(value) for value in candidate.fields.values()) for candidate in candidates)
    typical = rows[len(rows) // 2]
    if following.following_url or described >= MANY:
        return told > DETAIL_LEAD * typical
    return told > typical or (described == 1 and told >= typical)


def _heads_page(things: Sequence[Entity], root: lxml.html.HtmlElement) -> bool:
    heads = {fold(" ".join("".join(heading.itertext()).split())) for heading in root.iter("h1")}
    return sum(fold(thing.text("name", "headline")) in heads for thing in things) == 1


def tells_all(listing: Listed, ask: Ask, entities: Sequence[Entity]) -> bool:
    """Whether a list's rows tell all that is asked, so that no thing the page may be about can tell more: then it is
    not read for one. The page's own data, where it describes one thing, has a say of its own."""
    candidates = listing.listing.candidates
    if not ask.fields or len(candidates) < LIST_ROWS or any(set(entity.types) & THINGS for entity in entities):
        return False
    told = sorted(sum(is_told(value) for value in each.fields.values()) for each in candidates)
    return told[len(told) // 2] >= len(ask.fields)


def is_titled_as_list(root: lxml.html.HtmlElement, page: Page, entity: str) -> bool:
    """Whether the page's title or headline names several of what is looked for ("Coffee roasters in Leeds")."""
    words = fold(entity).split()
    if not words:
        return False
    one = singular(words[-1])
    lines = (page.title, *("".join(heading.itertext()) for heading in root.iter("h1")))
    told = {word for line in lines for word in re.split(r"\W+", fold(line))}
    return any(word != one and singular(word) == one for word in told)
