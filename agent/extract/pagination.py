"""The links on to the next page of a list: by what they say, by their relation, or as the number after the present one.

Two questions, two answers. What the page itself calls its next page may lead back in time ("newer posts"); where the
list goes on may be called anything ("older posts", a bare number).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urljoin

import lxml.html

from agent.extract.pagers import (
    AROUND,
    NO_PAGER,
    NUMBER,
    PAGER,
    Link,
    Pager,
    following_number,
    is_numbered,
    leads_back,
    pagers_of,
    resolved,
    target_of,
)

MAX_LINKS = 5_000  # looked at on one page
MAX_LABEL = 28  # characters; longer link texts are titles
LEAST = 1.0  # of score: less is no pager

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
_PAGED_ADDRESS = re.compile(
    r"[?&/](?:p|pg|page|paged|pagina|seite|strana|str|start|offset|from|s|skip|pn|pageno|page_?num(?:ber)?|cursor|"
    r"after|o|n|begin|first|index|b|limitstart|st)[=/_-]?\d|[?&/_-]page|/\d{1,4}/?$|[?&]\w*page\w*=",
    re.I,
)
_CALENDAR_ADDRESS = re.compile(r"calendar|weekview|[?&](?:month|week|tribe-bar-date)=|/(?:month|week)/", re.I)
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d([-/_.])(?:0?[1-9]|1[0-2])(?:\1\d{1,2})?(?!\d)|(?<!\d)20\d{6}(?!\d)")
_DISABLED = re.compile(r"(?<![\w-])(?:is-|page-|pager?-?(?:item-)?)?disabled(?![\w-])", re.I)
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)


class Onward(NamedTuple):
    """`next_url` is what the page marks as its next page. `following_url` is where its list goes on: older entries or
    the next number where nothing is marked, and older before newer ones. Absolute or empty."""

    next_url: str
    following_url: str


def onward(root: lxml.html.HtmlElement, url: str, header: str = "") -> Onward:
    """Links of a carousel, a calendar or from article to article lead nowhere here. Whether a run has been at an
    address before is its own to know. `header` is the next page by the answer's `Link` header, absolute."""
    try:
        base = urljoin(url, root.xpath("string(//base/@href)") or "")
    except ValueError:  # unbalanced brackets and the like
        base = url
    links = list(_links(root))
    pagers = pagers_of(links)
    marked = _best(links, lambda link: _marked_score(link, pagers, base, url), base, url)
    older = _best(links, _older_score, base, url)
    numbered, is_last = following_number(pagers, base, url)
    is_newer = any(_NEWER.fullmatch(link.label) and target_of(link.href, base, url) == marked for link in links)
    if marked and not is_newer and leads_back(marked, pagers, base, url):
        marked, is_last = "", True
    stated = "" if is_last and not marked else _stated(root, base, url, header)
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
            target = target_of(link.href, base, url)
            if target:
                best = value, target
    return best[1]


def _older_score(link: Link) -> float:
    return 2.0 if _OLDER.fullmatch(link.label) else 0.0


def _stated(root: lxml.html.HtmlElement, base: str, url: str, header: str) -> str:
    """What the page's head or its answer's says, where it reads like a page of a list and no next article."""
    for href in (*root.xpath("//link[contains(concat(' ', @rel, ' '), ' next ')]/@href"), header):
        target = target_of(href, base, url)
        if target and _PAGED_ADDRESS.search(target):
            return target
    return ""


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
        label = label or _unwritten_label(element)
        number = NUMBER.fullmatch(label)
        yield Link(element, href, label, named, " ".join(around), int(number[1]) if number else None)


def _is_disabled(element: lxml.html.HtmlElement) -> bool:
    """Whether a link is hidden, or shown as one that cannot be followed: the next page after the last one. What hides a
    pager as a whole has its reason elsewhere: a list that is shown in full by scripts."""
    parent = element.getparent()
    around = (element, parent) if parent is not None and parent.tag in {"li", "span"} else (element,)
    return any(
        each.get("aria-disabled") == "true"
        or each.get("disabled") is not None
        or each.get("hidden") is not None
        or _HIDDEN.search(each.get("style") or "")
        or _DISABLED.search(each.get("class") or "")
        for each in around
    )


def _unwritten_label(element: lxml.html.HtmlElement) -> str:
    """What a link without words is called: its first name that says where it leads ("Next" of "Next page: 21 to 40"),
    else the first of them."""
    names = (element.get("title"), element.get("aria-label"), _image_label(element))
    told = [" ".join(name.split()) for name in names if name and not name.isspace()]
    return next((name for name in told if _leads(name)), next(iter(told), ""))


def _leads(label: str) -> bool:
    return any(known.fullmatch(label) for known in (_NEXT, _OLDER, _PREVIOUS, NUMBER))


def _image_label(element: lxml.html.HtmlElement) -> str:
    return " ".join(image.get("alt") or image.get("title") or "" for image in element.iter("img"))


def _marked_score(link: Link, pagers: Sequence[Pager], base: str, url: str) -> float:
    score = _score(link, pagers, base, url)
    return 0.0 if score and _is_calendar(link.href, base, url) else score


def _score(link: Link, pagers: Sequence[Pager], base: str, url: str) -> float:
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
    if NO_PAGER.search(f"{link.own} {link.around}") or _CALENDAR_ADDRESS.search(link.href):
        return 0.0
    in_pager = any(link.element in pager.nearby for pager in pagers)
    is_named = PAGER.search(link.around) is not None
    is_paged = _PAGED_ADDRESS.search(link.href) is not None or (is_next_word and is_numbered(link.href, base, url))
    if not (in_pager or is_named or is_paged):
        return LEAST if is_next_word and (is_next_rel or is_next_class) else 0.0
    score = 1.0 * is_next_word + 0.7 * is_arrow + 0.8 * is_next_class + 1.2 * is_next_rel
    return score + 0.8 * in_pager + 0.5 * is_named + 0.5 * is_paged


def _is_calendar(href: str, base: str, url: str) -> bool:
    """Whether an address differs from the page's by its date alone: a calendar turns its leaves without end."""
    target = resolved(href, base)
    return _DATE.search(target) is not None and _DATE.sub("#", target) == _DATE.sub("#", url) and target != url
