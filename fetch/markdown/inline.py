"""Text within a block as markdown: links, emphasis, code, pictures, formulas. Never HTML."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import lxml.html

_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "del": "~~", "s": "~~", "strike": "~~"}
_CODE = frozenset({"code", "kbd", "samp", "tt"})
INLINE_TAGS = frozenset({*_MARKS, *_CODE, "a"})
# At the start of a line these would make a heading, a quotation, a list or a rule of plain text.
_LEADING = re.compile(r"^(\s*)(#{1,6}(?=\s)|>|[-+*](?=\s)|(?:[-_*]\s?){3,}$)")
_LEADING_NUMBER = re.compile(r"^(\s*\d{1,9})([.)])(?=\s)")
_OPENS_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_MARKUP = re.compile(r"([\\`*_\[\]])")
_NO_LINK = ("javascript:", "data:", "vbscript:", "about:", "blob:")


class Inline:
    """Gathers the text of one block. Elements that are open when the block ends are closed, and opened again for the
    next: a link may go around several blocks."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._frames: list[tuple[lxml.html.HtmlElement | None, list[str]]] = [(None, [])]

    @property
    def in_code(self) -> bool:
        return any(element is not None and element.tag in _CODE for element, _ in self._frames)

    def open(self, element: lxml.html.HtmlElement) -> None:
        self._frames.append((element, []))

    def close(self, element: lxml.html.HtmlElement) -> None:
        if len(self._frames) > 1 and self._frames[-1][0] is element:
            _, parts = self._frames.pop()
            self._frames[-1][1].append(self._wrapped(element, "".join(parts)))

    def text(self, text: str) -> None:
        """Text as the page has it; white space is folded when the block is taken."""
        self._frames[-1][1].append(text if self.in_code else escaped(text))

    def verbatim(self, markdown: str) -> None:
        self._frames[-1][1].append(markdown)

    def take(self) -> str:
        """The block's markdown, one line; the gathering starts anew."""
        line = ""
        for element, parts in reversed(self._frames):
            line = "".join(parts) + line
            parts.clear()
            if element is not None:
                line = self._wrapped(element, line)
        return " ".join(line.split())

    def _wrapped(self, element: lxml.html.HtmlElement, inner: str) -> str:
        bare = inner.strip()
        if not bare:
            return " " if inner else ""
        before = inner[: len(inner) - len(inner.lstrip())]
        after = inner[len(inner.rstrip()) :]
        if element.tag == "a":
            url = absolute(self._base_url, element.get("href"))
            return f"{before}[{bare}]({url}){after}" if url else inner
        if element.tag in _CODE:
            ticks = "`" * (1 + max((len(run) for run in re.findall(r"`+", bare)), default=0))
            pad = " " if bare.startswith("`") or bare.endswith("`") else ""
            return f"{before}{ticks}{pad}{bare}{pad}{ticks}{after}"
        mark = _MARKS[element.tag]
        # Emphasis within the same emphasis, or around a whole heading's link, would show its marks.
        return inner if bare.startswith(mark) or bare.endswith(mark) else f"{before}{mark}{bare}{mark}{after}"


def escaped(text: str) -> str:
    """Text in which no character makes markup or HTML."""
    return _OPENS_TAG.sub("&lt;", _MARKUP.sub(r"\\\1", text) if _MARKUP.search(text) else text)


def line_start(line: str) -> str:
    """A line of text that starts no heading, list or quotation."""
    return _LEADING_NUMBER.sub(r"\1\\\2", _LEADING.sub(r"\1\\\2", line))


def absolute(base_url: str, href: str | None) -> str:
    """The absolute URL of a link as markdown can hold it; empty where there is nothing to follow."""
    href = (href or "").strip()
    if not href or href.startswith("#") or href.lower().startswith(_NO_LINK):
        return ""
    try:
        url = urljoin(base_url, href)
    except ValueError:
        return ""
    return url.replace(" ", "%20").replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace("\n", "")


def picture(element: lxml.html.HtmlElement, base_url: str) -> str:
    """`![alt](url)`, or nothing without an address. Lazy loading hides the address in other attributes."""
    candidates = (element.get(name) for name in ("data-src", "data-original", "data-lazy-src", "src"))
    url = next((url for src in candidates if (url := absolute(base_url, src))), "")
    alt = " ".join((element.get("alt") or "").split())
    return f"![{escaped(alt)}]({url})" if url else ""


def formula(element: lxml.html.HtmlElement) -> str:
    """The TeX that a MathML element carries, between dollar signs; nothing where it carries none."""
    noted = element.xpath(".//*[local-name()='annotation'][contains(@encoding,'tex')]")
    tex = (noted[0].text_content() if noted else element.get("alttext") or "").strip()
    if not tex:
        return ""
    return f"$${tex}$$" if element.get("display") == "block" else f"${tex}$"
