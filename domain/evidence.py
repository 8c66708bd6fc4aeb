"""Where a value comes from, and what a mechanical check says of it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Method(StrEnum):
    """How a value was got, cheapest first: the cascade's order."""

    JSON_LD = "json_ld"
    MICRODATA = "microdata"
    OPENGRAPH = "opengraph"
    STATE = "state"  # data in the page's scripts
    XHR = "xhr"  # JSON that the page fetched while rendering
    TABLE = "table"
    DEFINITIONS = "definitions"  # definition lists and "label: value" pairs
    REPEATED = "repeated"  # repeated structure
    DETAIL = "detail"  # headings, the buy box and other cues of a page about one thing
    TEMPLATE = "template"  # a learned extractor, replayed
    LABELLED = "labelled"  # a column or cell that a model named: the page's values, a model's word for which
    MODEL = "model"  # words that a model copied
    PAGE = "page"  # the page as a whole, or what it was fetched with
    USER = "user"  # a person put it right


class Layer(StrEnum):
    """Which archived form of the page the offsets count in, in characters."""

    TEXT = "text"  # the visible text
    HTML = "html"  # the source: attributes and embedded data live here
    RESPONSE = "response"  # a JSON body that the page fetched while rendering


class MatchKind(StrEnum):
    """How the value was found again in the page, best first."""

    EXACT = "exact"
    FOLDED = "folded"  # equal after NFKC, entities, quotes, dashes, spaces and case are folded
    TYPED = "typed"  # equal in its normal form: the same date, amount, number, phone, URL
    TOKENS = "tokens"  # at least nine in ten of its words, in one window
    NONE = "none"


class Verdict(StrEnum):
    SUPPORTED = "supported"  # the page says it
    DERIVED = "derived"  # the page says something from which it follows (a resolved URL, a summed time)
    UNSUPPORTED = "unsupported"  # the page does not say it: never passed off as found
    MISSING = "missing"  # no value
    USER = "user"  # a person says it, and no page that was read does


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One place that says a value.

    `page_id` and `snapshot` (SHA-256 of the archived HTML, hex) name the archived page; `start` and `end` are character
    offsets of `quote` in `layer`, None where the value was not found again; `source_path` is the XPath, JSON path or
    column that gave it. `part` says which part of a value it proves: `[2]` of a list, `[2].price` of a list of objects.
    """

    page_id: str
    url: str
    snapshot: str
    method: Method
    source_path: str = ""
    layer: Layer = Layer.TEXT
    quote: str = ""
    start: int | None = None
    end: int | None = None
    match: MatchKind = MatchKind.NONE
    verdict: Verdict = Verdict.UNSUPPORTED
    part: str = ""
