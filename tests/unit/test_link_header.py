"""The next page that an answer's `Link` header names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetch.link_header import next_link

URL = "https://shop.example/api/boats?page=2"


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('<https://shop.example/api/boats?page=3>; rel="next", <https://shop.example/b?page=9>; rel="last"', "?page=3"),
        ("</api/boats?page=1>; rel=prev,</api/boats?page=3>;rel=next", "?page=3"),
        ('<?page=3&a=1,2>; title="a, b; c"; rel="last next"', "?page=3&a=1,2"),
        ('<?page=3>; REL="NEXT"', "?page=3"),
    ],
)
def test_the_next_page_is_the_one_whose_relation_says_so(header, target):
    assert next_link(header, URL) == f"https://shop.example/api/boats{target}"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "</style.css>; rel=preload; as=style",
        '<?page=3>; rel="nextish"',
        "<?page=3>; title=next",
        f"<{URL}>; rel=next",
        "<javascript:alert(1)>; rel=next",
        "<http://[>; rel=next",
        "<?page=3; rel=next",
    ],
)
def test_other_relations_itself_and_what_is_no_page_lead_nowhere(header):
    assert next_link(header, URL) == ""


@given(st.text(alphabet="<>;,=\"' relnxt/?[]:", max_size=200))
def test_any_header_gives_an_address_or_nothing(header):
    found = next_link(header, URL)
    assert found == "" or found.startswith(("http://", "https://"))
