"""Is it alive, is it ready, what does it measure. No key: a load balancer has none, and this tells of nobody."""

from __future__ import annotations

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from services.health import check_health, count_runs

from api.config import ApiConfig
from api.metrics import Metrics
from services.service import Service


class AliveOut(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str
    version: str


class CheckOut(msgspec.Struct, frozen=True):
    """One thing that the service needs."""

    ok: bool
    detail: str
    ms: float


class ReadyOut(msgspec.Struct, frozen=True):
    """Whether work sent here gets done; `checks` says what is missing."""

    status: str
    checks: dict[str, CheckOut]


@get("/healthz", summary="Alive", tags=["Service"])
async def healthz(config: NamedDependency[ApiConfig]) -> AliveOut:
    """The process answers. Says nothing of the database: restarting this process would not mend that."""
    return AliveOut(status="ok", version=config.version)


@get("/readyz", summary="Ready", tags=["Service"])
async def readyz(service: NamedDependency[Service]) -> Response[ReadyOut]:
    """Database, blobs, queue and a worker seen lately. 503 where one is missing."""
    checks = {
        check.name: CheckOut(ok=check.ok, detail=check.detail, ms=check.elapsed_ms)
        for check in await check_health(service)
    }
    ready = all(check.ok for check in checks.values())
    return Response(ReadyOut(status="ok" if ready else "unavailable", checks=checks), status_code=200 if ready else 503)


@get(
    "/metrics",
    summary="Measures for Prometheus",
    tags=["Service"],
    media_type="text/plain; version=0.0.4; charset=utf-8",
)
async def metrics(service: NamedDependency[Service], metrics: NamedDependency[Metrics]) -> bytes:
    """Runs by status, queue depth, request latency, events streamed."""
    counts = await count_runs(service)
    return metrics.tell(counts.by_status, counts.queued)


HANDLERS = (healthz, readyz, metrics)
