"""Flows through the executor: a real browser, a real database, pages that need steps."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from aiohttp import web
from store_support import POLICY, ended, opened_service, until

from agent.pursuits import pursue
from agent.state import Ending, Journal, RunState, Tools
from domain.actions import Click, Extract, Navigate, Paginate, Screenshot, Select, Step, StepOutcome, Type, Wait
from domain.clock import SystemClock
from domain.errors import NotFound
from domain.events import EventType, RunEvent
from domain.evidence import Verdict
from domain.fields import parse_fields
from domain.requests import FlowMode, FlowRequest, PageFormat, ScrapeRequest
from domain.runs import Run, RunStatus, TerminationReason
from fetch.fetcher import FetchConfig
from fetch.offload import Offload
from fetch.open import open_fetcher
from services.blobs import sweep_blobs
from services.events import all_events
from services.keys import OWNER_ACCOUNT
from services.pages import get_page
from services.records import list_records
from services.runs import cancel_run, delete_run, submit_run
from services.screenshots import get_screenshot
from services.service import Service
from services.tasks import list_tasks
from workers.executor import Executor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

FIELDS = parse_fields("name,price:number")
PNG = b"\x89PNG\r\n\x1a\n"


@pytest_asyncio.fixture(loop_scope="module")
async def service(migrated_sqlite: Path, tmp_path: Path) -> AsyncIterator[Service]:
    shutil.copy(migrated_sqlite, tmp_path / "forage.sqlite3")
    url = f"sqlite:///{tmp_path / 'forage.sqlite3'}"
    async with opened_service(url, tmp_path / "blobs", clock=SystemClock()) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tools(chromium: str) -> AsyncIterator[Tools]:
    config = FetchConfig(policy=POLICY, browser_path=chromium, per_host_delay_s=0.0)
    async with Offload(1) as offload, open_fetcher(config, offload) as fetcher:
        yield Tools(fetcher=fetcher, search=None, models=None, offload=offload, clock=SystemClock())


Go = Callable[..., Awaitable[Run]]


@pytest.fixture
def go(service: Service, tools: Tools) -> Go:
    async def go(request: FlowRequest | ScrapeRequest) -> Run:
        run = await submit_run(service, OWNER_ACCOUNT, request, claim_by="here")
        return await Executor(service, tools, pursue, name="here").execute(OWNER_ACCOUNT, run.id)

    return go


def flow(url: str, *steps: Step, mode: FlowMode = FlowMode.INTERACT, **more) -> FlowRequest:
    asked = {"goal": "mugs", "fields": FIELDS, "max_results": 100} | more
    return FlowRequest(flow_id="f" * 32, flow_name="shop", mode=mode, url=url, steps=steps, **asked)


def rows(first: int, last: int) -> str:
    return "".join(
        f"<li class=mug><h3>Mug number {n}</h3><span class=price>&pound;{n + 10}.50</span></li>"
        for n in range(first, last)
    )


def shop(first: int, last: int, rest: str = "") -> str:
    return f"<html lang=en-GB><title>Mugs</title><body><main><ul>{rows(first, last)}</ul></main>{rest}</body></html>"


async def events_of(service: Service, run: Run, *types: EventType) -> list[RunEvent]:
    return [event for event in await all_events(service, OWNER_ACCOUNT, run.id) if event.type in types]


async def steps_of(service: Service, run: Run) -> list[tuple[int, str, str]]:
    told = await events_of(service, run, EventType.STEP_DONE, EventType.STEP_FAILED)
    return [(event.data["index"], event.data["type"], event.data["outcome"]) for event in told]  # ty: ignore


async def names(service: Service, run: Run) -> list[str]:
    listing = await list_records(service, OWNER_ACCOUNT, run.id, limit=1000)
    return [str(record.values()["name"]) for record in listing.items]


def mugs(first: int, last: int) -> list[str]:
    return [f"Mug number {n}" for n in range(first, last)]


LOGIN = """<body><form action=/login method=post><input name=user><input name=password type=password>
<button>Log in</button></form>"""


async def test_a_list_behind_a_login_is_read_and_the_password_is_told_nowhere(service: Service, go: Go, site) -> None:
    async def login(request: web.Request) -> web.StreamResponse:
        form = await request.post()
        answer = web.HTTPFound("/mugs")
        if form["password"] == "open sesame":
            answer.set_cookie("session", "yes")
        return answer

    async def listed(request: web.Request) -> web.Response:
        html = shop(0, 8) if request.cookies.get("session") else "<p>go away</p>"
        return web.Response(text=html, content_type="text/html")

    site.add("/login", login)
    site.add("/mugs", listed)
    run = await go(
        flow(
            site.add("/", LOGIN),
            Type(selector="[name=user]", text="ann"),
            Type(selector="[name=password]", text="open sesame", secret=True),
            Click(selector="button", label="log in"),
            Extract(),
            Screenshot(),
        )
    )
    assert (run.status, run.termination_reason) == (RunStatus.COMPLETED, TerminationReason.STEPS_DONE)
    assert await names(service, run) == mugs(0, 8)
    assert await steps_of(service, run) == [
        (-1, "navigate", "done"),
        (0, "type", "done"),
        (1, "type", "done"),
        (2, "click", "done"),
        (3, "extract", "done"),
        (4, "screenshot", "done"),
    ]
    told = msgspec.json.encode(await all_events(service, OWNER_ACCOUNT, run.id))
    assert b"sesame" not in told
    assert b"log in" in told
    assert run.spend.pages == 2
    assert run.spend.browser_ms > 0
    assert run.spend.worked_ms >= run.spend.browser_ms


async def test_records_of_steps_have_evidence_in_archived_pages(service: Service, go: Go, site) -> None:
    run = await go(flow(site.add("/plain", shop(0, 5)), Extract()))
    (task,) = await list_tasks(service, OWNER_ACCOUNT, run.id)
    records = (await list_records(service, OWNER_ACCOUNT, run.id, limit=10)).items
    assert [record.values() for record in records[:1]] == [{"name": "Mug number 0", "price": 10.5}]
    evidence = records[0].fields["price"].evidence[0]
    assert (evidence.page_id, evidence.verdict) == (task.page_id, Verdict.SUPPORTED)
    page = await get_page(service, OWNER_ACCOUNT, evidence.page_id)
    assert page.text[evidence.start : evidence.end] == evidence.quote


async def test_pages_that_a_button_draws_are_read_one_after_another_and_no_record_twice(
    service: Service, go: Go, site
) -> None:
    script = """<button id=on onclick="turn()">Load more</button><script>let n = 6; function turn() {
      for (let i = 0; i < 6; i++, n++) document.querySelector('ul').insertAdjacentHTML('beforeend',
        `<li class=mug><h3>Mug number ${n}</h3><span class=price>&pound;${n + 10}.50</span></li>`);
      if (n >= 18) document.getElementById('on').remove() }</script>"""
    run = await go(flow(site.add("/button", shop(0, 6, script)), Paginate(max_pages=9)))
    assert await names(service, run) == mugs(0, 18)
    tasks = await list_tasks(service, OWNER_ACCOUNT, run.id)
    assert [task.records_found for task in tasks] == [6, 12, 18]
    (told,) = [event for event in await events_of(service, run, EventType.STEP_DONE) if event.data["index"] == 0]
    assert told.data["detail"] == "3 pages read, 36 records"


async def test_numbered_pages_and_a_named_control_lead_on_until_they_end_or_enough_is_read(
    service: Service, go: Go, site
) -> None:
    for page in range(1, 5):
        on = f"<nav class=pager><a class=on rel=next href=/list{page + 1}>Next</a></nav>" if page < 4 else ""
        site.add(f"/list{page}", shop((page - 1) * 6, page * 6, on))
    url = f"{site.url}/list1"
    assert await names(service, await go(flow(url, Paginate(max_pages=10)))) == mugs(0, 24)
    assert await names(service, await go(flow(url, Paginate(selector="a.on", max_pages=10)))) == mugs(0, 24)
    assert await names(service, await go(flow(url, Paginate(max_pages=2)))) == mugs(0, 12)
    enough = await go(flow(url, Paginate(max_pages=10), max_results=9))
    assert await names(service, enough) == mugs(0, 9)
    assert len(await list_tasks(service, OWNER_ACCOUNT, enough.id)) == 2


async def test_a_failed_step_ends_the_run_with_what_was_found_and_names_itself(service: Service, go: Go, site) -> None:
    url = site.add("/half", shop(0, 5))
    run = await go(flow(url, Extract(), Select(selector="ul", value="x", label="sort"), Extract()))
    assert (run.status, run.termination_reason) == (RunStatus.PARTIAL, TerminationReason.STEP_FAILED)
    assert await names(service, run) == mugs(0, 5)
    assert (await steps_of(service, run))[-1] == (1, "select", "not_interactable")
    (ended,) = await events_of(service, run, EventType.ENDED)
    assert str(ended.data["detail"]).startswith("Step 2 (select “sort”): ")


async def test_an_unsafe_page_in_the_middle_is_refused(service: Service, go: Go, site) -> None:
    url = site.add("/out", "<a id=out href='http://10.0.0.1/'>out</a>")
    run = await go(flow(url, Click(selector="#out"), Extract()))
    assert (run.status, run.termination_reason) == (RunStatus.FAILED, TerminationReason.STEP_FAILED)
    assert (await steps_of(service, run))[-1] == (0, "click", "refused")


async def test_a_screenshot_is_kept_with_its_run_and_goes_with_it(service: Service, go: Go, site) -> None:
    run = await go(flow(site.add("/seen", shop(0, 3)), Screenshot(), Screenshot(full_page=True)))
    await sweep_blobs(service)
    first, second = [await get_screenshot(service, OWNER_ACCOUNT, run.id, number) for number in (1, 2)]
    assert first.startswith(PNG)
    assert second.startswith(PNG)
    told = (await events_of(service, run, EventType.STEP_DONE))[1].data["screenshot"]
    with pytest.raises(NotFound):
        await get_screenshot(service, OWNER_ACCOUNT, run.id, 3)
    with pytest.raises(NotFound):
        await get_screenshot(service, "0" * 32, run.id, 1)
    await delete_run(service, OWNER_ACCOUNT, run.id)
    assert isinstance(told, dict)
    assert not await service.blobs.has(OWNER_ACCOUNT, str(told["sha256"]))


async def test_steps_alone_read_nothing(service: Service, go: Go, site) -> None:
    run = await go(flow(site.add("/alone", shop(0, 5)), Click(selector="li")))
    assert (run.status, run.termination_reason, run.records_found) == (
        RunStatus.COMPLETED,
        TerminationReason.STEPS_DONE,
        0,
    )


@pytest.mark.parametrize("mode", [FlowMode.EXTRACT, FlowMode.MONITOR])
async def test_a_flow_that_only_reads_is_a_goal_on_its_page(service: Service, go: Go, site, mode: FlowMode) -> None:
    site.add("/more", shop(6, 12))
    url = site.add("/read", shop(0, 6, "<nav class=pager><a rel=next href=/more>Next</a></nav>"))
    run = await go(flow(url, Navigate(url=url), Extract(), mode=mode))
    assert run.status is RunStatus.COMPLETED
    assert await names(service, run) == mugs(0, 12)
    assert await steps_of(service, run) == []
    assert await names(service, await go(flow(url))) == mugs(0, 12)


async def test_a_run_whose_worker_died_takes_its_steps_again_and_no_record_comes_twice(
    service: Service, tools: Tools, site
) -> None:
    for page in (1, 2, 3):
        on = f"<nav class=pager><a rel=next href=/again{page + 1}>Next</a></nav>" if page < 3 else ""
        site.add(f"/again{page}", shop((page - 1) * 6, page * 6, on))
    request = flow(f"{site.url}/again1", Screenshot(), Paginate(max_pages=5), Extract())
    run = await submit_run(service, OWNER_ACCOUNT, request, claim_by="here")
    first = asyncio.Event()

    async def until_two_pages(state: RunState, tools: Tools, journal: Journal) -> Ending:
        class Noticing:
            """The journal, watched."""

            def __getattr__(self, name: str):
                return getattr(journal, name)

            async def task_done(self, result) -> None:
                await journal.task_done(result)
                if len(await list_tasks(service, OWNER_ACCOUNT, run.id)) == 2:
                    first.set()
                    await asyncio.Event().wait()

        return await pursue(state, tools, Noticing())  # ty: ignore[invalid-argument-type]

    lost = Executor(service, tools, until_two_pages, name="lost")
    assert await lost.offer(run.id)
    await asyncio.wait_for(first.wait(), 30)
    assert await names(service, run) == mugs(0, 12)
    await lost.stop()  # the run goes back to the queue with what it had
    again = await Executor(service, tools, pursue, name="next").execute(OWNER_ACCOUNT, run.id)
    assert again.termination_reason is TerminationReason.STEPS_DONE
    assert await names(service, run) == mugs(0, 18)
    records = (await list_records(service, OWNER_ACCOUNT, run.id, limit=100)).items
    assert len({record.id for record in records}) == 18
    told = [event.type for event in await all_events(service, OWNER_ACCOUNT, run.id)]
    assert EventType.RETRIED in told
    (warning,) = [
        event for event in await events_of(service, again, EventType.WARNING) if event.data["kind"] == "started_again"
    ]
    assert "from the first" in str(warning.data["message"])
    pictures = [event for event in await events_of(service, again, EventType.STEP_DONE) if "screenshot" in event.data]
    assert len(pictures) == 2
    assert (await get_screenshot(service, OWNER_ACCOUNT, run.id, 1)).startswith(PNG)


async def test_a_cancel_is_felt_in_the_middle_of_a_step(service: Service, tools: Tools, site) -> None:
    url = site.add("/long-wait", shop(0, 5))
    run = await submit_run(service, OWNER_ACCOUNT, flow(url, Extract(), Wait(ms=60_000)), claim_by="here")
    executor = Executor(service, tools, pursue, name="here")
    assert await executor.offer(run.id)

    async def is_read() -> bool:
        return bool(await names(service, run))

    await until(is_read, "the first step is done")
    await cancel_run(service, OWNER_ACCOUNT, run.id)
    await executor.beat()
    over = await ended(service, run.id)
    assert (over.status, over.termination_reason) == (RunStatus.CANCELLED, TerminationReason.CANCELLED)
    assert await names(service, run) == mugs(0, 5)


async def test_without_a_browser_a_flow_says_how_to_get_one(service: Service, site) -> None:
    async with Offload(1) as offload, open_fetcher(FetchConfig(policy=POLICY), offload) as fetcher:
        tools = Tools(fetcher=fetcher, search=None, models=None, offload=offload, clock=SystemClock())
        run = await submit_run(service, OWNER_ACCOUNT, flow(f"{site.url}/", Extract()), claim_by="here")
        run = await Executor(service, tools, pursue, name="here").execute(OWNER_ACCOUNT, run.id)
    assert (run.status, run.termination_reason) == (RunStatus.FAILED, TerminationReason.STEP_FAILED)
    assert "forage browser --install" in run.error


@pytest.mark.slow
async def test_a_hostile_page_ends_the_run_typed_and_in_time(service: Service, go: Go, site) -> None:
    url = site.add("/spin", "<button>go</button><script>onclick = () => { while (1) {} }</script>")
    run = await go(flow(url, Click(selector="button"), Extract()))
    assert run.termination_reason is TerminationReason.STEP_FAILED
    assert (await steps_of(service, run))[-1][2] in {StepOutcome.TIMED_OUT, StepOutcome.CRASHED}
    assert await names(service, await go(flow(site.add("/fine", shop(0, 4)), Extract()))) == mugs(0, 4)


ARTICLE = (
    "<html lang=en><title>On mugs</title><body><nav><a href=/>Home</a></nav><article><h1>On mugs</h1>"
    + "".join(f"<p>Paragraph {n} says a good deal about mugs, their handles and their glaze.</p>" for n in range(20))
    + "</article></body></html>"
)


@pytest.mark.parametrize(
    ("format_", "verdict", "begins"),
    [
        (PageFormat.MARKDOWN, Verdict.DERIVED, "# On mugs"),
        (PageFormat.TEXT, Verdict.SUPPORTED, "Home"),
        (PageFormat.HTML, Verdict.SUPPORTED, "<html lang=en>"),
    ],
)
async def test_a_scrape_gives_the_page_in_the_asked_format(
    service: Service, go: Go, site, format_: PageFormat, verdict: Verdict, begins: str
) -> None:
    url = site.add("/article", ARTICLE)
    run = await go(ScrapeRequest(url=url, format=format_))
    assert run.status is RunStatus.COMPLETED
    (record,) = (await list_records(service, OWNER_ACCOUNT, run.id, limit=10)).items
    values = record.values()
    assert (values["url"], values["title"], values["language"]) == (url, "On mugs", "en")
    assert str(values["content"]).lstrip().startswith(begins)
    assert "Paragraph 19" in str(values["content"])
    assert record.fields["content"].verdict is verdict
    evidence = record.fields["content"].evidence[0]
    page = await get_page(service, OWNER_ACCOUNT, evidence.page_id)
    if verdict is Verdict.SUPPORTED:
        layer = page.text if format_ is PageFormat.TEXT else page.html
        assert layer[evidence.start : evidence.end] == evidence.quote != ""


async def test_a_scrape_that_renders_shows_what_scripts_draw(service: Service, go: Go, site) -> None:
    url = site.add("/drawn", "<p id=p>" + "plain " * 100 + "</p><script>p.textContent = 'drawn by a script'</script>")
    for render, text in ((True, "drawn by a script"), (False, "plain plain")):
        run = await go(ScrapeRequest(url=url, format=PageFormat.TEXT, render=render))
        (record,) = (await list_records(service, OWNER_ACCOUNT, run.id, limit=10)).items
        assert text in str(record.values()["content"])


async def test_a_scrape_that_fails_says_how(service: Service, go: Go, site) -> None:
    run = await go(ScrapeRequest(url=f"{site.url}/not-there"))
    assert (run.status, run.termination_reason) == (RunStatus.FAILED, TerminationReason.SOURCES_FAILED)
    assert "404" in run.error
    (task,) = await list_tasks(service, OWNER_ACCOUNT, run.id)
    assert task.outcome == "not_found"


async def test_a_page_longer_than_a_record_may_be_is_cut_and_that_is_told(service: Service, go: Go, site) -> None:
    url = site.add("/long", "<title>Long</title><pre>" + "ä line of text\n" * 90_000 + "</pre>")
    run = await go(ScrapeRequest(url=url, format=PageFormat.TEXT))
    (record,) = (await list_records(service, OWNER_ACCOUNT, run.id, limit=10)).items
    assert 990_000 < len(str(record.values()["content"]).encode()) <= 1_000_000
    (warning,) = await events_of(service, run, EventType.WARNING)
    assert warning.data["kind"] == "content_cut"


async def test_a_run_stops_with_what_it_has_when_its_credits_are_used_up(service: Service, tools: Tools, site) -> None:
    url = site.add("/dear", shop(0, 5))
    request = msgspec.structs.replace(flow(url, Extract(), Extract(), Extract()), max_credits=0)
    run = await submit_run(service, OWNER_ACCOUNT, request, claim_by="here")
    run = await Executor(service, tools, pursue, name="here").execute(OWNER_ACCOUNT, run.id)
    assert run.termination_reason is TerminationReason.BUDGET
    assert run.spend.worked_ms > 0
