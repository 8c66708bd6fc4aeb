"""A page as a row of text blocks, each with the elements around it: what is told into content and chrome.

A block is the text between two block boundaries (a paragraph, a heading, a cell, a line before a `br`). A scope is a
block-level element: it spans a range of blocks.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import lxml.html

from fetch.dom import BLOCKS, CELLS, UNSEEN
from fetch.markdown.inline import MARKS, PICTURED
from fetch.tape import (
    BETWEEN,
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
_PARTS = re.compile(r"[A-Z]+[a-z]*|[a-z]+")
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
HIDDEN_NAME = 1 << next(at for at, (name, _) in enumerate(NAMES) if name == "hidden")

MAX_BLOCKS = 60_000  # judged of one page; what follows is left out

# What a tag is to those who walk the tape; of those with an end, the next number ends it.
OTHER, PICTURE = 0, 1
SCOPE, SCOPE_ENDS = 2, 3
LINK, LINK_ENDS = 4, 5
MARKED, MARKED_ENDS = 6, 7  # emphasis and code
FORMULA = 8

_HIDDEN_HERE = "contains(., 'one') or contains(., 'idden') or contains(., 'ONE') or contains(., 'IDDEN')"
_ASKED = ("class", "id", "role", "hidden", "aria-hidden", "itemtype", "start", "colspan", "rowspan")
_called = '<xsl:apply-templates select="@*"/>'
_TEX = ".//*[local-name()='annotation'][contains(@encoding, 'tex')]"
_taped = stylesheet(
    rule("*", CONTENT),
    rule(["@*"]),
    *(rule([f"@{name}"], own_field(name)) for name in _ASKED),
    rule(["@style"], f'<xsl:if test="{_HIDDEN_HERE}">', own_field("style"), "</xsl:if>"),
    rule(UNSEEN),
    *(rule([name], tag_rule(OPENS, name, _called), CONTENT, tag_rule(CLOSES, name)) for name in _BOUNDS),
    *(rule([name], tag_rule(OPENS, name, field("class")), CONTENT, tag_rule(CLOSES, name)) for name in MARKS),
    rule(["a"], tag_rule(OPENS, "a", field("href")), CONTENT, tag_rule(CLOSES, "a")),
    rule(["img"], tag_rule(STANDS, "img", *map(field, PICTURED), field("alt"))),
    rule(["math"], tag_rule(STANDS, "math", field("display"), field("alttext"), field("tex", _TEX))),
)
_KIND_OF = dict.fromkeys(_BOUNDS, SCOPE) | dict.fromkeys(MARKS, MARKED)
_KIND_OF |= {"a": LINK, "img": PICTURE, "math": FORMULA}


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


class Blocks(NamedTuple):
    """The blocks of a page by number: their texts, how many characters of each are in links, the scopes they belong to.

    Then its scopes by number, parents before children: tags, parents (-1 for none), bits of `NAMES` and of `TAGS` with
    those of all around, depths, the numbers of their kinds (siblings with the same tag and class are of a kind), their
    ranges of blocks, the places of their tags on the tape. `claims` are the item types of microdata, in lower case.
    """

    texts: list[str]
    linked: list[int]
    scopes: list[int]
    tags: list[Tag]
    parents: list[int]
    all_names: list[int]
    all_bits: list[int]
    depths: list[int]
    kins: list[int]
    firsts: list[int]
    ends: list[int]
    starts: list[int]
    stops: list[int]
    claims: set[str]
    tape: list[Tag]
    after: list[str]  # the text after each tag of the tape

    @classmethod
    def on(cls, tape: list[Tag], after: list[str]) -> Blocks:
        return cls([], [], [], [], [], [], [], [], [], [], [], [], [], set(), tape, after)


def read_blocks(root: lxml.html.HtmlElement) -> Blocks:
    """The blocks of a page in document order."""
    after = _taped(root).split(BETWEEN)
    tags = _Tags()
    blocks = Blocks.on(list(map(tags.__getitem__, after[1::2])), after[2::2])
    itemtypes = (tag.fields.get("itemtype", "") for tag in tags.values() if "itemtype" in tag.written)
    blocks.claims.update(itemtype.rstrip("/").rsplit("/", 1)[-1].lower() for itemtype in itemtypes if itemtype)
    _walk(blocks)
    return blocks


def _walk(blocks: Blocks) -> None:
    (texts, links, owners, tags, parents, all_names, all_bits, depths, kins) = blocks[:9]
    (firsts, ends, starts, stops) = blocks[9:13]
    kin_of: dict[tuple[int, str, str], int] = {}
    inline: list[str] = []
    linked = open_links = 0
    names = bits = depth = 0
    scope = -1
    for at, (tag, text) in enumerate(zip(blocks.tape, blocks.after, strict=True)):
        kind = tag[0]
        if kind:
            if kind in (SCOPE, SCOPE_ENDS):
                if inline:
                    block = " ".join("".join(inline).split())
                    inline.clear()
                    if block and scope >= 0:
                        if len(texts) >= MAX_BLOCKS:
                            break
                        texts.append(block)
                        links.append(min(linked, len(block)))
                        owners.append(scope)
                    linked = 0
                if kind == SCOPE:
                    kin = (scope, tag[1], tag[5])
                    parents.append(scope)
                    tags.append(tag)
                    kins.append(kin_of.setdefault(kin, len(kin_of)))
                    all_names.append(names | tag[4])
                    all_bits.append(bits | tag[3])
                    depths.append(depth)
                    firsts.append(len(texts))
                    ends.append(len(texts))
                    starts.append(at)
                    stops.append(at)
                    scope = len(parents) - 1
                    names, bits = all_names[scope], all_bits[scope]
                    depth += 1
                elif scope >= 0:
                    ends[scope] = len(texts)
                    stops[scope] = at
                    scope = parents[scope]
                    depth -= 1
                    names, bits = (all_names[scope], all_bits[scope]) if scope >= 0 else (0, 0)
            elif kind == LINK:
                open_links += 1
            elif kind == LINK_ENDS:
                open_links -= 1
        if text:
            inline.append(text)
            if open_links:
                linked += len(text.strip())
    while scope >= 0:  # only where there were too many blocks
        ends[scope] = len(texts)
        stops[scope] = len(blocks.tape) - 1
        scope = parents[scope]


class _Tags(dict[str, Tag]):
    """What each tag of a tape comes to, worked out when it is first met: most tags of a page are copies."""

    def __missing__(self, written: str) -> Tag:
        # What has no fields is the same on every page.
        value = self[written] = _bare_tag(written) if RESERVED not in written else _tag(written)
        return value


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
