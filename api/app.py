"""The application, made anew for each caller: nothing here is global."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from litestar import Litestar, Router
from litestar.di import Provide

from api import (
    agent,
    auth_routes,
    bulk,
    captures,
    diffs,
    extract,
    flows,
    goal_templates,
    health,
    jobs,
    keys,
    og_images,
    pools,
    results,
    runs,
    schedules,
    screenshots,
    site,
    stats,
    storage,
    task_results,
    verification,
    webhooks,
    widget_pages,
    widgets,
)
from api import credits as credit_routes
from api.auth import account_id_of, key_guard, noting_key_uses, principal_of
from api.bodies import Timely
from api.charges import charging
from api.config import ApiConfig
from api.errors import exception_handlers
from api.limits import Limited
from api.mcp.http import McpDoor
from api.metrics import Metrics
from api.observe import Observed
from api.openapi import SECURITY, openapi_config
from api.wire.goscreen.widgets import PATH as WIDGETS
from services.service import Service

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(service: Service, config: ApiConfig | None = None, lifespan: Sequence[Lifespan] = ()) -> Litestar:
    """The API over `service`. `lifespan` holds what has to run as long as it does, such as embedded workers.

    Serve it with `access_log=False` (this app writes its own, without secrets), a short graceful shutdown (an open
    event stream would otherwise hold the server up), and no belief in forwarded headers but those of the operator's
    own proxies: limits count by peer.
    """
    config = config or ApiConfig()
    metrics = Metrics()
    chat = McpDoor(service, config)
    native = Router(
        "/api/v1",
        route_handlers=[
            Router("/", route_handlers=list(jobs.HANDLERS), tags=["Jobs"]),
            Router("/", route_handlers=[*results.HANDLERS, *verification.HANDLERS], tags=["Results"]),
            Router("/", route_handlers=list(agent.HANDLERS), tags=["Agents"]),
            Router("/", route_handlers=list(goal_templates.HANDLERS), tags=["Jobs"]),
            Router("/", route_handlers=list(schedules.HANDLERS), tags=["Schedules"]),
            Router("/", route_handlers=list(pools.HANDLERS), tags=["Pools"]),
            Router("/", route_handlers=list(keys.HANDLERS), tags=["Keys"]),
            Router("/", route_handlers=list(credit_routes.HANDLERS), tags=["Credits"]),
            Router("/", route_handlers=[*auth_routes.HANDLERS, *stats.HANDLERS], tags=["Accounts"]),
            Router("/", route_handlers=list(task_results.HANDLERS), tags=["Results"]),
            Router("/", route_handlers=list(webhooks.HANDLERS), tags=["Webhooks"]),
            Router(
                "/",
                route_handlers=[*captures.HANDLERS, *diffs.HANDLERS, *og_images.HANDLERS, *widgets.HANDLERS],
                tags=["Pictures"],
            ),
            Router(
                "/",
                route_handlers=[*flows.HANDLERS, *runs.HANDLERS, *screenshots.HANDLERS, *extract.HANDLERS],
                tags=["Flows"],
            ),
        ],
        guards=[key_guard(service)],
        middleware=[charging(service)],
        security=SECURITY,
    )
    asynchronous = Router(
        "/async/api/v1",
        route_handlers=list(bulk.HANDLERS),
        tags=["Bulk jobs"],
        guards=[key_guard(service)],
        security=SECURITY,
    )
    pictures = Router(
        "/",
        route_handlers=list(storage.HANDLERS),
        guards=[storage.picture_guard(service)],
        security=SECURITY,
        tags=["Pictures"],
    )
    embedded = Router(WIDGETS, route_handlers=list(widget_pages.HANDLERS), tags=["Pictures"])
    app = Litestar(
        route_handlers=[native, asynchronous, pictures, embedded, chat.handler(), *health.HANDLERS, *site.HANDLERS],
        dependencies={
            "service": Provide(lambda: service, sync_to_thread=False),
            "config": Provide(lambda: config, sync_to_thread=False),
            "metrics": Provide(lambda: metrics, sync_to_thread=False),
            "account_id": Provide(account_id_of, sync_to_thread=False),
            "principal": Provide(principal_of, sync_to_thread=False),
        },
        exception_handlers=exception_handlers(),
        openapi_config=openapi_config(config),
        request_max_body_size=config.max_body_bytes,
        lifespan=[*lifespan, noting_key_uses(service), chat.lifespan],
        logging_config=None,
    )
    timely = Timely(app.asgi_handler, config.body_deadline_s)
    app.asgi_handler = Observed(Limited(timely, service, config), metrics)
    return app
