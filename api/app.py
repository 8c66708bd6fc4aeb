"""The application, made anew for each caller: nothing here is global."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from litestar import Litestar, Router
from litestar.di import Provide

from api import health, jobs, results, site
from api.auth import account_id_of, key_guard
from api.config import ApiConfig
from api.errors import exception_handlers
from api.metrics import Metrics
from api.observe import Observed
from api.openapi import SECURITY, openapi_config
from services.service import Service

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(service: Service, config: ApiConfig | None = None, lifespan: Sequence[Lifespan] = ()) -> Litestar:
    """The API over `service`. `lifespan` holds what has to run as long as it does, such as embedded workers.

    Serve it with `access_log=False` (this app writes its own, without secrets) and a short graceful shutdown: an open
    event stream would otherwise hold the server up.
    """
    config = config or ApiConfig()
    metrics = Metrics()
    native = Router(
        "/api/v1",
        route_handlers=[
            Router("/", route_handlers=list(jobs.HANDLERS), tags=["Jobs"]),
            Router("/", route_handlers=list(results.HANDLERS), tags=["Results"]),
        ],
        guards=[key_guard(service)],
        security=SECURITY,
    )
    app = Litestar(
        route_handlers=[native, *health.HANDLERS, *site.HANDLERS],
        dependencies={
            "service": Provide(lambda: service, sync_to_thread=False),
            "config": Provide(lambda: config, sync_to_thread=False),
            "metrics": Provide(lambda: metrics, sync_to_thread=False),
            "account_id": Provide(account_id_of, sync_to_thread=False),
        },
        exception_handlers=exception_handlers(),
        openapi_config=openapi_config(config),
        request_max_body_size=config.max_body_bytes,
        lifespan=list(lifespan),
        logging_config=None,
    )
    app.asgi_handler = Observed(app.asgi_handler, metrics)
    return app
