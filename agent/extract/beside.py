"""What stands right beside a place of a page and says that its value is of something else."""

from __future__ import annotations

from itertools import islice

import lxml.html

from agent.extract.price_words import is_said_otherwise, says_old
from domain.fields import Field, FieldKind

LEAST_LETTERS = 2  # of a link that names something: "1" and "›" lead through pages
NEAR = 100  # siblings before an element, and links in each: a page has thousands side by side


def is_another_amount(element: lxml.html.HtmlElement, field: Field) -> bool:
    """Whether the words beside a price call it another amount than the price that the field asks for."""
    return field.kind is FieldKind.PRICE and not says_old(field.name) and is_said_otherwise(element)


def has_link_before(element: lxml.html.HtmlElement) -> bool:
    """Whether a link to a page stands before an element, in what both are in: it may tell of what that leads to."""
    return any(
        _leads_away(link)
        for sibling in islice(element.itersiblings(preceding=True), NEAR)
        if isinstance(sibling.tag, str)
        for link in islice(sibling.iter("a"), NEAR)
    )


def _leads_away(link: lxml.html.HtmlElement) -> bool:
    href = (link.get("href") or "").strip()
    if not href or href.startswith(("#", "javascript:", "mailto:", "tel:")):
        return False
    return sum(map(str.isalpha, "".join(link.itertext()))) >= LEAST_LETTERS
