"""Webhooks of tasks, replays, pings and rotated secrets: on both databases, with the clock in the test's hands."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from store_support import START, ManualClock, ScriptedAgent, executor_of

from domain.accounts import Account
from domain.errors import Conflict, InvalidInput, NotFound, UnsafeUrl
from domain.flows import FlowChange, FlowDraft, FlowStatus
from domain.ids import new_id
from domain.requests import GoalRequest
from domain.runs import Run
from domain.webhooks import (
    MAX_KEPT_BODY,
    SCHEDULE_S,
    DeliveryStatus,
    Posted,
    TaskKind,
    WatchedTask,
    Webhook,
    WebhookEvent,
)
from services.credits import list_transactions
from services.deliveries import (
    deliveries_of,
    get_delivery,
    list_attempts,
    list_deliveries,
    ping,
    replay_delivery,
    wait_for_try,
)
from services.flows import change_flow, create_flow, delete_flow, start_flow
from services.keys import OWNER_ACCOUNT
from services.results import find_result
from services.runs import delete_run, submit_run
from services.schedules import NewSchedule, create_schedule, delete_schedule
from services.service import Service
from services.webhook_secrets import MAX_RETIRED, rotate_secret, signing_secrets
from services.webhooks import (
    create_webhook,
    delete_webhook,
    enqueue_end,
    enqueue_event,
    get_webhook,
    list_webhooks,
)
from workers.webhooks import Deliverer

HOOK = "https://hooks.example/forage"
OTHER = "https://other.example/forage"


class Receiver:
    """Answers what it is told to, and keeps what it got."""

    def __init__(self, *answers: Posted) -> None:
        self.answers = list(answers)
        self.got: list[tuple[str, bytes, dict[str, str]]] = []

    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Posted:
        self.got.append((url, body, headers))
        return self.answers.pop(0) if self.answers else Posted(status=204)


def task_of(run: Run) -> WatchedTask:
    return WatchedTask(kind=TaskKind.RUN, id=run.id, name=f"job_{run.id}")


async def queued(service: Service) -> Run:
    return await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="things"))


async def end(service: Service, run: Run) -> Run:
    return await executor_of(service, ScriptedAgent(1)).execute(OWNER_ACCOUNT, run.id)


async def watched(service: Service, *urls: str) -> tuple[Run, list[Webhook]]:
    run = await queued(service)
    return run, [await create_webhook(service, OWNER_ACCOUNT, task_of(run), url=url) for url in urls]


def signatures(secret: str, headers: dict[str, str], body: bytes) -> str:
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


async def test_two_webhooks_of_a_task_each_get_its_end_once_even_if_the_ending_is_told_again(service: Service):
    run, _ = await watched(service, HOOK, OTHER)
    done = await end(service, run)
    [first, second] = await deliveries_of(service, OWNER_ACCOUNT, run.id)
    async with service.database.write() as uow:
        await enqueue_end(uow, done, event=int(first.event), now=service.clock.now())
    receiver = Receiver()
    deliverer = Deliverer(service, receiver)
    assert await deliverer.deliver_due() == 2
    assert await deliverer.deliver_due() == 0
    assert sorted(url for url, _, _ in receiver.got) == [HOOK, OTHER]
    assert {first.event, second.event} == {first.event}
    assert [delivery.status for delivery in await deliveries_of(service, OWNER_ACCOUNT, run.id)] == [
        DeliveryStatus.DELIVERED
    ] * 2


async def test_a_third_webhook_is_refused_also_when_all_come_at_once(service: Service):
    run = await queued(service)
    tries = [create_webhook(service, OWNER_ACCOUNT, task_of(run), url=f"{HOOK}/{number}") for number in range(5)]
    made = await asyncio.gather(*tries, return_exceptions=True)
    assert len([one for one in made if isinstance(one, Webhook)]) == 2
    assert len([one for one in made if isinstance(one, Conflict) and "2 webhooks" in one.message]) == 3
    kept = (await list_webhooks(service, OWNER_ACCOUNT, limit=10, task=task_of(run))).items
    await delete_webhook(service, OWNER_ACCOUNT, kept[0].id)
    assert await create_webhook(service, OWNER_ACCOUNT, task_of(run), url=HOOK)


async def test_a_webhook_needs_a_task_of_its_own_account_and_a_url_that_may_be_reached(service: Service):
    run = await queued(service)
    stranger = Account(id=new_id(), name="stranger", created_at=START)
    async with service.database.write() as uow:
        await uow.accounts.add(stranger, webhook_secret="whsec_dGVzdHM=")
    for kind in TaskKind:
        with pytest.raises(NotFound):
            await create_webhook(service, OWNER_ACCOUNT, WatchedTask(kind=kind, id=new_id(), name="x"), url=HOOK)
    with pytest.raises(NotFound):
        await create_webhook(service, stranger.id, task_of(run), url=HOOK)
    for url in ("http://10.0.0.1/", "http://localhost/", "ftp://hooks.example/"):
        with pytest.raises(UnsafeUrl):
            await create_webhook(service, OWNER_ACCOUNT, task_of(run), url=url)
    webhook = await create_webhook(service, OWNER_ACCOUNT, task_of(run), url=HOOK)
    await end(service, run)
    [delivery] = await deliveries_of(service, OWNER_ACCOUNT, run.id)
    for act in (get_webhook, delete_webhook):
        with pytest.raises(NotFound):
            await act(service, stranger.id, webhook.id)
    for act in (get_delivery, replay_delivery):
        with pytest.raises(NotFound):
            await act(service, stranger.id, delivery.id)
    with pytest.raises(NotFound):
        await ping(service, stranger.id, webhook_id=webhook.id)
    assert (await list_deliveries(service, stranger.id, limit=10)).items == ()
    assert await list_attempts(service, stranger.id, delivery.id) == []


async def test_410_disables_a_webhook_and_ends_what_is_on_its_way_until_a_ping_is_taken(
    service: Service, clock: ManualClock
):
    run, [webhook] = await watched(service, HOOK)
    await end(service, run)
    deliverer = Deliverer(service, Receiver(Posted(status=500), Posted(status=410)))
    await deliverer.deliver_due()
    [waiting] = await deliveries_of(service, OWNER_ACCOUNT, run.id)
    assert waiting.status is DeliveryStatus.PENDING
    await ping(service, OWNER_ACCOUNT, webhook_id=webhook.id)
    await deliverer.deliver_due()
    disabled = await get_webhook(service, OWNER_ACCOUNT, webhook.id)
    assert disabled.disabled_at == clock.now()
    assert (await get_delivery(service, OWNER_ACCOUNT, waiting.id)).status is DeliveryStatus.DEAD

    async with service.database.write() as uow:
        done = await uow.runs(OWNER_ACCOUNT).get(run.id)
        assert done is not None
        await enqueue_end(uow, done, event=99, now=clock.now())
    assert len(await deliveries_of(service, OWNER_ACCOUNT, run.id)) == 1  # nothing new goes to a disabled one

    tested = await ping(service, OWNER_ACCOUNT, webhook_id=webhook.id)
    await Deliverer(service, Receiver()).deliver_due()
    assert (await get_delivery(service, OWNER_ACCOUNT, tested.id)).status is DeliveryStatus.DELIVERED
    assert (await get_webhook(service, OWNER_ACCOUNT, webhook.id)).disabled_at is None


async def test_a_dead_letter_is_replayed_under_its_id_with_ten_more_tries(service: Service, clock: ManualClock):
    run, _ = await watched(service, HOOK)
    await end(service, run)
    [delivery] = await deliveries_of(service, OWNER_ACCOUNT, run.id)
    with pytest.raises(Conflict):
        await replay_delivery(service, OWNER_ACCOUNT, delivery.id)
    receiver = Receiver(*[Posted(status=500)] * 20)
    deliverer = Deliverer(service, receiver)
    for round_ in range(2):
        for pause in (0.0, *SCHEDULE_S):
            clock.advance(pause * 1.1 + 1)
            assert await deliverer.deliver_due() == 1, (round_, pause)
            assert await deliverer.deliver_due() == 0, (round_, pause)
        assert (await get_delivery(service, OWNER_ACCOUNT, delivery.id)).status is DeliveryStatus.DEAD
        replayed = await replay_delivery(service, OWNER_ACCOUNT, delivery.id)
        assert (replayed.status, replayed.finished_at) == (DeliveryStatus.PENDING, None)
    assert await deliverer.deliver_due() == 1
    taken = await get_delivery(service, OWNER_ACCOUNT, delivery.id)
    assert (taken.status, taken.attempts, taken.finished_at) == (DeliveryStatus.DELIVERED, 21, clock.now())
    assert [attempt.number for attempt in await list_attempts(service, OWNER_ACCOUNT, delivery.id)] == list(
        range(1, 22)
    )
    assert {headers["webhook-id"] for _, _, headers in receiver.got} == {f"msg_{delivery.id}"}
    assert len({body for _, body, _ in receiver.got}) == 1  # what is sent never changes


async def test_one_that_was_taken_can_be_sent_again(service: Service):
    run, _ = await watched(service, HOOK)
    await end(service, run)
    receiver = Receiver()
    deliverer = Deliverer(service, receiver)
    await deliverer.deliver_due()
    [delivery] = (await list_deliveries(service, OWNER_ACCOUNT, limit=10, status=DeliveryStatus.DELIVERED)).items
    await replay_delivery(service, OWNER_ACCOUNT, delivery.id)
    assert await deliverer.deliver_due() == 1
    assert [body for _, body, _ in receiver.got] == [receiver.got[0][1]] * 2


async def test_a_rotated_secret_signs_along_for_a_day(service: Service, clock: ManualClock):
    [old] = await signing_secrets(service, OWNER_ACCOUNT)
    made = await rotate_secret(service, OWNER_ACCOUNT)
    assert made.secret != old
    assert len(base64.b64decode(made.secret.removeprefix("whsec_"))) == 24
    receiver = Receiver()
    deliverer = Deliverer(service, receiver)
    for seconds in (0, 24 * 3600 - 1, 1):
        clock.advance(seconds)
        await ping(service, OWNER_ACCOUNT, url=HOOK)
        await deliverer.deliver_due()
    expected = [
        [signatures(secret, headers, body) for secret in secrets]
        for secrets, (_, body, headers) in zip(
            ([made.secret, old], [made.secret, old], [made.secret]), receiver.got, strict=True
        )
    ]
    assert [headers["webhook-signature"].split(" ") for _, _, headers in receiver.got] == expected


async def test_rotating_without_end_is_refused_until_the_first_ones_have_expired(service: Service, clock: ManualClock):
    for _ in range(MAX_RETIRED):
        await rotate_secret(service, OWNER_ACCOUNT)
    with pytest.raises(Conflict):
        await rotate_secret(service, OWNER_ACCOUNT)
    assert len(await signing_secrets(service, OWNER_ACCOUNT)) == MAX_RETIRED + 1
    clock.advance(24 * 3600)
    await rotate_secret(service, OWNER_ACCOUNT)
    assert len(await signing_secrets(service, OWNER_ACCOUNT)) == 2


async def test_a_ping_is_tried_once_and_tells_who_waits_how_it_went(service: Service):
    sent = await ping(service, OWNER_ACCOUNT, url=HOOK)
    waiting = asyncio.create_task(wait_for_try(service, OWNER_ACCOUNT, sent.id, 10))
    receiver = Receiver(Posted(status=503, detail="later", retry_after_s=5))
    await Deliverer(service, receiver).deliver_due()
    told = await waiting
    assert (told.status, told.attempts) == (DeliveryStatus.DEAD, 1)
    [attempt] = await list_attempts(service, OWNER_ACCOUNT, sent.id)
    assert (attempt.status, attempt.detail) == (503, "later")
    body = json.loads(receiver.got[0][1])
    assert body == {"type": "ping", "createdAt": int(START.timestamp() * 1000), "payload": {}, "taskId": None}
    with pytest.raises(UnsafeUrl):
        await ping(service, OWNER_ACCOUNT, url="http://127.0.0.2/")
    with pytest.raises(InvalidInput):
        await ping(service, OWNER_ACCOUNT, url=" ")


async def test_deleting_a_webhook_or_its_task_ends_what_is_on_its_way(service: Service):
    run, [webhook] = await watched(service, HOOK)
    await end(service, run)
    await delete_webhook(service, OWNER_ACCOUNT, webhook.id)
    receiver = Receiver()
    assert await Deliverer(service, receiver).deliver_due() == 0
    [delivery] = await deliveries_of(service, OWNER_ACCOUNT, run.id)
    assert delivery.status is DeliveryStatus.DEAD
    await replay_delivery(service, OWNER_ACCOUNT, delivery.id)
    await Deliverer(service, receiver).deliver_due()
    [attempt] = await list_attempts(service, OWNER_ACCOUNT, delivery.id)
    assert attempt.detail == "the webhook was deleted"
    assert receiver.got == []

    run, _ = await watched(service, HOOK)
    await end(service, run)
    await delete_run(service, OWNER_ACCOUNT, run.id)
    assert (await list_webhooks(service, OWNER_ACCOUNT, limit=10)).items == ()
    assert await deliveries_of(service, OWNER_ACCOUNT, run.id) == []


class Change(msgspec.Struct, frozen=True):
    field: str
    to: Any


async def test_an_event_of_anything_goes_out_once_and_is_sent_as_it_was_when_it_happened(service: Service):
    pool_id = new_id()

    async def tell(url: str = HOOK, key: str = "1", to: Any = 5) -> bool:
        async with service.database.write() as uow:
            return await enqueue_event(
                uow,
                service,
                OWNER_ACCOUNT,
                url=url,
                type=WebhookEvent.POOL_CHANGED,
                subject_id=pool_id,
                event_key=key,
                body=Change("price", to),
            )

    told = [await tell(), await tell(to=6), await tell(key="2"), await tell(url=OTHER)]
    assert told == [True, False, True, True]
    with pytest.raises(InvalidInput):
        await tell(key="3", to="x" * MAX_KEPT_BODY)
    receiver = Receiver()
    assert await Deliverer(service, receiver).deliver_due() == 3
    assert {body for _, body, _ in receiver.got} == {b'{"field":"price","to":5}'}


async def test_a_url_that_is_gone_hears_of_its_pool_no_more_until_a_replay_is_taken(service: Service):
    pool_id = new_id()

    async def tell(key: str, url: str = HOOK) -> bool:
        told = {"type": WebhookEvent.POOL_CHANGED, "subject_id": pool_id, "event_key": key, "body": Change("x", 1)}
        async with service.database.write() as uow:
            return await enqueue_event(uow, service, OWNER_ACCOUNT, url=url, **told)

    assert await tell("1")
    await Deliverer(service, Receiver(Posted(status=410))).deliver_due()
    assert [await tell("2"), await tell("2", OTHER)] == [False, True]
    [dead] = (await list_deliveries(service, OWNER_ACCOUNT, limit=10, status=DeliveryStatus.DEAD)).items
    await replay_delivery(service, OWNER_ACCOUNT, dead.id)
    await Deliverer(service, Receiver()).deliver_due()
    assert await tell("3")


async def test_deliveries_are_listed_newest_first_in_pages_by_status(service: Service):
    sent = [await ping(service, OWNER_ACCOUNT, url=f"{HOOK}/{number}") for number in range(5)]
    await Deliverer(service, Receiver(Posted(status=500))).deliver_due()
    ids, cursor = [], ""
    while cursor is not None:
        page = await list_deliveries(service, OWNER_ACCOUNT, limit=2, cursor=cursor)
        ids += [delivery.id for delivery in page.items]
        cursor = page.next_cursor
    assert ids == [delivery.id for delivery in reversed(sent)]
    dead = await list_deliveries(service, OWNER_ACCOUNT, limit=10, status=DeliveryStatus.DEAD)
    assert len(dead.items) == 1


async def test_a_flows_and_a_schedules_webhooks_hear_of_their_runs_and_go_with_them(service: Service):
    flow = await create_flow(service, OWNER_ACCOUNT, FlowDraft(name="things", url="https://shop.example/"))
    await change_flow(service, OWNER_ACCOUNT, flow.id, FlowChange(status=FlowStatus.ACTIVE))
    asked = NewSchedule(name="things", cron="0 * * * *", flow_id=flow.id)
    schedule = await create_schedule(service, OWNER_ACCOUNT, asked)
    names = {TaskKind.FLOW: f"flow-{flow.id}", TaskKind.SCHEDULE: f"sched_{schedule.id}"}
    for kind, id_ in ((TaskKind.FLOW, flow.id), (TaskKind.SCHEDULE, schedule.id)):
        await create_webhook(service, OWNER_ACCOUNT, WatchedTask(kind=kind, id=id_, name=names[kind]), url=HOOK)
    run = await start_flow(service, OWNER_ACCOUNT, flow.id, schedule_id=schedule.id)
    await end(service, run)
    receiver = Receiver()
    await Deliverer(service, receiver).deliver_due()
    told = [json.loads(body) for _, body, _ in receiver.got]
    assert sorted(body["taskId"] for body in told) == sorted(names.values())
    assert {body["payload"]["resultId"] for body in told} == {f"run-{run.id}"}
    task = WatchedTask(kind=TaskKind.SCHEDULE, id=schedule.id, name=names[TaskKind.SCHEDULE])
    assert (await find_result(service, OWNER_ACCOUNT, task)).id == run.id

    await delete_schedule(service, OWNER_ACCOUNT, schedule.id)
    await delete_flow(service, OWNER_ACCOUNT, flow.id)
    assert (await list_webhooks(service, OWNER_ACCOUNT, limit=10)).items == ()


async def test_a_webhook_request_that_was_taken_is_charged_once_and_one_that_failed_is_not(service: Service):
    metered = replace(service, metered=True)
    run, _ = await watched(metered, HOOK, OTHER)
    await end(service, run)
    deliverer = Deliverer(metered, Receiver(Posted(status=200), Posted(status=500)))
    await deliverer.deliver_due()
    await deliverer.deliver_due()

    async def charged() -> list[int]:
        moved = (await list_transactions(metered, OWNER_ACCOUNT, limit=50)).items
        return [one.movement.books.spent for one in moved if one.movement.note == "webhook request"]

    assert await charged() == [metered.prices.webhook_request]
    [delivery] = (await list_deliveries(metered, OWNER_ACCOUNT, limit=10, status=DeliveryStatus.DELIVERED)).items
    await replay_delivery(metered, OWNER_ACCOUNT, delivery.id)
    await deliverer.deliver_due()
    assert await charged() == [metered.prices.webhook_request] * 2  # a replay is a request of its own
