"""What tells content from chrome, as numbers: of each block, of what is around it, of its neighbours, of its page."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fetch.markdown.blocks import Blocks
from fetch.markdown.characters import BULLET, CAPITAL, COLON, COMMA, DIGIT, ENDS, IN_WORD, LOWER, codes_in, kinds_of
from fetch.markdown.company import Company, of_make
from fetch.markdown.context import Matrix, last_headings, wider_scopes
from fetch.markdown.hints import hints, said_by, vocabularies
from fetch.markdown.nesting import Places
from fetch.markdown.sayings import SAYING_STARTS, SAYINGS, mark_sayings
from fetch.markdown.tags import NAME_COUNT, TAGS
from fetch.markdown.tokens import tokens_of

NO_HEADING = 5.0  # stands for the logarithm of how far up the last heading is
LEVELS = 5  # ancestors described, each spanning more blocks than the one before
_PRICE = re.compile(r"[$€£¥₹]\s?\d|\d\s?(?:€|USD|EUR|kr\b|zł)")
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,2}[:/.]\d{2}\b|\b\d+\s(?:minutes?|hours?|days?|months?|years?) ago\b", re.I
)
OWN = 17  # columns of a block alone, before those of what it says
ADDRESS = 16  # the last of them
HEAD = 120  # characters of a block that are looked at one by one
# How many there are of each kind is counted in one sum, of numbers with a place of 8 bits for each: a head has fewer.
_PLACES = np.array([[0], [8], [16], [24]], dtype=np.uint32)
_ONE_WORD = np.uint32(1 << 24)
_KINDS = np.arange(256)
_COUNTED = sum(
    (
        (_KINDS & bit > 0).astype(np.uint32) << place
        for bit, place in zip((DIGIT, CAPITAL, COMMA), _PLACES[:3], strict=True)
    ),
    start=np.zeros(256, dtype=np.uint32),
)


def page_features(blocks: Blocks, company: Company) -> Matrix:
    """A row for each block. The columns are fixed: the weights that read them were trained on this order."""
    said, words = said_by(blocks.told), blocks.words
    whole = "\n".join(blocks.texts)
    tokens = tokens_of(whole, [*vocabularies(said), SAYING_STARTS])
    alike = _alike(blocks.texts)
    own = _own(blocks, words, alike.before)
    if "@" in whole or "http" in whole:
        own[:, ADDRESS] = ["@" in text or "http" in text for text in blocks.texts]
    mark_sayings(own[:, OWN:], tokens, words)
    linked = words * own[:, 1]
    scopes = _ScopeSums(blocks, words, linked)
    parts: list[NDArray] = [own, _position(words, own, blocks), _windows(own, words, linked)]
    parts += scopes.around(blocks.owners)
    parts += [
        hints(said, tokens),
        _repeated(blocks, company, alike.counts),
        of_make(blocks, company, words, own[:, 1], own[:, 10], own[:, 12]),
    ]
    page = _page(blocks, said.types | blocks.claims, words, linked, own)
    # Columns lie one after the other: each is written at once, and most are worked out so.
    rows = np.empty((sum(part.shape[1] for part in parts) + len(page), len(words)), dtype=np.float32).T
    at = 0
    for part in parts:
        rows[:, at : at + part.shape[1]] = part
        at += part.shape[1]
    rows[:, at:] = page
    return rows


class _Alike(NamedTuple):
    """How many blocks say what each says; how many of them before it, up to three."""

    counts: Places
    before: Places


def _alike(texts: list[str]) -> _Alike:
    first: dict[str, int] = {}
    numbers = np.fromiter(map(first.setdefault, texts, range(len(texts))), dtype=np.intp, count=len(texts))
    many = np.bincount(numbers)
    order = np.argsort(numbers, kind="stable")
    before = np.empty_like(numbers)
    before[order] = np.arange(len(texts)) - (np.cumsum(many) - many)[numbers[order]]
    return _Alike(many[numbers], np.minimum(before, 3))


def _own(blocks: Blocks, words: Matrix, before: Places) -> Matrix:
    """The blocks' own columns, with room for what each says. `before` are how many say the same before it."""
    texts = blocks.texts
    lengths = blocks.lengths
    read = np.minimum(lengths, HEAD)
    ends = np.cumsum(read + 1) - 1  # each head is followed by a line's end
    starts = ends - read
    kinds = kinds_of(codes_in("\n".join([text[:HEAD] for text in texts]) + "\n"))
    counted = _COUNTED.take(kinds)
    in_word = (kinds & IN_WORD).view(np.bool_)
    counted[1:] += (in_word[1:] & ~in_word[:-1]) * _ONE_WORD
    counted[0] += in_word[0] * _ONE_WORD
    digits, capitals, commas, tokens = np.add.reduceat(counted, starts)[None, :] >> _PLACES & 0xFF
    first, last = kinds[starts], kinds_of(codes_in("".join([text[-1] for text in texts])))
    rows = np.zeros((OWN + SAYINGS, len(texts)), dtype=np.float32).T
    rows[:, 0] = np.log1p(words)
    rows[:, 1] = blocks.linked / lengths
    rows[:, 2] = (last & ENDS) != 0
    rows[:, 3] = (last & COLON) != 0
    rows[:, 4] = commas / (tokens + 1)
    rows[:, 5] = np.where(lengths < HEAD, digits / lengths, 0)
    rows[:, 6] = capitals / read
    rows[:, 7] = np.minimum(read / (tokens + 1), 20) / 10
    rows[:, 8] = (first & LOWER) != 0
    rows[:, 9] = list(map(str.istitle, texts))
    short = np.flatnonzero((digits > 0) & (lengths < 120))
    rows[short, 10] = _has(_PRICE, texts, short)
    rows[short, 11] = _has(_DATE, texts, short)
    rows[:, 12] = before
    rows[:, 13] = np.array(list(map(str.isupper, texts))) & (lengths > 3)
    rows[:, 14] = (first & BULLET) != 0
    rows[:, 15] = tokens == 0
    return rows


def _has(pattern: re.Pattern[str], texts: list[str], places: Places) -> NDArray[np.bool_]:
    """Whether the texts at these places have the pattern: one search through all of them."""
    chosen = [texts[at] for at in places.tolist()]
    starts = np.cumsum([0, *(len(text) + 1 for text in chosen)])
    found = np.zeros(len(chosen), dtype=bool)
    hits = [hit.start() for hit in pattern.finditer("\0".join(chosen))]
    found[np.searchsorted(starts, hits, side="right") - 1] = True
    return found


def _repeated(blocks: Blocks, company: Company, counts: Places) -> Matrix:
    """How many others say the same; how many are of the same make; how far up the last heading is. `counts` are how
    many blocks say what each says."""
    headings = last_headings(blocks)
    since = np.where(headings >= 0, np.log1p(np.arange(len(counts)) - headings), NO_HEADING)
    alike = [np.log1p(np.bincount(numbers)[numbers]) for numbers in (company.short_makes, company.makes)]
    return np.stack([np.log1p(counts - 1), *alike, since]).T


def _is_text(own: Matrix, words: Matrix) -> NDArray[np.bool_]:
    """Blocks of running text: ten words or more, few of them linked."""
    return (words >= 10) & (own[:, 1] < 0.4)


def _position(words: Matrix, own: Matrix, blocks: Blocks) -> Matrix:
    """Where a block stands: in its page, from the first headings, and against the stretch of running text."""
    count = len(words)
    at = np.arange(count, dtype=np.float32)
    before = np.cumsum(words) - words
    total = max(1.0, float(words.sum()))
    h1_bit = 1 << TAGS.index("h1")
    h1s = np.flatnonzero(blocks.scopes.all_bits[blocks.owners] & h1_bit)
    has_h1 = len(h1s) > 0
    first_h1 = h1s[0] if has_h1 else -1
    running = np.flatnonzero(_is_text(own, words))
    first, last = (int(running[0]), int(running[-1])) if len(running) else (0, count - 1)
    nearest = np.full(count, 50.0)
    if len(running):
        place = np.searchsorted(running, at)
        left = np.abs(at - running[np.clip(place - 1, 0, len(running) - 1)])
        right = np.abs(running[np.clip(place, 0, len(running) - 1)] - at)
        nearest = np.minimum(left, right)
    since_h1 = at - first_h1
    return np.stack(
        [
            at / count,
            before / total,
            np.log1p(at),
            np.log1p(count - at),
            np.full(count, float(has_h1)),
            np.sign(since_h1) * np.log1p(np.abs(since_h1)) * has_h1,
            (since_h1 < 0) * float(has_h1),
            (at >= first) & (at <= last),
            np.log1p(nearest),
            np.log1p(np.maximum(0, at - last)),
            np.log1p(np.maximum(0, first - at)),
        ],
    ).T


def _windows(own: Matrix, words: Matrix, linked: Matrix) -> Matrix:
    """The four neighbours, and the running text within two, five and fifteen blocks."""
    columns = [_shifted(own[:, column], shift) for shift in (-2, -1, 1, 2) for column in range(3)]
    sums = np.zeros((3, len(words) + 1))
    np.cumsum([words - linked, linked, words], axis=1, out=sums[:, 1:])
    at = np.arange(len(words))
    for reach in (2, 5, 15):
        around = sums[:, np.minimum(len(words), at + reach + 1)] - sums[:, np.maximum(0, at - reach)]
        columns += [np.log1p(around[0]), around[1] / (around[2] + 1)]
    return np.stack(columns).T


def _shifted(values: Matrix, shift: int) -> Matrix:
    out = np.zeros_like(values)
    if shift < 0:
        out[-shift:] = values[:shift]
    else:
        out[:-shift] = values[shift:]
    return out


class _ScopeSums:
    """Sums over scopes by prefix sums over blocks; each scope's next wider ancestor."""

    def __init__(self, blocks: Blocks, words: Matrix, linked: Matrix) -> None:
        self._scopes = scopes = blocks.scopes
        self._parents = np.maximum(scopes.parents, 0)
        self._kin = np.bincount(scopes.kins)[scopes.kins]
        self._most_kin, highest = self._kin, self._parents
        deepest = int(scopes.depths.max())
        for _ in range(deepest.bit_length() + 1):  # each step doubles how far up these reach
            self._most_kin = np.maximum(self._most_kin, self._most_kin[highest])
            highest = highest[highest]
        self._wider = wider_scopes(self._parents, scopes.firsts, scopes.ends, deepest)
        self._measures = self._measured(words, linked)

    def around(self, owners: Places) -> list[NDArray]:
        """The columns of what is around blocks of these scopes."""
        scopes, parents = self._scopes, self._parents
        kin = np.stack([self._most_kin[owners], self._kin[owners]], axis=1)
        parts: list[NDArray] = [
            _bits(scopes.all_bits[owners], len(TAGS)),
            _bits(scopes.bits[owners], len(TAGS)),
            _bits(scopes.all_names[owners], NAME_COUNT),
            _bits(scopes.names[owners] | scopes.names[parents[owners]], NAME_COUNT),
            scopes.depths[owners, None] / 10,
            np.log1p(kin),
        ]
        level = owners
        for _ in range(LEVELS):
            parts.append(self._measures[level])
            level = self._wider[level]
        grand = self._wider[self._wider[owners]]
        parts.append(_bits(scopes.names[grand] | scopes.names[parents[grand]], NAME_COUNT))
        return parts

    def _measured(self, words: Matrix, linked: Matrix) -> Matrix:
        """A row for each scope."""
        first, end = self._scopes.firsts, self._scopes.ends
        sums = np.zeros((3, len(words) + 1))
        np.cumsum([words, linked, words >= 10], axis=1, out=sums[:, 1:])
        inside, in_links, long = sums[:, end] - sums[:, first]
        blocks = end - first
        return np.stack(
            [
                np.log1p(inside),
                in_links / (inside + 1),
                np.log1p(blocks),
                np.log1p(inside / (blocks + 1)),
                inside / max(1.0, float(words.sum())),
                long / (blocks + 1),
                np.log1p(self._kin),
            ],
            axis=1,
            dtype=np.float32,
        )


def _bits(values: NDArray[np.int64], count: int) -> NDArray[np.uint8]:
    octets = values.astype("<i8").view(np.uint8).reshape(len(values), 8)
    return np.unpackbits(octets, axis=1, count=count, bitorder="little")


def _page(blocks: Blocks, said: set[str], words: Matrix, linked: Matrix, own: Matrix) -> Matrix:
    """What kind of page it is: how its text is spread, what repeats, and what it says of itself for machines."""
    total = float(words.sum()) + 1
    running = _is_text(own, words)
    scopes = blocks.scopes
    tags = Counter([tag.name for tag in scopes.tags])
    claims = [
        float(claim in said)
        for claim in (
            "article",
            "product",
            "website",
            "blogposting",
            "newsarticle",
            "qapage",
            "collectionpage",
            "itemlist",
        )
    ]
    claims += [
        float(claim in said) for claim in ("discussionforumposting", "recipe", "localbusiness", "profile", "video")
    ]
    return np.array(
        [
            np.log1p(total),
            np.log1p(len(words)),
            float(linked.sum()) / total,
            float(words[running].sum()) / total,
            np.log1p(running.sum()),
            float(own[:, 10].sum()) / len(words) if len(words) else 0.0,
            float(own[:, 11].sum()) / len(words) if len(words) else 0.0,
            np.log1p(float(np.bincount(scopes.kins).max())),
            np.log1p(tags["article"]),
            np.log1p(tags["pre"]),
            np.log1p(tags["form"]),
            np.log1p(tags["table"]),
            np.log1p(tags["li"]),
            np.log1p(tags["p"]),
            np.log1p(tags["h2"] + tags["h3"]),
            float(tags["main"] > 0),
            *claims,
        ],
        dtype=np.float32,
    )
