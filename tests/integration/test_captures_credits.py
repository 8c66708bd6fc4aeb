"""What a picture costs that waits for its turn at a host, or for a browser. On both databases."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from credits_support import FREE

from agent.pursuits import pursue
from domain.captures import CaptureRequest, CaptureResult
from domain.pages import FetchOutcome
from domain.runs import RunStatus
from fetch.offload import InlineOffload
from services.captures import AskedCapture, request_capture
from services.credits import get_balance
from services.keys import OWNER_ACCOUNT
from services.service import Service
from workers.executor import Executor

WAITED_S, DRAWN_S = 25.0, 1.2


class BusyCamera:
    """Its browser page comes after 25 s, told by the loop's clock, and is held for 1.2 s."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._later_s = 0.0
        loop = asyncio.get_running_loop()
        now = loop.time
        monkeypatch.setattr(loop, "time", lambda: now() + self._later_s)

    async def capture(self, request: CaptureRequest, scope: str, deadline_s: float) -> CaptureResult:
        self._later_s = WAITED_S + DRAWN_S
        for _ in range(20):  # whoever watches the run by the clock has a look at it
            await asyncio.sleep(0)
        return CaptureResult(
            outcome=FetchOutcome.OK,
            image=b"\x89PNG\r\n\x1a\n",
            media_type="image/png",
            width=4,
            height=4,
            elapsed_ms=int((WAITED_S + DRAWN_S) * 1_000),
            browser_ms=int(DRAWN_S * 1_000),
        )


class Studio(msgspec.Struct):
    fetcher: Any
    clock: Any
    offload: InlineOffload = msgspec.field(default_factory=InlineOffload)


async def test_a_picture_that_waits_for_its_turn_is_neither_stopped_at_its_hold_nor_pays_for_the_wait(
    metered: Service, monkeypatch: pytest.MonkeyPatch
):
    request = CaptureRequest(url="https://shop.example/", max_credits=100)
    capture = await request_capture(metered, OWNER_ACCOUNT, AskedCapture(request=request))
    studio = Studio(BusyCamera(monkeypatch), metered.clock)
    run = await Executor(metered, studio, pursue).execute(OWNER_ACCOUNT, capture.id)  # ty: ignore[invalid-argument-type]
    assert run.status is RunStatus.COMPLETED
    assert run.credits == 2 * metered.prices.rendered_second
    assert (await get_balance(metered, OWNER_ACCOUNT)).available == FREE - run.credits
