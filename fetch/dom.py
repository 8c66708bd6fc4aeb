"""The one parse of a page, and what is seen of it: every reader of HTML starts here, so that all count alike."""

from __future__ import annotations

import re
from functools import lru_cache

import lxml.etree as etree  # ty: ignore[import-not-found]  (compiled, without stubs)
import lxml.html
import msgspec
from resiliparse.parse.lang import detect_fast

from fetch.small_cents import mark_cents
from fetch.tape import CONTENT, RESERVED, cleared, names_among, rule, stylesheet

MAX_LANGUAGE_DISTANCE = 500  # of the detector; prose is within 400 of its language, lists of names and codes are beyond
SHORT_TEXT = 1_000  # characters; the distance of a shorter text is large in its own language too
MAX_TITLE = 500  # characters; longer titles are keyword stuffing
# libxml2 stops reading, and loses the rest of the page, below 2048 open elements. Tags below this depth are dropped
# from such a page instead: half of the limit leaves room for the elements that the parser itself inserts.
MAX_DEPTH = 1000
# libxml2 compares each attribute of an element with all before it: 150,000 of them take it a minute. Only a tag as long
# as `LONG_TAG` characters can hold enough to matter.
MAX_ATTRIBUTES = 1000
LONG_TAG = 20_000
# A page is described, then converted or mined in the same process: its tree is a fifth of that work. A tree takes up to
# ten times the memory of its source.
KEPT_TREES = 2
LARGEST_KEPT = 1_000_000  # characters of source
# Some forums and shops draw themselves by script and serve the same content to everyone else in `noscript`.
FULL_NOSCRIPT = 400  # characters: a notice that asks for scripts says less

UNSEEN = frozenset({"script", "style", "template", "noscript", "head", "svg", "math", "iframe", "object", "canvas"})
_BLOCK_TAGS = """
    address article aside blockquote body br button caption center dd details dialog dir div dl dt fieldset figcaption
    figure footer form frame frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup
    option p pre search section select summary table tbody textarea tfoot thead title tr ul
"""
BLOCKS = frozenset(_BLOCK_TAGS.split())
CELLS = frozenset({"td", "th"})
_OF_HEAD = frozenset(
    {"base", "basefont", "bgsound", "link", "meta", "noscript", "script", "style", "template", "title"}
)
_VERBATIM = frozenset({"pre", "code", "textarea"})
_VOID_TAGS = "area base br col embed hr img input link meta param source track wbr"
_VOID = frozenset(_VOID_TAGS.split())

# What stands for elements in marked text.
_CELL, _LINE = RESERVED + "c", RESERVED + "l"
_VERBATIM_STARTS, _VERBATIM_ENDS = RESERVED + "v", RESERVED + "w"
_KEPT_LINE = RESERVED + "k"  # a line ends, of which white space is kept
_TOUCH = RESERVED + "t"  # two elements touch with no text between them
# Touching elements read as one word only where a number is spelled in parts ("$" "12" ".99") or punctuation follows.
# The pattern begins with the mark itself, so that the search leaps from one to the next.
_GLUED = re.compile(r"\x7ft(?:(?<=\d..)(?=\d)|(?<=[$€£¥₹(\[/'’-]..)|(?<=[.,]..)(?=\d)|(?=[\s.,;:!?)\]%'’/\x7f-]|\Z))")
# One predicate to a step: with two, libxml2 gathers all siblings for each, and a page of 200,000 takes minutes.
_touch = (
    f"""<xsl:if test="preceding-sibling::node()[1]/self::*[not({names_among(UNSEEN | CELLS)})]">{_TOUCH}</xsl:if>"""
)
_marked = stylesheet(
    rule("*", _touch, CONTENT),
    rule(BLOCKS - _VERBATIM, _LINE, CONTENT, _LINE),
    rule(CELLS, _CELL, CONTENT),
    rule(_VERBATIM & BLOCKS, _LINE, _VERBATIM_STARTS, CONTENT, _VERBATIM_ENDS, _LINE),
    rule(_VERBATIM - BLOCKS, _touch, _VERBATIM_STARTS, CONTENT, _VERBATIM_ENDS),
    rule(UNSEEN),
)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
# The tag's name, then each of its attributes, one after the other.
_ATTRIBUTE = re.compile(r"[^\s>=\"'<]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>\"']*))?[\s/]*")
_RAW_TEXT = re.compile(r"<(script|style|textarea|title)\b.*?</\1\s*>|<!--.*?-->", re.I | re.S)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*", re.I)


class PageFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What every fetched page is filed with: its visible text, title, and language (BCP 47, empty if not known)."""

    text: str
    title: str
    language: str


def parse(html: str) -> lxml.html.HtmlElement:
    """The tree of a page, without comments and processing instructions. Takes anything: an empty string gives an
    empty document, broken markup is mended, and markup nested beyond `MAX_DEPTH` is flattened there.

    The tree is shared by readers: nobody changes it. Those that ask for the same page soon after each other get one.
    """
    return _kept_tree(html) if len(html) <= LARGEST_KEPT else _tree(html)


def _tree(html: str) -> lxml.html.HtmlElement:
    html = _with_few_attributes(cleared(html.replace("\0", "")))
    root, too_deep = _parse(html)
    if too_deep:
        root = _parse(_flattened(html))[0]
    _open_body(root)
    _open_noscript(root)
    mark_cents(root)
    return root


def _open_body(root: lxml.html.HtmlElement) -> None:
    """Begins the body where the head ends, though no tag says so: libxml2 knows that of elements of HTML 4 alone, and
    takes `main` and what it holds for a part of the head."""
    head = root.find("head")
    strays = [kid for kid in head if kid.tag not in _OF_HEAD] if head is not None else []
    if not strays:
        return
    body = root.find("body")
    if body is None:
        body = etree.SubElement(root, "body")
    for kid in reversed(strays):  # the first place alone is found in no time
        body.insert(0, kid)  # with the text behind it
    strays[-1].tail = (strays[-1].tail or "") + (body.text or "")
    body.text = None


def _open_noscript(root: lxml.html.HtmlElement) -> None:
    """Makes what a page says without scripts a part of it, where it says nothing else worth reading."""
    elements = [element for element in root.iter("noscript") if len(element)]
    full = [element for element in elements if _outer_text(element) >= FULL_NOSCRIPT]
    if full and len(visible_text(root)) < FULL_NOSCRIPT:
        for element in full:
            element.tag = "div"


def _outer_text(element: etree._Element) -> int:
    """How many characters a noscript says; none where it stands within another, which says them already."""
    if next(element.iterancestors("noscript"), None) is not None:
        return 0
    return sum(len(text.strip()) for text in element.itertext())


_kept_tree = lru_cache(maxsize=KEPT_TREES)(_tree)


def _parse(html: str) -> tuple[lxml.html.HtmlElement, bool]:
    # Bytes, for text with an XML declaration or a lone surrogate is refused as str.
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = lxml.html.document_fromstring(html.encode("utf-8", "replace") or b"<html></html>", parser=parser)
    except etree.ParserError:  # nothing but space or comments
        root = lxml.html.document_fromstring(b"<html><body></body></html>", parser=parser)
    return root, any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log)


def _with_few_attributes(html: str) -> str:
    """The same markup; an element's attributes past `MAX_ATTRIBUTES` are dropped."""
    kept: list[str] = []
    at = 0
    # A tag of that length leaves a stretch of half of it without another.
    stretch = LONG_TAG // 2
    for start in range(0, len(html), stretch):
        if start < at or html.find("<", start, start + stretch) >= 0:
            continue
        opens = html.rfind("<", max(at, start - stretch), start)
        if opens >= 0:
            ends = html.find("<", start + stretch)
            ends = ends if ends >= 0 else len(html)
            kept += [html[at : opens + 1], _trimmed(html[opens + 1 : ends])]
            at = ends
    return "".join(kept) + html[at:] if kept else html


def _trimmed(piece: str) -> str:
    """What follows a "<", with no more than `MAX_ATTRIBUTES` attributes in its tag. Text of a script is no tag."""
    if not piece[:1].isalpha():
        return piece
    ends = at = number = 0
    while attribute := _ATTRIBUTE.match(piece, at):  # a search would go on into the text behind the tag
        at = attribute.end()
        ends = at if number < MAX_ATTRIBUTES else ends
        number += 1
    return piece[:ends] + piece[at:] if at > ends else piece


def _flattened(html: str) -> str:
    """The same markup without the tags that open below `MAX_DEPTH`, and without their ends; their text stays."""
    kept: list[str] = []
    depth = at = 0
    raw_spans = ((found.start(), found.end()) for found in _RAW_TEXT.finditer(html))
    raw_start, raw_end = next(raw_spans, (len(html), len(html)))
    for tag in _TAG.finditer(html):
        while tag.start() >= raw_end and raw_start < len(html):
            raw_start, raw_end = next(raw_spans, (len(html), len(html)))
        if raw_start <= tag.start() < raw_end or tag[2].lower() in _VOID:
            continue
        is_end = bool(tag[1])
        if depth > MAX_DEPTH or (depth == MAX_DEPTH and not is_end):
            kept.append(html[at : tag.start()])
            at = tag.end()
        depth = max(0, depth - 1) if is_end else depth + 1
    kept.append(html[at:])
    return "".join(kept)


def visible_text(root: etree._Element) -> str:
    """The text of an element as lines: one for each block, row and line break, cells of a row parted by a tab, white
    space folded outside `pre`. Scripts, styles, templates and drawings are left out. The same tree gives the same text.

    Text that a style hides (a closed tab, a folded answer) stays: what hides it may be a click away from showing it.
    """
    if not len(root) and root.tag not in UNSEEN and root.tag not in _VERBATIM:
        return " ".join((root.text or "").split())
    marked = _marked(root)
    if _VERBATIM_ENDS in marked:
        marked = _with_kept_lines(marked)
    if _TOUCH in marked:
        marked = _GLUED.sub("", marked).replace(_TOUCH, " ")
    return "\n".join(_lines(marked))


def _with_kept_lines(marked: str) -> str:
    """Marked text with the lines of its verbatim parts marked too."""
    done: list[str] = []
    depth = 0
    *closed, rest = marked.split(_VERBATIM_ENDS)
    for piece in closed:
        if depth == 0:
            before, _, piece = piece.partition(_VERBATIM_STARTS)
            done.append(before)
            depth = 1
        depth += piece.count(_VERBATIM_STARTS) - 1
        kept = piece.replace("\n", _KEPT_LINE).replace(_VERBATIM_STARTS, "").replace(_TOUCH, "")
        done.append(kept)
    done.append(rest)
    return "".join(done)


def _lines(marked: str) -> list[str]:
    parts = marked.split(_LINE)
    if _CELL not in marked and _KEPT_LINE not in marked:
        return [line for part in parts if part and (line := " ".join(part.split()))]
    lines: list[str] = []
    for part in parts:
        *kept, line = part.split(_KEPT_LINE)
        lines += [verbatim for text in kept if (verbatim := text.replace(_CELL, "\t").rstrip())]
        cells = [cell for text in line.split(_CELL) if (cell := " ".join(text.split()))]
        if cells:
            lines.append("\t".join(cells))
    return lines


def describe(html: str, url: str) -> PageFacts:
    """The facts of a page from its source. `url` decides only where the page itself says nothing (its title)."""
    root = parse(html)
    text = visible_text(root)
    return PageFacts(text=text, title=title_of(root) or url, language=language_of(root, text))


def title_of(root: lxml.html.HtmlElement) -> str:
    """What the page calls itself: its title element, else its share title, else its first heading; else empty."""
    for path in ("//head/title", "//title[not(ancestor::svg)]", "//meta[@property='og:title']", "//h1"):
        for element in root.xpath(path):
            title = element.get("content") if element.tag == "meta" else "".join(element.itertext())
            if title and title.strip():
                return " ".join(title.split())[:MAX_TITLE]
    return ""


def language_of(root: lxml.html.HtmlElement, text: str) -> str:
    """BCP 47 as the page declares it, else as its text reads; empty where neither tells."""
    declared = (
        root.get("lang"),
        root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang"),
        *root.xpath("//head/meta[translate(@http-equiv,'CLANGUE','clangue')='content-language']/@content"),
        *root.xpath("//meta[@property='og:locale']/@content"),
    )
    for name in declared:
        if name and (found := _LANGUAGE.fullmatch(name.strip())):
            return found[0].replace("_", "-")
    # In lower case: names in capitals are of no language, and the detector tells letters by their case.
    guess, distance = detect_fast(text[:20_000].lower()) if len(text) > 60 else ("unknown", 0)
    if distance > MAX_LANGUAGE_DISTANCE and len(text) > SHORT_TEXT:
        return ""
    return "" if guess == "unknown" else guess
