"""Widgets: made, shown to anybody who has their token, checked by workers when they are looked at.

Nothing is checked that nobody looks at: a look at a widget whose last check is old enough begins one, in the
transaction that takes it, so that of all who look at once one does. The check is a run as any other; its end notes what
it found. Until then what was found last is shown.
"""

from __future__ import annotations

import datetime as dt

import msgspec
import structlog

from domain.captures import CaptureRequest
from domain.errors import (
    Conflict,
    InvalidInput,
    NotEnoughCredits,
    NotFound,
    StorageFull,
    StorageUnavailable,
    TooManyWaiting,
)
from domain.ids import new_id
from domain.requests import PageFormat, Request, ScrapeRequest
from domain.widgets import (
    DAYS,
    MAX_WIDGETS,
    TOKEN_PREFIX,
    Day,
    Widget,
    WidgetType,
    checked_refresh,
)
from services.keys import MAX_TOKEN, make_token
from services.listing import Listing, checked_limit, id_cursor, listed
from services.requests import checked_request
from services.runs import accept_run, delete_run
from services.service import Service
from store.repositories.outbox import Waiting

_log = structlog.get_logger("forage.widgets")

NO_SUCH = "No such widget."


class Shown(msgspec.Struct, frozen=True):
    """A widget as it is shown, with the days on which it was checked, oldest first."""

    widget: Widget
    days: tuple[Day, ...] = ()


async def create_widget(
    service: Service, account_id: str, *, type_: WidgetType, url: str, refresh: int | None = None
) -> Widget:
    """A widget with a token of its own. Raises InvalidInput, UnsafeUrl, and Conflict where there are too many."""
    hours = checked_refresh(type_, refresh)
    if not url.strip():
        raise InvalidInput(fields={"url": "required"})
    request = checked_request(_check_of(type_, url), service.policy)
    widget = Widget(
        id=new_id(),
        account_id=account_id,
        token=make_token(TOKEN_PREFIX),
        type=type_,
        url=request.url,
        created_at=service.clock.now(),
        refresh_hours=hours,
    )
    async with service.database.write() as uow:
        await uow.accounts.lock(account_id)
        if await uow.widgets(account_id).count() >= MAX_WIDGETS:
            raise Conflict(f"This account has {MAX_WIDGETS} widgets, the most that it may; delete one first.")
        await uow.widgets(account_id).add(widget)
    return widget


async def get_widget(service: Service, account_id: str, widget_id: str) -> Widget:
    """Raises NotFound, for another account's widget too."""
    async with service.database.read() as uow:
        widget = await uow.widgets(account_id).get(widget_id)
    if widget is None:
        raise NotFound(NO_SUCH)
    return widget


async def list_widgets(service: Service, account_id: str, *, limit: int, cursor: str = "") -> Listing[Widget]:
    """Newest first."""
    async with service.database.read() as uow:
        widgets = await uow.widgets(account_id).list(checked_limit(limit) + 1, id_cursor(cursor))
    return listed(widgets, limit, [widget.id for widget in widgets])


async def delete_widget(service: Service, account_id: str, widget_id: str) -> None:
    """Its token opens nothing from now on. Raises NotFound."""
    async with service.database.write() as uow:
        widget = await uow.widgets(account_id).remove(widget_id)
        if widget is None:
            raise NotFound(NO_SUCH)
        if widget.picture:
            await uow.blobs.release(account_id, [widget.picture], service.clock.now())


async def show_widget(service: Service, token: str, type_: WidgetType, *, counted: bool = True) -> Shown:
    """What the token opens; a check is begun where one is due. `counted`: it is an impression.

    Raises NotFound for a token that is not known, or is of another type of widget.
    """
    widget = await _opened(service, token, type_)
    now = service.clock.now()
    if counted:
        await _count(service, widget, now)
    if widget.is_due(now):
        await _begin_check(service, widget, now)
    async with service.database.read() as uow:
        days = await uow.widgets(widget.account_id).days(widget.id, now.date() - dt.timedelta(days=DAYS - 1))
        newest = await uow.widgets(widget.account_id).get(widget.id)
    return Shown(newest or widget, tuple(days))


async def read_widget_picture(service: Service, token: str) -> bytes:
    """The newest picture of a screenshot widget, a PNG. Raises NotFound, also where there is none yet."""
    widget = await _opened(service, token, WidgetType.SCREENSHOT)
    if not widget.picture:
        raise NotFound("This widget has no picture yet.")
    return await service.blobs.get(widget.account_id, widget.picture)


async def _opened(service: Service, token: str, type_: WidgetType) -> Widget:
    if not token.startswith(TOKEN_PREFIX) or len(token) > MAX_TOKEN or not token.isascii() or not token.isprintable():
        raise NotFound(NO_SUCH)
    async with service.database.read() as uow:
        widget = await uow.shown_widgets.by_token(token)
    if widget is None or widget.type is not type_:
        raise NotFound(NO_SUCH)
    return widget


async def _count(service: Service, widget: Widget, now: dt.datetime) -> None:
    try:
        async with service.database.write() as uow:
            await uow.shown_widgets.count_look(widget.id, now)
    except (StorageFull, StorageUnavailable) as fault:
        _log.warning("widget.not_counted", widget_id=widget.id, why=fault.message)  # it is shown all the same


async def _begin_check(service: Service, widget: Widget, now: dt.datetime) -> None:
    """Begins the check that is due, unless somebody else has. What cannot be begun is told, and shown as it was."""
    try:
        request = checked_request(_check_of(widget.type, widget.url), service.policy)
        waiting = await _accepted(service, widget, request, now)
    except (NotEnoughCredits, TooManyWaiting, InvalidInput) as fault:  # also an address that is allowed no longer
        await _not_checked(service, widget, now, fault.message)
        return
    except (StorageFull, StorageUnavailable) as fault:
        _log.warning("widget.not_checked", widget_id=widget.id, why=fault.message)
        return
    if waiting is None:
        return
    await service.doorbell.ring(waiting)
    if widget.run_id and widget.type is not WidgetType.SCREENSHOT:
        await _forget_run(service, widget)


async def _accepted(service: Service, widget: Widget, request: Request, now: dt.datetime) -> Waiting | None:
    async with service.database.write() as uow:
        widgets = uow.widgets(widget.account_id)
        await uow.accounts.lock(widget.account_id)  # ahead of the widget, as locks go
        if not await widgets.begin_check(widget.id, due_before=now - widget.every, now=now):
            return None
        run, waiting = await accept_run(uow, service, widget.account_id, request)
        await widgets.set_run(widget.id, run.id)
    return waiting


async def _not_checked(service: Service, widget: Widget, now: dt.datetime, why: str) -> None:
    """Puts the check off for as long as checks are apart: it cannot be paid for, or may not be made."""
    async with service.database.write() as uow:
        if await uow.widgets(widget.account_id).begin_check(widget.id, due_before=now - widget.every, now=now):
            _log.info("widget.put_off", widget_id=widget.id, why=why)


async def _forget_run(service: Service, widget: Widget) -> None:
    """A badge that is looked at all day makes 288 checks: what they found is noted, and their runs need not stay."""
    try:
        await delete_run(service, widget.account_id, widget.run_id)
    except (NotFound, Conflict, StorageFull, StorageUnavailable) as fault:
        _log.info("widget.run_kept", widget_id=widget.id, run_id=widget.run_id, why=fault.message)


def _check_of(type_: WidgetType, url: str) -> Request:
    if type_ is WidgetType.SCREENSHOT:
        return CaptureRequest(url=url, block_cookies=True, block_ads=True)
    # Documented: a badge is paid for by the check, a status page is free.
    return ScrapeRequest(url=url, format=PageFormat.TEXT, render=False, is_free=type_ is WidgetType.STATUS)
