"""Pagers: numbered links that stand together, and which of them the present page has before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import lxml.html

from domain.errors import InvalidInput
from domain.urls import canonical_url, host_of

AROUND = 3  # ancestors that say where a link stands
MAX_GAP = 400  # between the page numbers of one pager
PAGER = re.compile(r"pag(?:e|in|er|ing)|nav-?links|wp-pagenavi|nav(?:igation)?-?(?:below|above|posts)|posts-nav", re.I)
NO_PAGER = re.compile(
    r"carousel|slick|swiper|slider|slide|gallery|calendar|datepicker|lightbox|breadcrumb|tabs?\b|"
    r"\bpost-navigation|single-nav|entry-nav",
    re.I,
)
NUMBER = re.compile(r"[\[(|]?\s*(?:page\s*)?(\d{1,5})(?:\s*(?:of|von|de|di|sur|из|/)\s*\d{1,5})?\s*[\])|,.]?", re.I)
_PAGED_PARAMETER = re.compile(
    r"[?&](?:p|pg|page|paged|pagina|seite|strana|start|offset|from|skip|pn|pageno|page_?num(?:ber)?|limitstart)=\d",
    re.I,
)
_PAGED_PATH = re.compile(r"/(?:page|p|seite|pagina|paged)[-_/]?\d{1,5}/?$", re.I)
_ELLIPSIS = re.compile(r"[.…·]{1,5}")
_UNFOLLOWABLE = re.compile(r"\s*(?:javascript:|mailto:|tel:|#|$)", re.I)


class Link(NamedTuple):
    element: lxml.html.HtmlElement
    href: str
    label: str
    own: str  # its classes, id and title
    around: str  # those of what holds it
    number: int | None


class Pager(NamedTuple):
    """The numbered links that stand together."""

    container: lxml.html.HtmlElement
    links: tuple[Link, ...]
    is_named: bool
    nearby: frozenset[lxml.html.HtmlElement]


def pagers_of(links: Sequence[Link]) -> list[Pager]:
    """Groups of numbered links whose addresses differ by their numbers alone."""
    groups: dict[lxml.html.HtmlElement, list[Link]] = {}
    for link in links:
        if link.number is not None and not NO_PAGER.search(link.around + link.own):
            for place, ancestor in enumerate(link.element.iterancestors()):
                if place >= AROUND:
                    break
                groups.setdefault(ancestor, []).append(link)
    found: list[Pager] = []
    for container, members in groups.items():
        numbers = {link.number for link in members if link.number is not None}
        patterns = {re.sub(r"\d+", "#", link.href) for link in members}
        is_named = any(PAGER.search(f"{link.around} {link.own}") for link in members)
        in_step = len(patterns) <= max(2, 0.6 * len(members)) and max(numbers) - min(numbers) < MAX_GAP
        if (len(numbers) >= 2 and in_step and (min(numbers) <= 6 or is_named)) or (is_named and in_step):
            found.append(Pager(container, tuple(members), is_named, _nearby(container)))
    return found


def _nearby(container: lxml.html.HtmlElement) -> frozenset[lxml.html.HtmlElement]:
    """The links in and right around a pager: its arrows may stand beside its numbers."""
    around = container.getparent()
    return frozenset((around if around is not None else container).iter("a"))


def following_number(pagers: Sequence[Pager], base: str, url: str) -> tuple[str, bool]:
    """The address of the number after the present page's, and whether the pager says that this page is its last."""
    for pager in sorted(pagers, key=lambda pager: -len(pager.links)):
        present = _present_number(pager, base, url)
        if present is None:
            continue
        for link in pager.links:
            if link.number == present + 1:
                target = target_of(link.href, base, url)
                if target:
                    return target, False
        if skipped := _skipped_number(pager, present + 1, base, url):
            return skipped, False
        return "", present > 1 and all(link.number is not None and link.number <= present for link in pager.links)
    return "", False


def _skipped_number(pager: Pager, number: int, base: str, url: str) -> str:
    """The address of a number that the pager has as an ellipsis: that of another number, with this one in its place."""
    unnamed = [link for link in pager.nearby if _ELLIPSIS.fullmatch(" ".join("".join(link.itertext()).split()))]
    known = {each for link in pager.links for each in _addresses_with(link, number)}
    hrefs = (link.get("href") or "" for link in unnamed)
    return next((target for href in hrefs if href in known and (target := target_of(href, base, url))), "")


def _addresses_with(link: Link, number: int) -> Iterator[str]:
    for found in re.finditer(rf"(?<!\d){link.number}(?!\d)", link.href):
        yield f"{link.href[: found.start()]}{number}{link.href[found.end() :]}"


def leads_back(target: str, pagers: Sequence[Pager], base: str, url: str) -> bool:
    """Whether an address is that of the first number, and the present one is well beyond it: after the last page comes
    the first again. A pager that counts down leads to the number before."""
    there = _same_page(target)
    for pager in pagers:
        first = min(pager.links, key=lambda link: link.number or 0)
        if first.number is not None and _same_page(resolved(first.href, base)) == there:
            present = _present_number(pager, base, url)
            if present is not None and present >= first.number + 2:
                return True
    return False


def _present_number(pager: Pager, base: str, url: str) -> int | None:
    """The number that stands in the pager without a link, or is marked as present; else what the addresses tell."""
    linked = {link.number for link in pager.links}
    for element in pager.container.iter():
        if not isinstance(element.tag, str):
            continue
        marked = (element.get("aria-current") or "") + " " + (element.get("class") or "")
        text = " ".join("".join(element.itertext()).split())
        number = NUMBER.fullmatch(text)
        if number is None:
            continue
        if re.search(r"\b(?:current|active|selected|page|true|this|on)\b", marked, re.I) and element.tag != "a":
            return int(number[1])
        if element.tag in {"span", "strong", "b", "em", "li"} and int(number[1]) not in linked:
            return int(number[1])
    here = _same_page(url)
    for link in pager.links:
        if here and _same_page(resolved(link.href, base)) == here:
            return link.number
    paged = re.search(r"[?&/](?:page|p|paged|seite|pagina)[=/_-]?(\d+)", urlsplit(url).path + "?" + urlsplit(url).query)
    if paged:
        return int(paged[1])
    if 2 in linked and 1 not in linked and pager.is_named:
        return 1
    return 1 if any(link.number == 2 and _numbers_this_page(link, pager, base, url) for link in pager.links) else None


def _numbers_this_page(link: Link, pager: Pager, base: str, url: str) -> bool:
    """Whether the link leads to this very address with a page number added: one without is that of the first page."""
    parts = urlsplit(resolved(link.href, base))
    if not (pager.is_named or _PAGED_PARAMETER.search(f"?{parts.query}") or _PAGED_PATH.search(parts.path)):
        return False  # "1 2 3 4 5" may be stars to filter by
    given = parse_qsl(parts.query, keep_blank_values=True)
    without = [parts._replace(path=_PAGED_PATH.sub("", parts.path))] if _PAGED_PATH.search(parts.path) else []
    without += [
        parts._replace(query=urlencode(given[:place] + given[place + 1 :]))
        for place, (_, value) in enumerate(given)
        if value.isdecimal()
    ]
    return any(_same_page(each.geturl()) == _same_page(url) for each in without)


def is_numbered(href: str, base: str, url: str) -> bool:
    """Whether an address is the page's own with one parameter more, a number, whatever that is called. One that the
    page has already may as well count articles ("?id=12")."""
    there, here = urlsplit(_same_page(resolved(href, base))), urlsplit(_same_page(url))
    if there._replace(query="") != here._replace(query=""):
        return False
    asked, given = (dict(parse_qsl(each.query)) for each in (there, here))
    added = asked.keys() - given.keys()
    return len(added) == 1 and asked == given | {name: asked[name] for name in added if asked[name].isdecimal()}


def resolved(href: str, base: str) -> str:
    try:
        return urljoin(base, href.strip())
    except ValueError:  # unbalanced brackets and the like
        return ""


def _same_page(url: str) -> str:
    """An address in the form in which two of one page are equal; empty for none."""
    try:
        parts = urlsplit(canonical_url(url))
    except (ValueError, InvalidInput):
        return ""
    return parts._replace(path=parts.path.rstrip("/"), query=urlencode(sorted(parse_qsl(parts.query)))).geturl()


def target_of(href: str, base: str, url: str) -> str:
    """The absolute address behind a link; empty for this very page and for what is no page."""
    if _UNFOLLOWABLE.match(href):
        return ""
    try:
        absolute = urljoin(base, href.strip())
        target = canonical_url(absolute)
        if target == canonical_url(url) or host_of(target) == "":
            return ""
    except (ValueError, InvalidInput):
        return ""
    return absolute
