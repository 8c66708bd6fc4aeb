"""The text of a small element, without reading a large one through."""

from __future__ import annotations

import lxml.html


def short_text(element: lxml.html.HtmlElement, most: int) -> str:
    """All text in an element, white space folded; empty where it has more than `most` characters."""
    parts: list[str] = []
    length = 0
    for part in element.itertext():
        length += len(part)
        if length > most:
            return ""
        parts.append(part)
    return " ".join("".join(parts).split())
