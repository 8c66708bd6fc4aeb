"""What a run that ends says of the widget that it checks, noted in the transaction that ends it."""

from __future__ import annotations

import datetime as dt

from domain.runs import Run, RunKind, RunStatus
from domain.widgets import DAYS, Checked, Health, Widget, checked_by
from services.service import Service
from store.unit import UnitOfWork


async def note_check(uow: UnitOfWork, service: Service, run: Run) -> None:
    """Notes what a run found of its widget, where it has one."""
    if run.kind not in {RunKind.FETCH, RunKind.CAPTURE}:
        return
    widgets = uow.widgets(run.account_id)
    widget = await widgets.of_run(run.id)
    if widget is None:
        return
    now = service.clock.now()
    if run.kind is RunKind.CAPTURE:
        checked, picture = await _pictured(uow, service, run, widget)
    else:
        checked, picture = await _fetched(uow, run), ""
    await widgets.note(widget.id, checked, picture=picture, now=now)
    await widgets.forget_days(widget.id, now.date() - dt.timedelta(days=DAYS))


async def _fetched(uow: UnitOfWork, run: Run) -> Checked:
    tasks = await uow.tasks(run.account_id).list(run.id)
    page = await uow.pages(run.account_id).get(tasks[0].page_id) if tasks and tasks[0].page_id else None
    return checked_by(run, tasks[0].outcome if tasks else None, page.page.elapsed_ms if page else 0)


async def _pictured(uow: UnitOfWork, service: Service, run: Run, widget: Widget) -> tuple[Checked, str]:
    """What a picture says, and the picture that the widget now has: where none could be taken, the one before."""
    capture = await uow.captures(run.account_id).get(run.id)
    if run.status is not RunStatus.COMPLETED or capture is None or capture.picture is None:
        return Checked(health=Health.UNKNOWN, detail=run.error), widget.picture
    picture = capture.picture
    if picture.sha256 != widget.picture:
        # A use of its own: the widget keeps its picture when the run is deleted.
        await uow.blobs.use(run.account_id, [picture.sha256], {picture.sha256: picture.size})
        if widget.picture:
            await uow.blobs.release(run.account_id, [widget.picture], service.clock.now())
    return Checked(health=Health.UP, elapsed_ms=picture.duration_ms), picture.sha256
