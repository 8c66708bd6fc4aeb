"""What tells content from chrome, as numbers: of each block, of what is around it, of its neighbours, of its page."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import pairwise

import lxml.html
import numpy as np
from numpy.typing import NDArray

from fetch.markdown.blocks import NAME_COUNT, TAGS, Blocks
from fetch.markdown.context import last_headings, makes, wider_scopes
from fetch.markdown.hints import hints, said_by

Matrix = NDArray[np.floating]

NO_HEADING = 5.0  # stands for the logarithm of how far up the last heading is
LEVELS = 5  # ancestors described, each spanning more blocks than the one before
_WORDS = re.compile(r"\w+")
_PRICE = re.compile(r"[$€£¥₹]\s?\d|\d\s?(?:€|USD|EUR|kr\b|zł)")
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,2}[:/.]\d{2}\b|\b\d+\s(?:minutes?|hours?|days?|months?|years?) ago\b", re.I
)
# Bits of what a character is. Characters beyond the first plane (signs, rare ideographs) are none of these.
_IN_WORD, _DIGIT, _CAPITAL, _COMMA, _ENDS, _COLON, _LOWER, _BULLET = (1 << at for at in range(8))
_PLANE = 0x10000

# What chrome says, and what content is introduced by: words, or two of them joined. Short blocks only: in a sentence
# these are words like others.
_SAYINGS = (
    "copyright rights_reserved rechte_vorbehalten droits_réservés powered_by",
    "cookie cookies privacy terms imprint impressum datenschutz accessibility gdpr not_sell conditions disclaimer",
    "subscribe newsletter sign_up signup your_email join_us join_our join_now get_updates abonnieren inscrivez",
    "log_in login sign_in signin register create_an create_account my_account forgot password anmelden connexion",
    "share tweet facebook twitter linkedin whatsapp pinterest instagram youtube follow copy_link print tiktok reddit",
    "read_more learn_more see_more view_all show_more see_all view_more load_more more_info continue_reading",
    "related you_may you_might also_like recommended similar popular trending more_from most_read up_next don_t",
    "add_to buy_now warenkorb checkout quick_view quick_shop quick_add notify_me sold_out out_of buy_it",
    "sort sort_by filter filters refine results showing per_page clear_all categories in_stock availability relevance",
    "skip_to menu toggle close open back_to previous next home search loading expand collapse scroll back",
    "reply quote report upvote downvote vote likes like reaction reactions joined member_since messages posts views",
    "by written_by author published posted_on posted_by updated min_read minute_read reviewed_by von",
    "review reviews rating ratings stars out_of customers verified write_a",
    "comment comments leave_a join_the kommentar kommentare commentaires",
    "advertisement sponsored promoted affiliate ad ads ad_choices",
    "table_of in_this on_this contents jump_to key_takeaways overview toc",
    "description details specification specifications features ingredients dimensions material materials warranty",
    "contact about_us careers help support faq faqs customer_service store_locator blog press our_company jobs",
    "edit_this report_an was_this helpful feedback last_updated last_modified view_source found_a",
    "call book_now book_a get_a get_your get_started request schedule free_trial free_quote shop_now donate",
    "shipping delivery",
    "all_rights",
)
_SAYING_OF = {word: at for at, words in enumerate(_SAYINGS) for word in words.split()}
_FIRST_OF_TWO = frozenset(word.partition("_")[0] for word in _SAYING_OF if "_" in word)
_SAYING_WORDS = 14


def page_features(blocks: Blocks, root: lxml.html.HtmlElement) -> Matrix:
    """A row for each block. The columns are fixed: the weights that read them were trained on this order."""
    own, words, linked = _own(blocks)
    positions = np.array(blocks.scopes, dtype=np.intp)
    scopes = _Scopes(blocks, words, linked)
    said = said_by(root)
    parts = [own, _position(words, own, blocks, positions), _windows(own, words, linked)]
    parts += scopes.around(positions)
    parts += [hints(said, blocks.texts), _repeated(blocks)]
    page = _page(blocks, scopes, said.types | blocks.claims, words, linked, own)
    rows = np.empty((len(words), sum(part.shape[1] for part in parts) + len(page)), dtype=np.float32)
    at = 0
    for part in parts:
        rows[:, at : at + part.shape[1]] = part
        at += part.shape[1]
    rows[:, at:] = page
    return rows


@cache
def _kinds_of_characters() -> NDArray[np.uint8]:
    """The bits of each character of the first plane."""
    kinds = np.zeros(_PLANE, dtype=np.uint8)
    for code in range(_PLANE):
        character = chr(code)
        if character.isalnum():
            kinds[code] = _IN_WORD | _DIGIT * character.isdecimal() | _LOWER * character.islower()
    for bit, characters in (
        (_IN_WORD, "_"),
        (_COMMA, ",，、"),
        (_ENDS, ".!?…。」”\"'"),
        (_COLON, ":"),
        (_BULLET, "•·-–—*►»›|/"),
    ):
        kinds[[ord(character) for character in characters]] |= bit
    for first, last in ("AZ", "ÀÖ", "ØÞ", "АЯ"):
        kinds[ord(first) : ord(last) + 1] |= _CAPITAL
    return kinds


def _own(blocks: Blocks) -> tuple[Matrix, Matrix, Matrix]:
    """The blocks' own columns, their numbers of words, and how many of these are in links."""
    texts = blocks.texts
    lengths = np.array([len(text) for text in texts], dtype=np.intp)
    ends = np.cumsum(lengths + 1) - 1  # each text is followed by a line's end
    starts = ends - lengths
    codes = np.frombuffer(("\n".join(texts) + "\n").encode("utf-32-le", "replace"), dtype="<u4")
    kinds = _kinds_of_characters().take(codes, mode="clip")
    kinds[codes >= _PLANE] = 0
    in_word = (kinds & _IN_WORD).view(np.bool_)
    begins_word = in_word.copy()
    begins_word[1:] &= ~in_word[:-1]

    def counted(mask: NDArray[np.bool_]) -> Matrix:
        return np.add.reduceat(mask, starts, dtype=np.intp)

    tokens = counted(begins_word)
    digits = counted((kinds & _DIGIT) != 0)
    first, last = kinds[starts], kinds[ends - 1]
    rows = np.zeros((len(texts), 17 + len(_SAYINGS)), dtype=np.float32)
    words = tokens.astype(np.float32)
    rows[:, 0] = np.log1p(words)
    rows[:, 1] = np.array(blocks.linked) / lengths
    rows[:, 2] = (last & _ENDS) != 0
    rows[:, 3] = (last & _COLON) != 0
    rows[:, 4] = counted((kinds & _COMMA) != 0) / (tokens + 1)
    rows[:, 5] = np.where(lengths < 200, digits / lengths, 0)
    rows[:, 6] = np.where(lengths < 400, counted((kinds & _CAPITAL) != 0) / lengths, 0.03)
    rows[:, 7] = np.minimum(lengths / (tokens + 1), 20) / 10
    rows[:, 8] = (first & _LOWER) != 0
    rows[:, 9] = [text.istitle() for text in texts]
    for at in np.flatnonzero((digits > 0) & (lengths < 120)).tolist():
        rows[at, 10] = _PRICE.search(texts[at]) is not None
        rows[at, 11] = _DATE.search(texts[at]) is not None
    rows[:, 12] = _seen_before(texts)
    rows[:, 13] = [len(text) > 3 and text.isupper() for text in texts]
    rows[:, 14] = (first & _BULLET) != 0
    rows[:, 15] = tokens == 0
    rows[:, 16] = ["@" in text or "http" in text for text in texts]
    for at in np.flatnonzero(tokens <= _SAYING_WORDS).tolist():
        _mark_sayings(rows[at], texts[at])
    return rows, words, words * rows[:, 1]


def _seen_before(texts: list[str]) -> list[int]:
    """How many of the blocks before each say the same, up to three."""
    seen: dict[str, int] = {}
    before = []
    for text in texts:
        count = seen.get(text, 0)
        seen[text] = count + 1
        before.append(min(count, 3))
    return before


def _repeated(blocks: Blocks) -> Matrix:
    """How many others say the same; how many are of the same make; how far up the last heading is."""
    texts = blocks.texts
    counts = Counter(texts)
    headings = last_headings(blocks)
    since = np.where(headings >= 0, np.log1p(np.arange(len(texts)) - headings), NO_HEADING)
    alike = [np.log1p(np.bincount(numbers)[numbers]) for numbers in makes(blocks)]
    return np.stack([np.log1p([counts[text] - 1 for text in texts]), *alike, since], axis=1)


def _mark_sayings(row: Matrix, text: str) -> None:
    said = [word.lower() for word in _WORDS.findall(text)]
    for word in said:
        if word in _SAYING_OF:
            row[17 + _SAYING_OF[word]] = 1.0
    if not _FIRST_OF_TWO.isdisjoint(said):
        for two in map("_".join, pairwise(said)):
            if two in _SAYING_OF:
                row[17 + _SAYING_OF[two]] = 1.0
    if "©" in text:
        row[-1] += 1.0


def _is_text(own: Matrix, words: Matrix) -> NDArray[np.bool_]:
    """Blocks of running text: ten words or more, few of them linked."""
    return (words >= 10) & (own[:, 1] < 0.4)


def _position(words: Matrix, own: Matrix, blocks: Blocks, positions: NDArray[np.intp]) -> Matrix:
    """Where a block stands: in its page, from the first headings, and against the stretch of running text."""
    count = len(words)
    at = np.arange(count, dtype=np.float32)
    before = np.cumsum(words) - words
    total = max(1.0, float(words.sum()))
    h1_bit = 1 << TAGS.index("h1")
    h1s = np.flatnonzero(np.array(blocks.all_bits)[positions] & h1_bit)
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
        axis=1,
    )


def _windows(own: Matrix, words: Matrix, linked: Matrix) -> Matrix:
    """The four neighbours, and the running text within two, five and fifteen blocks."""
    columns = []
    for shift in (-2, -1, 1, 2):
        columns += [_shifted(own[:, column], shift) for column in range(3)]
    plain = words - linked
    for reach in (2, 5, 15):
        columns.append(np.log1p(_around(plain, reach)))
        columns.append(_around(linked, reach) / (_around(words, reach) + 1))
    return np.stack(columns, axis=1)


def _shifted(values: Matrix, shift: int) -> Matrix:
    out = np.zeros_like(values)
    if shift < 0:
        out[-shift:] = values[:shift]
    else:
        out[:-shift] = values[shift:]
    return out


def _around(values: Matrix, reach: int) -> Matrix:
    """The sum of the values within `reach` places to either side."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    at = np.arange(len(values))
    return sums[np.minimum(len(values), at + reach + 1)] - sums[np.maximum(0, at - reach)]


class _Scopes:
    """Sums over scopes by prefix sums over blocks; each scope's next wider ancestor."""

    def __init__(self, blocks: Blocks, words: Matrix, linked: Matrix) -> None:
        self.first = np.array(blocks.firsts, dtype=np.intp)
        self.end = np.array(blocks.ends, dtype=np.intp)
        self.words = _range_sums(words, self.first, self.end)
        self.linked = _range_sums(linked, self.first, self.end)
        self.long = _range_sums((words >= 10).astype(np.float32), self.first, self.end)
        self.total = max(1.0, float(words.sum()))
        self.depth = np.array(blocks.depths, dtype=np.float32)
        self.names = np.array([tag.names for tag in blocks.tags], dtype=np.int64)
        self.all_names = np.array(blocks.all_names, dtype=np.int64)
        self.all_tags = np.array(blocks.all_bits, dtype=np.int64)
        self.tags = np.array([tag.bits for tag in blocks.tags], dtype=np.int64)
        self.parent = np.maximum(np.array(blocks.parents, dtype=np.intp), 0)
        self.kin = np.bincount(blocks.kins)[blocks.kins].astype(np.float32)
        self.most_kin, highest = self.kin, self.parent
        deepest = max(blocks.depths)
        for _ in range(int(deepest).bit_length() + 1):  # each step doubles how far up these reach
            self.most_kin = np.maximum(self.most_kin, self.most_kin[highest])
            highest = highest[highest]
        self.wider = wider_scopes(self.parent, self.first, self.end, deepest)

    def around(self, positions: NDArray[np.intp]) -> list[Matrix]:
        """The columns of what is around blocks at these scopes."""
        parts: list[Matrix] = [
            _bits(self.all_tags[positions], len(TAGS)),
            _bits(self.tags[positions], len(TAGS)),
            _bits(self.all_names[positions], NAME_COUNT),
            _bits(self.names[positions] | self.names[self.parent[positions]], NAME_COUNT),
            np.stack(
                [self.depth[positions] / 10, np.log1p(self.most_kin[positions]), np.log1p(self.kin[positions])], axis=1
            ),
        ]
        level = positions
        for _ in range(LEVELS):
            parts.append(self._measures(level))
            level = self.wider[level]
        grand = self.wider[self.wider[positions]]
        parts.append(_bits(self.names[grand] | self.names[self.parent[grand]], NAME_COUNT))
        return parts

    def _measures(self, scope: NDArray[np.intp]) -> Matrix:
        blocks = (self.end - self.first)[scope].astype(np.float32)
        words = self.words[scope]
        return np.stack(
            [
                np.log1p(words),
                self.linked[scope] / (words + 1),
                np.log1p(blocks),
                np.log1p(words / (blocks + 1)),
                words / self.total,
                self.long[scope] / (blocks + 1),
                np.log1p(self.kin[scope]),
            ],
            axis=1,
        )


def _range_sums(values: Matrix, first: NDArray[np.intp], end: NDArray[np.intp]) -> Matrix:
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return (sums[end] - sums[first]).astype(np.float32)


def _bits(values: NDArray[np.int64], count: int) -> Matrix:
    return ((values[:, None] >> np.arange(count)) & 1).astype(np.float32)


def _page(blocks: Blocks, scopes: _Scopes, said: set[str], words: Matrix, linked: Matrix, own: Matrix) -> Matrix:
    """What kind of page it is: how its text is spread, what repeats, and what it says of itself for machines."""
    total = float(words.sum()) + 1
    running = _is_text(own, words)
    tags = Counter([tag.name for tag in blocks.tags])
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
            np.log1p(float(scopes.kin.max())),
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
