"""Widgets and comparisons on both databases: who begins a check, what it counts for, what is left behind."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from typing import Any

import msgspec
import pytest
from PIL import Image
from store_support import START, ManualClock, opened_service, page_of, source

from agent.pursuits import pursue
from domain.captures import CaptureRequest, CaptureResult
from domain.credits import CreditPlan, charge
from domain.diffs import Comparison
from domain.egress import EgressPolicy
from domain.errors import NotFound
from domain.ids import new_id
from domain.pages import FetchOutcome, FetchRequest, Page
from domain.runs import Run, RunKind, RunStatus, TerminationReason
from domain.widgets import Day, Health, Widget, WidgetType, checked_by, percent, uptime
from fetch.offload import InlineOffload
from services import diffs as diffs_module
from services.blobs import sweep_blobs
from services.captures import AskedCapture, request_capture
from services.credits import get_balance
from services.diffs import compare_captures
from services.keys import OWNER_ACCOUNT, make_webhook_secret, new_account
from services.runs import delete_run, list_runs
from services.service import Service
from services.widgets import (
    Shown,
    create_widget,
    delete_widget,
    get_widget,
    list_widgets,
    read_widget_picture,
    show_widget,
)
from workers.executor import Executor

SITE = "https://shop.example/"


def png(colour: str = "white") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (20, 10), colour).save(written, format="PNG")
    return written.getvalue()


class Web:
    def __init__(self) -> None:
        self.outcome = FetchOutcome.OK
        self.picture = png()

    async def fetch(self, request: FetchRequest) -> Page:
        page = page_of(msgspec.structs.replace(source(new_id(), 0), url=request.url))
        fault = "" if self.outcome is FetchOutcome.OK else "No answer."
        return msgspec.structs.replace(page, outcome=self.outcome, elapsed_ms=42, detail=fault)

    async def capture(self, request: CaptureRequest, scope: str, deadline_s: float) -> CaptureResult:
        if self.outcome is not FetchOutcome.OK:
            return CaptureResult(outcome=self.outcome, detail="No answer.")
        return CaptureResult(
            outcome=FetchOutcome.OK, image=self.picture, media_type="image/png", width=20, height=10, elapsed_ms=900
        )


class Tools(msgspec.Struct):
    fetcher: Any
    clock: ManualClock
    offload: InlineOffload


@pytest.fixture
def web() -> Web:
    return Web()


async def looked(service: Service, widget: Widget) -> Shown:
    return await show_widget(service, widget.token, widget.type)


async def worked(service: Service, web: Web, widget: Widget) -> Widget:
    """The widget after its run has been executed."""
    tools: Any = Tools(web, service.clock, InlineOffload())  # ty: ignore[invalid-argument-type]
    widget = await get_widget(service, widget.account_id, widget.id)
    await Executor(service, tools, pursue, name=new_id()).execute(widget.account_id, widget.run_id)
    return await get_widget(service, widget.account_id, widget.id)


async def badge(service: Service, account_id: str = OWNER_ACCOUNT) -> Widget:
    return await create_widget(service, account_id, type_=WidgetType.BADGE, url=SITE)


async def runs_of(service: Service, kind: RunKind) -> list[Run]:
    return list((await list_runs(service, OWNER_ACCOUNT, limit=50, kind=kind)).items)


async def test_a_look_begins_a_check_once_in_five_minutes_and_only_a_look_does(
    service: Service, web: Web, clock: ManualClock
):
    widget = await badge(service)
    assert await runs_of(service, RunKind.FETCH) == []
    await looked(service, widget)
    assert (await worked(service, web, widget)).health is Health.UP
    clock.advance(299)
    await looked(service, widget)
    assert len(await runs_of(service, RunKind.FETCH)) == 1
    clock.advance(1)
    shown = await looked(service, widget)
    assert shown.widget.health is Health.UP  # what was found last, until the new check ends
    assert (await worked(service, web, widget)).checked_at == START + dt.timedelta(seconds=300)
    assert (await get_widget(service, OWNER_ACCOUNT, widget.id)).impressions == 3


async def test_of_all_who_look_at_once_in_all_processes_one_begins_a_check(
    service: Service, database_url: str, tmp_path: Any, clock: ManualClock
):
    widget = await badge(service)
    async with opened_service(database_url, tmp_path / "blobs", clock=clock) as other:
        await asyncio.gather(*(looked(one, widget) for one in (service, other) for _ in range(5)))
    assert len(await runs_of(service, RunKind.FETCH)) == 1
    assert (await get_widget(service, OWNER_ACCOUNT, widget.id)).impressions == 10


async def test_a_badge_that_is_looked_at_all_day_leaves_one_run_and_its_pages_behind(
    service: Service, web: Web, clock: ManualClock
):
    widget = await badge(service)
    for number in range(4):
        web.outcome = FetchOutcome.UNREACHABLE if number == 1 else FetchOutcome.OK
        await looked(service, widget)
        await worked(service, web, widget)
        clock.advance(300)
    assert len(await runs_of(service, RunKind.FETCH)) == 1
    shown = await looked(service, widget)
    assert shown.days == (Day(START.date(), 4, 3),)
    assert percent(uptime(shown.days)) == "75.00 %"


async def test_days_are_told_apart_and_those_past_the_window_forgotten(service: Service, web: Web, clock: ManualClock):
    widget = await badge(service)
    for _ in range(3):
        await looked(service, widget)
        await worked(service, web, widget)
        clock.advance(86_400 * 50)
    days = (await looked(service, widget)).days
    assert [day.day for day in days] == [START.date() + dt.timedelta(days=100)]
    async with service.database.read() as uow:
        kept = await uow.widgets(OWNER_ACCOUNT).days(widget.id, START.date() - dt.timedelta(days=1))
    assert [day.day for day in kept] == [START.date() + dt.timedelta(days=number) for number in (50, 100)]


async def test_what_cannot_be_paid_for_is_not_checked_and_not_asked_for_again_at_every_look(
    service: Service, clock: ManualClock
):
    broke = new_account(service, "broke")
    async with service.database.write() as uow:
        await uow.accounts.add(broke, webhook_secret=make_webhook_secret())
    object.__setattr__(service, "metered", True)
    object.__setattr__(service, "new_plan", next(plan for plan in CreditPlan if plan is not CreditPlan.UNLIMITED))
    widget = await badge(service, broke.id)
    balance = await get_balance(service, broke.id)
    async with service.database.write() as uow:
        await uow.ledger(broke.id).post(charge(balance.available, key="all", note="all"), clock.now())
    assert (await looked(service, widget)).widget.run_id == ""
    assert not (await get_widget(service, broke.id, widget.id)).is_due(clock.now())


async def test_a_status_page_is_free_and_a_badge_is_paid_for_by_the_check(
    service: Service, web: Web, clock: ManualClock
):
    account = new_account(service, "payer")
    async with service.database.write() as uow:
        await uow.accounts.add(account, webhook_secret=make_webhook_secret())
    object.__setattr__(service, "metered", True)
    object.__setattr__(service, "new_plan", CreditPlan.FREE)
    status = await create_widget(service, account.id, type_=WidgetType.STATUS, url=SITE)
    before = await get_balance(service, account.id)
    await looked(service, status)
    assert (await get_balance(service, account.id)).held == 0
    status = await worked(service, web, status)
    assert (status.health, await get_balance(service, account.id)) == (Health.UP, before)
    paid = await badge(service, account.id)
    await looked(service, paid)
    assert (await get_balance(service, account.id)).held > 0
    await worked(service, web, paid)
    assert (await get_balance(service, account.id)).used_this_month > 0
    # With nothing left the status page is live all the same.
    left = (await get_balance(service, account.id)).available
    async with service.database.write() as uow:
        await uow.ledger(account.id).post(charge(left, key="all", note="all"), clock.now())
    clock.advance(301)
    assert (await looked(service, status)).widget.run_id != status.run_id


async def test_an_address_that_is_allowed_no_longer_is_shown_as_it_was_and_not_asked(
    service: Service, clock: ManualClock
):
    inside = await create_widget(service, OWNER_ACCOUNT, type_=WidgetType.STATUS, url="http://127.0.0.1:8080/")
    object.__setattr__(service, "policy", EgressPolicy())
    shown = await looked(service, inside)
    assert (shown.widget.health, shown.widget.run_id) == (Health.UNKNOWN, "")
    assert not shown.widget.is_due(clock.now())


async def test_a_picture_stays_the_widgets_when_its_run_is_deleted_and_goes_with_the_widget(
    service: Service, web: Web, clock: ManualClock
):
    widget = await create_widget(service, OWNER_ACCOUNT, type_=WidgetType.SCREENSHOT, url=SITE, refresh=1)
    await looked(service, widget)
    widget = await worked(service, web, widget)
    await delete_run(service, OWNER_ACCOUNT, widget.run_id)
    await sweep_blobs(service)
    assert await read_widget_picture(service, widget.token) == png()
    web.picture = png("navy")
    clock.advance(3_600)
    await looked(service, widget)
    newer = await worked(service, web, widget)
    await sweep_blobs(service)
    assert await read_widget_picture(service, widget.token) == png("navy")
    with pytest.raises(NotFound):
        await service.blobs.get(OWNER_ACCOUNT, widget.picture)
    await delete_run(service, OWNER_ACCOUNT, newer.run_id)
    await delete_widget(service, OWNER_ACCOUNT, widget.id)
    await sweep_blobs(service)
    with pytest.raises(NotFound):
        await service.blobs.get(OWNER_ACCOUNT, newer.picture)


async def test_where_no_picture_could_be_taken_the_one_before_is_shown(service: Service, web: Web, clock: ManualClock):
    widget = await create_widget(service, OWNER_ACCOUNT, type_=WidgetType.SCREENSHOT, url=SITE, refresh=1)
    await looked(service, widget)
    await worked(service, web, widget)
    web.outcome = FetchOutcome.TIMED_OUT
    clock.advance(3_600)
    await looked(service, widget)
    assert (await worked(service, web, widget)).detail == "No answer."
    assert await read_widget_picture(service, widget.token) == png()


async def test_a_widget_that_is_deleted_while_it_is_checked_harms_nothing(service: Service, web: Web):
    widget = await badge(service)
    await looked(service, widget)
    held = await get_widget(service, OWNER_ACCOUNT, widget.id)
    await delete_widget(service, OWNER_ACCOUNT, widget.id)
    tools: Any = Tools(web, service.clock, InlineOffload())  # ty: ignore[invalid-argument-type]
    run = await Executor(service, tools, pursue, name="late").execute(OWNER_ACCOUNT, held.run_id)
    assert run.status is RunStatus.COMPLETED
    assert (await list_widgets(service, OWNER_ACCOUNT, limit=5)).items == ()


@pytest.mark.parametrize(
    ("status", "reason", "outcome", "health"),
    [
        (RunStatus.COMPLETED, TerminationReason.SOURCES_EXHAUSTED, FetchOutcome.OK, Health.UP),
        (RunStatus.FAILED, TerminationReason.SOURCES_FAILED, FetchOutcome.UNREACHABLE, Health.DOWN),
        (RunStatus.FAILED, TerminationReason.SOURCES_FAILED, FetchOutcome.HTTP_ERROR, Health.DOWN),
        (RunStatus.FAILED, TerminationReason.SOURCES_FAILED, FetchOutcome.NOT_FOUND, Health.DOWN),
        (RunStatus.FAILED, TerminationReason.SOURCES_FAILED, FetchOutcome.TIMED_OUT, Health.DOWN),
        (RunStatus.FAILED, TerminationReason.SOURCES_FAILED, FetchOutcome.TOO_LARGE, Health.UP),
        (RunStatus.FAILED, TerminationReason.SOURCES_FAILED, FetchOutcome.BLOCKED, Health.UNKNOWN),
        (RunStatus.FAILED, TerminationReason.SOURCES_FAILED, None, Health.UNKNOWN),
        (RunStatus.FAILED, TerminationReason.WORKER_CRASHED, None, Health.UNKNOWN),
        (RunStatus.CANCELLED, TerminationReason.CANCELLED, None, Health.UNKNOWN),
    ],
)
def test_only_what_the_site_did_counts_against_it(
    status: RunStatus, reason: TerminationReason, outcome: FetchOutcome | None, health: Health
):
    run = Run(
        id=new_id(),
        account_id=OWNER_ACCOUNT,
        kind=RunKind.FETCH,
        status=status,
        request=CaptureRequest(url=SITE),
        created_at=START,
        termination_reason=reason,
    )
    assert checked_by(run, outcome, 5).health is health


def test_a_share_is_never_rounded_up_to_all():
    assert [percent(share) for share in (None, 100.0, 99.999, 0.0)] == ["no data", "100 %", "99.99 %", "0.00 %"]


async def test_only_the_newest_comparisons_are_kept_and_their_pictures_with_them(
    service: Service, web: Web, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(diffs_module, "MAX_KEPT", 2)
    tools: Any = Tools(web, service.clock, InlineOffload())  # ty: ignore[invalid-argument-type]
    ids = []
    for colour in ("white", "navy", "red", "green"):
        web.picture = png(colour)
        asked = AskedCapture(request=CaptureRequest(url=f"{SITE}{colour}"))
        capture = await request_capture(service, OWNER_ACCOUNT, asked)
        await Executor(service, tools, pursue, name=new_id()).execute(OWNER_ACCOUNT, capture.id)
        ids.append(capture.id)
    kept = [await compare_captures(service, OWNER_ACCOUNT, ids[0], other, threshold=0.1) for other in ids[1:]]
    assert [one.diff.comparison for one in kept] == [Comparison(pixels=200, compared=200, width=20, height=10)] * 3
    assert len({one.diff.number for one in kept}) == 3
    again = [await compare_captures(service, OWNER_ACCOUNT, ids[0], other, threshold=0.1) for other in ids[2:]]
    assert [one.cached for one in again] == [True, True]
    assert not (await compare_captures(service, OWNER_ACCOUNT, ids[0], ids[1], threshold=0.1)).cached
