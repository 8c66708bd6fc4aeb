from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pages import CapturedResponse, Posted
from fetch.cursors import following, host_elsewhere, next_piece, rows_of
from fetch.questions import Question, identity, only_asks

ROWS = [{"name": f"Boat {n}"} for n in range(10)]
API = "https://shop.example/api/boats"


def after(query: str, **body: object) -> str:
    question = next_piece(CapturedResponse(url=f"{API}{query}", body=json.dumps({"items": ROWS} | body)))
    return question.url if question else ""


@pytest.mark.parametrize(
    ("query", "body", "onward"),
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
        ("?tag=a&tag=b&page=1", {"has_more": True}, f"{API}?tag=a&tag=b&page=2"),
        ("?api_token=me&cursor=", {"next": "10"}, f"{API}?api_token=me&cursor=10"),
        ("?token=me&after=", {"next": "10"}, f"{API}?token=me&after=10"),
        (
            "?op=boats&variables=%7B%22n%22%3A3%2C%22after%22%3Anull%7D",
            {"endCursor": "b"},
            f"{API}?op=boats&variables=%7B%22n%22%3A3%2C%22after%22%3A%22b%22%7D",
        ),
    ],
)
def test_the_next_piece_is_what_the_answer_says(query, body, onward):
    assert after(query, **body) == onward


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
        ("?cursor=", {"next": "\ud800"}),  # half of a character
    ],
)
def test_no_address_is_guessed(query, body):
    assert after(query, **body) == ""


@pytest.mark.parametrize(
    ("onward", "host"),
    [("http://me:key@10.0.0.1:8080/api?page=2", "10.0.0.1"), ("/api?page=2", ""), ("http://[", ""), (None, "")],
)
def test_a_list_that_goes_on_at_another_host_is_not_followed_but_told(onward, host):
    answer = CapturedResponse(url=API, body=json.dumps({"items": ROWS, "next": onward}))
    assert host_elsewhere(answer) == host
    question = next_piece(answer)
    assert question is None or "10.0.0.1" not in question.url


def test_rows_that_come_again_under_another_cursor_are_known_again():
    first, again, other = (
        rows_of(CapturedResponse(url=API, body=json.dumps(body)))
        for body in ({"items": ROWS, "next": "a"}, {"next": "b", "at": 3, "items": ROWS}, {"items": ROWS[1:]})
    )
    assert first == again
    assert first != other


def posted_after(posted: str, kind: str, **body: object) -> str:
    asked = Posted(body=posted, content_type=kind)
    question = next_piece(CapturedResponse(url=API, posted=asked, body=json.dumps({"items": ROWS} | body)))
    assert question is None or (question.url == API and question.posted is not None)
    return question.posted.body if question and question.posted else ""


@pytest.mark.parametrize(
    ("posted", "kind", "body", "onward"),
    [
        ('{"page":1,"tags":["é"]}', "application/json", {"has_more": True}, '{"page":2,"tags":["é"]}'),
        ('{"page":"1"}', "text/plain", {"total_pages": 5}, '{"page":"2"}'),
        ('{"q":{"from":0,"size":10}}', "application/vnd.api+json", {"total": 47}, '{"q":{"from":10,"size":10}}'),
        (
            '{"query":"query B { b }","variables":{"after":null}}',
            "application/json",
            {"pageInfo": {"endCursor": "x", "hasNextPage": True}},
            '{"query":"query B { b }","variables":{"after":"x"}}',
        ),
        ("a=1&a=2&offset=10", "application/x-www-form-urlencoded", {"total": 47}, "a=1&a=2&offset=20"),
    ],
)
def test_a_body_is_sent_again_as_it_was_with_the_place_in_the_list_changed(posted, kind, body, onward):
    assert posted_after(posted, kind, **body) == onward


@pytest.mark.parametrize(
    ("query", "posted", "body", "is_open"),
    [
        ("", None, {"next_cursor": "10"}, True),
        ("?q=a", None, {"has_more": True}, True),
        ("", Posted(body="--x", content_type="multipart/form-data"), {"next": "10"}, True),
        ("", Posted(body="", content_type=""), {"has_more": True}, True),
        ("?cursor=10", None, {"next": "10"}, False),
        ("", None, {"next": None}, False),
        ("", None, {"has_more": False, "next": "10"}, False),
        ("?page=1", None, {"has_more": True}, False),
        ("", None, {}, False),
    ],
)
def test_a_list_that_says_there_is_more_and_not_how_to_ask_is_known_to_be_open(query, posted, body, is_open):
    answer = CapturedResponse(url=f"{API}{query}", posted=posted, body=json.dumps({"items": ROWS} | body))
    assert following(answer).is_open == is_open


@pytest.mark.parametrize(
    ("path", "posted"),
    [
        ("/graphql", {"query": "mutation Buy { buy }", "variables": {"after": "a"}}),
        ("/graphql", {"query": "query A { a } mutation B { b }"}),
        ("/graphql", {"operationName": "AddToCart", "variables": {"page": 1}}),
        ("/admin-ajax.php", {"action": "save_list"}),
        ("/api/cart/items", {"page": 1}),
        ("/api/trackEvents", {"page": 1}),
        ("/api/items", {"_method": "DELETE", "page": 1}),
        ("/api/items", {"password": "x", "page": 1}),
        ("/api/items", {"form": {"captcha": "x"}, "page": 1}),
        ("/graphql?page=1", [{"query": "query A { a }"}, {"query": "mutation B { b }"}]),
        ("/relay?page=1", {"requests": [{"body": {"query": "mutation B { b }"}}]}),
        ("/api/items?" + "tag=a&" * 300, {"password": "x"}),
    ],
)
def test_a_body_that_may_change_something_is_not_sent_again(path, posted):
    asked = Posted(body=json.dumps(posted), content_type="application/json")
    assert not only_asks(Question(f"https://shop.example{path}", asked))


def test_a_change_that_is_sent_as_a_form_is_not_sent_again():
    asked = Posted(body="query=mutation+%7B+buy+%7D&after=a", content_type="application/x-www-form-urlencoded")
    assert not only_asks(Question(API, asked))


@pytest.mark.parametrize(
    ("path", "posted", "kind"),
    [
        ("/graphql", '{"query":"query B { b(note: \\"mutation\\") }"}', "application/json"),
        ("/admin-ajax.php", "action=load_more_posts&nonce=a&paged=2", "application/x-www-form-urlencoded"),
        ("/api/search", '{"page":1,"sort":{"order":"price"}}', "text/plain"),
    ],
)
def test_a_body_that_reads_like_a_question_may_be_sent_again(path, posted, kind):
    assert only_asks(Question(f"https://shop.example{path}", Posted(body=posted, content_type=kind)))


@pytest.mark.parametrize(
    ("path", "posted", "asks"),
    [
        ("/warenkorb/hinzufügen", {"page": 1}, False),
        ("/api/l%C3%B6schen", {"page": 1}, False),
        ("/panier/ajouter", {"page": 1}, False),
        ("/api", {"action": "réserver", "page": 1}, False),
        ("/carrito/anadir", {"page": 1}, False),
        ("/api", {"operationName": "aggiungiAlCarrello"}, False),
        ("/winkelwagen", {"page": 1}, False),
        ("/carrinho/adicionar", {"page": 1}, False),
        ("/koszyk/dodaj", {"page": 1}, False),
        ("/korzina/dobavit", {"page": 1}, False),
        ("/api/suche", {"seite": 1}, True),
        ("/recherche/produits", {"page": 1}, True),
        ("/api/buscar", {"pagina": 1}, True),
        ("/wyszukaj/oferty", {"strona": 1}, True),
        ("/boeken/merken", {"pagina": 1}, True),
    ],
)
def test_a_change_is_known_in_other_languages_than_english(path, posted, asks):
    asked = Posted(body=json.dumps(posted), content_type="application/json")
    assert only_asks(Question(f"https://shop.example{path}", asked)) is asks


@pytest.mark.parametrize(("kind", "body"), [("multipart/form-data", "--x"), ("application/json", "{"), ("", "")])
def test_a_body_that_cannot_be_read_is_not_sent_again(kind, body):
    assert not only_asks(Question(API, Posted(body=body, content_type=kind)))


@given(st.text(max_size=40), st.sampled_from(["application/json", "application/x-www-form-urlencoded", "a/b", ""]))
def test_any_body_is_read_or_left_alone(body, kind):
    question = Question(API, Posted(body=body, content_type=kind))
    only_asks(question)
    assert identity(question) == identity(question)
    next_piece(CapturedResponse(url=API, posted=question.posted, body=json.dumps({"items": ROWS, "next": "a"})))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["next", "page", "total", "a"]), inner),
    max_leaves=12,
)


def test_half_a_character_in_a_parameter_is_no_fault():
    assert after('?v={"a":"%5Cud800"}&page=1', has_more=True).endswith("&page=2")


@given(JSON, st.text(max_size=12))
def test_any_answer_leads_to_its_own_origin_or_nowhere(body, query):
    found = next_piece(CapturedResponse(url=f"{API}?{query}", body=json.dumps(body)))
    assert found is None or found.url.startswith("https://shop.example/")


def piece_after(url: str, posted: str, kind: str, answer: dict[str, object]) -> str:
    asked = Posted(body=posted, content_type=kind)
    question = next_piece(CapturedResponse(url=url, posted=asked, body=json.dumps(answer)))
    assert question is None or (only_asks(question) and question.url == url)
    return question.posted.body if question and question.posted else ""


def hits(page: int, pages: int = 5) -> dict[str, object]:
    return {"hits": ROWS, "nbHits": 47, "page": page, "nbPages": pages, "hitsPerPage": 10}


BATCH = "https://search.example/1/indexes/*/queries"
FACET = {"hits": ROWS[:1], "nbHits": 47, "page": 0, "nbPages": 47}


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize(
    ("requests", "results", "onward"),
    [
        (["query=boat&page=0&hitsPerPage=10"], [hits(0)], ["query=boat&page=1&hitsPerPage=10"]),
        (["page=0&query=b", "page=0&facets=x"], [hits(0), FACET], ["page=1&query=b", "page=0&facets=x"]),
        (["page=0&facets=x", "page=3"], [FACET, hits(3)], ["page=0&facets=x", "page=4"]),
        (["query=boat&page=5"], [hits(5)], None),
        (["query=boat"], [hits(0)], None),  # nothing says which parameter
    ],
)
def test_a_batch_of_searches_is_asked_for_the_next_page_of_the_one_with_the_rows(kind, requests, results, onward):
    def body(queries: list[str]) -> str:
        batch = [{"indexName": "boats", "params": query} for query in queries]
        return json.dumps({"requests": batch}, separators=(",", ":"))

    assert piece_after(BATCH, body(requests), kind, {"results": results}) == (body(onward) if onward else "")


def found(rows: int, total: object = None) -> dict[str, object]:
    listed = [{"_id": str(n), "_source": {"name": f"Boat {n}"}, "sort": [n, f"id{n}"]} for n in range(rows)]
    return {"took": 3, "hits": {"total": total, "max_score": 1.0, "hits": listed}}


@pytest.mark.parametrize(
    ("posted", "answer", "onward"),
    [
        ('{"from":0,"size":10}', found(10, {"value": 47, "relation": "eq"}), '{"from":10,"size":10}'),
        ('{"from":40,"size":10}', found(7, {"value": 47, "relation": "eq"}), ""),
        ('{"size":5,"search_after":[4,"x"]}', found(5), '{"size":5,"search_after":[4,"id4"]}'),
        ('{"size":5,"search_after":null}', found(5), '{"size":5,"search_after":[4,"id4"]}'),
        ('{"size":5,"search_after":[4,"x"]}', found(4), ""),
        ('{"size":5,"sort":["n"]}', found(5), ""),  # the page never asked so
    ],
)
def test_a_search_goes_on_where_its_last_answer_ended(posted, answer, onward):
    assert piece_after("https://search.example/boats/_search", posted, "application/json", answer) == onward
