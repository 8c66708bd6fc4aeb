"""Flows of one account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, delete, false, func, insert, literal, select, update

from domain.flows import FAILURES_TO_ERROR, Flow, FlowCounts, FlowStatus
from domain.requests import FlowMode
from store.models import FlowRow
from store.repositories.base import OwnedRepository


def _flow(row: FlowRow) -> Flow:
    return Flow(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        description=row.description,
        url=row.url,
        mode=FlowMode(row.mode),
        status=FlowStatus(row.status),
        steps=row.steps,
        output_schema=row.output_schema,
        fields=row.fields,
        max_items=row.max_items,
        schedule=row.schedule,
        timezone=row.timezone,
        pool_id=row.pool_id,
        schedule_id=row.schedule_id,
        counts=FlowCounts(
            total=row.total_runs,
            succeeded=row.succeeded_runs,
            failed=row.failed_runs,
            failures_in_a_row=row.failures_in_a_row,
        ),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _definition(flow: Flow) -> dict[str, Any]:
    """The columns that its owner and what belongs to it decide: all but the counts."""
    return {
        "name": flow.name,
        "description": flow.description,
        "url": flow.url,
        "mode": flow.mode.value,
        "status": flow.status.value,
        "steps": flow.steps,
        "output_schema": flow.output_schema,
        "fields": flow.fields,
        "max_items": flow.max_items,
        "schedule": flow.schedule,
        "timezone": flow.timezone,
        "pool_id": flow.pool_id,
        "schedule_id": flow.schedule_id,
        "failures_in_a_row": flow.counts.failures_in_a_row,
        "updated_at": flow.updated_at,
    }


class Flows(OwnedRepository):
    async def add(self, flow: Flow) -> None:
        await self._session.execute(
            insert(FlowRow).values(
                id=flow.id,
                account_id=self._account_id,
                created_at=flow.created_at,
                total_runs=0,
                succeeded_runs=0,
                failed_runs=0,
                **_definition(flow),
            )
        )

    async def get(self, flow_id: str, *, lock: bool = False) -> Flow | None:
        """`lock`: nobody else changes it until this transaction ends."""
        query = select(FlowRow).where(self._is(flow_id))
        row = await self._session.scalar(
            query.with_for_update() if lock else query, execution_options={"populate_existing": True}
        )
        return None if row is None else _flow(row)

    async def list(
        self, limit: int, before: str = "", *, status: FlowStatus | None = None, mode: FlowMode | None = None
    ) -> Sequence[Flow]:
        """Newest first, those with an id under `before`."""
        query = select(FlowRow).where(*self._listed(status, mode)).order_by(FlowRow.id.desc()).limit(limit)
        rows = await self._session.scalars(query.where(FlowRow.id < before) if before else query)
        return [_flow(row) for row in rows]

    async def count(self, *, status: FlowStatus | None = None, mode: FlowMode | None = None) -> int:
        query = select(func.count()).select_from(FlowRow).where(*self._listed(status, mode))
        return await self._session.scalar(query) or 0

    async def put(self, flow: Flow) -> None:
        """Keeps a flow, which this transaction has locked, as it now is."""
        await self._changed(update(FlowRow).where(self._is(flow.id)).values(**_definition(flow)))

    async def add_counts(self, flow_id: str, counts: FlowCounts) -> None:
        """Adds to a flow's counts; does nothing where it is gone.

        `failures_in_a_row` is added where something failed, and taken back to 0 where something succeeded. A draft or
        an active flow that comes to FAILURES_TO_ERROR is in error from then on.
        """
        before = literal(0) if counts.succeeded > 0 else FlowRow.failures_in_a_row
        in_a_row = before + counts.failures_in_a_row
        in_use = FlowRow.status.in_([FlowStatus.DRAFT.value, FlowStatus.ACTIVE.value])
        failing = (in_a_row >= FAILURES_TO_ERROR) & in_use if counts.failures_in_a_row else false()
        await self._changed(
            update(FlowRow)
            .where(self._is(flow_id))
            .values(
                total_runs=FlowRow.total_runs + counts.total,
                succeeded_runs=FlowRow.succeeded_runs + counts.succeeded,
                failed_runs=FlowRow.failed_runs + counts.failed,
                failures_in_a_row=in_a_row,
                status=case((failing, FlowStatus.ERROR.value), else_=FlowRow.status),
            )
        )

    async def delete(self, flow_id: str) -> bool:
        """False where there is no such flow."""
        return await self._changed(delete(FlowRow).where(self._is(flow_id))) > 0

    def _is(self, flow_id: str) -> ColumnElement[bool]:
        return (FlowRow.id == flow_id) & (FlowRow.account_id == self._account_id)

    def _listed(self, status: FlowStatus | None, mode: FlowMode | None) -> Iterator[ColumnElement[bool]]:
        yield FlowRow.account_id == self._account_id
        if status is not None:
            yield FlowRow.status == status.value
        if mode is not None:
            yield FlowRow.mode == mode.value
