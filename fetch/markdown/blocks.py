"""A page as a row of text blocks, each with the elements around it: what is told into content and chrome.

A block is the text between two block boundaries (a paragraph, a heading, a cell, a line before a `br`). A scope is a
block-level element: it spans a range of blocks.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import lxml.etree as etree  # ty: ignore[import-not-found]  (compiled, without stubs)
import lxml.html

from fetch.dom import BLOCKS, CELLS, UNSEEN

# Bits of what an element is called. Words are those of class, id and role, parted at case changes and punctuation.
NAMES: tuple[tuple[str, str], ...] = (
    (
        "nav",
        "nav navbar navigation menu menus submenu breadcrumb breadcrumbs crumb crumbs pagination pager paging tabs",
    ),
    ("foot", "footer foot colophon copyright legal bottom contentinfo"),
    ("head", "header masthead topbar toolbar head top announcement banner"),
    ("side", "sidebar side aside rail widget widgets secondary complementary sidenav toc"),
    (
        "related",
        "related recommend recommended recommendations similar more popular trending suggested suggestions also",
    ),
    (
        "upsell",
        "upsell cross crosssell carousel slider swiper slick recently viewed latest featured recirculation outbrain",
    ),
    (
        "social",
        "share sharing social follow tweet facebook twitter newsletter subscribe signup optin addtoany sharedaddy",
    ),
    ("comment", "comment comments disqus reply replies respond commentlist discussion"),
    ("forum", "message messages thread topic forum answer answers question posts postbody postcell reaction signature"),
    ("ad", "ad ads advert advertisement sponsor sponsored promo promotion promoted cta dfp taboola adsbygoogle"),
    (
        "overlay",
        "cookie cookies consent gdpr popup modal overlay dialog offcanvas drawer flyout tooltip lightbox toast",
    ),
    (
        "form",
        "form search searchform filter filters facet facets refinement refinements sort login register input",
    ),
    (
        "cart",
        "cart basket minicart wishlist checkout compare quickview quick swatch swatches variant variants quantity",
    ),
    ("meta", "meta byline author authors date time published posted timestamp info infos details credit caption"),
    ("tags", "tag tags category categories label labels topics keywords badge"),
    ("main", "main content article post entry story body text page blog single maincontent primary copy prose rte"),
    ("product", "product pdp description spec specs specification specifications item price features accordion"),
    ("list", "list grid results result items cards card feed listing collection catalog tiles tile teaser row rows"),
    ("hidden", "hidden hide sr visually screen reader invisible offscreen collapse collapsed noscript print"),
    ("review", "review reviews rating ratings testimonial testimonials stars"),
    ("section", "section container wrapper block module region hero intro lead summary faq"),
    ("docs", "docs doc documentation markdown highlight code snippet codehilite wiki mw reference api method"),
)
NAME_COUNT = len(NAMES)
_BIT_OF_WORD: dict[str, int] = {}
for _at, (_, _words) in enumerate(NAMES):
    for _word in _words.split():
        _BIT_OF_WORD[_word] = _BIT_OF_WORD.get(_word, 0) | 1 << _at

TAGS = (
    *("nav", "header", "footer", "aside", "main", "article", "section", "form", "ul", "ol", "li", "table", "td", "th"),
    *("dl", "dd", "dt", "figure", "figcaption", "blockquote", "button", "select", "label", "details", "dialog", "pre"),
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "div", "address", "fieldset"),
)
_BIT_OF_TAG = {tag: 1 << at for at, tag in enumerate(TAGS)}
_TAG_OF_ROLE = {
    "navigation": "nav",
    "contentinfo": "footer",
    "banner": "header",
    "complementary": "aside",
    "main": "main",
    "article": "article",
    "dialog": "dialog",
    "search": "form",
    "button": "button",
    "listitem": "li",
}
_BOUNDS = BLOCKS | CELLS
_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PARTS = re.compile(r"[A-Za-z]+")
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
HIDDEN_NAME = 1 << next(at for at, (name, _) in enumerate(NAMES) if name == "hidden")

MAX_BLOCKS = 60_000  # judged of one page; what follows is left out


class Scope(NamedTuple):
    """`first` to `end` are the blocks within; `kin` how many siblings look like it; bits are of `NAMES` and `TAGS`."""

    parent: int
    names: int
    tags: int
    all_names: int  # with those of all around it
    all_tags: int
    kin: tuple[int, str, str]  # siblings with the same of these are alike: parent, tag, class
    depth: int


class Block(NamedTuple):
    text: str
    linked: int  # characters of it in links
    scope: int
    element: lxml.html.HtmlElement  # the block-level element that it belongs to


class Blocks(NamedTuple):
    """`elements`, `firsts` and `ends`: of each scope its element and the range of its blocks. `claims` are the item
    types of microdata, in lower case."""

    blocks: list[Block]
    scopes: list[Scope]
    elements: list[lxml.html.HtmlElement]
    firsts: list[int]
    ends: list[int]
    claims: set[str]


def read_blocks(root: lxml.html.HtmlElement) -> Blocks:
    """The blocks of a page in document order."""
    return _Walker().walk(root)


class _Walker:
    """State of one walk. `inline` gathers the text of the block that is open."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.scopes: list[Scope] = []
        self.elements: list[lxml.html.HtmlElement] = []
        self.firsts: list[int] = []
        self.ends: list[int] = []
        self.inline: list[str] = []
        self.linked = 0
        self.links = 0
        self.open: list[tuple[int, lxml.html.HtmlElement]] = []
        self.claims: set[str] = set()
        self.bits: dict[tuple[str, str, str], int] = {}

    def walk(self, root: lxml.html.HtmlElement) -> Blocks:
        walk = etree.iterwalk(root, events=("start", "end"))
        inline, blocks, ends, opened = self.inline, self.blocks, self.ends, self.open
        for event, element in walk:
            tag = element.tag
            if event == "start":
                if tag in UNSEEN or len(blocks) >= MAX_BLOCKS:
                    walk.skip_subtree()
                    continue
                if tag in _BOUNDS:
                    if inline:
                        self.flush()
                    self.enter(element, tag)
                elif tag == "a":
                    self.links += 1
                text = element.text
            else:
                if tag in _BOUNDS:
                    if inline and tag not in UNSEEN:
                        self.flush()
                    if opened and opened[-1][1] is element:
                        ends[opened.pop()[0]] = len(blocks)
                elif tag == "a":
                    self.links = max(0, self.links - 1)
                text = element.tail
            if text:
                inline.append(text)
                if self.links:
                    self.linked += len(text.strip())
        self.flush()
        return Blocks(blocks, self.scopes, self.elements, self.firsts, ends, self.claims)

    def flush(self) -> None:
        if not self.inline:
            return
        text = " ".join("".join(self.inline).split())
        self.inline.clear()
        if text and self.open:
            scope, element = self.open[-1]
            self.blocks.append(Block(text, min(self.linked, len(text)), scope, element))
        self.linked = 0

    def enter(self, element: lxml.html.HtmlElement, tag: str) -> None:
        around = self.open[-1][0] if self.open else -1
        names = tags = 0
        called = ""
        if attributes := element.items():
            of = dict(attributes)
            called = of.get("class", "")
            role = of.get("role", "")
            names = self.names_of(called, of.get("id", ""), role)
            tags = _BIT_OF_TAG.get(_TAG_OF_ROLE.get(role, ""), 0)
            if "hidden" in of or of.get("aria-hidden") == "true" or _HIDES.search(of.get("style", "")):
                names |= HIDDEN_NAME
            if "itemtype" in of:
                self.claims.add(of["itemtype"].rstrip("/").rsplit("/", 1)[-1].lower())
        tags |= _BIT_OF_TAG.get(tag, 0)
        self.open.append((len(self.scopes), element))
        kin = (around, tag, called)
        if around >= 0:
            outer = self.scopes[around]
            scope = Scope(around, names, tags, names | outer[3], tags | outer[4], kin, outer[6] + 1)
        else:
            scope = Scope(around, names, tags, names, tags, kin, 0)
        self.scopes.append(scope)
        self.elements.append(element)
        self.firsts.append(len(self.blocks))
        self.ends.append(len(self.blocks))

    def names_of(self, called: str, id_: str, role: str) -> int:
        key = (called, id_, role)
        bits = self.bits.get(key)
        if bits is None:
            bits = 0
            for word in _PARTS.findall(_CASE.sub(" ", f"{called} {id_} {role}")):
                bits |= _BIT_OF_WORD.get(word.lower(), 0)
            self.bits[key] = bits
        return bits
