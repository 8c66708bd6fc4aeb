"""Whether a page is a list, or about one thing, when nobody said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import lxml.etree as etree  # ty: ignore[import-not-found]  (compiled, without stubs)
import lxml.html

from agent.extract.detail.elsewhere import Elsewhere
from agent.extract.detail.shown_prices import machine_amount
from agent.extract.detail_reading import Detail
from agent.extract.embedded import Entity
from agent.extract.embedded.things import PARTS, THINGS, is_named_in, several_things, variant_places
from agent.extract.list_reading import Listed
from agent.extract.listing import Listing
from agent.extract.pagination import Onward
from agent.extract.reading import Ask
from agent.extract.vocabulary import concepts_of
from agent.words import fold, singular
from domain.fields import FieldKind
from domain.pages import Page
from domain.records import Candidate, is_told
from domain.urls import is_http, site_of, url_key

MANY = 2  # things of one kind that the page's data describes: it tells of a list
LIST_ROWS = 3  # fewer rows, where nobody asked for a list, are a page's odds and ends
_OWN = frozenset({FieldKind.PRICE, FieldKind.IDENTIFIER})  # what a shop tells of each thing, and of nothing else
_SHOWN_ALONE = frozenset({FieldKind.DATE, FieldKind.PERSON})  # where the page shows nothing of its data's list
MAX_BESIDE = 24  # rows of a list that stands beside a page's thing: of more, the page is the list
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
    if not several and (_is_of_parts(listing.listing, entities) or _is_timetable(listing.listing, detail, root)):
        return True
    if 0 < len(candidates) <= MAX_BESIDE and not following.following_url and _is_beside(listing.listing, detail, root):
        return True
    is_list = len(candidates) >= LIST_ROWS and len(outside) == 1
    if is_list and (_is_one_of(outside[0], candidates, root) or _sums_up(outside[0], listing.listing)):
        return False
    described = len(outside) or len(several)
    if len(candidates) < (MANY if several and not _heads_page(outside, root) else LIST_ROWS):
        return True
    told = sum(is_told(value) for value in detail.candidate.fields.values()) - _told_of_rows(
        listing.listing, detail, root
    )
    rows = sorted(sum(is_told(value) for value in candidate.fields.values()) for candidate in candidates)
    typical = rows[len(rows) // 2]
    if following.following_url or described >= MANY:
        return told > DETAIL_LEAD * typical
    return told > typical or (described == 1 and told >= typical)


def _told_of_rows(listing: Listing, detail: Detail, root: lxml.html.HtmlElement) -> int:
    """How many values of the page's one thing stand in the few rows of its list that tell such a value: they are those
    rows' own."""
    rows = listing.region.rows if listing.region is not None else ()
    elements = {node.element for number in listing.rows for node in rows[number]} if rows else set()
    count = 0
    for name, found in detail.found.items():
        tell = sum(name in row.fields and is_told(row.fields[name]) for row in listing.candidates)
        if elements and 0 < tell <= len(listing.candidates) / 2:
            place = _element_at(root, found.source_path)
            count += place is not None and not elements.isdisjoint(_with_those_around(place))
    return count


def _is_of_parts(listing: Listing, entities: Sequence[Entity]) -> bool:
    """Whether the rows are what belongs to one thing of the page's data: its opening hours, its sizes."""
    region = listing.region
    if region is None or region.rows:
        return False
    return region.table.name in PARTS or region.table.source_path in variant_places(entities)


def _is_timetable(listing: Listing, detail: Detail, root: lxml.html.HtmlElement) -> bool:
    """Whether the rows are the days of which the page's one thing tells its hours."""
    rows = listing.region.rows if listing.region is not None else ()
    told = [found for name, found in detail.found.items() if "hours" in concepts_of(name)]
    place = _element_at(root, told[0].source_path) if told else None
    return place is not None and bool(rows) and all(place in _with_those_around(row[0].element) for row in rows)


def _with_those_around(element: lxml.html.HtmlElement) -> set[lxml.html.HtmlElement]:
    return {element, *element.iterancestors()}


def _is_one_of(thing: Entity, rows: Sequence[Candidate], root: lxml.html.HtmlElement) -> bool:
    """Whether the one thing that the data describes is a row of the page's list, and not what the page is called by: a
    shop describes the first of a category, or the one on sale."""
    name = fold(thing.text("name", "headline"))
    lines = _headlines(root)
    if not name or not lines or is_named_in(name, *lines):
        return False
    return any(fold(str(value.value)) == name for row in rows for value in row.fields.values() if is_told(value))


def _sums_up(thing: Entity, listing: Listing) -> bool:
    """Whether the one thing of the data is the list itself, dressed as a thing: its offers go from the least price of
    the rows to the highest, and each row leads to a page of its own on the site."""
    priced = [field.name for field in listing.fields if field.kind is FieldKind.PRICE and not field.many]
    told = [row.fields[priced[0]].value for row in listing.candidates if priced and priced[0] in row.fields]
    amounts = [value for value in told if isinstance(value, int | float)]
    linked = [row for row in listing.candidates if is_http(row.detail_url) and is_http(row.url)]
    pages = {url_key(row.detail_url) for row in linked if site_of(row.detail_url) == site_of(row.url)}
    if len(pages) < len(listing.candidates) or not amounts or min(amounts) == max(amounts):
        return False
    ends = [
        (offer.text("lowPrice"), offer.text("highPrice")) for offer in thing.nested("offers") if offer.text("highPrice")
    ]
    return any((machine_amount(low), machine_amount(high)) == (min(amounts), max(amounts)) for low, high in ends)


def _is_beside(listing: Listing, detail: Detail, root: lxml.html.HtmlElement) -> bool:
    """Whether a list stands beside the thing that a page is about: under a heading that says so ("You may also like"),
    or on a page that tells of its one thing, under its own headline, what no row tells."""
    heading = next((h1 for h1 in root.iter("h1") if "".join(h1.itertext()).strip()), None)
    if heading is None or _is_a_row(heading, listing):
        return False
    places = list(_places_of(listing, root))
    elsewhere = Elsewhere(root, heading)
    if places and all(place in elsewhere.of_others for place in places):
        return True
    return _tells_its_own(listing, detail, heading, places)


def _is_a_row(heading: lxml.html.HtmlElement, listing: Listing) -> bool:
    """Whether the headline stands in a row, or names one."""
    name = fold("".join(heading.itertext()))
    return any(fold(str(value.value)) == name for row in listing.candidates for value in row.fields.values())


def _places_of(listing: Listing, root: lxml.html.HtmlElement) -> Iterator[lxml.html.HtmlElement]:
    """The first element of each row; of rows of the page's data, the links and headings that are their names."""
    rows = listing.region.rows if listing.region is not None else ()
    if rows:
        yield from (row[0].element for row in rows)
        return
    names = {
        fold(str(value.value))
        for candidate in listing.candidates
        for value in candidate.fields.values()
        if isinstance(value.value, str)
    }
    for element in root.iter("a", "h2", "h3", "h4", "h5"):
        if fold(" ".join("".join(element.itertext()).split())) in names:
            yield element


def _tells_its_own(
    listing: Listing,
    detail: Detail,
    heading: lxml.html.HtmlElement,
    places: Sequence[lxml.html.HtmlElement],
) -> bool:
    """Whether the page tells a value of a kind that is known by its form, between its headline and the first row, that
    no row tells, and as much of its one thing in all."""
    fields = detail.candidate.fields if detail.candidate is not None else {}
    told = sum(is_told(value) for value in fields.values())
    rows = [sum(is_told(value) for value in row.fields.values()) for row in listing.candidates]
    if places and told < sorted(rows)[len(rows) // 2]:
        return False
    order = {element: at for at, element in enumerate(heading.getroottree().iter())}
    first = min((order[place] for place in places if place in order), default=len(order))
    for field in listing.fields:
        own = fields.get(field.name)
        others = {str(row.fields[field.name].value) for row in listing.candidates if field.name in row.fields}
        if (
            field.kind not in (_OWN if places else _OWN | _SHOWN_ALONE)
            or own is None
            or not is_told(own)
            or not others
            or str(own.value) in others
        ):
            continue
        at = order.get(_element_at(heading, detail.found[field.name].source_path), -1)
        if order[heading] < at < first:
            return True
    return False


def _element_at(heading: lxml.html.HtmlElement, path: str) -> lxml.html.HtmlElement | None:
    if not path.startswith("/html/body"):
        return None
    try:
        found = heading.getroottree().xpath(path)
    except etree.XPathError:  # a page may call an element what no path can be written with
        return None
    return next(iter(found), None) if isinstance(found, list) else None


def _headlines(root: lxml.html.HtmlElement) -> list[str]:
    """What the page is called, folded: its title and its headings of the first level."""
    lines = (fold(" ".join("".join(element.itertext()).split())) for element in root.iter("title", "h1"))
    return [line for line in lines if line]


def _heads_page(things: Sequence[Entity], root: lxml.html.HtmlElement) -> bool:
    heads = {fold(" ".join("".join(heading.itertext()).split())) for heading in root.iter("h1")}
    return sum(fold(thing.text("name", "headline")) in heads for thing in things) == 1


def tells_all(listing: Listed, ask: Ask, entities: Sequence[Entity]) -> bool:
    """Whether a list's rows tell all that is asked, so that no thing the page may be about can tell more: then it is
    not read for one. The page's own data, where it describes one thing, has a say of its own."""
    candidates = listing.listing.candidates
    if not ask.fields or len(candidates) <= MAX_BESIDE or any(set(entity.types) & THINGS for entity in entities):
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
