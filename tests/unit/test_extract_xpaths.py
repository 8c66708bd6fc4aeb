"""The path of an element is the one by which XPath finds it again."""

from __future__ import annotations

import lxml.html
from hypothesis import given
from hypothesis import strategies as st

from agent.extract.xpaths import xpath_of

_LEAF = st.sampled_from(["<i>x</i>", "<b></b>", "text", "<!-- note -->", "<o:p>y</o:p>", "<img>", "<a href='/'>z</a>"])
_MARKUP = st.recursive(
    _LEAF,
    lambda inner: st.builds(
        lambda tag, kids: f"<{tag}>{''.join(kids)}</{tag}>",
        st.sampled_from(["div", "section", "span", "ul"]),
        st.lists(inner, max_size=5),
    ),
    max_leaves=30,
)


@given(st.lists(_MARKUP, max_size=6))
def test_a_path_is_that_of_lxml_comments_and_only_children_counted_as_there(parts: list[str]) -> None:
    root = lxml.html.document_fromstring(f"<html><body><p>first</p>{''.join(parts)}</body></html>")
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    assert [xpath_of(element) for element in elements] == [root.getroottree().getpath(e) for e in elements]


def test_equal_places_of_two_pages_are_told_apart_by_their_own_pages() -> None:
    short = lxml.html.document_fromstring("<html><body><p>one</p></body></html>")
    long = lxml.html.document_fromstring("<html><body><p>one</p><p>two</p></body></html>")
    assert [xpath_of(page.find(".//p")) for page in (short, long)] == ["/html/body/p", "/html/body/p[1]"]
