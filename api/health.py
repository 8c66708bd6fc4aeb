"""Is it alive, is it ready, what does it measure. No key: a load balancer has none, and this tells of nobody."""

from __future__ import annotations

import msgspec
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec

from api.given import ConfigGiven, MetricsGiven, ServiceGiven
from services.health import check_health, count_runs


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
    """`ok`; `degraded` where work is accepted and waits; `unavailable` where it cannot be accepted."""

    status: str
    checks: dict[str, CheckOut]


_UNAVAILABLE = {503: ResponseSpec(ReadyOut, description="The database or the archive cannot be reached.")}


@get("/healthz", summary="Alive", tags=["Service"])
async def healthz(config: ConfigGiven) -> AliveOut:
    """The process answers. Says nothing of the database: restarting this process would not mend that."""
    return AliveOut(status="ok", version=config.version)


@get("/readyz", summary="Ready", tags=["Service"], responses=_UNAVAILABLE)
async def readyz(service: ServiceGiven) -> Response[ReadyOut]:
    """Database, archive, queue and workers. 503 where work could not even be accepted."""
    checks = await check_health(service)
    accepts = all(check.ok for check in checks if check.required)
    well = all(check.ok for check in checks)
    told = ReadyOut(
        status="ok" if well else "degraded" if accepts else "unavailable",
        checks={c.name: CheckOut(ok=c.ok, detail=c.detail, ms=c.elapsed_ms) for c in checks},
    )
    return Response(told, status_code=200 if accepts else 503)


@get(
    "/metrics",
    summary="Measures for Prometheus",
    tags=["Service"],
    media_type="text/plain; version=0.0.4",
)
async def metrics(service: ServiceGiven, metrics: MetricsGiven) -> bytes:
    """Runs by status, queue depth, request latency, events streamed."""
    counts = await count_runs(service)
    return metrics.tell(counts.by_status, counts.waiting)


HANDLERS = (healthz, readyz, metrics)
