"""What the API serves, and for whom: every route of ours, under the router that guards it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Self

from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from api import (
    agent,
    archive,
    auth_routes,
    bulk,
    captures,
    corrections,
    decisions,
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
_NATIVE: tuple[tuple[str, tuple[Sequence[HTTPRouteHandler], ...]], ...] = (
    ("Jobs", (jobs.HANDLERS, reextraction.HANDLERS)),
    ("Results", (results.HANDLERS, corrections.HANDLERS, decisions.HANDLERS, verification.HANDLERS, archive.HANDLERS)),
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


class _OwnRouter(Router):
    """A router that is made for one application."""

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Itself. Litestar copies each router with all that is in it, for it may be of several applications: that made
        up a quarter of the time that the service took to start."""
        return self


def routes(service: Service) -> list[ControllerRouterHandler]:
    """All of them, but for the door of chat clients, which the application opens and closes."""
    return [_native(service), _asynchronous(service), _pictures(service), _embedded(), *health.HANDLERS, *site.HANDLERS]


def _native(service: Service) -> Router:
    """The four dialects that share `/api/v1`: with a key, and some of it for credits."""
    return _OwnRouter(
        "/api/v1",
        route_handlers=[_in_chapter(tag, handler) for tag, groups in _NATIVE for group in groups for handler in group],
        guards=[key_guard(service)],
        middleware=[charging(service)],
        security=SECURITY,
    )


def _in_chapter(tag: str, handler: HTTPRouteHandler) -> HTTPRouteHandler:
    """A handler with its tag. A router for each chapter would say the same, but Litestar copies whatever is in a
    router that is in another, which made up half of the time that the service took to start."""
    handler = copy(handler)
    handler.tags = [tag]
    return handler


def _asynchronous(service: Service) -> Router:
    """Scrape.do's jobs of many Targets. They are paid for by the Target."""
    return _OwnRouter(
        "/async/api/v1",
        route_handlers=list(bulk.HANDLERS),
        tags=["Bulk jobs"],
        guards=[key_guard(service)],
        security=SECURITY,
    )


def _pictures(service: Service) -> Router:
    """Pictures by their addresses: with the key of their owner, or by a signed link."""
    return _OwnRouter(
        "/",
        route_handlers=list(storage.HANDLERS),
        guards=[storage.picture_guard(service)],
        security=SECURITY,
        tags=["Pictures"],
    )


def _embedded() -> Router:
    """Widgets, for anybody who has their token."""
    return _OwnRouter(WIDGETS, route_handlers=list(widget_pages.HANDLERS), tags=["Pictures"])
