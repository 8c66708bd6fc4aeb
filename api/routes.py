"""What the API serves, and for whom: every route of ours, under the router that guards it."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Router
from litestar.handlers import BaseRouteHandler
from litestar.types import ControllerRouterHandler

from api import (
    agent,
    archive,
    auth_routes,
    bulk,
    captures,
    corrections,
    diffs,
    extract,
    flows,
    goal_templates,
    health,
    jobs,
    keys,
    og_images,
    page_templates,
    pools,
    reextraction,
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
from api.auth import key_guard
from api.charges import charging
from api.openapi import SECURITY
from api.wire.goscreen.widgets import PATH as WIDGETS
from services.service import Service

# The tags are the chapters of the OpenAPI description.
_NATIVE: tuple[tuple[str, tuple[Sequence[BaseRouteHandler], ...]], ...] = (
    ("Jobs", (jobs.HANDLERS, reextraction.HANDLERS)),
    ("Results", (results.HANDLERS, corrections.HANDLERS, verification.HANDLERS, archive.HANDLERS)),
    ("Agents", (agent.HANDLERS,)),
    ("Jobs", (goal_templates.HANDLERS,)),
    ("Schedules", (schedules.HANDLERS,)),
    ("Pools", (pools.HANDLERS,)),
    ("Keys", (keys.HANDLERS,)),
    ("Credits", (credit_routes.HANDLERS,)),
    ("Accounts", (auth_routes.HANDLERS, stats.HANDLERS)),
    ("Results", (task_results.HANDLERS,)),
    ("Page templates", (page_templates.HANDLERS,)),
    ("Webhooks", (webhooks.HANDLERS,)),
    ("Pictures", (captures.HANDLERS, diffs.HANDLERS, og_images.HANDLERS, widgets.HANDLERS)),
    ("Flows", (flows.HANDLERS, runs.HANDLERS, screenshots.HANDLERS, extract.HANDLERS)),
)


def routes(service: Service) -> list[ControllerRouterHandler]:
    """All of them, but for the door of chat clients, which the application opens and closes."""
    return [_native(service), _asynchronous(service), _pictures(service), _embedded(), *health.HANDLERS, *site.HANDLERS]


def _native(service: Service) -> Router:
    """The four dialects that share `/api/v1`: with a key, and some of it for credits."""
    chapters = [
        Router("/", route_handlers=[handler for group in groups for handler in group], tags=[tag])
        for tag, groups in _NATIVE
    ]
    return Router(
        "/api/v1",
        route_handlers=chapters,
        guards=[key_guard(service)],
        middleware=[charging(service)],
        security=SECURITY,
    )


def _asynchronous(service: Service) -> Router:
    """Scrape.do's jobs of many Targets. They are paid for by the Target."""
    return Router(
        "/async/api/v1",
        route_handlers=list(bulk.HANDLERS),
        tags=["Bulk jobs"],
        guards=[key_guard(service)],
        security=SECURITY,
    )


def _pictures(service: Service) -> Router:
    """Pictures by their addresses: with the key of their owner, or by a signed link."""
    return Router(
        "/",
        route_handlers=list(storage.HANDLERS),
        guards=[storage.picture_guard(service)],
        security=SECURITY,
        tags=["Pictures"],
    )


def _embedded() -> Router:
    """Widgets, for anybody who has their token."""
    return Router(WIDGETS, route_handlers=list(widget_pages.HANDLERS), tags=["Pictures"])
