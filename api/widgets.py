"""Widgets made, listed and deleted by their owner. What they show is in `api/widget_pages.py`."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, RawBody

from api.auth import needs
from api.captures import origin_of
from api.given import AccountId, ServiceGiven
from api.jobs import takes_json
from api.openapi import answer_of, body_of, errors_of
from api.paging import DEFAULT_PAGE, Cursor, Limit, next_link
from api.wire.goscreen.ids import undashed
from api.wire.goscreen.widgets import CreateWidget, WidgetDeleted, WidgetList, WidgetShown, render_widget
from api.wire.reading import read_body
from domain.accounts import Scope
from domain.errors import NotFound
from domain.widgets import WidgetType
from services.widgets import NO_SUCH, create_widget, delete_widget, get_widget, list_widgets

_BADGE = {"type": "badge", "url": "https://example.com"}
_SCREENSHOT = {"type": "screenshot", "url": "https://example.com", "refresh": 6}
_STATUS = {"type": "status", "url": "https://example.com"}
_CREATED = {
    "status": "success",
    "data": {
        "id": "018e1234-abcd-7000-8000-000000000001",
        "type": "badge",
        "url": "https://example.com/",
        "refresh": None,
        "token": "wgt_Xk3mQ9rTz7LwVb2NcYpD5sHjEaFuGi1oB4M0",
        "embed_code": '<img src="https://forage.example/widget/badge/wgt_Xk3mQ9rTz7LwVb2NcYpD5sHjEaFuGi1oB4M0.svg" '
        'alt="Uptime of example.com">',
        "impressions": 0,
        "last_used_at": None,
        "created_at": "2026-01-27T10:30:00Z",
        "health": "unknown",
        "last_checked_at": None,
    },
}

WidgetId = FromPath[str]
AnyRequest = Request[Any, Any, Any]


@post(
    "/widgets",
    summary="Make a widget",
    opt=needs(Scope.RUNS_WRITE),
    guards=[takes_json],
    operation_class=body_of(CreateWidget, badge=_BADGE, screenshot=_SCREENSHOT, status=_STATUS),
    responses=errors_of(400, 409, 413, 415, 422, 507) | {201: answer_of(WidgetShown, "The widget.", _CREATED)},
)
async def make_widget(body: RawBody, request: AnyRequest, service: ServiceGiven, account_id: AccountId) -> WidgetShown:
    """A screenshot, an uptime badge or a status page of one URL, for any web page. Your key is not in it."""
    asked = read_body(body, CreateWidget)
    widget = await create_widget(
        service, account_id, type_=WidgetType(asked.type), url=asked.url, refresh=asked.refresh
    )
    return WidgetShown(data=render_widget(widget, origin_of(request)))


@get("/widgets", summary="List widgets", opt=needs(Scope.RUNS_READ), responses=errors_of(422))
async def list_made_widgets(
    request: AnyRequest,
    service: ServiceGiven,
    account_id: AccountId,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
) -> Response[WidgetList]:
    """Newest first, with how often each was shown. The `Link` header leads to the next page."""
    listing = await list_widgets(service, account_id, limit=limit, cursor=cursor)
    origin = origin_of(request)
    told = WidgetList(data=[render_widget(widget, origin) for widget in listing.items])
    return Response(told, headers=next_link(request, listing.next_cursor))


@get("/widgets/{widget_id:str}", summary="Get a widget", opt=needs(Scope.RUNS_READ), responses=errors_of(404))
async def get_made_widget(
    widget_id: WidgetId, request: AnyRequest, service: ServiceGiven, account_id: AccountId
) -> WidgetShown:
    """A widget with its embed code, and how often it was shown."""
    return WidgetShown(data=render_widget(await get_widget(service, account_id, _id(widget_id)), origin_of(request)))


@delete(
    "/widgets/{widget_id:str}",
    summary="Delete a widget",
    response_description="Done.",
    status_code=200,
    opt=needs(Scope.RUNS_WRITE),
    responses=errors_of(404),
)
async def delete_made_widget(widget_id: WidgetId, service: ServiceGiven, account_id: AccountId) -> WidgetDeleted:
    """Its token opens nothing from now on: pages that embed it show a neutral badge, or nothing."""
    await delete_widget(service, account_id, _id(widget_id))
    return WidgetDeleted(id=widget_id)


def _id(text: str) -> str:
    found = undashed(text)
    if found is None:
        raise NotFound(NO_SUCH)
    return found


HANDLERS = (make_widget, list_made_widgets, get_made_widget, delete_made_widget)
