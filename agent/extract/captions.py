"""What a page writes beside a text to say what it is: a term, a row's head, a label before it."""

from __future__ import annotations

import lxml.html

from domain.folding import fold

MAX_CAPTION = 40  # characters of a label

CAPTION_TAGS = frozenset({"dt", "th", "label", "b", "strong", "h2", "h3", "h4", "h5", "h6", "em", "small"})

Texts = dict[lxml.html.HtmlElement, str]


def label_of(text: str) -> str:
    if len(text) > 2 * MAX_CAPTION:
        return ""
    folded = fold(text).strip(" :：#.*")
    is_amount = sum(map(str.isdigit, folded)) >= sum(map(str.isalpha, folded))
    return folded if 0 < len(folded) <= MAX_CAPTION and not is_amount else ""


def caption_of(element: lxml.html.HtmlElement, texts: Texts) -> str:
    """What the page writes beside an element to say what it is: a term, a row's head, a label before it."""
    before = element.getprevious()
    if before is None or not isinstance(before.tag, str) or (before.tail or "").strip():
        return ""
    if element.tag == "dd":
        while before is not None and before.tag == "dd":
            before = before.getprevious()
        return label_of(texts.get(before, "")) if before is not None and before.tag == "dt" else ""
    text = texts.get(before, "").strip()
    is_alone = before.getprevious() is None and element.getnext() is None
    is_pair = is_alone and not any(map(str.isdigit, text))
    if element.tag in {"td", "th"}:
        return label_of(text) if before.tag == "th" or is_pair else ""
    if element.tag == "dt" or not (is_pair or before.tag in CAPTION_TAGS or text.endswith((":", "："))):
        return ""
    return label_of(text)
