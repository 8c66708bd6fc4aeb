"""A real service on SQLite behind a real server on a port of its own, and a job that has run."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from database_support import reused_database

from api import routes
from api.app import create_app
from api.config import ApiConfig
from domain.accounts import Account, Scope
from domain.egress import EgressPolicy
from domain.events import EventType
from domain.evidence import Evidence, Layer, MatchKind, Method, Verdict
from domain.ids import new_id
from domain.pages import FetchOutcome, Page, Via
from domain.plans import Plan, PlannedBy
from domain.records import Conflict, FieldValue, Record
from domain.requests import GoalRequest
from domain.runs import Run, RunStatus, TerminationReason
from domain.tasks import FoundBy, Task, TaskStatus
from forage.serving import listen_on
from services.archive import count_uses, store_bodies
from services.endings import after_end, end_of
from services.keys import OWNER_ACCOUNT, create_key, ensure_owner
from services.queue import LocalDoorbell
from services.runs import submit_run
from services.service import Service
from store.blobs import open_blobs
from store.migrations import migrate
from store.repositories.runs import NewEvent

OWNER_KEY = "an-owner-key-of-tests"
PLENTY = 1_000_000  # requests a minute, where limits are not what is tested
_MIGRATED: list[bytes] = []
_NO_TLS = ssl.SSLContext(
    ssl.PROTOCOL_TLS_CLIENT
)  # unused on loopback: httpx would read all authorities for each client


for _handler in (handler for _, groups in routes._NATIVE for group in groups for handler in group):
    # Kept in what every application copies: to parse them for each anew took a quarter of the time to make one.
    assert _handler.parsed_fn_signature


@asynccontextmanager
async def open_service(database_url: str, blobs: Path) -> AsyncIterator[Service]:
    await _prepare(database_url)
    async with reused_database(database_url) as database:
        service = Service(
            database=database, blobs=open_blobs(str(blobs)), doorbell=LocalDoorbell(), policy=EgressPolicy()
        )
        await ensure_owner(service, OWNER_KEY)
        yield service


async def _prepare(database_url: str) -> None:
    """A new SQLite file is a copy of the first one that this process migrated."""
    scheme, _, path = database_url.partition(":///")
    if scheme != "sqlite" or not _copied(Path(path)):
        await migrate(database_url)
    if scheme == "sqlite" and not _MIGRATED:
        _MIGRATED.append(Path(path).read_bytes())  # noqa: ASYNC240 - once


def _copied(path: Path) -> bool:
    if not _MIGRATED or path.exists():
        return False
    path.write_bytes(_MIGRATED[0])
    return True


@pytest.fixture
async def service(sqlite_file: Path, tmp_path: Path) -> AsyncIterator[Service]:
    async with open_service(f"sqlite:///{sqlite_file}", tmp_path / "blobs") as service:
        yield service


class _Server(uvicorn.Server):
    """One that ends when it is told to, and not when it next looks whether it was."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.told.wait()


@asynccontextmanager
async def serving(service: Service, config: ApiConfig | None = None) -> AsyncIterator[str]:
    """The API on an ephemeral port; its base URL."""
    listener = listen_on("127.0.0.1", 0)
    server = _Server(
        uvicorn.Config(
            create_app(service, config or ApiConfig(rate_limit=PLENTY)),
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=1,
            ws="none",
            proxy_headers=False,  # as `forage serve` has it where no proxy is named
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            assert not running.done(), "the server ended before it started"
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.told.set()
        await running


@pytest.fixture
async def base_url(service: Service) -> AsyncIterator[str]:
    config = ApiConfig(
        ping_deadline_s=0.3,
        preview_deadline_s=0.3,
        extract_deadline_s=0.5,
        heartbeat_s=0.05,
        max_streams=2,
        rate_limit=PLENTY,
    )
    async with serving(service, config) as url:
        yield url


def calling(url: str | httpx.URL = "", *, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    """A client that waits for an answer for longer than any deadline of these tests."""
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=90, verify=_NO_TLS)


@pytest.fixture
async def client(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"X-API-KEY": OWNER_KEY}
    async with calling(base_url, headers=headers) as client:
        yield client


@dataclass(frozen=True)
class Tenant:
    account_id: str
    key: str
    read_only: str
    write_only: str
    revoked: str


async def add_tenant(service: Service, name: str) -> Tenant:
    """Another account with a key of each sort."""
    account = Account(id=new_id(), name=name, created_at=service.clock.now())
    async with service.database.write() as uow:
        await uow.accounts.add(account, webhook_secret="whsec_dGVzdHM=")
    keys = {
        scopes: await create_key(service, account.id, name=name, scopes=scopes)
        for scopes in ((), (Scope.JOBS_READ,), (Scope.JOBS_WRITE,), (Scope.FLOWS_READ,))
    }
    revoked = keys[(Scope.FLOWS_READ,)]
    async with service.database.write() as uow:
        assert await uow.keys(account.id).revoke(revoked.key.id, service.clock.now())
    return Tenant(
        account_id=account.id,
        key=keys[()].token,
        read_only=keys[(Scope.JOBS_READ,)].token,
        write_only=keys[(Scope.JOBS_WRITE,)].token,
        revoked=revoked.token,
    )


@dataclass(frozen=True)
class Finished:
    """A job that has run: its ids as clients see them."""

    job_id: str
    run_id: str
    record_id: str
    page_id: str


PAGE_TEXT = "Bright Smile\nCall 212 555 0100\n<script>alert(1)</script>"


def a_page(page_id: str) -> Page:
    return Page(
        id=page_id,
        url="https://dentists.example/nyc",
        final_url="https://dentists.example/nyc",
        outcome=FetchOutcome.OK,
        via=Via.HTTP,
        fetched_at=dt.datetime(2026, 1, 27, 10, 31, tzinfo=dt.UTC),
        status=200,
        content_type="text/html",
        html="<h2>Bright Smile</h2><p>Call 212 555 0100</p><script>alert(1)</script>",
        text=PAGE_TEXT,
        title="Dentists",
        language="en",
    )


def a_record(record_id: str, page: Page, position: int = 0) -> Record:
    def said(quote: str, verdict: Verdict = Verdict.SUPPORTED) -> tuple[Evidence, ...]:
        start = PAGE_TEXT.find(quote)
        return (
            Evidence(
                page_id=page.id,
                url=page.final_url,
                snapshot=page.snapshot,
                method=Method.REPEATED,
                source_path="//h2",
                layer=Layer.TEXT,
                quote=quote,
                start=start if start >= 0 else None,
                end=start + len(quote) if start >= 0 else None,
                match=MatchKind.EXACT if start >= 0 else MatchKind.NONE,
                verdict=verdict,
            ),
        )

    return Record(
        id=record_id,
        position=position,
        fields={
            "name": FieldValue(
                value="Bright Smile",
                verdict=Verdict.SUPPORTED,
                evidence=said("Bright Smile"),
                raw="Bright Smile",
                confidence=0.9,
                conflicts=(Conflict(value="Bright Smiles Inc", evidence=said("Bright Smile")),),
            ),
            "phone": FieldValue(
                value="+12125550100", verdict=Verdict.DERIVED, evidence=said("212 555 0100"), raw="212 555 0100"
            ),
            "email": FieldValue(
                value="=cmd@evil.example",
                verdict=Verdict.UNSUPPORTED,
                evidence=said("nowhere", Verdict.UNSUPPORTED),
            ),
        },
        sources=(page.final_url,),
    )


async def finish(
    service: Service, run: Run, *, reason: TerminationReason = TerminationReason.SOURCES_EXHAUSTED, records: int = 1
) -> Finished:
    """Ends a queued run as a worker would: one page, some records, its events."""
    page = a_page(new_id())
    found = [a_record(new_id(), page, position) for position in range(records)]
    task = Task(
        id=new_id(),
        url=page.url,
        position=0,
        found_by=FoundBy.SEARCH,
        source_id="",
        status=TaskStatus.DONE,
        outcome=FetchOutcome.OK,
        reason="first result of dentists NYC",
        records_found=records,
        page_id=page.id,
        title=page.title,
    )
    plan = Plan(
        goal=run.request.goal,
        fields=run.request.fields,
        planned_by=PlannedBy.RULES,
        entity="dentist",
        queries=("dentists NYC",),
        sources=("https://dentists.example/",),
    )
    archived = await store_bodies(service, run.account_id, page)
    now = service.clock.now()
    end = end_of(run, reason=reason, records=records, pages=1, now=now)
    async with service.database.write() as uow:
        await uow.tasks(run.account_id).put(run.id, [task])
        await uow.pages(run.account_id).add(run.id, task.id, page, archived.layers)
        await count_uses(uow, service, run.account_id, archived)
        await uow.records(run.account_id).put(run.id, {record.id: record for record in found})
        counts = {"plan": plan, "sources_total": 1, "sources_completed": 1, "pages_total": 1}
        ended = await uow.runs(run.account_id).move(
            run.id,
            [RunStatus.QUEUED],
            counts | end.values,
            [NewEvent(EventType.STARTED), NewEvent(EventType.PLANNED), end.event],
            now,
        )
        assert ended is not None
        await after_end(uow, service, run, ended)
    service.signals.changed(run.id)
    return Finished(f"job_{run.id}", run.id, found[0].id if found else "", page.id)


async def finished_job(service: Service, account_id: str = OWNER_ACCOUNT, *, records: int = 1) -> Finished:
    request = GoalRequest(goal="Find dentists in New York City with contact details", max_results=50)
    return await finish(service, await submit_run(service, account_id, request), records=records)


@pytest.fixture
async def finished(service: Service) -> Finished:
    return await finished_job(service)
