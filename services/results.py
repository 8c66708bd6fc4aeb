"""Results of a task: of a run itself, or of the newest run of a flow that succeeded."""

from __future__ import annotations

from domain.errors import Conflict, NotFound
from domain.records import Record
from domain.requests import FlowRequest
from domain.runs import Run, RunStatus
from domain.webhooks import TaskKind, WatchedTask
from services.records import list_records
from services.requests import MAX_RESULTS
from services.runs import get_run
from services.service import Service

SUCCEEDED = (RunStatus.COMPLETED, RunStatus.PARTIAL)


async def find_result(service: Service, account_id: str, task: WatchedTask, result_id: str = "") -> Run:
    """The run whose results are those of `task`: the one that `result_id` names, else the newest that succeeded.

    Raises NotFound where the account has no such task or result, or the task none yet; Conflict while a run that was
    named has found nothing.
    """
    run = await _named(service, account_id, task, result_id)
    if not (run.status.is_terminal or run.records_found):
        raise Conflict("Nothing has been found yet; ask again later.")
    return run


async def records_of(service: Service, run: Run) -> tuple[Record, ...]:
    """All of a run's records: a run has no more than fit in one answer."""
    return (await list_records(service, run.account_id, run.id, limit=MAX_RESULTS)).items


async def _named(service: Service, account_id: str, task: WatchedTask, result_id: str) -> Run:
    if task.kind is TaskKind.RUN:
        if result_id not in {"", task.id}:
            raise NotFound("This task has no such result.")
        return await get_run(service, account_id, task.id)
    if not result_id:
        return await _newest(service, account_id, task)
    run = await get_run(service, account_id, result_id)
    if task.id not in {_flow_of(run), run.request.schedule_id}:
        raise NotFound("This task has no such result.")
    return run


async def _newest(service: Service, account_id: str, task: WatchedTask) -> Run:
    flow_id, schedule_id = (task.id, "") if task.kind is TaskKind.FLOW else ("", task.id)
    async with service.database.read() as uow:
        found = await uow.runs(account_id).list(1, flow_id=flow_id, schedule_id=schedule_id, statuses=SUCCEEDED)
    if not found:
        raise NotFound("There is no such task, or it has no results yet.")
    return found[0]


def _flow_of(run: Run) -> str:
    return run.request.flow_id if isinstance(run.request, FlowRequest) else ""
