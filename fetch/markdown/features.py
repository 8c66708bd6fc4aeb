"""What tells content from chrome, as numbers: of each block, of what is around it, of its neighbours, of its page."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import lxml.html
import numpy as np
from numpy.typing import NDArray

from fetch.markdown.blocks import NAME_COUNT, TAGS, Blocks

Matrix = NDArray[np.floating]

MAX_LD = 100_000  # characters of a JSON-LD script looked through for its types
LEVELS = 5  # ancestors described, each spanning more blocks than the one before
_LD_TYPE = re.compile(r"\"@type\"\s*:\s*\[?\s*\"(\w+)\"")
_DIGITS = re.compile(r"\d")
_CAPITALS = re.compile(r"[A-ZÀ-ÖØ-ÞА-Я]")
_WORDS = re.compile(r"\w+")
_PRICE = re.compile(r"[$€£¥₹]\s?\d|\d\s?(?:€|USD|EUR|kr\b|zł)")
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,2}[:/.]\d{2}\b|\b\d+\s(?:minutes?|hours?|days?|months?|years?) ago\b", re.I
)

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
_SAYING_WORDS = 14


def page_features(blocks: Blocks, root: lxml.html.HtmlElement) -> Matrix:
    """A row for each block. The columns are fixed: the weights that read them were trained on this order."""
    count = len(blocks.blocks)
    own, words, linked = _own(blocks)
    positions = np.array([block.scope for block in blocks.blocks], dtype=np.intp)
    scopes = _Scopes(blocks, words, linked)
    parts = [own, _position(words, own, blocks, positions), _windows(own, words, linked)]
    parts += scopes.around(positions)
    page = _page(blocks, root, words, linked, own)
    parts.append(np.repeat(page[None, :], count, axis=0))
    return np.concatenate(parts, axis=1).astype(np.float32)


def _own(blocks: Blocks) -> tuple[Matrix, Matrix, Matrix]:
    """The blocks' own columns, their numbers of words, and how many of these are in links."""
    rows = np.zeros((len(blocks.blocks), 17 + len(_SAYINGS)), dtype=np.float32)
    seen: Counter[str] = Counter()
    for row, block in zip(rows, blocks.blocks, strict=True):
        text = block.text
        length = len(text)
        said = _WORDS.findall(text)
        tokens = len(said)
        last = text[-1]
        digits = len(_DIGITS.findall(text)) if length < 200 else 0
        seen[text] += 1
        row[:17] = (
            tokens,
            block.linked / length,
            last in ".!?…。」”\"'",
            last == ":",
            (text.count(",") + text.count("，") + text.count("、")) / (tokens + 1),
            digits / length,
            len(_CAPITALS.findall(text)) / length if length < 400 else 0.03,
            length / (tokens + 1),
            text[0].islower(),
            tokens > 0 and text.istitle(),
            _PRICE.search(text) is not None if length < 120 else False,
            _DATE.search(text) is not None if length < 120 else False,
            min(seen[text] - 1, 3),
            length > 3 and text.isupper(),
            text[0] in "•·-–—*►»›|/",
            tokens == 0,
            "@" in text or "http" in text,
        )
        if tokens <= _SAYING_WORDS:
            said = [word.lower() for word in said]
            for word in (*said, *map("_".join, pairwise(said))):
                if word in _SAYING_OF:
                    row[17 + _SAYING_OF[word]] = 1.0
            row[-1] += "©" in text
    words = rows[:, 0].copy()
    linked = words * rows[:, 1]
    rows[:, 0] = np.log1p(words)
    rows[:, 7] = np.minimum(rows[:, 7], 20) / 10
    return rows, words, linked


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
    h1s = [index for index, scope in enumerate(positions) if blocks.scopes[scope].all_tags & h1_bit]
    first_h1 = h1s[0] if h1s else -1
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
            np.full(count, float(bool(h1s))),
            np.sign(since_h1) * np.log1p(np.abs(since_h1)) * bool(h1s),
            (since_h1 < 0) * float(bool(h1s)),
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
        scopes = blocks.scopes
        self.first = np.array(blocks.firsts, dtype=np.intp)
        self.end = np.array(blocks.ends, dtype=np.intp)
        self.words = _range_sums(words, self.first, self.end)
        self.linked = _range_sums(linked, self.first, self.end)
        self.long = _range_sums((words >= 10).astype(np.float32), self.first, self.end)
        self.total = max(1.0, float(words.sum()))
        self.depth = np.array([scope.depth for scope in scopes], dtype=np.float32)
        self.names = np.array([scope.names for scope in scopes], dtype=np.int64)
        self.all_names = np.array([scope.all_names for scope in scopes], dtype=np.int64)
        self.all_tags = np.array([scope.all_tags for scope in scopes], dtype=np.int64)
        self.tags = np.array([scope.tags for scope in scopes], dtype=np.int64)
        self.parent = np.array([max(0, scope.parent) for scope in scopes], dtype=np.intp)
        kin = Counter(scope.kin for scope in scopes)
        self.kin = np.array([kin[scope.kin] for scope in scopes], dtype=np.float32)
        self.most_kin = self.kin.copy()
        self.wider = self.parent.copy()
        for at, scope in enumerate(scopes):  # parents come before their children
            up = scope.parent
            if up >= 0:
                self.most_kin[at] = max(self.most_kin[at], self.most_kin[up])
                same = self.first[at] == self.first[up] and self.end[at] == self.end[up]
                self.wider[at] = self.wider[up] if same else up

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


def _page(blocks: Blocks, root: lxml.html.HtmlElement, words: Matrix, linked: Matrix, own: Matrix) -> Matrix:
    """What kind of page it is: how its text is spread, what repeats, and what it says of itself for machines."""
    total = float(words.sum()) + 1
    running = _is_text(own, words)
    kin = Counter(scope.kin for scope in blocks.scopes)
    tags = Counter(tag for scope in blocks.scopes for tag in (scope.kin[1],))
    said = _said(root, blocks)
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
            np.log1p(max(kin.values(), default=0)),
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


def _said(root: lxml.html.HtmlElement, blocks: Blocks) -> set[str]:
    """The types that the page claims: og:type, JSON-LD and microdata types, in lower case."""
    said = set(blocks.claims)
    said.update(
        meta.get("content", "").lower().split(".")[-1]
        for meta in root.iter("meta")
        if meta.get("property") == "og:type"
    )
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            said.update(name.lower() for name in _LD_TYPE.findall((script.text or "")[:MAX_LD]))
    return said
