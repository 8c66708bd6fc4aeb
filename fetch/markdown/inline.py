"""Text within a block as markdown: links, emphasis, code, pictures, formulas. Never HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from fetch.markdown.formulas import IN_TEXT, between_dollars, formula, tex_of
from fetch.markdown.tags import DRAWN, DRAWN_ENDS, FORMULA, LINK, LINK_ENDS, MARKED, MARKED_ENDS, PICTURE, PICTURED, Tag
from fetch.tape import first_field_of

_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "del": "~~", "s": "~~", "strike": "~~"}
_CODE = frozenset({"code", "kbd", "samp", "tt"})
# At the start of a line these would make a heading, a quotation, a list or a rule of plain text.
_LEADERS = "#>-+*_"
_LEADING = re.compile(r"^()(#{1,6}(?=\s)|>|[-+*](?=\s)|(?:[-_*]\s?){3,}$)")
_LEADING_NUMBER = re.compile(r"^(\d{1,9})([.)])(?=\s)")
_OPENS_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_ESCAPED = re.compile(r"([\\`*_\[\]])")
_MARKUP = re.compile(r"[\\`*_\[\]<$]")
_PLAIN_PATH = re.compile(r"/[\w\-%~./=&+?]*", re.ASCII)
_PLAIN_URL = re.compile(r"https?://[\w\-.]+(?::\d+)?(?:/[\w\-%~./=&+,@]*)?(?:\?[\w\-%~./=&+,@]+)?", re.ASCII)
_ANCHORS = frozenset("#¶§🔗")  # what headings are linked to themselves with
_NO_LINK = ("javascript:", "data:", "vbscript:", "about:", "blob:")


class Inline:
    """Gathers the text of one block. Elements that are open when the block ends are closed, and opened again for the
    next: a link may go around several blocks."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._parts: list[str] = []  # of the innermost open element
        self._frames: list[tuple[str, str, list[str]]] = [("", "", self._parts)]
        self._codes = 0  # open elements of code
        self._drawn = 0  # open elements that only draw a formula
        self._tex = ""  # of the last formula

    def open(self, tag: Tag) -> None:
        """A link, emphasis or code."""
        self._parts = []
        self._frames.append((tag.name, first_field_of(tag.written) if tag.kind == LINK else "", self._parts))
        self._codes += tag.name in _CODE

    def close(self) -> None:
        name, href, parts = self._frames.pop()
        self._parts = self._frames[-1][2]
        self._codes -= name in _CODE
        inner = "".join(parts)
        self._parts.append(inner if self._codes else self._wrapped(name, href, inner))

    def text(self, text: str) -> None:
        """Text as the page has it; white space is folded when the block is taken."""
        self._parts.append(text if self._codes else escaped(text))

    def verbatim(self, markdown: str) -> None:
        self._parts.append(markdown)

    def read(self, tape: Sequence[Tag], after: Sequence[str], start: int, end: int, *, pictures_from: int = 0) -> None:
        """What stands on the tape from one place up to another. Ends of blocks are passed over, pictures before
        `pictures_from` too."""
        for at in range(start, end):
            tag = tape[at]
            kind = tag[0]
            if kind in (LINK, MARKED):
                self.open(tag)
            elif kind in (LINK_ENDS, MARKED_ENDS):
                self.close()
            elif kind == PICTURE and at >= pictures_from:
                self._show(tag)
            elif kind == FORMULA:
                self.verbatim(formula(tag.fields))
                self._tex = tex_of(tag.fields)
            elif kind in (DRAWN, DRAWN_ENDS):
                self._drawn += tag.step
            if (text := after[at]) and not self._drawn:
                self.text(text)

    def _show(self, tag: Tag) -> None:
        fields = tag.fields
        if not (self._tex and self._tex in fields.get("alt", "")):  # else it draws the formula before it
            self.verbatim(picture(fields, self._base_url))

    def take(self) -> str:
        """The block's markdown, one line; the gathering starts anew."""
        line = ""
        for name, href, parts in reversed(self._frames):
            line = "".join(parts) + line
            parts.clear()
            if name:
                line = self._wrapped(name, href, line)
        return " ".join(line.split())

    def _wrapped(self, name: str, href: str, inner: str) -> str:
        bare = inner.strip()
        if not bare:
            return " " if inner else ""
        before = after = ""
        if len(bare) < len(inner):
            before = inner[: len(inner) - len(inner.lstrip())]
            after = inner[len(inner.rstrip()) :]
        if name == "a":
            line = linked(bare, href, self._base_url)
            return f"{before}{line}{after}" if line else ""
        if name in _CODE:
            ticks = "`" * (1 + max((len(run) for run in re.findall(r"`+", bare)), default=0))
            pad = " " if bare.startswith("`") or bare.endswith("`") else ""
            return f"{before}{ticks}{pad}{bare}{pad}{ticks}{after}"
        mark = _MARKS[name]
        # Emphasis within the same emphasis, or around a whole heading's link, would show its marks.
        return inner if bare.startswith(mark) or bare.endswith(mark) else f"{before}{mark}{bare}{mark}{after}"


def linked(bare: str, href: str, base_url: str) -> str:
    """The text of a link with its address, alone if there is nothing to follow, not even that of a heading's own."""
    url = absolute(base_url, href)
    if not url:
        return "" if bare in _ANCHORS else bare
    return f"[{bare}]({url})"


def escaped(text: str) -> str:
    """Text in which no character makes markup or HTML. TeX within it stays TeX."""
    if not _MARKUP.search(text):
        return text
    if "$" not in text and "\\" not in text:
        return _plain(text)
    parts, at = [], 0
    for found in IN_TEXT.finditer(text):
        tex = found[found.lastgroup or 0]
        shown = between_dollars(tex, is_display=found.lastgroup in ("display", "dollars"))
        parts += [_plain(text[at : found.start()]), shown]
        at = found.end()
    return "".join([*parts, _plain(text[at:])])


def _plain(text: str) -> str:
    return _OPENS_TAG.sub("&lt;", _ESCAPED.sub(r"\\\1", text))


def line_start(line: str) -> str:
    """A line of text that starts no heading, list or quotation; the line has text and begins with it."""
    if line[0] in _LEADERS:
        return _LEADING.sub(r"\1\\\2", line)
    return _LEADING_NUMBER.sub(r"\1\\\2", line) if line[0].isdigit() else line


def is_plain_path(href: str) -> bool:
    """A path from the root that has nothing to resolve or to write otherwise: what most links of a page
    are, of which there are hundreds; `urljoin` says the same of it, slowly."""
    return _PLAIN_PATH.fullmatch(href) is not None and not ("//" in href or "/." in href or href.endswith("?"))


@lru_cache(maxsize=256)
def _origin(base_url: str) -> str:
    """Scheme and host of a page's URL; empty where it has none."""
    try:
        parts = urlsplit(base_url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} and parts.netloc else ""


def absolute(base_url: str, href: str | None) -> str:
    """The absolute URL of a link as markdown can hold it; empty where there is nothing to follow."""
    href = (href or "").strip()
    if is_plain_path(href) and (origin := _origin(base_url)):
        return origin + href
    if _PLAIN_URL.fullmatch(href):
        return href
    if not href or href.startswith("#") or href.lower().startswith(_NO_LINK):
        return ""
    try:
        url = urljoin(base_url, href)
    except ValueError:
        return ""
    return url.replace(" ", "%20").replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace("\n", "")


def picture(fields: Mapping[str, str], base_url: str) -> str:
    """`![alt](url)` of a picture's attributes, or nothing without an address."""
    url = next((url for name in PICTURED if (url := absolute(base_url, fields.get(name)))), "")
    alt = " ".join(fields.get("alt", "").split())
    return f"![{escaped(alt)}]({url})" if url else ""
