"""Tasks of a run: which URLs it opened, left or lost, and why."""

from __future__ import annotations

from domain.tasks import Task
from services.runs import get_run
from services.service import Service


async def list_tasks(service: Service, account_id: str, run_id: str) -> tuple[Task, ...]:
    """In order of discovery. Raises NotFound where the account has no such run."""
    await get_run(service, account_id, run_id)
    async with service.database.read() as uow:
        return tuple(await uow.tasks(account_id).list(run_id))
