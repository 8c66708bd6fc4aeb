"""The link to the next page of a list: by what it says, by its relation, or as the number after the present one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import lxml.html

from domain.errors import InvalidInput
from domain.urls import canonical_url, host_of

MAX_LINKS = 5_000  # looked at on one page
MAX_LABEL = 28  # characters; longer link texts are titles
AROUND = 3  # ancestors that say where a link stands
LEAST = 1.0  # of score: less is no pager
MAX_GAP = 400  # between the page numbers of one pager

_NEXT_WORDS = (
    r"next(?: page| results?| \d+)?|older(?: posts?| entries| articles?)?|more(?: results| posts| items)?|load more|"
    r"show more|view more|"
    r"nächste(?: seite)?|weiter|vor|ältere(?: beiträge)?|mehr(?: laden| anzeigen)?|"
    r"suivante?s?|page suivante|articles plus anciens|voir plus|"
    r"siguientes?|página siguiente|entradas antiguas|ver más|cargar más|próxim[ao]s?(?: página)?|"
    r"avanti|successiv[aoei]|pagina successiva|prossim[ao]|altri risultati|"
    r"volgende(?: pagina)?|verder|meer(?: laden| tonen)?|seguintes?|página seguinte|ver mais|carregar mais|"
    r"następn[ay](?: strona)?|dalej|starsze(?: wpisy)?|więcej|"
    r"след(?:ующ(?:ая|ие|ий))?(?: страница)?|вперед|вперёд|далее|дальше|ещё|показать ещё|наступна|"
    r"下一页|下页|后一页|更多|下一頁|次へ|次の?ページ|次|もっと見る|다음(?: 페이지)?|더보기|"
    r"tiếp|trang sau|sonraki|další|ďalšia|næste|nästa|neste|seuraava|următoarea|következő|επόμενη|ถัดไป|التالي|הבא|בעדי"
)
_PREVIOUS_WORDS = (
    r"prev(?:ious)?(?: page)?|newer(?: posts?| entries)?|back|zurück|vorherige(?: seite)?|précédente?s?|"
    r"anterior(?:es)?|indietro|precedenti?|vorige|poprzednia|wstecz|пред(?:ыдущ(?:ая|ие))?|назад|上一页|上页|上一頁|前へ|前のページ|이전|"
    r"önceki|předchozí|forrige|föregående|edellinen"
)
_NEXT = re.compile(rf"\W*(?:{_NEXT_WORDS})\W*\d{{0,3}}\W*", re.I)
_NEXT_ARROW = re.compile(r"\s*(?:>|›|»|→|>>|▶|►|❯|⟩|⇨|➔|>>>|›› )\s*")
_PREVIOUS = re.compile(rf"\W*(?:{_PREVIOUS_WORDS})\W*|\s*(?:<|‹|«|←|<<|◀|❮|⟨)\s*", re.I)
_NEXT_CLASS = re.compile(
    r"\bnext\b|page-?next|next-?(?:page|posts?|link)|nextpostslink|older|pagination[\w-]*next", re.I
)
_PREVIOUS_CLASS = re.compile(r"\bprev(?:ious)?\b|page-?prev|prev(?:ious)?-?(?:page|posts?|link)|newer", re.I)
_PAGER = re.compile(r"pag(?:e|in|er|ing)|nav-?links|wp-pagenavi|nav(?:igation)?-?(?:below|above|posts)|posts-nav", re.I)
_NO_PAGER = re.compile(
    r"carousel|slick|swiper|slider|slide|gallery|calendar|datepicker|lightbox|breadcrumb|tabs?\b|comment|respond|"
    r"\bpost-navigation|single-nav|entry-nav",
    re.I,
)
_NUMBER = re.compile(r"[\[(|]?\s*(?:page\s*)?(\d{1,5})\s*[\])|,.]?", re.I)
_PAGED_ADDRESS = re.compile(
    r"[?&/](?:p|pg|page|paged|pagina|seite|strana|str|start|offset|from|s|skip|pn|pageno|page_?num(?:ber)?|cursor|"
    r"after|o|n|begin|first|index|b|limitstart|st)[=/_-]?\d|[?&/_-]page|/\d{1,4}/?$|[?&]\w*page\w*=",
    re.I,
)
_UNFOLLOWABLE = re.compile(r"\s*(?:javascript:|mailto:|tel:|#|$)", re.I)


class Link(NamedTuple):
    element: lxml.html.HtmlElement
    href: str
    label: str
    own: str  # its classes, id and title
    around: str  # those of what holds it
    number: int | None


def next_url(root: lxml.html.HtmlElement, url: str) -> str:
    """The address of the next page of this list, absolute; empty where there is none. Links of a carousel, a calendar
    or from article to article are none. Whether a run has been there before is its own to know."""
    base = urljoin(url, root.xpath("string(//base/@href)") or "")
    links = list(_links(root))
    pagers = _pagers(links)
    best: tuple[float, str] = (0.0, "")
    for link in links:
        score = _score(link, pagers)
        if score > best[0] and score >= LEAST:
            target = _target(link.href, base, url)
            if target:
                best = score, target
    stated = _stated(root, base, url)
    if stated and best[0] < 3.0:
        return stated
    return best[1] or _following_number(pagers, base, url)


def _stated(root: lxml.html.HtmlElement, base: str, url: str) -> str:
    """What the page's head says, where it reads like a page of a list and no next article."""
    for href in root.xpath("//link[contains(concat(' ', @rel, ' '), ' next ')]/@href"):
        target = _target(href, base, url)
        if target and _PAGED_ADDRESS.search(target):
            return target
    return ""


def _target(href: str, base: str, url: str) -> str:
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


def _links(root: lxml.html.HtmlElement) -> Iterator[Link]:
    for count, element in enumerate(root.iter("a", "area")):
        if count >= MAX_LINKS:
            return
        href = element.get("href")
        if not href:
            continue
        label = " ".join("".join(element.itertext()).split())
        named = " ".join(element.get(name) or "" for name in ("class", "id", "title", "aria-label"))
        around = []
        for place, ancestor in enumerate(element.iterancestors()):
            if place >= AROUND:
                break
            around.append(" ".join(ancestor.get(name) or "" for name in ("class", "id", "role", "aria-label")))
        if not label:
            label = element.get("title") or element.get("aria-label") or _image_label(element)
        number = _NUMBER.fullmatch(label)
        yield Link(element, href, label, named, " ".join(around), int(number[1]) if number else None)


def _image_label(element: lxml.html.HtmlElement) -> str:
    return " ".join(image.get("alt") or image.get("title") or "" for image in element.iter("img"))


class Pager(NamedTuple):
    """The numbered links that stand together."""

    container: lxml.html.HtmlElement
    links: tuple[Link, ...]
    is_named: bool


def _pagers(links: Sequence[Link]) -> list[Pager]:
    """Groups of numbered links whose addresses differ by their numbers alone."""
    groups: dict[lxml.html.HtmlElement, list[Link]] = {}
    for link in links:
        if link.number is not None and not _NO_PAGER.search(link.around + link.own):
            for place, ancestor in enumerate(link.element.iterancestors()):
                if place >= AROUND:
                    break
                groups.setdefault(ancestor, []).append(link)
    found: list[Pager] = []
    for container, members in groups.items():
        numbers = {link.number for link in members if link.number is not None}
        patterns = {re.sub(r"\d+", "#", link.href) for link in members}
        is_named = any(_PAGER.search(f"{link.around} {link.own}") for link in members)
        in_step = len(patterns) <= max(2, 0.6 * len(members)) and max(numbers) - min(numbers) < MAX_GAP
        if (len(numbers) >= 2 and in_step and (min(numbers) <= 6 or is_named)) or (is_named and in_step):
            found.append(Pager(container, tuple(members), is_named))
    return found


def _score(link: Link, pagers: Sequence[Pager]) -> float:
    """How surely a link leads to the next page."""
    if _NO_PAGER.search(f"{link.own} {link.around}") or len(link.label) >= MAX_LABEL:
        return 0.0
    if _PREVIOUS.fullmatch(link.label):
        return 0.0
    is_next_word = _NEXT.fullmatch(link.label) is not None
    is_arrow = _NEXT_ARROW.fullmatch(link.label) is not None
    is_next_class = _NEXT_CLASS.search(link.own) is not None and not _PREVIOUS_CLASS.search(link.own)
    is_next_rel = "next" in (link.element.get("rel") or "").lower().split()
    if not (is_next_word or is_arrow or is_next_class or is_next_rel):
        return 0.0
    in_pager = any(link.element in _inside(pager) for pager in pagers)
    is_named = _PAGER.search(link.around) is not None
    is_paged = _PAGED_ADDRESS.search(link.href) is not None
    if not (in_pager or is_named or is_paged):
        return 1.0 if is_next_rel and is_next_word else 0.0
    score = 1.0 * is_next_word + 0.7 * is_arrow + 0.8 * is_next_class + 1.2 * is_next_rel
    return score + 0.8 * in_pager + 0.5 * is_named + 0.5 * is_paged


def _inside(pager: Pager) -> set[lxml.html.HtmlElement]:
    around = pager.container.getparent()
    return set(around.iter("a")) if around is not None else set(pager.container.iter("a"))


def _following_number(pagers: Sequence[Pager], base: str, url: str) -> str:
    """The link of the number after the present page's, where the pager shows which that is."""
    for pager in sorted(pagers, key=lambda pager: (-pager.is_named, -len(pager.links))):
        present = _present_number(pager, url)
        if present is None:
            continue
        for link in pager.links:
            if link.number == present + 1:
                target = _target(link.href, base, url)
                if target:
                    return target
    return ""


def _present_number(pager: Pager, url: str) -> int | None:
    """The number that stands in the pager without a link, or is marked as present."""
    linked = {link.number for link in pager.links}
    for element in pager.container.iter():
        if not isinstance(element.tag, str):
            continue
        marked = (element.get("aria-current") or "") + " " + (element.get("class") or "")
        text = " ".join("".join(element.itertext()).split())
        number = _NUMBER.fullmatch(text)
        if number is None:
            continue
        if re.search(r"\b(?:current|active|selected|page|true|this|on)\b", marked, re.I) and element.tag != "a":
            return int(number[1])
        if element.tag in {"span", "strong", "b", "em", "li"} and int(number[1]) not in linked:
            return int(number[1])
    paged = re.search(r"[?&/](?:page|p|paged|seite|pagina)[=/_-]?(\d+)", urlsplit(url).path + "?" + urlsplit(url).query)
    if paged:
        return int(paged[1])
    return 1 if 2 in linked and 1 not in linked and pager.is_named else None
