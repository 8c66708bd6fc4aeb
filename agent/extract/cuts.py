"""Cutting composite texts: codes out of cells, and titles free of the codes, dates and notes around them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

import lxml.html

from domain.dates import find_dates
from domain.fields import FieldKind
from domain.recognise import FILE_NAME, recognise

SHORTEST_TITLE = 4  # characters that must be left of a title when codes and dates are cut from it
LONGEST_CODE = 40  # characters
LONGEST_CODES = 120  # characters of a cell under a caption that names codes, which may hold several
PLAIN_WORDS = 3  # words without a digit beside the codes of such a cell: "(consolidated cases)"
EDGE = 12  # characters of words that may stand before a code at a title's edge
SHARED_NOTE = 0.1  # of a list's titles end in the same bracketed remark: it is a note, no part of a name
MAX_NOTES = 3  # remarks cut from one title

_ONLY_TAKEN = frozenset({FieldKind.IDENTIFIER, FieldKind.PHONE, FieldKind.EMAIL})
_TYING = "nos?|case|docket|filed|date|dated|decided|released|issued|posted|published|on|am|vom|le|du|del|il|op|price"
_LEAD_WORDS = re.compile(rf"(?:{_TYING}|unpublished|opinions?|order)\b(?!\s+re\b)[.:#]*\s*", re.I)
_TAIL_WORDS = re.compile(rf"\b(?:{_TYING}|no)[.:#]*$", re.I)
_CODE_LEAD = re.compile(
    r"^\s*(?:(?:case|docket|file|appeal|item|sku|art(?:ikel)?|ref|order|opinion)?\s*(?:nos?|nr|number|num|#)[.:#]*\s+|#)",
    re.I,
)
_CODE_LEADS = re.compile(r"(?:\b(?:nos?|nr|num)\b\.?|#)", re.I)
# What a code counts is a part of it: "Civil Action No. 2024-7" is not "Criminal No. 2024-7".
_KIND_OF_CODE = re.compile(r"(?:[A-Z][a-z]+\s){1,2}(?:Nos?|Nr)\.\s*(?P<code>\S+)$")
_NOTED = re.compile(r"\s*[(\[](?P<remark>[^()\[\]]{3,80})[)\]]\s*$")
_NOTE = re.compile(r"\s*(?P<note>\((?:[^()]{3,80})\)|\[[^\[\]]{3,80}\])\s*$")
_CITATION = re.compile(r"[\s,;(]+(?:19|20)\d\d\s+(?:[A-Z][\w.]{0,9}\s+){1,3}\d{1,6}(?:-[A-Z]{1,2})?\)?$")
_CODE_WORD = re.compile(r"[\w.,:/()–-]*\d[\w.,:/()–-]*|[A-Z]{1,4}")
_OPEN_EDGE = re.compile(r"^[\s\W_]+")
_CLOSE_EDGE = re.compile(r"[\s(\[,;:|–—-]+$")
_LEAD_MARKS = re.compile(r"(?:[–—|·•:-]\s+)+(?=\S)")
_SMALL_FONT = re.compile(r"-\d|[12]")


def whole_code(text: str) -> str:
    """A short cell that is a code from end to end ("N22C-06-216 MAA", "55,911-CW", "ID 4073"), without what leads to
    it; else empty."""
    code = _CODE_LEAD.sub("", text).strip(" #:.,;")
    if len(code) > LONGEST_CODE or not any(map(str.isdigit, code)) or find_dates(code):
        return ""
    if FILE_NAME.fullmatch(code):
        return ""
    if all(_CODE_WORD.fullmatch(word) for word in code.split()):
        return code
    kind = _KIND_OF_CODE.fullmatch(code)
    return code if kind is not None and _CODE_WORD.fullmatch(kind["code"]) else ""


def named_code(text: str) -> str:
    """A cell under a caption that names a code: the code or codes in it, with the few words that belong to them
    ("145, Orig.", "24-11 and 24-12 (consolidated)"); empty where it tells more than codes."""
    code = text if len(_CODE_LEADS.findall(text)) > 1 else _CODE_LEAD.sub("", text)
    code = code.strip(" #:.,;|")
    words = re.split(r"[\s|]+", code)
    telling = sum(any(map(str.isdigit, word)) for word in words)
    plain = sum(len(word) > 3 and word.isalpha() for word in (word.strip("()[].,;") for word in words))
    if not telling or len(code) > LONGEST_CODES or plain > max(PLAIN_WORDS, telling):
        return ""
    return "" if find_dates(code) and not code.isdigit() else code


def without_codes(text: str, taken: Mapping[FieldKind, frozenset[str]], tag: str) -> str:
    """A title without the dates, codes and prices at its edges that other fields ask for, and what led to them.

    `taken` are, by kind, the raw values that the row's other fields took. What they took is cut wherever enough is
    left before or after it; a code that they did not take may be a part of the name and stays.
    """
    left = text
    for kind, values in taken.items():
        for _ in range(3):
            span = recognise(kind, left, tag)
            if span is None or len(span.text) < 3:
                break
            is_taken = span.text in values or (kind is FieldKind.DATE and _day_of(span.text, tag) in values)
            if kind in _ONLY_TAKEN and not is_taken:
                break
            before, after = left[: span.start], left[span.end :]
            if len(before.strip()) < EDGE and len(after) >= len(before):
                left = _lead_cut(after)
            elif is_taken or len(after) <= 0.4 * len(left):
                left = _tail_cut(before)
            else:
                break
    if FieldKind.IDENTIFIER in taken:
        left = _without_noted_code(_CITATION.sub("", left))
    return left if len(left) >= SHORTEST_TITLE else text


def without_lead_marks(text: str) -> str:
    """A title without the dash or bar that parts it from what stands before it on its line."""
    lead = _LEAD_MARKS.match(text)
    return text[lead.end() :] if lead else text


def _day_of(text: str, tag: str) -> str:
    dates = find_dates(text, tag)
    return dates[0].date.isoformat() if dates else ""


def _without_noted_code(text: str) -> str:
    """A title without the remark in brackets at its end, where that tells a code: "(2031 AB 77)", "(A-12-4, North)"."""
    noted = _NOTED.search(text)
    if noted is None or noted.start() < SHORTEST_TITLE or recognise(FieldKind.IDENTIFIER, noted["remark"]) is None:
        return text
    return text[: noted.start()].rstrip()


def _lead_cut(text: str) -> str:
    """What follows a code at the start, without the words and marks that tied the two together."""
    for _ in range(3):
        if not text.startswith("(") or ")" not in text:
            text = _OPEN_EDGE.sub("", text)
        words = _LEAD_WORDS.match(text)
        text = text[words.end() :] if words else text
    return text.strip()


def _tail_cut(text: str) -> str:
    for _ in range(3):
        text = _CLOSE_EDGE.sub("", text)
        words = _TAIL_WORDS.search(text)
        text = text[: words.start()] if words else text
    return text.strip()


def shared_notes(titles: Iterable[str], *, round_too: bool) -> frozenset[str]:
    """The bracketed remarks in which several titles of a list end. Square brackets are for notes; round ones may tell
    things apart ("Shirt (blue)"), so they count only where `round_too`."""
    counts: Counter[str] = Counter()
    total = 0
    for title in titles:
        left = title
        total += 1
        for _ in range(MAX_NOTES):
            noted = _NOTE.search(left)
            if noted is None:
                break
            counts[noted["note"]] += 1
            left = left[: noted.start()]
    return frozenset(
        note
        for note, count in counts.items()
        if count >= max(2.0, SHARED_NOTE * total) and (round_too or note.startswith("["))
    )


def without_notes(title: str, notes: Collection[str]) -> str:
    """A title without the notes at its end."""
    left = title
    for _ in range(MAX_NOTES):
        noted = _NOTE.search(left)
        if noted is None or noted["note"] not in notes or noted.start() < SHORTEST_TITLE:
            break
        left = left[: noted.start()].rstrip()
    return left


def without_small_print(title: str, element: lxml.html.HtmlElement | None) -> str:
    """A title without what its element ends in, where that is set smaller: a place, a subtitle."""
    last = element[-1] if element is not None and len(element) else None
    if last is None or (last.tail and not last.tail.isspace()) or not _is_small(last):
        return title
    small = " ".join("".join(last.itertext()).split())
    left = title.removesuffix(small) if small else title
    left = _CLOSE_EDGE.sub("", left)
    return left if len(left) >= SHORTEST_TITLE else title


def _is_small(element: lxml.html.HtmlElement) -> bool:
    if element.tag == "font":
        return _SMALL_FONT.fullmatch((element.get("size") or "").strip()) is not None
    return element.tag == "small"


def without_typed(text: str, tag: str) -> str:
    """A text less the first date and the first code in it: what is left may be a name."""
    left = text
    for kind in (FieldKind.DATE, FieldKind.IDENTIFIER):
        span = recognise(kind, left, tag)
        if span is not None:
            left = left[: span.start] + " " + left[span.end :]
    return " ".join(left.split())
