"""Widgets of one account, and those that are shown to anybody who has their token."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from domain.widgets import Checked, Day, Health, Widget, WidgetType
from store.models import WidgetDayRow, WidgetRow
from store.repositories.base import OwnedRepository, Repository


def _widget(row: WidgetRow) -> Widget:
    return Widget(
        id=row.id,
        account_id=row.account_id,
        token=row.token,
        type=WidgetType(row.type),
        url=row.url,
        created_at=row.created_at,
        refresh_hours=row.refresh_hours,
        impressions=row.impressions,
        last_used_at=row.last_used_at,
        looked_at=row.looked_at,
        run_id=row.run_id,
        checked_at=row.checked_at,
        health=Health(row.health),
        detail=row.detail,
        elapsed_ms=row.elapsed_ms,
        picture=row.picture,
    )


class Widgets(OwnedRepository):
    async def add(self, widget: Widget) -> None:
        await self._session.execute(
            insert(WidgetRow).values(
                id=widget.id,
                account_id=self._account_id,
                token=widget.token,
                type=widget.type.value,
                url=widget.url,
                refresh_hours=widget.refresh_hours,
                created_at=widget.created_at,
                health=widget.health.value,
            )
        )

    async def get(self, widget_id: str) -> Widget | None:
        return await self._one(self._is(widget_id))

    async def list(self, limit: int, before: str = "") -> Sequence[Widget]:
        """Newest first, those with an id under `before`."""
        query = select(WidgetRow).where(WidgetRow.account_id == self._account_id)
        if before:
            query = query.where(WidgetRow.id < before)
        rows = await self._session.scalars(query.order_by(WidgetRow.id.desc()).limit(limit))
        return [_widget(row) for row in rows]

    async def count(self) -> int:
        return await self._session.scalar(select(func.count()).where(WidgetRow.account_id == self._account_id)) or 0

    async def remove(self, widget_id: str) -> Widget | None:
        """What was removed."""
        held = await self._one(self._is(widget_id), hold=True)
        if held is not None:
            await self._changed(delete(WidgetRow).where(self._is(widget_id)))
        return held

    async def begin_check(self, widget_id: str, *, due_before: dt.datetime, now: dt.datetime) -> bool:
        """Takes a check that is due. Of all who ask at once, in whatever process, one is told True."""
        due = or_(WidgetRow.looked_at.is_(None), WidgetRow.looked_at <= due_before)
        return await self._changed(update(WidgetRow).where(self._is(widget_id), due).values(looked_at=now)) > 0

    async def set_run(self, widget_id: str, run_id: str) -> None:
        await self._changed(update(WidgetRow).where(self._is(widget_id)).values(run_id=run_id))

    async def of_run(self, run_id: str) -> Widget | None:
        """The widget that a run checks, held until this transaction ends."""
        mine = (WidgetRow.account_id == self._account_id) & (WidgetRow.run_id == run_id)
        return await self._one(mine, hold=True)

    async def note(self, widget_id: str, checked: Checked, *, picture: str, now: dt.datetime) -> None:
        """Writes down what a check found, and counts it for its day where it could tell anything."""
        await self._changed(
            update(WidgetRow)
            .where(self._is(widget_id))
            .values(
                checked_at=now,
                health=checked.health.value,
                detail=checked.detail,
                elapsed_ms=checked.elapsed_ms,
                picture=picture,
            )
        )
        if checked.health is Health.UNKNOWN:
            return
        up = int(checked.health is Health.UP)
        await self._session.execute(
            self._insert(WidgetDayRow)
            .values(widget_id=widget_id, day=now.date(), checks=1, up=up)
            .on_conflict_do_update(
                index_elements=["widget_id", "day"],
                set_={"checks": WidgetDayRow.checks + 1, "up": WidgetDayRow.up + up},
            )
        )

    async def days(self, widget_id: str, since: dt.date) -> Sequence[Day]:
        """Those on which there were checks, oldest first."""
        rows = await self._session.scalars(
            select(WidgetDayRow)
            .join(WidgetRow, WidgetRow.id == WidgetDayRow.widget_id)
            .where(self._is(widget_id), WidgetDayRow.day >= since)
            .order_by(WidgetDayRow.day),
            execution_options={"populate_existing": True},
        )
        return [Day(row.day, row.checks, row.up) for row in rows]

    async def forget_days(self, widget_id: str, before: dt.date) -> None:
        mine = select(WidgetRow.id).where(self._is(widget_id)).scalar_subquery()
        await self._changed(delete(WidgetDayRow).where(WidgetDayRow.widget_id == mine, WidgetDayRow.day < before))

    async def _one(self, which: ColumnElement[bool], *, hold: bool = False) -> Widget | None:
        query = select(WidgetRow).where(which)
        row = await self._session.scalar(
            query.with_for_update() if hold else query, execution_options={"populate_existing": True}
        )
        return None if row is None else _widget(row)

    def _is(self, widget_id: str) -> ColumnElement[bool]:
        return (WidgetRow.id == widget_id) & (WidgetRow.account_id == self._account_id)


class ShownWidgets(Repository):
    """What a token opens, whosever it is: the one widget."""

    async def by_token(self, token: str) -> Widget | None:
        row = await self._session.scalar(select(WidgetRow).where(WidgetRow.token == token))
        return None if row is None else _widget(row)

    async def count_look(self, widget_id: str, now: dt.datetime) -> None:
        counted = {"impressions": WidgetRow.impressions + 1, "last_used_at": now}
        await self._changed(update(WidgetRow).where(WidgetRow.id == widget_id).values(counted))
