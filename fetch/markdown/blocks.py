"""A page as a row of text blocks, each with the elements around it: what is told into content and chrome.

A block is the text between two block boundaries (a paragraph, a heading, a cell, a line before a `br`). A scope is a
block-level element: it spans a range of blocks.
"""

from __future__ import annotations

from typing import NamedTuple

import lxml.html
import numpy as np
from numpy.typing import NDArray

from fetch.markdown.nesting import Nesting, Places, gathered
from fetch.markdown.tags import LINK, LINK_ENDS, SCOPE, SCOPE_ENDS, TOLD, Tag, Tags, tags_of, taped
from fetch.tape import BETWEEN

MAX_BLOCKS = 60_000  # judged of one page; what follows is left out


class Scopes(NamedTuple):
    """The scopes of a page by number, parents before children: tags, numbers of what they are called (tag and class),
    parents (-1 for none), how many are around, own bits of `NAMES` and of `TAGS` and those with all around, the numbers
    of their kins (siblings that are called the same), their ranges of blocks, the places of their tags on the tape."""

    tags: list[Tag]
    called: Places
    parents: Places
    depths: Places
    names: NDArray[np.int64]
    bits: NDArray[np.int64]
    all_names: NDArray[np.int64]
    all_bits: NDArray[np.int64]
    kins: Places
    firsts: Places
    ends: Places
    starts: Places
    stops: Places


class Blocks(NamedTuple):
    """The blocks of a page by number: their texts, how many words each has and how many characters of it are in
    links, the scopes they belong to, the places of the tape behind which their texts stand (from `opens` up to
    `closes`; the first that says something is `speaks`). `claims` are the item types of microdata, in lower case,
    `told` the distinct tags with what the page tells machines."""

    texts: list[str]
    lengths: Places  # of the texts
    words: NDArray[np.float32]  # as white space parts them
    linked: Places
    owners: Places
    opens: Places
    speaks: Places
    closes: Places
    scopes: Scopes
    claims: set[str]
    told: list[Tag]
    tape: list[Tag]
    kinds: Places  # of the tags of the tape
    after: list[str]  # the text after each tag of the tape


def read_blocks(root: lxml.html.HtmlElement) -> Blocks:
    """The blocks of a page in document order."""
    pieces = taped(root).split(BETWEEN)
    tags, after = tags_of(pieces[1::2]), pieces[2::2]
    distinct, numbers = tags
    kinds = np.array([tag[0] for tag in distinct], dtype=np.intp)[numbers]
    bounds = np.flatnonzero((kinds == SCOPE) | (kinds == SCOPE_ENDS))
    nesting = Nesting(bounds, kinds[bounds] == SCOPE)

    said = np.array([at for at, text in enumerate(after) if text and not text.isspace()], dtype=np.intp)
    stretch = np.searchsorted(bounds, said, side="right") - 1  # of text between two boundaries
    begins = np.flatnonzero(np.diff(stretch, prepend=-1))
    is_alone = np.diff(begins, append=len(said)) == 1  # the only text that says something between its boundaries
    owners = nesting.around(said[begins])
    inside = np.flatnonzero(owners >= 0)[:MAX_BLOCKS]
    begins, owners, is_alone = begins[inside], owners[inside], is_alone[inside]
    stretches = stretch[begins]
    opens, closes = bounds[stretches], np.append(bounds, len(after))[stretches + 1]
    texts = _texts(after, np.where(is_alone, said[begins], -1), opens, closes)
    lengths = np.fromiter(map(len, texts), dtype=np.intp, count=len(texts))
    return Blocks(
        texts,
        lengths,
        np.array([text.count(" ") + 1 for text in texts], dtype=np.float32),
        _linked(kinds, after, said, begins, is_alone, lengths),
        owners,
        opens,
        said[begins],
        closes,
        _scopes(tags, nesting, opens),
        _claims(distinct),
        [tag for tag in distinct if tag[0] == TOLD],
        list(map(distinct.__getitem__, numbers.tolist())),
        kinds,
        after,
    )


def _texts(after: list[str], only: Places, opens: Places, closes: Places) -> list[str]:
    """The text of each block: of the only place that says something, or (-1) of all between its ends."""
    return [
        " ".join(after[at].split() if at >= 0 else "".join(after[start:end]).split())
        for at, start, end in zip(only.tolist(), opens.tolist(), closes.tolist(), strict=True)
    ]


def _linked(
    kinds: Places, after: list[str], said: Places, begins: Places, is_alone: NDArray[np.bool_], lengths: Places
) -> Places:
    """How many characters of each block are in links, of the texts at `said` of which each block's first is told."""
    if not len(lengths):
        return np.zeros(0, dtype=np.intp)
    in_link = np.cumsum((kinds == LINK).astype(np.intp) - (kinds == LINK_ENDS))[said] > 0
    counted = np.zeros(len(said), dtype=np.intp)
    counted[begins[is_alone]] = lengths[is_alone]
    counted *= in_link
    linked = np.flatnonzero(in_link & (counted == 0))
    counted[linked] = [len(after[at].strip()) for at in said[linked].tolist()]
    return np.minimum(np.add.reduceat(counted, begins), lengths)


def _scopes(tags: Tags, nesting: Nesting, opens: Places) -> Scopes:
    distinct, own = tags.distinct, tags.numbers[nesting.starts]
    called = tags.called()[own] if distinct else own
    names = np.array([tag.names for tag in distinct], dtype=np.int64)[own]
    bits = np.array([tag.bits for tag in distinct], dtype=np.int64)[own]
    kins = np.unique((nesting.parents + 1) * len(distinct) + called, return_inverse=True)[1]
    return Scopes(
        list(map(distinct.__getitem__, own.tolist())),
        called,
        nesting.parents,
        nesting.depths,
        names,
        bits,
        gathered(names, nesting.parents),
        gathered(bits, nesting.parents),
        kins,
        np.searchsorted(opens, nesting.starts),
        np.searchsorted(opens, nesting.stops),
        nesting.starts,
        nesting.stops,
    )


def _claims(distinct: list[Tag]) -> set[str]:
    itemtypes = [tag.fields.get("itemtype", "") for tag in distinct if "itemtype" in tag[6]]
    return {itemtype.rstrip("/").rsplit("/", 1)[-1].lower() for itemtype in itemtypes if itemtype}
