"""The links on to the next page of a list: by what they say, by their relation, or as the number after the present one.

Two questions, two answers. What the page itself calls its next page may lead back in time ("newer posts"); where the
list goes on may be called anything ("older posts", a bare number).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import lxml.html

from domain.errors import InvalidInput
from domain.urls import canonical_url, host_of

MAX_LINKS = 5_000  # looked at on one page
MAX_LABEL = 28  # characters; longer link texts are titles
AROUND = 3  # ancestors that say where a link stands
LEAST = 1.0  # of score: less is no pager
MAX_GAP = 400  # between the page numbers of one pager

NEXT_WORDS = (
    r"(?:(?:show|view|see|go to|load) )?(?:the )?next(?: page| results?| \d+(?: of \d+)?)?|"
    r"newer(?: posts?| entries)?|more(?: results| posts| items)?|load more|"
    r"show more|view more|"
    r"nächste(?: seite)?|weiter|vor|mehr(?: laden| anzeigen)?|"
    r"suivante?s?|page suivante|voir plus|"
    r"siguientes?|página siguiente|ver más|cargar más|próxim[ao]s?(?: página)?|"
    r"avanti|successiv[aoei]|pagina successiva|prossim[ao]|altri risultati|"
    r"volgende(?: pagina)?|verder|meer(?: laden| tonen)?|seguintes?|página seguinte|ver mais|carregar mais|"
    r"następn[ay](?: strona)?|dalej|więcej|"
    r"след(?:ующ(?:ая|ие|ий))?(?: страница)?|вперед|вперёд|далее|дальше|ещё|показать ещё|наступна|"
    r"下一页|下页|后一页|更多|下一頁|次へ|次の?ページ|次|もっと見る|다음(?: 페이지)?|더보기|"
    r"tiếp|trang sau|sonraki|další|ďalšia|næste|nästa|neste|seuraava|următoarea|következő|επόμενη|ถัดไป|التالي|הבא|בעדי"
)
_PREVIOUS_WORDS = (
    r"prev(?:ious)?(?: page)?|back|zurück|vorherige(?: seite)?|précédente?s?|"
    r"anterior(?:es)?|indietro|precedenti?|vorige|poprzednia|wstecz|пред(?:ыдущ(?:ая|ие))?|назад|上一页|上页|上一頁|前へ|前のページ|이전|"
    r"önceki|předchozí|forrige|föregående|edellinen"
)
_OLDER_WORDS = (
    r"older(?: posts?| entries| articles| stories)?|previous (?:posts|entries)|ältere(?: beiträge| einträge| artikel)?|"
    r"articles plus anciens|(?:articles )?précédents|entradas (?:antiguas|anteriores)|post più vecchi|oudere berichten|"
    r"(?:postagens|mais) antigas?|starsze(?: wpisy)?|starší(?: příspěvky)?|старые записи|"
    r"предыдущие записи|previous articles"
)
_NEWER_WORDS = (
    r"newer(?: posts?| entries| articles| stories)?|neuere(?: beiträge)?|articles plus récents|post più recenti"
)
_OLDER = re.compile(rf"\W*(?:{_OLDER_WORDS})\W*", re.I)
_NEWER = re.compile(rf"\W*(?:{_NEWER_WORDS})\W*", re.I)
_NEXT = re.compile(rf"\W*(?:{NEXT_WORDS})\W*\d{{0,3}}\W*", re.I)
_NEXT_ARROW = re.compile(r"\s*(?:>|›|»|→|>>|▶|►|❯|⟩|⇨|➔|>>>|›› )\s*")
_PREVIOUS = re.compile(rf"\W*(?:{_PREVIOUS_WORDS})\W*|\s*(?:<|‹|«|←|<<|◀|❮|⟨)\s*", re.I)
_NEXT_CLASS = re.compile(r"\bnext\b|page-?next|next-?(?:page|posts?|link)|nextpostslink|pagination[\w-]*next", re.I)
_PREVIOUS_CLASS = re.compile(r"\bprev(?:ious)?\b|page-?prev|prev(?:ious)?-?(?:page|posts?|link)", re.I)
_PAGER = re.compile(r"pag(?:e|in|er|ing)|nav-?links|wp-pagenavi|nav(?:igation)?-?(?:below|above|posts)|posts-nav", re.I)
_NO_PAGER = re.compile(
    r"carousel|slick|swiper|slider|slide|gallery|calendar|datepicker|lightbox|breadcrumb|tabs?\b|"
    r"\bpost-navigation|single-nav|entry-nav",
    re.I,
)
_NUMBER = re.compile(r"[\[(|]?\s*(?:page\s*)?(\d{1,5})(?:\s*(?:of|von|de|di|sur|из|/)\s*\d{1,5})?\s*[\])|,.]?", re.I)
_PAGED_ADDRESS = re.compile(
    r"[?&/](?:p|pg|page|paged|pagina|seite|strana|str|start|offset|from|s|skip|pn|pageno|page_?num(?:ber)?|cursor|"
    r"after|o|n|begin|first|index|b|limitstart|st)[=/_-]?\d|[?&/_-]page|/\d{1,4}/?$|[?&]\w*page\w*=",
    re.I,
)
_PAGED_PARAMETER = re.compile(
    r"[?&](?:p|pg|page|paged|pagina|seite|strana|start|offset|from|skip|pn|pageno|page_?num(?:ber)?|limitstart)=\d",
    re.I,
)
_PAGED_PATH = re.compile(r"/(?:page|p|seite|pagina|paged)[-_/]?\d{1,5}/?$", re.I)
_CALENDAR_ADDRESS = re.compile(r"calendar|weekview|[?&](?:month|week|tribe-bar-date)=|/(?:month|week)/", re.I)
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d([-/_.])(?:0?[1-9]|1[0-2])(?:\1\d{1,2})?(?!\d)|(?<!\d)20\d{6}(?!\d)")
_DISABLED = re.compile(r"(?<![\w-])(?:is-|page-|pager?-?(?:item-)?)?disabled(?![\w-])", re.I)
_UNFOLLOWABLE = re.compile(r"\s*(?:javascript:|mailto:|tel:|#|$)", re.I)


class Link(NamedTuple):
    element: lxml.html.HtmlElement
    href: str
    label: str
    own: str  # its classes, id and title
    around: str  # those of what holds it
    number: int | None


class Onward(NamedTuple):
    """`next_url` is what the page marks as its next page. `following_url` is where its list goes on: older entries or
    the next number where nothing is marked, and older before newer ones. Absolute or empty."""

    next_url: str
    following_url: str


def onward(root: lxml.html.HtmlElement, url: str) -> Onward:
    """Links of a carousel, a calendar or from article to article lead nowhere here. Whether a run has been at an
    address before is its own to know."""
    try:
        base = urljoin(url, root.xpath("string(//base/@href)") or "")
    except ValueError:  # unbalanced brackets and the like
        base = url
    links = list(_links(root))
    pagers = _pagers(links)
    marked = _best(links, lambda link: 0.0 if _is_calendar(link.href, base, url) else _score(link, pagers), base, url)
    older = _best(links, _older_score, base, url)
    numbered, is_last = _following_number(pagers, base, url)
    stated = "" if is_last and not marked else _stated(root, base, url)
    is_newer = any(_NEWER.fullmatch(link.label) and _target(link.href, base, url) == marked for link in links)
    next_page = marked or ("" if older else stated)
    if is_newer or not next_page:
        return Onward(next_page, older or numbered or stated)
    return Onward(next_page, next_page)


def next_url(root: lxml.html.HtmlElement, url: str) -> str:
    """What the page marks as its next page, absolute; empty where there is none."""
    return onward(root, url).next_url


def _best(links: Sequence[Link], score: Callable[[Link], float], base: str, url: str) -> str:
    best: tuple[float, str] = (0.0, "")
    for link in links:
        value = score(link)
        if value > best[0] and value >= LEAST:
            target = _target(link.href, base, url)
            if target:
                best = value, target
    return best[1]


def _older_score(link: Link) -> float:
    return 2.0 if _OLDER.fullmatch(link.label) else 0.0


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
        if not href or _is_disabled(element):
            continue
        label = " ".join("".join(element.itertext()).split())
        named = " ".join(element.get(name) or "" for name in ("class", "id", "title", "aria-label"))
        parent = element.getparent()
        if parent is not None and element.getprevious() is None and element.getnext() is None:
            named = f"{named} {parent.get('class') or ''}"
        around = []
        for place, ancestor in enumerate(element.iterancestors()):
            if place >= AROUND:
                break
            around.append(" ".join(ancestor.get(name) or "" for name in ("class", "id", "role", "aria-label")))
        if not label:
            label = element.get("title") or element.get("aria-label") or _image_label(element)
        number = _NUMBER.fullmatch(label)
        yield Link(element, href, label, named, " ".join(around), int(number[1]) if number else None)


def _is_disabled(element: lxml.html.HtmlElement) -> bool:
    """Whether a link is shown as one that cannot be followed: the next page after the last one."""
    parent = element.getparent()
    around = (element, parent) if parent is not None and parent.tag in {"li", "span"} else (element,)
    return any(
        each.get("aria-disabled") == "true"
        or each.get("disabled") is not None
        or _DISABLED.search(each.get("class") or "")
        for each in around
    )


def _image_label(element: lxml.html.HtmlElement) -> str:
    return " ".join(image.get("alt") or image.get("title") or "" for image in element.iter("img"))


class Pager(NamedTuple):
    """The numbered links that stand together."""

    container: lxml.html.HtmlElement
    links: tuple[Link, ...]
    is_named: bool
    nearby: frozenset[lxml.html.HtmlElement]


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
            found.append(Pager(container, tuple(members), is_named, _nearby(container)))
    return found


def _score(link: Link, pagers: Sequence[Pager]) -> float:
    """How surely a link leads to the next page."""
    is_next_rel = "next" in (link.element.get("rel") or "").lower().split()
    if (
        (len(link.label) >= MAX_LABEL and not is_next_rel)
        or _PREVIOUS.fullmatch(link.label)
        or _OLDER.fullmatch(link.label)
    ):
        return 0.0
    is_next_word = _NEXT.fullmatch(link.label) is not None
    is_arrow = _NEXT_ARROW.fullmatch(link.label) is not None
    is_next_class = _NEXT_CLASS.search(link.own) is not None and not _PREVIOUS_CLASS.search(link.own)
    if not (is_next_word or is_arrow or is_next_class or is_next_rel):
        return 0.0
    if _NO_PAGER.search(f"{link.own} {link.around}") or _CALENDAR_ADDRESS.search(link.href):
        return 0.0
    in_pager = any(link.element in pager.nearby for pager in pagers)
    is_named = _PAGER.search(link.around) is not None
    is_paged = _PAGED_ADDRESS.search(link.href) is not None
    if not (in_pager or is_named or is_paged):
        return LEAST if is_next_word and (is_next_rel or is_next_class) else 0.0
    score = 1.0 * is_next_word + 0.7 * is_arrow + 0.8 * is_next_class + 1.2 * is_next_rel
    return score + 0.8 * in_pager + 0.5 * is_named + 0.5 * is_paged


def _is_calendar(href: str, base: str, url: str) -> bool:
    """Whether an address differs from the page's by its date alone: a calendar turns its leaves without end."""
    target = _resolved(href, base)
    return _DATE.search(target) is not None and _DATE.sub("#", target) == _DATE.sub("#", url) and target != url


def _nearby(container: lxml.html.HtmlElement) -> frozenset[lxml.html.HtmlElement]:
    """The links in and right around a pager: its arrows may stand beside its numbers."""
    around = container.getparent()
    return frozenset((around if around is not None else container).iter("a"))


def _following_number(pagers: Sequence[Pager], base: str, url: str) -> tuple[str, bool]:
    """The address of the number after the present page's, and whether the pager says that this page is its last."""
    for pager in sorted(pagers, key=lambda pager: -len(pager.links)):
        present = _present_number(pager, base, url)
        if present is None:
            continue
        for link in pager.links:
            if link.number == present + 1:
                target = _target(link.href, base, url)
                if target:
                    return target, False
        return "", present > 1 and all(link.number is not None and link.number <= present for link in pager.links)
    return "", False


def _present_number(pager: Pager, base: str, url: str) -> int | None:
    """The number that stands in the pager without a link, or is marked as present; else what the addresses tell."""
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
    here = _same_page(url)
    for link in pager.links:
        if here and _same_page(_resolved(link.href, base)) == here:
            return link.number
    paged = re.search(r"[?&/](?:page|p|paged|seite|pagina)[=/_-]?(\d+)", urlsplit(url).path + "?" + urlsplit(url).query)
    if paged:
        return int(paged[1])
    if 2 in linked and 1 not in linked and pager.is_named:
        return 1
    return 1 if any(link.number == 2 and _numbers_this_page(link, pager, base, url) for link in pager.links) else None


def _numbers_this_page(link: Link, pager: Pager, base: str, url: str) -> bool:
    """Whether the link leads to this very address with a page number added: one without is that of the first page."""
    parts = urlsplit(_resolved(link.href, base))
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


def _resolved(href: str, base: str) -> str:
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
