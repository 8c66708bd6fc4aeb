"""Text within a block as markdown: links, emphasis, code, pictures, formulas. Never HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "del": "~~", "s": "~~", "strike": "~~"}
_CODE = frozenset({"code", "kbd", "samp", "tt"})
MARKS = frozenset({*_MARKS, *_CODE})
# At the start of a line these would make a heading, a quotation, a list or a rule of plain text.
_LEADING = re.compile(r"^(\s*)(#{1,6}(?=\s)|>|[-+*](?=\s)|(?:[-_*]\s?){3,}$)")
_LEADING_NUMBER = re.compile(r"^(\s*\d{1,9})([.)])(?=\s)")
_OPENS_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_MARKUP = re.compile(r"([\\`*_\[\]])")
PICTURED = ("data-src", "data-original", "data-lazy-src", "src")  # lazy loading hides the address
_PLAIN_PATH = re.compile(r"/[\w\-%~./=&+?]*", re.ASCII)
_NO_LINK = ("javascript:", "data:", "vbscript:", "about:", "blob:")


class Inline:
    """Gathers the text of one block. Elements that are open when the block ends are closed, and opened again for the
    next: a link may go around several blocks."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._parts: list[str] = []  # of the innermost open element
        self._frames: list[tuple[str, str, list[str]]] = [("", "", self._parts)]
        self._codes = 0  # open elements of code

    def open(self, name: str, href: str = "") -> None:
        self._parts = []
        self._frames.append((name, href, self._parts))
        self._codes += name in _CODE

    def close(self) -> None:
        name, href, parts = self._frames.pop()
        self._parts = self._frames[-1][2]
        self._parts.append(self._wrapped(name, href, "".join(parts)))
        self._codes -= name in _CODE

    def text(self, text: str) -> None:
        """Text as the page has it; white space is folded when the block is taken."""
        self._parts.append(text if self._codes else escaped(text))

    def verbatim(self, markdown: str) -> None:
        self._parts.append(markdown)

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
        before = inner[: len(inner) - len(inner.lstrip())]
        after = inner[len(inner.rstrip()) :]
        if name == "a":
            url = absolute(self._base_url, href)
            return f"{before}[{bare}]({url}){after}" if url else inner
        if name in _CODE:
            ticks = "`" * (1 + max((len(run) for run in re.findall(r"`+", bare)), default=0))
            pad = " " if bare.startswith("`") or bare.endswith("`") else ""
            return f"{before}{ticks}{pad}{bare}{pad}{ticks}{after}"
        mark = _MARKS[name]
        # Emphasis within the same emphasis, or around a whole heading's link, would show its marks.
        return inner if bare.startswith(mark) or bare.endswith(mark) else f"{before}{mark}{bare}{mark}{after}"


def escaped(text: str) -> str:
    """Text in which no character makes markup or HTML."""
    return _OPENS_TAG.sub("&lt;", _MARKUP.sub(r"\\\1", text) if _MARKUP.search(text) else text)


def line_start(line: str) -> str:
    """A line of text that starts no heading, list or quotation."""
    return _LEADING_NUMBER.sub(r"\1\\\2", _LEADING.sub(r"\1\\\2", line))


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
    if not href or href.startswith("#") or href.lower().startswith(_NO_LINK):
        return ""
    if is_plain_path(href) and (origin := _origin(base_url)):
        return origin + href
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


def formula(fields: Mapping[str, str]) -> str:
    """The TeX that a MathML element carries, between dollar signs; nothing where it carries none."""
    tex = (fields.get("tex") or fields.get("alttext", "")).strip()
    if not tex:
        return ""
    return f"$${tex}$$" if fields.get("display") == "block" else f"${tex}$"
