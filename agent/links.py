"""Where a page that was read leads: its next page, pages about its records, and listings of a site's front page.

Only links that stand on the page or in the site's own map are followed. Page text chooses among them; it adds none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

import msgspec

from agent.extract.reading import PageReading, PageShape
from agent.frontier import Frontier
from agent.merge import Merged
from agent.words import fold, singular
from domain.errors import InvalidInput
from domain.fields import Field
from domain.plans import Comparison, Plan
from domain.records import Candidate, FieldValue, is_told
from domain.requests import GoalRequest
from domain.tasks import FoundBy, Task
from domain.urls import canonical_url, site_of, url_key
from fetch.dom import parse

LISTINGS_FOLLOWED = 5  # of one front page: the best matches; the rest of the site is behind them
SITEMAP_URLS_READ = 2000  # enough to hold the sections of a large site, small enough to score at once
_LINKS_READ = 2000  # of one front page
_STOP = """
    a all an and at best by com del der die du each for from get give het how in info is la las le les list los me my
    name near new of on or our page per price rated show site the their them to top und url web what where which with
    www you your find
"""
_STOP_WORDS = frozenset(_STOP.split())


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """`matched` are the goal's words in its text and address."""

    url: str
    matched: tuple[str, ...]


def goal_words(plan: Plan) -> frozenset[str]:
    """The words, singular, that a listing for this goal would be named by."""
    words = {singular(word) for word in fold(f"{plan.entity} {plan.goal} {plan.location}").split()}
    urls = {singular(word) for source in plan.sources for word in fold(source).split()}
    return frozenset(word for word in words - urls - _STOP_WORDS if len(word) > 2)


def is_front_page(url: str) -> bool:
    parts = urlsplit(url)
    return re.fullmatch(r"/?(?:index\.\w+|[a-z]{2}/?)?", parts.path) is not None and not parts.query


def lacks(values: Mapping[str, FieldValue], fields: tuple[Field, ...]) -> bool:
    """Whether one of the fields has no value that may be told."""
    return any((found := values.get(field.name)) is None or not is_told(found) for field in fields)


def asked_fields(plan: Plan, request: GoalRequest) -> tuple[Field, ...]:
    """The fields worth a further page each: those that were named, that a condition needs, or that are required. A
    place is told by the list's own page as well: an address is worth one only where it is unclear."""
    named = {field.name for field in request.fields} | {
        each.field
        for condition in plan.conditions
        for each in condition.either
        if each.comparison not in {Comparison.IN, Comparison.NOT_IN}
    }
    return tuple(field for field in plan.fields if field.required or field.name in named)


def details_wanted(merged: tuple[Merged, ...], asked: tuple[Field, ...]) -> frozenset[str]:
    """URL keys of pages about records that still lack an asked field, or leave a condition unclear."""
    return frozenset(
        url_key(member.detail_url)
        for each in merged
        if each.record.is_apart or (asked and lacks(each.record.fields, asked))
        for member in each.members
        if member.detail_url
    )


def next_page(frontier: Frontier, task: Task, reading: PageReading) -> Task | None:
    """A task for the page after this one. A next page leads on within its site, or it is an advertisement."""
    onward = reading.following_url or reading.next_url
    if task.found_by is FoundBy.DETAIL or not onward or site_of(onward) != site_of(task.url):
        return None
    return frontier.offer(onward, found_by=FoundBy.PAGINATION, reason=f"next page after {task.url}", parent=task)


def detail_pages(
    frontier: Frontier,
    task: Task,
    reading: PageReading,
    asked: tuple[Field, ...],
    limit: int,
    is_open: Callable[[Candidate], bool],
) -> tuple[Task, ...]:
    """Tasks for the pages about records that lack an asked field, at most `limit`; `is_open` says which others are
    worth one, because a condition is unclear."""
    if task.found_by is FoundBy.DETAIL or reading.shape is not PageShape.LIST:
        return ()
    missing = ", ".join(field.name for field in asked if field.name in reading.missing) or "asked fields"
    urls = dict.fromkeys(
        candidate.detail_url
        for candidate in reading.candidates
        if candidate.detail_url
        and (lacks(candidate.fields, asked) or is_open(candidate))
        and url_key(candidate.detail_url) != url_key(task.url)
    )
    offers = (
        frontier.offer(url, found_by=FoundBy.DETAIL, reason=f"may tell {missing}", parent=task)
        for url in list(urls)[:limit]
    )
    return tuple(offer for offer in offers if offer is not None)


def listing_links(html: str, url: str, words: frozenset[str], limit: int = LISTINGS_FOLLOWED) -> tuple[Link, ...]:
    """Links of a front page within its site whose text or address holds the goal's words, best first."""
    site = site_of(url)
    links: dict[str, Link] = {}
    for anchor in list(parse(html).iter("a"))[:_LINKS_READ]:
        href = anchor.get("href")
        if not href or href.startswith(("#", "javascript:", "mailto:", "tel:")):
            continue
        try:
            target = canonical_url(href, url)
        except InvalidInput:
            continue
        if site_of(target) != site or url_key(target) == url_key(url):
            continue
        text = f"{anchor.text_content()} {anchor.get('title') or ''} {urlsplit(target).path}"
        matched = _matched(text, words)
        if matched and len(matched) > len(links[target].matched if target in links else ()):
            links[target] = Link(url=target, matched=matched)
    return _best(links.values(), limit)


def sitemap_links(urls: tuple[str, ...], words: frozenset[str], limit: int = LISTINGS_FOLLOWED) -> tuple[Link, ...]:
    """The same of a site's own map: shorter addresses first, as they name sections."""
    return _best((Link(url=url, matched=_matched(urlsplit(url).path, words)) for url in urls), limit)


def _matched(text: str, words: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted({singular(word) for word in fold(text.replace("_", " ")).split()} & words))


def _best(links: Iterable[Link], limit: int) -> tuple[Link, ...]:
    ranked = sorted(
        (link for link in links if link.matched),
        key=lambda link: (-len(link.matched), urlsplit(link.url).path.count("/"), len(link.url), link.url),
    )
    return tuple(ranked[:limit])
