"""A page written out as one string, by libxslt: its texts, with marks where its elements begin and end.

Walking a tree from Python costs about a microsecond for each thing asked of each element. A stylesheet asks the same
of all of them in the time in which Python only steps over them; what is left to do in Python is to split a string.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from xml.sax.saxutils import quoteattr

import lxml.etree as etree  # ty: ignore[import-not-found]  (compiled, without stubs)

# Every mark begins with a control character that no text is written with; `cleared` sees to it that no page has it.
# It is ASCII, so that the tape of an ASCII page is too: other strings are decoded and split at half the speed.
RESERVED = "\x7f"
_RESERVED_AS_NUMBER = re.compile(r"&#(?:[xX]0*7[fF](?![0-9a-fA-F])|0*127(?!\d));?")
_HEAD = '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:output method="text"/>'

# A tape is text, tag, text, tag, ..., text with this mark between. A tag is a sign, a name, and fields.
BETWEEN = RESERVED + "|"
OPENS, CLOSES, STANDS = "+", "-", "."  # signs; the last: both at once, with nothing inside
_FIELD, _IS = RESERVED + ",", RESERVED + "="

WithinRule = str  # what a rule writes, as XSLT
CONTENT: WithinRule = "<xsl:apply-templates/>"


def cleared(html: str) -> str:
    """Markup without the character that marks begin with, also where it is spelled as a number."""
    if RESERVED in html:
        html = html.replace(RESERVED, "")
    while _RESERVED_AS_NUMBER.search(html):
        html = _RESERVED_AS_NUMBER.sub("", html)
    return html


def rule(names: Iterable[str], *writes: WithinRule) -> WithinRule:
    """What elements of these names are written as. Later rules go before earlier ones."""
    return f"<xsl:template match={quoteattr('|'.join(sorted(names)))}>{''.join(writes)}</xsl:template>"


def names_among(names: Iterable[str]) -> str:
    """An XPath expression: whether the element at hand has one of these names."""
    return " or ".join(f"self::{name}" for name in sorted(names))


def value(of: str, before: str = "", after: str = "") -> WithinRule:
    """The value of an XPath expression where it has one, with what comes before and after it."""
    return f'<xsl:if test="{of}">{before}<xsl:value-of select="{of}"/>{after}</xsl:if>'


def either(test: str, then: WithinRule, other: WithinRule) -> WithinRule:
    """What is written where an XPath expression holds, and where it does not."""
    chosen = f"<xsl:when test={quoteattr(test)}>{then}</xsl:when><xsl:otherwise>{other}</xsl:otherwise>"
    return f"<xsl:choose>{chosen}</xsl:choose>"


def stylesheet(*rules: WithinRule) -> Callable[[etree._Element], str]:
    """How to write out an element by these rules, without its tail."""
    write = etree.XSLT(etree.fromstring(f"{_HEAD}{''.join(rules)}</xsl:stylesheet>"))
    return lambda element: str(write(element))


def tag_rule(sign: str, name: str, *fields: WithinRule) -> WithinRule:
    """A tag of that name, on the tape. (To ask an element for its own name would take twice the time.)"""
    return f"{BETWEEN}{sign}{name}{''.join(fields)}{BETWEEN}"


def field(name: str, of: str = "") -> WithinRule:
    """A field of a tag: the attribute of that name, or else the value of an expression, if there is one."""
    return value(of or f"@{name}", f"{_FIELD}{name}{_IS}")


def own_field(name: str) -> WithinRule:
    """The same, written by the rule of the attribute itself, with no question asked."""
    return f'{_FIELD}{name}{_IS}<xsl:value-of select="."/>'


def built_field(name: str, *writes: WithinRule) -> WithinRule:
    """A field whose value is what other rules write."""
    return f"{_FIELD}{name}{_IS}{''.join(writes)}"


def sign_and_name(written: str) -> tuple[str, str]:
    """Of a tag as it stands on a tape."""
    return written[0], written[1:].partition(_FIELD)[0]


def fields_of(written: str) -> dict[str, str]:
    """The fields of a tag as it stands on a tape."""
    return dict([pair.split(_IS, 1) for pair in written.split(_FIELD)[1:]])


def first_field_of(written: str) -> str:
    """The value of the only field of a tag as it stands on a tape; empty where it has none."""
    return written.partition(_IS)[2]
