"""A service whose camera is scripted: what the tests of screenshots over HTTP need of one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from api_harness import OWNER_KEY, PLENTY, Tenant, add_tenant, calling, serving

from agent.pursuits import pursue
from api.config import ApiConfig
from domain.captures import CaptureRequest, CaptureResult
from domain.clock import SystemClock
from domain.pages import FetchOutcome
from domain.webhooks import Posted
from fetch.offload import InlineOffload
from services.queue import LocalDoorbell
from services.service import Service
from workers.executor import Executor
from workers.local import open_local_worker
from workers.webhooks import Deliverer

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
PNG = b"\x89PNG\r\n\x1a\n a picture"
CONFIG = ApiConfig(rate_limit=PLENTY, capture_queue_s=5.0, capture_beat_s=0.05, capture_stream_s=0.4)


class Camera:
    """Takes a picture of everything but of what its `failing` names, once `open` is set."""

    def __init__(self) -> None:
        self.asked: list[CaptureRequest] = []
        self.open = asyncio.Event()
        self.open.set()
        self.failing = "https://broken.example/"

    async def capture(self, request: CaptureRequest, scope: str, deadline_s: float) -> CaptureResult:
        self.asked.append(request)
        await self.open.wait()
        if request.url == self.failing:
            return CaptureResult(outcome=FetchOutcome.TIMED_OUT, detail="The page took too long.")
        media_type = request.format.media_type
        image = PNG + request.url.encode()
        return CaptureResult(
            outcome=FetchOutcome.OK, image=image, media_type=media_type, width=1280, height=720, elapsed_ms=2984
        )


class Studio(msgspec.Struct):
    fetcher: Any
    clock: SystemClock = SystemClock()
    offload: InlineOffload = msgspec.field(default_factory=InlineOffload)


@pytest.fixture
def camera() -> Camera:
    return Camera()


class Receiver:
    """Takes every webhook."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes, dict[str, str]]] = []
        self.some = asyncio.Event()

    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Posted:
        self.heard.append((url, body, headers))
        self.some.set()
        return Posted(status=200)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def working(service: Service, camera: Camera, receiver: Receiver) -> AsyncIterator[None]:
    executor = Executor(service, Studio(camera), pursue, name="studio", slots=8)  # ty: ignore[invalid-argument-type]
    assert isinstance(service.doorbell, LocalDoorbell)
    async with open_local_worker(executor, service.doorbell, Deliverer(service, receiver)):
        yield


@pytest.fixture
async def api(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(service, CONFIG) as url, calling(url) as client:
        client.headers["Authorization"] = f"Bearer {OWNER_KEY}"
        yield client


async def posted(api: httpx.AsyncClient, body: dict[str, Any], status: int = 202) -> dict[str, Any]:
    answer = await api.post("/api/v1/screenshot", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def polled(api: httpx.AsyncClient, url: str) -> dict[str, Any]:
    """The request once it is over."""
    async with asyncio.timeout(30):
        while True:
            answer = await api.get(url)
            assert answer.status_code == 200, answer.text
            told = answer.json()
            if told.get("request", {}).get("status", told.get("batch_status")) in {"completed", "failed"}:
                return told
            await asyncio.sleep(0.02)


@pytest.fixture
async def stranger(service: Service) -> Tenant:
    return await add_tenant(service, "stranger")
