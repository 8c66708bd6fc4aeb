"""Webhooks: signed, sent through the door, tried again, told."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from email.utils import format_datetime

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from store_support import START, ManualClock, ScriptedAgent, executor_of, until

from domain.accounts import Account
from domain.egress import EgressPolicy
from domain.ids import new_id
from domain.requests import GoalRequest
from domain.runs import Run
from domain.webhooks import SCHEDULE_S, Delivery, DeliveryStatus, Posted, after_try, sign
from fetch.egress.proxy import open_egress
from services.deliveries import deliveries_of, get_delivery, list_attempts, ping, wait_for_try
from services.keys import OWNER_ACCOUNT
from services.runs import delete_run, extend_run, submit_run
from services.service import Service
from workers.door import open_post, retry_after
from workers.webhooks import AT_ONCE, OF_ACCOUNT, TRY_LOST_S, Deliverer

URL = "https://hooks.example/forage"


class Receiver:
    """Answers what it is told to, and keeps what it got."""

    def __init__(self, *answers: Posted) -> None:
        self.answers = list(answers)
        self.got: list[tuple[str, bytes, dict[str, str]]] = []

    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Posted:
        self.got.append((url, body, headers))
        return self.answers.pop(0) if self.answers else Posted(status=204)


async def finished(service: Service) -> Run:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="things", webhook_url=URL))
    return await executor_of(service, ScriptedAgent(2)).execute(OWNER_ACCOUNT, run.id)


async def only(service: Service, run: Run) -> Delivery:
    [delivery] = await deliveries_of(service, OWNER_ACCOUNT, run.id)
    return delivery


def test_the_signature_is_the_one_that_standard_webhooks_publishes():
    signature = sign(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        dt.datetime.fromtimestamp(1614265330, dt.UTC),
        b'{"test": 2432232314}',
    )
    assert signature.value == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_the_results_go_out_once_signed_by_the_accounts_secret(service: Service):
    run, receiver = await finished(service), Receiver()
    deliverer = Deliverer(service, receiver)
    assert await deliverer.deliver_due() == 1
    assert await deliverer.deliver_due() == 0

    [(url, body, headers)] = receiver.got
    job = json.loads(body)
    assert url == URL
    assert (job["job_id"], job["status"], job["records_found"]) == (f"job_{run.id}", "completed", 3)
    assert len(job["records"]) == 3
    async with service.database.read() as uow:
        secret = await uow.accounts.webhook_secret(OWNER_ACCOUNT)
    assert secret is not None
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()
    delivery = await only(service, run)
    assert (delivery.status, delivery.attempts, delivery.finished_at) == (DeliveryStatus.DELIVERED, 1, START)


async def test_a_receiver_that_is_down_gets_ten_tries_and_the_same_id_and_then_it_is_dead(
    service: Service, clock: ManualClock
):
    run = await finished(service)
    receiver = Receiver(*[Posted(status=500, detail="down")] * 10)
    deliverer = Deliverer(service, receiver)
    for pause in (0.0, *SCHEDULE_S):
        clock.advance(pause * 1.1 + 1)
        assert await deliverer.deliver_due() == 1
        assert await deliverer.deliver_due() == 0  # not before its time
    clock.advance(30 * 24 * 3600)
    assert await deliverer.deliver_due() == 0

    delivery = await only(service, run)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.DEAD, 10)
    attempts = await list_attempts(service, OWNER_ACCOUNT, delivery.id)
    assert [attempt.number for attempt in attempts] == list(range(1, 11))
    assert {(attempt.status, attempt.detail) for attempt in attempts} == {(500, "down")}
    assert len({headers["webhook-id"] for _, _, headers in receiver.got}) == 1
    assert await list_attempts(service, "f" * 32, delivery.id) == []


@pytest.mark.parametrize("status", [0, 301, 302, 307, 400, 404, 429, 500, 503])
def test_anything_but_2xx_and_410_is_tried_again(status: int):
    assert after_try(Posted(status=status), 1, START, 0).status is DeliveryStatus.PENDING


def test_410_is_the_end_and_2xx_is_success():
    assert after_try(Posted(status=410), 1, START, 0).status is DeliveryStatus.DEAD
    for status in (200, 202, 204):
        assert after_try(Posted(status=status), 1, START, 0).status is DeliveryStatus.DELIVERED


@given(attempts=st.integers(1, 9), jitter=st.floats(0, 1), retry_after=st.none() | st.floats(0, 10**9, allow_nan=False))
def test_a_pause_is_never_under_the_schedule_nor_over_a_day_and_its_jitter(attempts, jitter, retry_after):
    posted = Posted(status=503, retry_after_s=retry_after)
    due = after_try(posted, attempts, START, jitter).due_at
    assert due is not None
    pause = (due - START).total_seconds()
    assert SCHEDULE_S[attempts - 1] - 0.001 <= pause <= 24 * 3600 * 1.1 + 0.001
    if retry_after is not None:
        assert pause >= min(retry_after, 24 * 3600) - 0.001


async def test_two_processes_do_not_send_one_delivery_at_the_same_time(service: Service):
    for _ in range(6):
        await finished(service)
    receiver = Receiver()
    sent = await asyncio.gather(*(Deliverer(service, receiver).deliver_due() for _ in range(4)))
    assert sum(sent) == len(receiver.got) == 6
    assert len({headers["webhook-id"] for _, _, headers in receiver.got}) == 6


async def test_a_receiver_that_answers_nothing_keeps_nobody_else_waiting(service: Service):
    other = Account(id=new_id(), name="other", created_at=START)
    async with service.database.write() as uow:
        await uow.accounts.add(other, webhook_secret="whsec_dGVzdHM=")
    stuck: list[str] = []

    async def post(url: str, body: bytes, headers: dict[str, str]) -> Posted:
        if url.startswith("https://dead.example"):
            stuck.append(url)
            await asyncio.Event().wait()
        return Posted(status=200)

    for number in range(AT_ONCE + OF_ACCOUNT):
        await ping(service, OWNER_ACCOUNT, url=f"https://dead.example/{number}")
    working = asyncio.create_task(Deliverer(service, post).keep_delivering())

    async def is_stuck() -> bool:
        return len(stuck) == OF_ACCOUNT

    await until(is_stuck, "the dead receiver has all that its account may have")
    sent = await ping(service, other.id, url=URL)
    assert (await wait_for_try(service, other.id, sent.id, 10)).status is DeliveryStatus.DELIVERED
    assert await is_stuck()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_a_fault_of_ours_in_one_delivery_is_its_outcome_and_the_others_go_on(service: Service):
    broken, whole = [await ping(service, OWNER_ACCOUNT, url=f"{URL}/{name}") for name in ("broken", "whole")]

    async def post(url: str, body: bytes, headers: dict[str, str]) -> Posted:
        if url.endswith("broken"):
            raise ZeroDivisionError
        return Posted(status=200)

    await Deliverer(service, post).deliver_due()
    [attempt] = await list_attempts(service, OWNER_ACCOUNT, broken.id)
    assert attempt.detail == "a fault of ours (ZeroDivisionError)"
    assert (await get_delivery(service, OWNER_ACCOUNT, whole.id)).status is DeliveryStatus.DELIVERED


async def test_a_try_whose_process_died_is_made_again(service: Service, clock: ManualClock):
    run = await finished(service)

    sending = asyncio.Event()

    async def hang(url: str, body: bytes, headers: dict[str, str]) -> Posted:
        sending.set()
        await asyncio.Event().wait()
        return Posted(status=200)

    dying = asyncio.create_task(Deliverer(service, hang).deliver_due())
    await sending.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    clock.advance(TRY_LOST_S + 1)
    assert await Deliverer(service, Receiver()).deliver_due() == 1
    assert (await only(service, run)).status is DeliveryStatus.DELIVERED


async def test_a_run_extended_before_its_results_went_out_tells_its_next_end_instead(
    service: Service, clock: ManualClock
):
    run = await finished(service)
    await extend_run(service, OWNER_ACCOUNT, run.id, max_results=100)
    receiver = Receiver()
    await Deliverer(service, receiver).deliver_due()
    assert receiver.got == []
    await executor_of(service, ScriptedAgent(2)).execute(OWNER_ACCOUNT, run.id)
    await Deliverer(service, receiver).deliver_due()
    assert len(receiver.got) == 1


async def test_deleting_a_run_takes_its_deliveries(service: Service):
    run = await finished(service)
    await delete_run(service, OWNER_ACCOUNT, run.id)
    assert await Deliverer(service, Receiver()).deliver_due() == 0


@pytest.fixture
async def hooks() -> AsyncIterator[tuple[str, list[str]]]:
    """A receiver on loopback, and the paths that it was asked for."""
    seen: list[str] = []

    async def take(request: web.Request) -> web.Response:
        seen.append(request.path)
        if request.path == "/moved":
            raise web.HTTPFound("/taken")
        if request.path == "/to":
            raise web.HTTPTemporaryRedirect(request.query["url"])
        if request.path == "/busy":
            return web.Response(status=503, headers={"Retry-After": "7"}, text="later")
        return web.Response(text=request.headers["webhook-id"])

    app = web.Application()
    app.router.add_post("/{tail:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield f"http://127.0.0.1:{port}", seen
    await runner.cleanup()


async def test_a_webhook_leaves_by_the_door_and_follows_no_redirect(hooks: tuple[str, list[str]]):
    base, seen = hooks
    headers = {"webhook-id": "msg_1"}
    policy = EgressPolicy.parse(base.removeprefix("http://"))
    async with open_egress(policy) as door, open_post(door.proxy_url) as post:
        assert (await post(f"{base}/taken", b"{}", headers)).status == 200
        assert (await post(f"{base}/moved", b"{}", headers)).status == 302
        busy = await post(f"{base}/busy", b"{}", headers)
        assert (busy.status, busy.detail, busy.retry_after_s) == (503, "later", 7.0)
    assert seen == ["/taken", "/moved", "/busy"]


async def test_a_webhook_does_not_reach_what_the_door_refuses(hooks: tuple[str, list[str]]):
    base, seen = hooks
    async with open_egress(EgressPolicy()) as door, open_post(door.proxy_url) as post:
        posted = await post(f"{base}/taken", b"{}", {})
    assert not 200 <= posted.status < 300
    assert seen == []
    gone = await _post_without_door(base)
    assert gone.status == 0
    assert seen == []


async def test_a_receiver_that_redirects_inside_leads_nobody_there(service: Service, hooks: tuple[str, list[str]]):
    base, seen = hooks
    inside: list[str] = []

    async def secret(request: web.Request) -> web.Response:
        inside.append(request.path)
        return web.Response(text="the crown jewels")

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", secret)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    target = f"http://127.0.0.1:{runner.addresses[0][1]}/admin"
    sent = await ping(service, OWNER_ACCOUNT, url=f"{base}/to?url={target}")
    # The door would let both through: it is the redirect that is not followed.
    async with open_egress(EgressPolicy.parse("127.0.0.1")) as door, open_post(door.proxy_url) as post:
        await Deliverer(service, post).deliver_due()
    await runner.cleanup()
    [attempt] = await list_attempts(service, OWNER_ACCOUNT, sent.id)
    assert (attempt.status, seen, inside) == (307, ["/to"], [])


def test_retry_after_is_understood_as_seconds_and_as_a_date():
    date = "Sat, 21 Nov 2026 09:00:00 GMT"
    later = "Sat, 21 Nov 2026 09:02:00 GMT"
    assert retry_after({"Retry-After": "120"}) == 120
    assert retry_after({"Retry-After": later, "Date": date}) == 120  # by the receiver's own clock
    assert retry_after({"Retry-After": date, "Date": later}) == 0
    near = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90), usegmt=True)
    assert retry_after({"Retry-After": near}) == pytest.approx(90, abs=10)
    for nonsense in ("", "soon", "-5", "1.5", "\u0665", "Sat, 99 Nov 2026"):
        assert retry_after({"Retry-After": nonsense}) is None
    assert retry_after({"Retry-After": "9" * 400}) is not None


async def _post_without_door(base: str) -> Posted:
    async with open_post("http://127.0.0.1:1") as post:
        return await post(f"{base}/taken", b"{}", {})
