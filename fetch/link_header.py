"""The `Link` header of an answer (RFC 8288), of which the next page is wanted."""

from __future__ import annotations

import re
from urllib.parse import urljoin

MAX_HEADER = 16_000  # characters that are read

_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_RELATION = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))", re.I)


def next_link(header: str, url: str) -> str:
    """The absolute http(s) address that the answer from `url` names as its next page; empty where it names none, or
    itself. Several headers are one, joined by commas."""
    for target, parameters in _LINK.findall(header[:MAX_HEADER]):
        relation = _RELATION.search(parameters)
        if relation is None or "next" not in (relation[1] or relation[2] or "").lower().split():
            continue
        try:
            absolute = urljoin(url, target.strip())
        except ValueError:  # unbalanced brackets and the like
            continue
        if absolute != url and absolute.lower().startswith(("http://", "https://")):
            return absolute
    return ""
