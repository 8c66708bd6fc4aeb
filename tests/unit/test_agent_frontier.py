"""The frontier: each URL judged once, with its reason."""

import pytest

from agent.frontier import LAST_PAGE_NUMBER, SOURCES_PER_SITE, Frontier, page_number, task_id
from domain.exclusions import Exclusions
from domain.tasks import FoundBy, TaskStatus
from domain.urls import url_key


def frontier(exclude=(), tasks=()):
    return Frontier("run", tasks, Exclusions(exclude))


def searched(front, url):
    return front.offer(url, found_by=FoundBy.SEARCH, reason="search #1 for 'q'")


@pytest.mark.parametrize(
    "same",
    [
        "https://a.test/list/?b=2&a=1",
        "http://www.a.test/list?a=1&b=2",
        "http://a.test/list/index.html?a=1&b=2",
        "http://a.test/list?a=1&b=2#top",
        "http://a.test/list?a=1&b=2&utm_source=x",
    ],
)
def test_spellings_of_one_page_are_one_task(same):
    front = frontier()
    assert searched(front, "http://a.test/list?a=1&b=2")
    assert searched(front, same) is None


def test_pages_of_a_list_are_different_pages():
    assert url_key("http://a.test/list?page=1") != url_key("http://a.test/list?page=2")


def test_one_site_gets_no_more_than_its_share_of_sources():
    front = frontier()
    tasks = [searched(front, f"http://{chr(97 + n)}.big.co.uk/{n}") for n in range(SOURCES_PER_SITE + 1)]
    assert [task.status for task in tasks] == [TaskStatus.PENDING] * SOURCES_PER_SITE + [TaskStatus.SKIPPED]
    assert tasks[-1].reason == f"skipped: big.co.uk has {SOURCES_PER_SITE} sources already"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://www.facebook.com/groups/dentists", "social network"),
        ("http://a.test/brochure.pdf", ".pdf"),
        ("http://sub.bad.test/x", "excluded"),
        ("http://a.test/only-this", "excluded"),
        ("http://a.test/" + "x" * 3000, "longer"),
    ],
)
def test_what_is_left_alone_has_its_reason(url, why):
    task = searched(frontier(exclude=("bad.test", "https://a.test/only-this/")), url)
    assert task.status is TaskStatus.SKIPPED
    assert why in task.reason


@pytest.mark.parametrize(
    ("entry", "url", "barred"),
    [
        ("127.0.0.1:8103", "http://127.0.0.1:8103/list", True),
        ("127.0.0.1:8103", "http://127.0.0.1:8104/list", False),
        ("10.1.2.3", "http://10.1.2.3:8080/", True),
        ("localhost:8080", "http://localhost:8080/x", True),
    ],
)
def test_a_host_without_a_top_level_domain_can_be_excluded(entry, url, barred):
    assert (searched(frontier(exclude=(entry,)), url).status is TaskStatus.SKIPPED) is barred


def test_the_caller_may_name_what_a_search_may_not():
    task = frontier().offer("https://www.facebook.com/page", found_by=FoundBy.CALLER, reason="asked for")
    assert task.status is TaskStatus.PENDING


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "mailto:a@b.test", "ftp://a.test/", "http://", "//", "file:///etc/passwd"]
)
def test_what_is_no_page_address_is_no_task(url):
    assert searched(frontier(), url) is None


@pytest.mark.parametrize("url", ["http://a.test/list?page={}", "http://a.test/list/page/{}", "http://a.test/list?p={}"])
def test_a_page_number_beyond_reason_is_a_trap(url):
    front = frontier()
    source = searched(front, "http://a.test/list")
    beyond = front.offer(
        url.format(LAST_PAGE_NUMBER + 1), found_by=FoundBy.PAGINATION, reason="next page", parent=source
    )
    assert beyond.status is TaskStatus.SKIPPED
    assert page_number(url.format(7)) == 7


def test_a_page_number_in_digits_that_are_no_number_is_none():
    front = frontier()
    source = searched(front, "http://a.test/list")
    task = front.offer("/list?page=%C2%B2", found_by=FoundBy.PAGINATION, reason="next", parent=source, base=source.url)
    assert task.status is TaskStatus.PENDING
    assert page_number(task.url) is None


def test_a_page_knows_the_source_that_it_descends_from():
    front = frontier()
    source = searched(front, "http://a.test/list")
    second = front.offer("/list?page=2", found_by=FoundBy.PAGINATION, reason="next", parent=source, base=source.url)
    item = front.offer("/item/1", found_by=FoundBy.DETAIL, reason="detail", parent=second, base=second.url)
    assert item.source_id == second.source_id == source.id
    assert (source.depth, second.depth, item.depth) == (0, 1, 2)


def test_order_is_by_source_then_depth_whatever_was_found_first():
    front = frontier()
    first, second = searched(front, "http://a.test/"), searched(front, "http://b.test/")
    of_second = front.offer("http://b.test/2", found_by=FoundBy.PAGINATION, reason="", parent=second)
    of_first = front.offer("http://a.test/2", found_by=FoundBy.PAGINATION, reason="", parent=first)
    tasks = sorted([of_second, second, of_first, first], key=lambda task: front.order(task.id))
    assert tasks == [first, of_first, second, of_second]


def test_a_frontier_made_again_from_its_tasks_goes_on_where_it_was():
    front = frontier()
    searched(front, "http://a.test/")
    again = frontier(tasks=front.tasks)
    assert searched(again, "http://a.test/") is None
    assert searched(again, "http://b.test/").position == 1
    assert front.tasks[0].id == task_id("run", "http://a.test/")
