"""Cents that a page sets small, without a mark: `$19<sup>99</sup>` is $19.99 to whoever sees it, and 1999 to whoever
reads its text alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import lxml.html

MAX_MARKED = 5_000  # of one page; a shop's longest list has fewer
LONGEST = 8  # characters of an element with cents and, perhaps, their sign
FAR = 24  # characters before the cents: a sign, and the longest amount
NEAR_NODES = 6  # looked at for them
MAX_PIECES = 4  # texts of one node before them: an amount has no more

_RAISED = frozenset({"sup", "sub", "small"})
_INLINE = _RAISED | {"span", "b", "strong", "em", "i", "font", "bdi", "u", "a", "data", "ins"}
_BESIDE = frozenset({"b", "strong", "em", "i"})
_CENTS = re.compile(r"\s*(?P<digits>\d{1,2})\s*(?P<sign>[$€£])?\s*")
_SIGNED = re.compile(
    r"(?:[$€£]|\b(?:USD|EUR|GBP|CAD|AUD))\s?(?P<amount>\d{1,3}(?:[.,'’ ]\d{3})+|\d+(?P<cents>[.,]\d+)?)(?P<gap>\s*)\Z"
)
_UNSIGNED = re.compile(r"(?<![\w.,])(?P<amount>\d{1,3}(?:[.,'’ ]\d{3})+|\d+)(?P<gap>\s*)\Z")
_NAMED_CENTS = re.compile(r"cents?\b|centimes?\b|fraction|decimal|centavos|superscript|(?:^|[\s_-])sup\b", re.I)
# A number with a word of its own, or too short for a group of a longer number, that touches an amount told whole.
_OTHER_NUMBER = re.compile(r"\d{1,2}(?!\d)|\d+(?:\)|\s+[^\W\d_]{4})")
_WHOLE_PRICE = re.compile(r"\s*[$€£]\s?\d[\d.,]*")
_SIGN_FOLLOWS = re.compile(r"\s?(?:[$€£]|(?:USD|EUR|GBP|CAD|AUD)\b)")
_MORE_FOLLOWS = re.compile(r"[.,]?\d")


def mark_cents(root: lxml.html.HtmlElement) -> None:
    """Puts the cents of prices, and their mark, into the text of the amount. What stands raised behind a price and is
    no cents, a footnote's number, is parted from it. Takes time by the number of short elements with digits."""
    for element, cents in islice(_candidates(root), MAX_MARKED):
        if _MORE_FOLLOWS.match(_text_after(element)):
            continue
        mark = (cents and _mark(element, cents)) or (" " if _is_beside(element) else "")
        if mark == "." and cents:
            _put(element, mark + cents["digits"])
            element.text = cents.string[cents.end("digits") :]
        elif mark:
            _put(element, mark)


def _candidates(root: lxml.html.HtmlElement) -> Iterator[tuple[lxml.html.HtmlElement, re.Match[str] | None]]:
    for element in root.iter("span", *_RAISED, *_BESIDE):
        text = element.text
        if not text or len(element):
            continue
        is_cents = len(text) < LONGEST and element.tag not in _BESIDE
        cents = _CENTS.fullmatch(text) if is_cents else None
        if cents or (_OTHER_NUMBER.match(text) and _is_beside(element)):
            yield element, cents


def _mark(element: lxml.html.HtmlElement, cents: re.Match[str]) -> str:
    """What stands between an amount and a small number behind it; empty where the two are no price, or parted."""
    before = _text_before(element)
    is_raised = element.tag in _RAISED or _NAMED_CENTS.search(element.get("class") or "") is not None
    signed = _SIGNED.search(before)
    is_followed = bool(cents["sign"]) or _SIGN_FOLLOWS.match(_text_after(element)) is not None
    whole = signed or (_UNSIGNED.search(before) if is_raised and is_followed else None)
    if whole is None or not (is_raised or _is_apart_from_sign(element)):
        return ""
    if len(cents["digits"]) == 2 and not (signed and signed["cents"]):
        return "."
    return " " if is_raised and not whole["gap"] else ""


def _is_beside(element: lxml.html.HtmlElement) -> bool:
    """Whether an element with a number of its own, or the mark of a footnote, touches a price that is told whole."""
    text = element.text or ""
    before = element.getprevious()
    if _SIGN_FOLLOWS.match(text.lstrip("0123456789")) or _OTHER_NUMBER.match(text) is None:
        return False
    if before is None or before.tail:
        around = element.getparent().text if before is None else before.tail
        return element.tag in _RAISED and ")" in text[:3] and _SIGNED.search((around or "")[-FAR:]) is not None
    return before.tag in _INLINE and not len(before) and _WHOLE_PRICE.fullmatch(before.text or "") is not None


def _is_apart_from_sign(element: lxml.html.HtmlElement) -> bool:
    """Whether an element touches one that has the digits of an amount alone, as where a price is set piece by piece."""
    before = element.getprevious()
    return before is not None and not before.tail and not len(before) and (before.text or "").strip().isdecimal()


def _put(element: lxml.html.HtmlElement, mark: str) -> None:
    """Adds to what stands before an element: cents to the very text of their amount, so that no reader takes one for
    the other."""
    before = element.getprevious()
    is_amount = before is not None and not (before.tail or "").strip() and not len(before) and bool(before.text)
    if before is not None and is_amount and mark[1:]:
        before.text, before.tail = before.text.rstrip() + mark, None
    elif before is not None:
        before.tail = (before.tail or "").rstrip() + mark
    else:
        around = element.getparent()
        around.text = (around.text or "").rstrip() + mark


def _text_before(element: lxml.html.HtmlElement) -> str:
    """The end of what stands before an element in its line."""
    text = ""
    node = element
    for _ in range(NEAR_NODES):
        before = node.getprevious()
        if before is not None:
            text = (before.tail or "")[-FAR:] + text
            if before.tag not in _INLINE:
                break
            pieces = list(islice(before.itertext(), MAX_PIECES + 1))
            if len(pieces) > MAX_PIECES:
                break
            text = "".join(piece[-FAR:] for piece in pieces) + text
            node = before
        else:
            node = node.getparent()
            if node is None:
                break
            text = (node.text or "")[-FAR:] + text
            if node.tag not in _INLINE:
                break
        if len(text) >= FAR:
            break
    return text[-FAR:]


def _text_after(element: lxml.html.HtmlElement) -> str:
    after = element.getnext()
    is_touched = after is not None and after.tag in _INLINE and not element.tail
    return (element.tail or "")[:FAR] + ((after.text or "")[:FAR] if is_touched else "")
