"""Which blocks a page names elsewhere: in its title, in its description, in the text it gives to machines."""

from __future__ import annotations

import re
from typing import NamedTuple

import lxml.html
import numpy as np
from numpy.typing import NDArray

MAX_LD = 100_000  # characters of a JSON-LD script looked through
MAX_TEXT = 100_000  # characters of each source that is compared with
MAX_COMPARED = 5_000  # blocks
PROBE = 80  # characters of a block that are looked for: what follows is cut or spelled otherwise too often
SHORTEST = 12  # characters: less stands in any text by chance
LONGEST_TITLE = 240  # characters
TITLE_WORDS = 30
HINTS = 6  # columns

_LD_TYPE = re.compile(r"\"@type\"\s*:\s*\[?\s*\"(\w+)\"")
_LD_TEXT = re.compile(r"\"(articleBody|description|text|name|headline|reviewBody)\"\s*:\s*\"((?:[^\"\\]|\\.)*)\"", re.S)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.S)
_TAG = re.compile(r"<[^>]{0,200}>")
_ENTITY = re.compile(r"&(amp|quot|#39|lt|gt|nbsp);")
_MEANT = {"amp": "&", "quot": '"', "#39": "'", "lt": "<", "gt": ">", "nbsp": " "}
_SPELLED = {"n": " ", "t": " ", "r": " "}
_WORDS = re.compile(r"\w+")
_TITLES = frozenset({"og:title", "twitter:title"})
_DESCRIPTIONS = frozenset({"description", "og:description", "twitter:description"})


class Said(NamedTuple):
    """What a page says of itself where nobody sees it. Texts are in lower case, white space folded."""

    types: set[str]  # of og:type and JSON-LD
    titles: str
    descriptions: str
    bodies: str
    names: str
    reviews: str


def said_by(root: lxml.html.HtmlElement) -> Said:
    types: set[str] = set()
    titles: list[str] = []
    descriptions: list[str] = []
    bodies: list[str] = []
    names: list[str] = []
    reviews: list[str] = []
    place_of = {"name": names, "headline": names, "reviewBody": reviews}
    has_title = False
    for element in root.iter("title", "meta", "script"):
        if element.tag == "meta":
            key = element.get("property") or element.get("name") or ""
            if key == "og:type":
                types.add(element.get("content", "").lower().split(".")[-1])
            elif key in _TITLES:
                titles.append(element.get("content", ""))
            elif key in _DESCRIPTIONS:
                descriptions.append(element.get("content", ""))
        elif element.tag == "script":
            if "ld+json" in (element.get("type") or ""):
                written = (element.text or "")[:MAX_LD]
                types.update(name.lower() for name in _LD_TYPE.findall(written))
                for key, text in _LD_TEXT.findall(written):
                    place_of.get(key, bodies).append(_plain(text))
        elif not has_title:  # later ones are those of drawings
            has_title = True
            titles.append(element.text or "")
    return Said(types, *(_joined(texts) for texts in (titles, descriptions, bodies, names, reviews)))


def _plain(text: str) -> str:
    """A JSON string's text, its own markup dropped."""
    if "\\" in text:
        text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _SPELLED.get(found[2], found[2]), text)
    if "&" in text:
        text = _ENTITY.sub(lambda found: _MEANT[found[1]], text)
    return _TAG.sub(" ", text) if "<" in text else text


def _joined(texts: list[str]) -> str:
    return " | ".join(" ".join(text.lower().split()) for text in texts)[:MAX_TEXT]


def hints(said: Said, texts: list[str]) -> NDArray[np.float32]:
    """A row for each block: the share of its words that stand in the title, and whether it begins as the title, a
    description, a text, a name or a review does that the page tells machines."""
    rows = np.zeros((len(texts), HINTS), dtype=np.float32)
    title_words = set(_WORDS.findall(said.titles))
    sources = [(column, text, set(_WORDS.findall(text))) for column, text in enumerate(said[1:], start=1) if text]
    any_words = set().union(*(words for _, _, words in sources))
    for at, text in enumerate(texts[:MAX_COMPARED]):
        is_short = len(text) < LONGEST_TITLE
        words = _WORDS.findall((text if is_short else text[:PROBE]).lower())
        if is_short and 0 < len(words) <= TITLE_WORDS:
            rows[at, 0] = sum(word in title_words for word in words) / len(words)
        # Between its first word and its last, either of which may be cut, a text has no word that its source has not.
        if len(text) >= SHORTEST and (len(words) < 3 or words[1] in any_words):
            probe = text.lower()[:PROBE]
            inner = set(_WORDS.findall(probe)[1:-1])
            for column, source, source_words in sources:
                if inner <= source_words and probe in source:
                    rows[at, column] = 1.0
    return rows
