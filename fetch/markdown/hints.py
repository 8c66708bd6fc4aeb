"""Which blocks a page names elsewhere: in its title, in its description, in the text it gives to machines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fetch.markdown.tags import Tag
from fetch.markdown.tokens import SHORT, Tokens
from fetch.tape import first_field_of

MAX_LD = 100_000  # characters of a JSON-LD script looked through
MAX_TEXT = 100_000  # characters of each source that is compared with
MAX_COMPARED = 5_000  # blocks
PROBE = 80  # characters of a block that are looked for: what follows is cut or spelled otherwise too often
SHORTEST = 12  # characters: less stands in any text by chance
HINTS = 6  # columns
INNER = 3  # words of a block that are looked up before its text is searched for
_TITLE = 1  # the bit of the first vocabulary

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


def said_by(told: Sequence[Tag]) -> Said:
    types: set[str] = set()
    titles: list[str] = []
    descriptions: list[str] = []
    bodies: list[str] = []
    names: list[str] = []
    reviews: list[str] = []
    place_of = {"name": names, "headline": names, "reviewBody": reviews}
    has_title = False
    for tag in told:
        if tag.name == "meta":
            fields = tag.fields
            key, content = fields.get("property") or fields.get("name", ""), fields.get("content", "")
            if key == "og:type":
                types.add(content.lower().split(".")[-1])
            elif key in _TITLES:
                titles.append(content)
            elif key in _DESCRIPTIONS:
                descriptions.append(content)
        elif tag.name == "ld":
            written = first_field_of(tag.written)[:MAX_LD]
            types.update(name.lower() for name in _LD_TYPE.findall(written))
            for key, text in _LD_TEXT.findall(written):
                place_of.get(key, bodies).append(_plain(text))
        elif tag.name == "titled" and not has_title:
            has_title = True
            titles.append(first_field_of(tag.written))
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


def vocabularies(said: Said) -> list[set[str]]:
    """The words of each text."""
    return [set(_WORDS.findall(text)) for text in said[1:]]


def hints(said: Said, tokens: Tokens) -> NDArray[np.float32]:
    """A row for each block: the share of its words that stand in the title, and whether it begins as the title, a
    description, a text, a name or a review does that the page tells machines. The first vocabularies of the tokens are
    those of `said`."""
    rows = np.zeros((len(tokens.lowered), HINTS), dtype=np.float32)
    lengths = np.array(list(map(len, tokens.lowered)))
    shares = np.add.reduceat(tokens.marks & _TITLE, tokens.firsts, dtype=np.float32) / np.maximum(tokens.counts, 1)
    rows[:, 0] = np.where(lengths < SHORT, shares, 0)
    sources = [(at, text) for at, text in enumerate(said[1:]) if text]
    having = _sources_of(tokens) & sum(1 << at for at, _ in sources)
    possible = np.flatnonzero((having != 0) & (lengths >= SHORTEST))
    for block, bits in zip(possible[possible < MAX_COMPARED].tolist(), having[possible].tolist(), strict=False):
        probe = tokens.lowered[block][:PROBE]
        for at, text in sources:
            if bits >> at & 1 and probe in text:
                rows[block, at + 1] = 1.0
    return rows


def _sources_of(tokens: Tokens) -> NDArray[np.uint8]:
    """The bits of the texts that may begin as each block does. Between its first word and its last, either of which may
    be cut, a text has no word that its source has not."""
    having = np.full(len(tokens.counts), 0xFF, dtype=np.uint8)
    for at in range(1, INNER + 1):
        has_inner = np.flatnonzero(tokens.counts > at + 1)
        having[has_inner] &= tokens.marks[tokens.firsts[has_inner] + at]
    return having
