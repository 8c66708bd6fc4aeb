"""The links on to the next page."""

from __future__ import annotations

import pytest

from agent.extract.pagination import next_url, onward
from fetch.dom import parse

URL = "https://shop.example/list?page=2"


@pytest.mark.parametrize(
    "link",
    [
        '<a rel="next" href="/list?page=3">3</a>',
        '<div class="pager"><a href="/list?page=3">Next »</a></div>',
        '<div class="pagination"><a href="/list?page=3">›</a></div>',
        '<p><a href="/list?page=3">Nächste Seite</a></p>',
        '<p><a href="/list?page=3">次へ</a></p>',
        '<ul class="pagination"><li class="next"><a href="/list?page=3"><img alt="Next"></a></li></ul>',
        '<link rel="next" href="/list?page=3">',
        '<div><a href="/list?page=3">Load more</a></div>',
    ],
)
def test_a_next_page_is_known_by_any_of_its_marks(link):
    assert next_url(parse(f"<body>{link}</body>"), URL) == "https://shop.example/list?page=3"


def test_a_base_that_is_no_address_costs_no_page():
    page = '<head><base href="http://[::1"></head><body><a rel="next" href="/list?page=3">3</a></body>'
    assert next_url(parse(page), URL) == "https://shop.example/list?page=3"


@pytest.mark.parametrize(
    "link",
    [
        '<div class="carousel"><a class="next" href="/list?page=3">Next</a></div>',
        '<div class="calendar"><a href="/calendar?month=4">Next</a></div>',
        '<a rel="prev" href="/list?page=1">« Previous</a>',
        '<a class="next" href="#">Next</a>',
        '<a class="next" href="javascript:go(3)">Next</a>',
        '<a href="/list?page=2" class="next">Next</a>',
        '<a href="/blog/how-to-sit">Next, how to sit well on a chair of oak</a>',
    ],
)
def test_what_only_looks_like_a_next_page_is_none(link):
    assert onward(parse(f"<body>{link}</body>"), URL).following_url == ""


def test_bare_numbers_lead_on_from_the_present_one():
    html = '<div class="pager"><a href="?page=1">1</a> <b>2</b> <a href="?page=3">3</a> <a href="?page=4">4</a></div>'
    found = onward(parse(html), URL)
    assert (found.next_url, found.following_url) == ("", "https://shop.example/list?page=3")


def test_older_entries_are_where_a_journal_goes_on():
    html = '<nav class="posts-nav"><a href="/page/3">← Older posts</a><a href="/page/1">Newer posts →</a></nav>'
    found = onward(parse(html), "https://shop.example/page/2")
    assert found.next_url == "https://shop.example/page/1"
    assert found.following_url == "https://shop.example/page/3"


def test_the_base_of_the_page_resolves_its_links():
    html = '<head><base href="https://cdn.example/x/"></head><body><a rel=next href="p?page=3">Next</a></body>'
    assert next_url(parse(html), URL) == "https://cdn.example/x/p?page=3"


@pytest.mark.parametrize(
    ("url", "href", "following"),
    [
        ("https://shop.example/num", "/num?page={n}", "https://shop.example/num?page=2"),
        ("https://shop.example/num?sort=a", "/num?sort=a&page={n}", "https://shop.example/num?sort=a&page=2"),
        ("https://shop.example/num/", "/num/page/{n}", "https://shop.example/num/page/2"),
        ("https://shop.example/num?start=14", "/num?start={offset}", "https://shop.example/num?start=21"),
        ("https://shop.example/num", "/num?stars={n}", ""),
        ("https://shop.example/num?page=4", "/num?page={n}", ""),
        ("https://shop.example/other", "/num?page={n}", ""),
    ],
)
def test_numbers_of_which_none_is_marked_lead_on_from_the_address_of_the_page(url, href, following):
    links = "".join(f"<a href='{href.format(n=n, offset=7 * n - 7)}'>{n}</a> " for n in range(1, 5))
    assert onward(parse(f"<body><h1>Tools</h1><div>{links}</div></body>"), url).following_url == following


def test_the_first_page_may_go_without_a_number_where_its_own_link_has_one():
    html = "<body><nav class=pagination><a href='?page=1'>1</a><a href='?page=2'>2</a></nav></body>"
    assert onward(parse(html), "https://shop.example/num").following_url == "https://shop.example/num?page=2"


@pytest.mark.parametrize(
    "link",
    [
        "<a href='?page=10' aria-disabled=true>Next</a>",
        "<a href='?page=10' class='next is-disabled'>Next</a>",
        "<ul><li class=disabled><a href='?page=10'>Next</a></li></ul>",
        "<a href='?page=10' disabled>Next</a>",
        "<a href='?page=9#top'>Next</a>",
    ],
)
def test_a_next_that_is_disabled_or_leads_to_itself_leads_nowhere(link: str) -> None:
    html = f"<nav class=pagination><a href='?page=8'>Prev</a>{link}</nav>"
    assert next_url(parse(html), "https://shop.example/boats?page=9") == ""


@pytest.mark.parametrize(
    ("at", "link"),
    [("?date=2026-05-01", "?date=2026-06-01"), ("/2026-05", "/2026-06"), ("/2026/05/01", "/2026/06/01")],
)
def test_a_calendar_that_turns_its_leaves_without_end_is_no_list(at: str, link: str) -> None:
    html = f"<nav class=pagination><a rel=next href='https://town.example/events{link}'>Next</a></nav>"
    assert next_url(parse(html), f"https://town.example/events{at}") == ""
    assert next_url(parse(html.replace(link, f"{at}/page/2")), f"https://town.example/events{at}") != ""


@pytest.mark.parametrize(
    ("at", "pager", "following"),
    [
        ("?page=1", "<a href='?page=0'>1</a><a href='?page=1'>2</a><a href='?page=2'>3</a>", "?page=2"),
        ("?page=0", "<a href='?page=0'>1</a><a href='?page=1'>2</a><a href='?page=2'>3</a>", "?page=1"),
        ("/1-of-9", "<b>Page 1 of 9</b><a href='/boats/2-of-9'>Page 2 of 9</a>", "/2-of-9"),
        ("?p=1", "<a href='?p=2'>Show next 20 of 180</a>", "?p=2"),
    ],
)
def test_pages_counted_from_nought_or_out_of_a_total_are_followed(at: str, pager: str, following: str) -> None:
    found = onward(parse(f"<nav class=pagination>{pager}</nav>"), f"https://shop.example/boats{at}")
    assert found.following_url == f"https://shop.example/boats{following}"


def pager(*numbers: str, present: int, beside: str = "") -> str:
    links = [f"<b>{n}</b>" if n == str(present) else f'<a href="/list?page={n}">{n}</a>' for n in numbers]
    return f'<div class="pager">{" ".join(links)}{beside}</div>'


@pytest.mark.parametrize(
    ("sign", "href", "following"),
    [("…", "/list?page=3", "https://shop.example/list?page=3"), ("...", "/list?page=9", ""), ("…", "/all?page=3", "")],
)
def test_an_ellipsis_is_the_next_number_where_its_address_says_so(sign: str, href: str, following: str) -> None:
    html = pager("1", "2", "12", present=2, beside=f'<a href="{href}">{sign}</a>')
    assert onward(parse(html), URL).following_url == following


@pytest.mark.parametrize("how", ["hidden", 'style="color: red; display:none"', "style='visibility: hidden'"])
def test_a_next_that_is_hidden_on_the_last_page_leads_nowhere(how: str) -> None:
    for html in (
        f'<a {how} rel="next" href="/list?page=3">Next</a>',
        f'<li {how}><a href="/list?page=3">Next</a></li>',
    ):
        assert onward(parse(f'<ul class="pagination">{html}</ul>'), URL).following_url == ""


def test_a_pager_that_is_hidden_as_a_whole_still_leads_on() -> None:
    html = '<div class="pagination" style="display: none"><p><a rel="next" href="/list?page=3">Next</a></p></div>'
    assert next_url(parse(html), URL) == "https://shop.example/list?page=3"


@pytest.mark.parametrize(
    ("numbers", "present", "target", "following"),
    [
        ("1 2 3", 3, 1, ""),  # round again
        ("3 2 1", 3, 2, "https://shop.example/list?page=2"),  # counted down
        ("1 2 3 4", 3, 4, "https://shop.example/list?page=4"),
    ],
)
def test_a_next_that_leads_back_to_the_first_page_is_the_end(
    numbers: str, present: int, target: int, following: str
) -> None:
    html = pager(*numbers.split(), present=present, beside=f'<a rel="next" href="/list?page={target}">Next</a>')
    found = onward(parse(html), f"https://shop.example/list?page={present}")
    assert (found.next_url, found.following_url) == (following, following)


@pytest.mark.parametrize(
    ("body", "header", "following"),
    [
        ("", "https://shop.example/list?page=3", "https://shop.example/list?page=3"),
        ("", "https://shop.example/next-article", ""),
        ('<a rel="next" href="/list?page=4">Next</a>', "https://shop.example/list?page=3", "?page=4"),
    ],
)
def test_a_next_page_that_only_the_header_names_is_followed_where_it_reads_like_one(body, header, following) -> None:
    assert next_url(parse(f"<body>{body}</body>"), URL) == "" or body
    assert onward(parse(f"<body>{body}</body>"), URL, header).following_url.endswith(following)
    assert bool(onward(parse(f"<body>{body}</body>"), URL, header).following_url) == bool(following)


@pytest.mark.parametrize(
    "link",
    [
        '<a href="/news?folge=2">Next</a>',
        '<a href="/news?zeige=20">Weiter</a>',
        '<a href="/news?folge=2">Seguinte</a>',
        '<div class=pagination><a href="/news?folge=2" title="Next page: items 21 to 40"><img alt=Next></a></div>',
        '<div class=pagination><a href="/news?folge=2" title="Go on to items 21 to 40"><img alt=Next></a></div>',
    ],
)
def test_a_first_page_leads_on_by_a_number_whatever_its_parameter_is_called(link: str) -> None:
    found = next_url(parse(f"<body>{link}</body>"), "https://paper.example/news")
    assert found in {f"https://paper.example/news?{query}" for query in ("folge=2", "zeige=20")}


@pytest.mark.parametrize(
    "link",
    [
        '<a href="/story?id=12">Next</a>',
        '<a href="/story?id=11&mode=print">Next</a>',
        '<a href="/other?folge=2&id=11">Next</a>',
        '<div class=pagination><a href="/story?id=11&page=1" title="Items 1 to 20 of 60"><img alt=Previous></a></div>',
    ],
)
def test_a_next_story_is_no_next_page(link: str) -> None:
    assert next_url(parse(f"<body>{link}</body>"), "https://paper.example/story?id=11") == ""
