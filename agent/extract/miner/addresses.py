"""Where an element leads: by its link, or by a script of a known form that opens a page."""

from __future__ import annotations

import re

import lxml.html

_SCRIPT_LINK = re.compile(r"\s*(?:javascript:|#|$)", re.I)
# window.open('/a'), location.href = "/a", document.location='/a', location.assign("/a"): what a click opens.
_OPENS = re.compile(
    r"(?:window\.open|location\.(?:assign|replace))\s*\(\s*(?P<mark>['\"])(?P<opened>[^'\"\s]+)(?P=mark)"
    r"|location(?:\.href)?\s*=\s*(?P<quote>['\"])(?P<set>[^'\"\s]+)(?P=quote)"
)


def address_of(element: lxml.html.HtmlElement) -> str:
    """The address that a link or a button leads to, as it is written; empty where none is."""
    href = element.get("href") if element.tag == "a" else None
    if href and not _SCRIPT_LINK.match(href):
        return href
    script = element.get("onclick") or (href if href and href.lstrip().lower().startswith("javascript:") else "")
    found = _OPENS.search(script) if script else None
    return (found["opened"] or found["set"]) if found else ""
