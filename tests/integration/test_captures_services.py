"""Pictures from the asking to the blob, on both databases: cache, pending, batches, links, what is left behind."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from typing import Any

import msgspec
import pytest
from alembic import command
from migration_support import migrated
from store_support import START, ManualClock

from agent.pursuits import pursue
from domain.captures import CaptureFormat, CaptureRequest, CaptureResult
from domain.errors import Gone, IdempotencyMismatch, InvalidInput, NotFound, RateLimited, UnsafeUrl
from domain.ids import new_id
from domain.pages import FetchOutcome
from domain.pictures import Capture, CaptureStatus
from domain.requests import GoalRequest
from domain.runs import RunStatus, TerminationReason
from fetch.offload import InlineOffload
from services.blobs import sweep_blobs
from services.capture_expiry import sweep_pictures
from services.captures import (
    AskedCapture,
    get_batch,
    get_capture,
    link_to,
    list_captures,
    open_link,
    read_picture,
    request_batch,
    request_capture,
)
from services.diffs import compare_captures
from services.keys import OWNER_ACCOUNT, make_webhook_secret, new_account
from services.runs import cancel_run, delete_run, submit_run
from services.service import Service
from workers.executor import Executor

PNG = b"\x89PNG\r\n\x1a\n a picture"
SHOP = CaptureRequest(url="https://shop.example/")


class Camera:
    """A fetcher that takes `answers` one by one, the last again and again."""

    def __init__(self, *answers: CaptureResult) -> None:
        self.answers = list(answers) or [taken()]
        self.asked: list[CaptureRequest] = []
        self.scopes: list[str] = []

    async def capture(self, request: CaptureRequest, scope: str, deadline_s: float) -> CaptureResult:
        self.asked.append(request)
        self.scopes.append(scope)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def taken(image: bytes = PNG) -> CaptureResult:
    return CaptureResult(
        outcome=FetchOutcome.OK, image=image, media_type="image/png", width=1280, height=800, elapsed_ms=1200
    )


class Studio(msgspec.Struct):
    fetcher: Any
    clock: ManualClock
    offload: InlineOffload = msgspec.field(default_factory=InlineOffload)


def studio(service: Service, camera: Camera) -> Executor:
    return Executor(service, Studio(camera, service.clock), pursue, name="studio")  # ty: ignore[invalid-argument-type]


async def asked(service: Service, request: CaptureRequest = SHOP, account_id: str = OWNER_ACCOUNT) -> Capture:
    return await request_capture(service, account_id, AskedCapture(request=request), origin="https://forage.example")


async def done(service: Service, camera: Camera, capture: Capture) -> Capture:
    executor = studio(service, camera)
    await executor.execute(capture.run.account_id, capture.id)
    return await get_capture(service, capture.run.account_id, capture.id)


@pytest.fixture
async def other_account(service: Service) -> str:
    account = new_account(service, "other")
    async with service.database.write() as uow:
        await uow.accounts.add(account, webhook_secret=make_webhook_secret())
    return account.id


async def test_a_picture_is_kept_with_the_end_of_its_run_and_scoped_to_its_account(service: Service):
    camera = Camera()
    capture = await asked(service)
    assert (capture.status, capture.picture, capture.origin) == (CaptureStatus.QUEUED, None, "https://forage.example")
    capture = await done(service, camera, capture)
    assert (capture.run.status, capture.run.termination_reason) == (RunStatus.COMPLETED, TerminationReason.CAPTURED)
    assert capture.picture is not None
    assert (capture.picture.width, capture.picture.height, capture.duration_ms) == (1280, 800, 1200)
    assert await read_picture(service, capture) == PNG
    assert camera.scopes == [OWNER_ACCOUNT]
    assert await sweep_blobs(service) == 0
    await delete_run(service, OWNER_ACCOUNT, capture.id)
    with pytest.raises(NotFound):
        await read_picture(service, capture)


async def test_a_page_that_cannot_be_drawn_fails_with_its_reason_and_leaves_no_picture(service: Service):
    camera = Camera(CaptureResult(outcome=FetchOutcome.TIMED_OUT, detail="It took too long."))
    capture = await done(service, camera, await asked(service))
    assert (capture.status, capture.why_not, capture.picture) == (CaptureStatus.FAILED, "It took too long.", None)


async def test_the_cache_gives_the_same_request_its_picture_until_it_is_too_old(service: Service, clock: ManualClock):
    camera = Camera(taken(), taken(PNG + b"2"))
    cached = msgspec.structs.replace(SHOP, cache_ttl_s=60)
    first = await done(service, camera, await asked(service))
    clock.advance(59)
    hit = await asked(service, cached)
    assert (hit.status, hit.cached, hit.duration_ms) == (CaptureStatus.COMPLETED, True, 0)
    assert await read_picture(service, hit) == PNG
    assert hit.id != first.id
    for other in (
        msgspec.structs.replace(cached, full_page=True),
        msgspec.structs.replace(cached, headers=(("Authorization", "Bearer other"),)),
        msgspec.structs.replace(cached, url="https://shop.example/2"),
    ):
        assert (await asked(service, other)).status is CaptureStatus.QUEUED
    # The age is that of the picture, not that of the answer before.
    clock.advance(2)
    assert not (await asked(service, cached)).cached
    # Each answer holds the blob for itself.
    await delete_run(service, OWNER_ACCOUNT, first.id)
    assert await read_picture(service, hit) == PNG


async def test_no_account_is_given_the_picture_of_another(service: Service, other_account: str):
    await done(service, Camera(), await asked(service))
    cached = msgspec.structs.replace(SHOP, cache_ttl_s=3600)
    assert not (await asked(service, cached, other_account)).cached
    assert (await asked(service, cached)).cached


async def test_the_eleventh_pending_request_is_refused_and_room_comes_back(service: Service, other_account: str):
    pending = [await asked(service) for _ in range(10)]
    with pytest.raises(RateLimited):
        await asked(service)
    await asked(service, account_id=other_account)
    await cancel_run(service, OWNER_ACCOUNT, pending[0].id)
    await asked(service)
    _, total = await list_captures(service, OWNER_ACCOUNT, page=1, per_page=5)
    assert total == 11  # what was refused is not there


async def test_a_batch_ends_once_with_its_last_picture_and_is_all_or_nothing(service: Service):
    camera = Camera(taken(), CaptureResult(outcome=FetchOutcome.NOT_FOUND, detail="There is none."))
    with pytest.raises(UnsafeUrl) as refused:
        await request_batch(
            service,
            OWNER_ACCOUNT,
            [AskedCapture(request=SHOP), AskedCapture(request=CaptureRequest(url="http://10.0.0.1/"))],
        )
    assert set(refused.value.fields) == {"requests[1].url"}
    assert (await list_captures(service, OWNER_ACCOUNT, page=1, per_page=5))[1] == 0
    batch = await request_batch(
        service,
        OWNER_ACCOUNT,
        [AskedCapture(request=SHOP), AskedCapture(request=msgspec.structs.replace(SHOP, format=CaptureFormat.PDF))],
        callback_url="https://hooks.example/batch",
    )
    assert (batch.status, batch.total, len(batch.captures)) == (CaptureStatus.QUEUED, 2, 2)
    for capture in batch.captures:
        assert (await get_batch(service, OWNER_ACCOUNT, batch.id)).completed_at is None
        await done(service, camera, capture)
    batch = await get_batch(service, OWNER_ACCOUNT, batch.id)
    assert (batch.status, batch.completed, batch.failed) == (CaptureStatus.COMPLETED, 1, 1)
    assert batch.completed_at is not None
    async with service.database.read() as uow:
        told = await uow.deliveries(OWNER_ACCOUNT).of_subject(batch.id, 10)
    assert [one.url for one in told] == ["https://hooks.example/batch"]


async def test_a_batch_that_the_cache_answers_whole_is_over_at_once(service: Service):
    await done(service, Camera(), await asked(service))
    cached = AskedCapture(request=msgspec.structs.replace(SHOP, cache_ttl_s=60))
    batch = await request_batch(service, OWNER_ACCOUNT, [cached, cached], callback_url="https://hooks.example/batch")
    assert (batch.status, batch.completed) == (CaptureStatus.COMPLETED, 2)
    assert batch.completed_at is not None


async def test_a_signed_link_opens_one_picture_until_it_expires(service: Service, clock: ManualClock):
    wanted = msgspec.structs.replace(SHOP, link_s=60)
    capture = await done(service, Camera(), await asked(service, wanted))
    other = await done(service, Camera(), await asked(service))
    link = await link_to(service, capture)
    assert link is not None
    assert await link_to(service, other) is None
    assert link.expires_at == START.replace(microsecond=0) + dt.timedelta(seconds=60)
    opened = await open_link(service, capture.id, "png", expires=link.expires, signature=link.signature)
    assert opened.id == capture.id
    for id_, format_, expires, signature in (
        (other.id, "png", link.expires, link.signature),
        (capture.id, "pdf", link.expires, link.signature),
        (capture.id, "png", link.expires + 1, link.signature),
        (capture.id, "png", link.expires, link.signature[:-1] + "x"),
        (capture.id, "png", link.expires, ""),
        (capture.id, "png", link.expires, "\udcff"),
        (new_id(), "png", link.expires, link.signature),
    ):
        with pytest.raises(NotFound):
            await open_link(service, id_, format_, expires=expires, signature=signature)
    clock.advance(60)
    with pytest.raises(NotFound, match="expired"):
        await open_link(service, capture.id, "png", expires=link.expires, signature=link.signature)


async def keyed(service: Service, key: str, request: CaptureRequest = SHOP) -> Capture:
    return await request_capture(service, OWNER_ACCOUNT, AskedCapture(request=request), idempotency_key=key)


async def test_a_repeat_under_one_key_gives_the_same_picture_and_no_other(service: Service):
    first = await keyed(service, "a")
    repeats = await asyncio.gather(*(keyed(service, "a") for _ in range(3)), *(keyed(service, "b") for _ in range(3)))
    assert {capture.id for capture in repeats[:3]} == {first.id}
    assert len({capture.id for capture in repeats}) == 2
    with pytest.raises(IdempotencyMismatch):
        await keyed(service, "a", msgspec.structs.replace(SHOP, full_page=True))
    with pytest.raises(IdempotencyMismatch):
        await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="shops"), idempotency_key="a")
    with pytest.raises(InvalidInput):
        await keyed(service, "x" * 256)
    _, total = await list_captures(service, OWNER_ACCOUNT, page=1, per_page=5)
    assert total == 2


async def test_a_repeat_is_answered_where_nothing_more_may_be_pending(service: Service):
    captures = [await keyed(service, str(number)) for number in range(10)]
    assert (await keyed(service, "0")).id == captures[0].id


async def test_a_picture_that_was_given_up_may_be_asked_for_again_under_its_key(service: Service):
    first = await keyed(service, "a")
    await cancel_run(service, OWNER_ACCOUNT, first.id)
    again = await keyed(service, "a")
    assert (again.id != first.id, again.status) == (True, CaptureStatus.QUEUED)
    assert (await keyed(service, "a")).id == again.id


async def test_a_repeat_of_a_batch_gives_the_same_batch(service: Service):
    async def batch(*paths: str) -> str:
        asked = [AskedCapture(request=CaptureRequest(url=f"https://shop.example/{path}")) for path in paths]
        return (await request_batch(service, OWNER_ACCOUNT, asked, idempotency_key="a")).id

    assert await batch("1", "2") == await batch("1", "2")
    with pytest.raises(IdempotencyMismatch):
        await batch("1")
    _, total = await list_captures(service, OWNER_ACCOUNT, page=1, per_page=5)
    assert total == 2


async def test_a_picture_past_its_time_is_gone_and_what_told_of_it_stays(service: Service, clock: ManualClock):
    linked = msgspec.structs.replace(SHOP, link_s=604_800)
    capture = await done(service, Camera(), await asked(service, linked))
    link = await link_to(service, capture)
    assert link is not None
    days = service.limits.pictures
    assert days is not None
    clock.advance(days.total_seconds() - 1)
    young = await done(service, Camera(taken(PNG + b"2")), await asked(service, SHOP))
    assert await sweep_pictures(service) == 0
    clock.advance(2)
    assert (await sweep_pictures(service), await sweep_pictures(service), await sweep_blobs(service)) == (1, 0, 1)
    capture = await get_capture(service, OWNER_ACCOUNT, capture.id)
    assert (capture.status, capture.picture, capture.is_expired) == (CaptureStatus.COMPLETED, None, True)
    for read in (read_picture(service, capture), compared(service, capture.id, young.id)):
        with pytest.raises(Gone, match="expired"):
            await read
    assert await link_to(service, capture) is None
    assert (await asked(service, msgspec.structs.replace(SHOP, cache_ttl_s=2_592_000))).picture == young.picture
    await delete_run(service, OWNER_ACCOUNT, capture.id)
    assert await read_picture(service, young) == PNG + b"2"


async def test_a_picture_that_is_swept_just_as_the_cache_finds_it_is_taken_again(service: Service):
    """Its expiry commits between the look into the cache and the use of what was found there."""
    cached = msgspec.structs.replace(SHOP, cache_ttl_s=3600)
    first = await done(service, Camera(), await asked(service, cached))
    assert first.picture is not None
    async with service.database.write() as uow:
        await uow.blobs.release(OWNER_ACCOUNT, [first.picture.sha256], service.clock.now())
    assert await sweep_blobs(service) == 1
    again = await asked(service, cached)
    assert (again.status, again.cached) == (CaptureStatus.QUEUED, False)
    again = await done(service, Camera(), again)
    assert await read_picture(service, again) == PNG


async def test_pictures_from_before_their_expiry_had_an_index_go_in_their_time_too(
    service: Service, clock: ManualClock
):
    await done(service, Camera(), await asked(service))
    await migrated(service, command.downgrade, "0015")
    await migrated(service, command.upgrade, "head")
    assert service.limits.pictures is not None
    clock.advance(service.limits.pictures.total_seconds() - 1)
    assert await sweep_pictures(service) == 0
    clock.advance(2)
    assert await sweep_pictures(service) == 1


async def test_pictures_are_kept_as_long_as_their_runs_where_the_operator_says_so(service: Service, clock: ManualClock):
    capture = await done(service, Camera(), await asked(service))
    clock.advance(10 * 365 * 86_400)
    for_ever = dataclasses.replace(service, limits=dataclasses.replace(service.limits, pictures=None))
    assert await sweep_pictures(for_ever) == 0
    assert await read_picture(service, capture) == PNG


async def compared(service: Service, first_id: str, second_id: str) -> None:
    await compare_captures(service, OWNER_ACCOUNT, first_id, second_id, threshold=0.1)
