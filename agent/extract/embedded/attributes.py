"""Objects that elements carry in their own `data-` attributes: what a row says of itself to the page's script."""

from __future__ import annotations

import re
from collections import defaultdict

import lxml.html

from agent.extract.embedded.lenient_json import Json, read_json
from agent.extract.embedded.state import Document

MAX_OBJECTS = 3_000  # a page
MAX_CHARACTERS = 2_000_000  # of them
MIN_ROWS = 2  # elements of one kind that carry one: a single one is how a widget is set up

_CARRIED = re.compile(r"\sdata-[\w.:-]+\s*=\s*[\"']\s*\{")


def attribute_documents(root: lxml.html.HtmlElement, html: str) -> tuple[Document, ...]:
    """The objects of each attribute, those of one kind of element together: rows of one list."""
    if _CARRIED.search(html) is None:
        return ()
    found: dict[tuple[str, str], list[Json]] = defaultdict(list)
    objects = characters = 0
    for element in root.iter():
        if objects >= MAX_OBJECTS or characters >= MAX_CHARACTERS:
            break
        for name, text in element.attrib.items():
            if not name.startswith("data-") or text.lstrip()[:1] != "{":
                continue
            objects += 1
            characters += len(text)
            value = read_json(text)
            if isinstance(value, dict):
                found[element.tag, name].append(value)
    return tuple(Document(f"{tag}@{name}$", values) for (tag, name), values in found.items() if len(values) >= MIN_ROWS)
