"""Caps hold when everything is asked for in the same moment: on both databases."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable

import pytest

from domain.bulk import TargetOptions
from domain.captures import CaptureRequest
from domain.errors import ForageError, LimitReached, TooManyWaiting
from domain.pictures import MAX_PENDING
from domain.requests import GoalRequest
from services.bulk import create_bulk_job
from services.captures import AskedCapture, TooManyPending, request_batch, request_capture
from services.keys import OWNER_ACCOUNT
from services.pools import create_pool
from services.runs import submit_run
from services.service import Limits, Service

SHOP = "https://shop.example/"
ROOM = 3
PICTURE = AskedCapture(request=CaptureRequest(url=SHOP))

Ask = Callable[[Service], Awaitable[object]]
ASKED: dict[str, tuple[Ask, type[ForageError], int]] = {
    "pictures": (lambda service: request_capture(service, OWNER_ACCOUNT, PICTURE), TooManyPending, MAX_PENDING),
    "batches": (lambda service: request_batch(service, OWNER_ACCOUNT, [PICTURE]), TooManyPending, MAX_PENDING),
    "jobs of Targets": (
        lambda service: create_bulk_job(service, OWNER_ACCOUNT, [SHOP], TargetOptions()),
        TooManyWaiting,
        ROOM,
    ),
    "runs": (lambda service: submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="things")), TooManyWaiting, ROOM),
    "pools": (lambda service: create_pool(service, OWNER_ACCOUNT, name="things"), LimitReached, ROOM),
}


@pytest.mark.parametrize("things", ASKED)
async def test_of_many_requests_at_once_as_many_get_a_place_as_there_are(service: Service, things: str):
    ask, refusal, room = ASKED[things]
    waiting = Limits().waiting_runs if room == MAX_PENDING else ROOM
    limits = dataclasses.replace(service.limits, waiting_runs=waiting, bulk_jobs=ROOM, pools=ROOM)
    service = dataclasses.replace(service, limits=limits)
    answers = await asyncio.gather(*(ask(service) for _ in range(room + 9)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(answers) - len(refused) == room
    assert [type(answer) for answer in refused] == [refusal] * 9
