"""The application, made anew for each caller: nothing here is global."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from litestar import Litestar
from litestar.di import Provide

from api.auth import account_id_of, noting_key_uses, principal_of
from api.bodies import Drained, Timely
from api.config import ApiConfig
from api.errors import exception_handlers
from api.limits import Limited
from api.mcp.http import McpDoor
from api.metrics import Metrics
from api.observe import Observed
from api.openapi import openapi_config
from api.routes import routes
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
    app = Litestar(
        route_handlers=[*routes(service), chat.handler()],
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
    app.asgi_handler = Drained(Observed(Limited(timely, service, config), metrics), config.body_deadline_s)
    return app
