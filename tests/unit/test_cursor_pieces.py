from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pages import CapturedResponse
from fetch.cursors import host_elsewhere, next_piece, rows_of

ROWS = [{"name": f"Boat {n}"} for n in range(10)]
API = "https://shop.example/api/boats"


def after(query: str, **body: object) -> str:
    return next_piece(CapturedResponse(url=f"{API}{query}", body=json.dumps({"items": ROWS} | body)))


@pytest.mark.parametrize(
    ("query", "body", "following"),
    [
        ("?cursor=", {"next": "10"}, f"{API}?cursor=10"),
        ("?sort=a&cursor=10", {"meta": {"next_cursor": "x/="}}, f"{API}?sort=a&cursor=x%2F%3D"),
        ("?after=a", {"data": {"pageInfo": {"endCursor": "b", "hasNextPage": True}}}, f"{API}?after=b"),
        ("", {"links": {"next": "/api/boats?page=2"}}, f"{API}?page=2"),
        ("", {"next": f"{API}?offset=10"}, f"{API}?offset=10"),
        ("?page=1", {"total_pages": 5}, f"{API}?page=2"),
        ("?page=1", {"next_page": 2}, f"{API}?page=2"),
        ("?offset=10&limit=10", {"total": 47}, f"{API}?offset=20&limit=10"),
        ("?page=0", {"has_more": True}, f"{API}?page=1"),
    ],
)
def test_the_next_piece_is_what_the_answer_says(query, body, following):
    assert after(query, **body) == following


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("?cursor=40", {"next": None}),
        ("?after=a", {"pageInfo": {"endCursor": "b", "hasNextPage": False}}),
        ("", {"next_cursor": "10"}),  # nothing says which parameter it goes into
        ("?page=5", {"total_pages": 5}),
        ("?page=1", {}),
        ("?offset=40", {"total": 47}),
        ("", {"next": "https://elsewhere.example/api?page=2"}),
        ("?cursor=10", {"next": "10"}),
        ("?cursor=", {"next": "10", "items": ROWS[:2]}),  # no list
        ("?cursor=", {"next": "10", "items": "text"}),
    ],
)
def test_no_address_is_guessed(query, body):
    assert after(query, **body) == ""


@pytest.mark.parametrize(
    ("following", "host"),
    [("http://me:key@10.0.0.1:8080/api?page=2", "10.0.0.1"), ("/api?page=2", ""), ("http://[", ""), (None, "")],
)
def test_a_list_that_goes_on_at_another_host_is_not_followed_but_told(following, host):
    answer = CapturedResponse(url=API, body=json.dumps({"items": ROWS, "next": following}))
    assert host_elsewhere(answer) == host
    assert "10.0.0.1" not in next_piece(answer)


def test_rows_that_come_again_under_another_cursor_are_known_again():
    first, again, other = (
        rows_of(CapturedResponse(url=API, body=json.dumps(body)))
        for body in ({"items": ROWS, "next": "a"}, {"next": "b", "at": 3, "items": ROWS}, {"items": ROWS[1:]})
    )
    assert first == again
    assert first != other


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["next", "page", "total", "a"]), inner),
    max_leaves=12,
)


@given(JSON, st.text(max_size=12))
def test_any_answer_leads_to_its_own_origin_or_nowhere(body, query):
    found = next_piece(CapturedResponse(url=f"{API}?{query}", body=json.dumps(body)))
    assert found == "" or found.startswith("https://shop.example/")
