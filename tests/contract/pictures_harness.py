"""A service with a worker whose camera and reader are scripted: what widgets, diffs and OG images need of one."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from api_harness import OWNER_KEY, PLENTY, a_page, calling, serving
from PIL import Image

from agent.pursuits import pursue
from api.config import ApiConfig
from domain.captures import CaptureRequest, CaptureResult
from domain.clock import SystemClock
from domain.ids import new_id
from domain.pages import FetchOutcome, FetchRequest, Page
from domain.webhooks import Posted
from fetch.offload import InlineOffload, Offloader
from services.queue import LocalDoorbell
from services.service import Service
from workers.executor import Executor
from workers.local import open_local_worker
from workers.webhooks import Deliverer

CONFIG = ApiConfig(rate_limit=PLENTY, capture_queue_s=5.0)


def png(colour: str = "white", size: tuple[int, int] = (40, 30)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, format="PNG")
    return written.getvalue()


class Web:
    """Pictures by URL (else white), pages with an outcome by URL (else OK); `notes` are of each picture."""

    def __init__(self) -> None:
        self.pictures: dict[str, bytes] = {}
        self.outcomes: dict[str, FetchOutcome] = {}
        self.notes: tuple[str, ...] = ()
        self.drawn: list[CaptureRequest] = []
        self.read: list[FetchRequest] = []

    async def capture(self, request: CaptureRequest, scope: str, deadline_s: float) -> CaptureResult:
        self.drawn.append(request)
        if request.url in self.outcomes:
            return CaptureResult(outcome=self.outcomes[request.url], detail="No answer came.")
        return CaptureResult(
            outcome=FetchOutcome.OK,
            image=self.pictures.get(request.url) or png(),
            media_type=request.format.media_type,
            width=40,
            height=30,
            elapsed_ms=1180,
            notes=self.notes,
        )

    async def fetch(self, request: FetchRequest) -> Page:
        self.read.append(request)
        outcome = self.outcomes.get(request.url, FetchOutcome.OK)
        page = msgspec.structs.replace(a_page(new_id()), url=request.url, final_url=request.url, elapsed_ms=42)
        if outcome is FetchOutcome.OK:
            return page
        return msgspec.structs.replace(
            page, outcome=outcome, html="", text="", detail="<b>The server hung up.</b>", status=0
        )


class Studio(msgspec.Struct):
    fetcher: Any
    offload: Offloader
    clock: SystemClock = SystemClock()


@pytest.fixture
def web() -> Web:
    return Web()


async def _taken(url: str, body: bytes, headers: dict[str, str]) -> Posted:
    return Posted(status=200)


@pytest.fixture
async def working(service: Service, web: Web) -> AsyncIterator[None]:
    tools: Any = Studio(web, InlineOffload())
    executor = Executor(service, tools, pursue, name="studio", slots=8)
    assert isinstance(service.doorbell, LocalDoorbell)
    async with open_local_worker(executor, service.doorbell, Deliverer(service, _taken)):
        yield


@pytest.fixture
async def api(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(service, CONFIG) as url, calling(url) as client:
        client.headers["Authorization"] = f"Bearer {OWNER_KEY}"
        yield client


async def screenshot(api: httpx.AsyncClient, url: str, **more: Any) -> str:
    """The id of a completed screenshot."""
    answer = await api.post("/api/v1/screenshot", json={"url": url, "async": False, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["request_id"]
