"""The goal run: what it asks, what it opens, and what it leaves alone."""

import msgspec
import pytest
from agent_doubles import (
    GoalRequest,
    InMemoryFetcher,
    InMemorySearch,
    detail,
    listing,
    read_json,
)
from goal_support import SHOP, plan, run, shop, things

from domain.fields import parse_fields
from domain.plans import Comparison, Condition
from domain.runs import TerminationReason as Reason
from domain.templates import Template

pytestmark = pytest.mark.usefixtures("pages_say_what_is_read")


async def test_a_url_is_read_with_all_its_pages():
    fetcher = InMemoryFetcher(shop(3))
    ending, journal = await run(GoalRequest(url=SHOP, max_results=100), fetcher)
    assert [record.values()["name"] for record in ending.records] == [f"Thing {number}" for number in range(30)]
    assert ending.reason is Reason.SOURCES_EXHAUSTED
    assert [record.position for record in ending.records] == list(range(30))
    assert journal.records == ending.records
    assert journal.spend.pages == 3


async def test_it_stops_at_the_maximum_in_the_middle_of_a_page():
    fetcher = InMemoryFetcher(shop(3))
    ending, journal = await run(GoalRequest(url=SHOP, max_results=15), fetcher)
    assert len(ending.records) == 15
    assert ending.reason is Reason.MAX_RESULTS
    assert len(fetcher.asked) == 2
    assert len(journal.records) == 15


async def test_once_the_minimum_is_there_no_new_source_is_opened_but_a_paged_one_goes_on():
    pages = shop(2) | {
        "http://other.test/": listing(*things(100, 110)),
        "http://third.test/": listing(*things(200, 210)),
    }
    search = InMemorySearch({"q": [SHOP, "http://other.test/", "http://third.test/"]})
    request = GoalRequest(goal="things", max_results=100, min_results=10, plan=plan("q", "q2"))
    slow = {"http://other.test/": 0.05, "http://third.test/": 0.05}
    # Two places: the third source is still waiting when the first has enough.
    fetcher = InMemoryFetcher(pages, slow=slow)
    ending, _ = await run(request, fetcher, search)
    assert ending.reason is Reason.MIN_RESULTS
    assert f"{SHOP}?page=2" in fetcher.asked
    assert [query for query, _ in search.asked] == ["q"]


async def test_the_next_query_is_asked_only_while_it_is_short():
    pages = {"http://a.test/": listing(*things(0, 5)), "http://b.test/": listing(*things(5, 10))}
    search = InMemorySearch({"one": ["http://a.test/"], "two": ["http://b.test/"], "three": ["http://c.test/"]})
    request = GoalRequest(goal="things", max_results=10, plan=plan("one", "two", "three"))
    ending, journal = await run(request, InMemoryFetcher(pages), search)
    assert len(ending.records) == 10
    assert [query for query, _ in search.asked] == ["one", "two"]
    assert journal.queries_done == ("one", "two")
    assert journal.spend.searches == 2


async def test_every_query_is_asked_again_for_more_results_before_it_gives_up():
    search = InMemorySearch({"q": [f"http://site{number}.test/" for number in range(40)]})
    pages = {f"http://site{number}.test/": listing(*things(number, number + 1)) for number in range(40)}
    ending, _ = await run(GoalRequest(goal="t", max_results=100, plan=plan("q")), InMemoryFetcher(pages), search)
    assert [count for _, count in search.asked] == [10, 20, 40]
    assert len(ending.records) == 40
    assert ending.reason is Reason.SOURCES_EXHAUSTED


async def test_a_query_that_gave_all_it_has_is_not_asked_again():
    search = InMemorySearch({"q": ["http://a.test/"], "p": ["http://a.test/"]})
    request = GoalRequest(goal="t", plan=plan("q", "p"))
    ending, _ = await run(request, InMemoryFetcher({"http://a.test/": listing(*things(0, 2))}), search)
    assert [query for query, _ in search.asked] == ["q", "p"]
    assert ending.reason is Reason.SOURCES_EXHAUSTED


async def test_the_same_thing_on_two_sites_is_one_record_with_both_sources():
    pages = {
        "http://a.test/": listing({"name": "Blue Door Bakery", "phone": "+442079460001"}),
        "http://b.test/": listing({"name": "The Blue Door Bakery", "phone": "020 7946 0001", "rating": 4.5}),
    }
    search = InMemorySearch({"q": list(pages)})
    request = GoalRequest(goal="bakeries", plan=plan("q", fields="name,phone,rating"))
    ending, _ = await run(request, InMemoryFetcher(pages), search)
    (record,) = ending.records
    assert record.sources == ("http://a.test/", "http://b.test/")
    assert record.values()["rating"] == 4.5
    assert record.fields["name"].conflicts


async def test_a_caller_who_asks_a_field_that_the_list_lacks_gets_it_from_the_detail_pages():
    pages = {SHOP: listing(*({**thing, "_detail": f"/item/{number}"} for number, thing in enumerate(things(0, 4))))}
    pages |= {f"http://shop.test/item/{n}": detail(name=f"Thing {n}", price=n, sku=f"SKU-{n}") for n in range(4)}
    request = GoalRequest(url=SHOP, fields=parse_fields("name,price,sku"), max_results=3)
    fetcher = InMemoryFetcher(pages)
    ending, _ = await run(request, fetcher)
    assert [record.values()["sku"] for record in ending.records] == ["SKU-0", "SKU-1", "SKU-2"]
    assert ending.reason is Reason.MAX_RESULTS
    # The fourth record is beyond the maximum: its page is not opened.
    assert "http://shop.test/item/3" not in fetcher.asked
    assert len(ending.records[0].sources) == 2


async def test_a_list_that_tells_names_alone_leads_to_the_pages_that_tell_the_rest():
    pages = {SHOP: listing(*({"name": f"Thing {n}", "_detail": f"/item/{n}"} for n in range(4)))}
    pages |= {f"http://shop.test/item/{n}": detail(name=f"Thing {n}", price=n, sku=f"SKU-{n}") for n in range(3)}
    request = GoalRequest(url=SHOP, fields=parse_fields("name,price,sku"), max_results=10)
    ending, _ = await run(request, InMemoryFetcher(pages))
    assert [record.values()["sku"] for record in ending.records] == ["SKU-0", "SKU-1", "SKU-2"]


async def test_detail_pages_are_left_alone_when_nothing_asked_is_missing():
    pages = {SHOP: listing(*({**thing, "_detail": f"/item/{number}"} for number, thing in enumerate(things(0, 4))))}
    fetcher = InMemoryFetcher(pages)
    await run(GoalRequest(url=SHOP, fields=parse_fields("name,price")), fetcher)
    assert fetcher.asked == [SHOP]


async def test_a_list_that_leads_back_to_itself_ends():
    pages = {
        SHOP: listing(*things(0, 5), next_url=f"{SHOP}?page=2"),
        f"{SHOP}?page=2": listing(*things(5, 10), next_url=SHOP),
    }
    fetcher = InMemoryFetcher(pages)
    ending, _ = await run(GoalRequest(url=SHOP, max_results=100), fetcher)
    assert len(ending.records) == 10
    assert len(fetcher.asked) == 2


async def test_an_endless_calendar_ends_at_its_first_page_that_says_nothing_new():
    pages = {f"{SHOP}?month={n}": listing(*things(0, 3), next_url=f"{SHOP}?month={n + 1}") for n in range(1, 300)}
    fetcher = InMemoryFetcher(pages)
    ending, _ = await run(GoalRequest(url=f"{SHOP}?month=1", max_results=100), fetcher)
    assert len(ending.records) == 3
    assert len(fetcher.asked) == 2


async def test_a_next_page_on_another_site_is_an_advertisement():
    pages = {SHOP: listing(*things(0, 3), next_url="http://ads.test/next")}
    fetcher = InMemoryFetcher(pages)
    await run(GoalRequest(url=SHOP, max_results=100), fetcher)
    assert fetcher.asked == [SHOP]


async def test_a_front_page_leads_to_the_listing_that_the_goal_names():
    front = (
        '<html><body><a href="/about">About us</a><a href="/list">All things</a><a href="http://x.test/things">x</a>'
    )
    pages = shop(1) | {"http://shop.test/": front}
    request = GoalRequest(goal="things", url="http://shop.test/", plan=plan())
    fetcher = InMemoryFetcher(pages)
    ending, journal = await run(request, fetcher)
    assert len(ending.records) == 10
    assert fetcher.asked == ["http://shop.test/", SHOP]
    assert any("thing" in task.reason for task in journal.tasks.values())


async def test_a_front_page_without_such_links_is_helped_by_the_sites_map():
    pages = {
        "http://shop.test/": "<html><body>Welcome</body></html>",
        "http://shop.test/things": listing(*things(0, 9)),
    }
    fetcher = InMemoryFetcher(pages, sitemap=["http://shop.test/imprint", "http://shop.test/things"])
    request = GoalRequest(goal="things", plan=plan(sources=("http://shop.test/",)))
    ending, _ = await run(request, fetcher, InMemorySearch())
    assert len(ending.records) == 9
    assert fetcher.asked == ["http://shop.test/", "http://shop.test/things"]


async def test_a_preview_stops_once_sources_are_known():
    fetcher = InMemoryFetcher({})
    search = InMemorySearch({}, everything=["http://a.test/", "http://b.test/"])
    request = GoalRequest(goal="30 dentists in Leeds with phone", preview=True)
    ending, journal = await run(request, fetcher, search)
    assert ending.reason is Reason.SOURCES_EXHAUSTED
    assert fetcher.asked == []
    assert journal.plan.entity == "dentist"
    assert len(journal.tasks) == 2
    assert len(search.asked) == 1


async def test_the_count_that_a_goal_names_counts_where_the_caller_gave_none():
    search = InMemorySearch({}, everything=[SHOP])
    goal = "find 25 things with name and price"
    for request, found in (
        (GoalRequest(goal=goal, max_is_default=True), 25),
        (GoalRequest(goal=goal, max_results=7), 7),
        (GoalRequest(goal=goal, max_results=10), 10),
    ):
        ending, _ = await run(request, InMemoryFetcher(shop(3)), search)
        assert len(ending.records) == found


async def test_at_most_six_pages_are_read_at_once():
    pages = {f"http://site{n}.test/": listing(*things(n, n + 1)) for n in range(10)}
    fetcher = InMemoryFetcher(pages, slow=dict.fromkeys(pages, 0.01))
    await run(GoalRequest(goal="t", max_results=50, plan=plan("q")), fetcher, InMemorySearch({"q": list(pages)}))
    assert fetcher.most_at_once == 6


async def test_conditions_are_looked_up_on_detail_pages():
    rows = [{**thing, "_detail": f"/item/{number}"} for number, thing in enumerate(things(0, 3))]
    pages = {SHOP: listing(*rows)}
    pages |= {
        "http://shop.test/item/0": detail(name="Thing 0"),
        "http://shop.test/item/1": detail(name="Thing 1", rating=3.0),
    }
    pages |= {"http://shop.test/item/2": detail(name="Thing 2", rating=4.8)}
    condition = Condition(field="rating", comparison=Comparison.AT_LEAST, value=4.0, text="4+ stars")
    request = GoalRequest(
        goal="t", plan=plan(sources=(SHOP,), fields="name,price,rating", conditions=(condition,)), max_results=10
    )
    ending, _ = await run(request, InMemoryFetcher(pages), InMemorySearch())
    assert [record.values()["name"] for record in ending.records] == ["Thing 2"]
    assert [record.values()["name"] for record in ending.apart] == ["Thing 0"]


async def test_a_place_that_a_list_leaves_open_is_looked_up_on_the_page_about_the_thing():
    rows = [
        {"name": "Thing 0", "_detail": "/item/0"},
        {"name": "Thing 1", "address": "1 Mill Rd, Leeds", "_detail": "/item/1"},
    ]
    pages = {
        SHOP: listing(*rows),
        "http://shop.test/item/0": detail(name="Thing 0", address="2 Mill Rd, Leeds LS1 4AB"),
    }
    place = Condition(field="address", comparison=Comparison.IN, value="Leeds")
    fields = parse_fields("name,address")
    asked = msgspec.structs.replace(plan(sources=(SHOP,), conditions=(place,)), fields=fields)
    fetcher = InMemoryFetcher(pages)
    ending, _ = await run(GoalRequest(goal="t", plan=asked), fetcher, InMemorySearch())
    assert [record.values()["name"] for record in ending.records] == ["Thing 0", "Thing 1"]
    assert "http://shop.test/item/1" not in fetcher.asked


async def test_learned_extractors_reach_the_next_page_of_their_site_and_the_journal(monkeypatch):
    taught = Template(id="t", site="shop.test", many=True, asked=(), proofs=1)
    asked = []

    def reader(page, ask):
        asked.append(ask.templates)
        return msgspec.structs.replace(read_json(page, ask), template=taught if page.url == SHOP else None)

    monkeypatch.setattr("agent.reading.read", reader)
    _, journal = await run(GoalRequest(url=SHOP, max_results=100), InMemoryFetcher(shop(2)))
    assert asked == [(), (taught,)]
    assert journal.templates == {"t": taught}
