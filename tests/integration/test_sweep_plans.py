"""How the databases find what is to be swept: by an index that has it alone, whatever else was kept in a year."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event
from store_support import START

from services.service import Service
from store.unit import UnitOfWork

SWEEPS: dict[str, Callable[[UnitOfWork], Awaitable[object]]] = {
    "ix_captures_kept_since": lambda uow: uow.expiring_captures.expire(START, 100),
    "ix_blobs_unused_since": lambda uow: uow.blobs.take_unused(START, 100),
    "ix_blobs_swept_at": lambda uow: uow.blobs.forget_swept(START, 100),
}


@pytest.mark.parametrize("index", SWEEPS)
async def test_a_sweep_reads_what_is_to_be_swept_and_not_all_that_there_is(service: Service, index: str):
    asked: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, parameters, _context, _many) -> None:
        asked.append((statement, parameters))

    event.listen(service.database.writer.sync_engine, "before_cursor_execute", note)
    async with service.database.write() as uow:
        await SWEEPS[index](uow)
    event.remove(service.database.writer.sync_engine, "before_cursor_execute", note)

    [(statement, parameters)] = [one for one in asked if "LIMIT" in one[0]]
    plan = await explained(service, statement, parameters)
    assert index in plan, plan
    assert "Sort" not in plan, plan
    assert "TEMP B-TREE" not in plan, plan


async def explained(service: Service, statement: str, parameters: Any) -> str:
    async with service.database.writer.begin() as connection:
        if service.database.dialect == "sqlite":
            steps = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return "\n".join(row.detail for row in steps)
        # Empty tables are quickest read whole: this makes the planner look for another way.
        await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        await connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        await connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
        steps = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return "\n".join(row[0] for row in steps)
