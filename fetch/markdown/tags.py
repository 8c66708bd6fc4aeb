"""The tags of a page and what is told from each alone: its kind, what it is called, whether it is hidden."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fetch.dom import BLOCKS, CELLS, UNSEEN
from fetch.markdown.formulas import FORMULA_RULES
from fetch.tape import (
    CLOSES,
    CONTENT,
    OPENS,
    RESERVED,
    STANDS,
    field,
    fields_of,
    own_field,
    rule,
    sign_and_name,
    stylesheet,
    tag_rule,
)

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
MARKS = frozenset({"strong", "b", "em", "i", "del", "s", "strike", "code", "kbd", "samp", "tt"})
PICTURED = ("data-src", "data-original", "data-lazy-src", "src")  # lazy loading hides the address
_PARTS = re.compile(r"[A-Z]+[a-z]*|[a-z]+")
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
HIDDEN_NAME = 1 << next(at for at, (name, _) in enumerate(NAMES) if name == "hidden")

# What a tag is to those who read the tape; of those with an end, the next number ends it.
OTHER, PICTURE = 0, 1
SCOPE, SCOPE_ENDS = 2, 3
LINK, LINK_ENDS = 4, 5
MARKED, MARKED_ENDS = 6, 7  # emphasis and code
DRAWN, DRAWN_ENDS = 8, 9  # what is drawn for the eye beside a formula
FORMULA = 10
TOLD = 11  # what a page tells machines

_HIDDEN_HERE = "contains(., 'one') or contains(., 'idden') or contains(., 'ONE') or contains(., 'IDDEN')"
_ASKED = ("class", "id", "role", "hidden", "aria-hidden", "itemtype", "start", "colspan", "rowspan")
_called = '<xsl:apply-templates select="@*"/>'
_titled = tag_rule(STANDS, "titled", own_field("titled"))
taped = stylesheet(
    rule("*", CONTENT),
    rule(["@*"]),
    *(rule([f"@{name}"], own_field(name)) for name in _ASKED),
    rule(["@style"], f'<xsl:if test="{_HIDDEN_HERE}">', own_field("style"), "</xsl:if>"),
    rule(UNSEEN),
    *(rule([name], tag_rule(OPENS, name, _called), CONTENT, tag_rule(CLOSES, name)) for name in _BOUNDS),
    *(rule([name], tag_rule(OPENS, name, field("class")), CONTENT, tag_rule(CLOSES, name)) for name in MARKS),
    rule(["a"], tag_rule(OPENS, "a", field("href")), CONTENT, tag_rule(CLOSES, "a")),
    rule(["img"], tag_rule(STANDS, "img", *map(field, PICTURED), field("alt"))),
    # What a page tells machines is on the tape too: to look for it in the tree takes half as long as to write the tape.
    rule(["head"], '<xsl:apply-templates select="title|meta|script|base"/>'),
    rule(["title"], _titled, tag_rule(OPENS, "title", _called), CONTENT, tag_rule(CLOSES, "title")),  # broken heads
    rule(["head/title"], _titled),
    rule(["meta[@property or @name]"], tag_rule(STANDS, "meta", field("property"), field("name"), field("content"))),
    rule(["base[@href]"], tag_rule(STANDS, "base", field("href"))),
    rule(["script[contains(@type, 'ld+json')]"], tag_rule(STANDS, "ld", own_field("ld"))),
    *FORMULA_RULES,
)
_LINK_OPENS = f"{OPENS}a{RESERVED}"
_KIND_OF = dict.fromkeys(_BOUNDS, SCOPE) | dict.fromkeys(MARKS, MARKED)
_KIND_OF |= {"a": LINK, "img": PICTURE, "math": FORMULA, "drawn": DRAWN}
_KIND_OF |= dict.fromkeys(("base", "ld", "meta", "titled"), TOLD)


class Tag(NamedTuple):
    """One tag and all its copies. `step` is what it does to the depth; bits are of `NAMES` and `TAGS`."""

    kind: int
    name: str
    step: int
    bits: int
    names: int
    called: str  # its class
    written: str

    @property
    def fields(self) -> dict[str, str]:
        return fields_of(self.written)


class Tags(NamedTuple):
    """The tags of a tape, and which of those that differ each is: most are copies."""

    distinct: list[Tag]
    numbers: NDArray[np.intp]

    def called(self) -> NDArray[np.int64]:
        """A number for each of the distinct tags, the same for those with the same name and class."""
        numbers: dict[tuple[str, str], int] = {}
        return np.array([numbers.setdefault((tag[1], tag[5]), len(numbers)) for tag in self.distinct])


def tags_of(written: list[str]) -> Tags:
    """The tags that are written so on a tape."""
    number_of = dict.fromkeys(written, 0)
    distinct = []
    for number, each in enumerate(number_of):
        number_of[each] = number
        if each.startswith(_LINK_OPENS):  # what most distinct tags are
            distinct.append(Tag._make((LINK, "a", 1, 0, 0, "", each)))  # half the time of `Tag(...)`
        else:  # what has no fields is the same on every page
            distinct.append(_tag(each) if RESERVED in each else _bare_tag(each))
    return Tags(distinct, np.fromiter(map(number_of.__getitem__, written), dtype=np.intp, count=len(written)))


def _tag(written: str) -> Tag:
    sign, name = sign_and_name(written)
    kind = _KIND_OF.get(name, OTHER)
    if sign == CLOSES:
        return Tag(kind + 1, name, -1, 0, 0, "", written)
    if kind != SCOPE:
        return Tag(kind, name, int(sign == OPENS), 0, 0, "", written)
    bits = _BIT_OF_TAG.get(name, 0)
    if RESERVED not in written:
        return Tag(kind, name, 1, bits, 0, "", written)
    fields = fields_of(written)
    names = 0
    called, role = fields.get("class", ""), fields.get("role", "")
    for token in f"{called} {fields['id']}".split() if "id" in fields else called.split():
        names |= _names_of(token)
    if role:
        names |= _names_of(role)
        bits |= _BIT_OF_TAG.get(_TAG_OF_ROLE.get(role, ""), 0)
    if (
        "hidden" in fields
        or fields.get("aria-hidden") == "true"
        or ("style" in fields and _HIDES.search(fields["style"]))
    ):
        names |= HIDDEN_NAME
    return Tag(kind, name, 1, bits, names, called, written)


_bare_tag = lru_cache(maxsize=1000)(_tag)


@lru_cache(maxsize=20_000)
def _names_of(token: str) -> int:
    if token.isalpha() and token.islower() and token.isascii():
        return _BIT_OF_WORD.get(token, 0)
    bits = 0
    for word in _PARTS.findall(token):
        bits |= _BIT_OF_WORD.get(word.lower(), 0)
    return bits
