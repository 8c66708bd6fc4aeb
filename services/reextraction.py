"""Other questions to pages that are in the archive already: a run of its own, for which nothing is fetched."""

from __future__ import annotations

import asyncio

import msgspec

from domain.errors import Conflict, InvalidInput
from domain.fields import Field
from domain.ids import prefixed
from domain.requests import GoalRequest
from domain.runs import TERMINAL, Run
from domain.tasks import Task, TaskStatus
from services.requests import checked_request
from services.runs import accept_run, get_run
from services.service import Service
from services.tasks import list_tasks
from store.unit import UnitOfWork


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What to read of the archived pages. What is left open is as the first run had it."""

    fields: tuple[Field, ...] = ()
    goal: str = ""
    max_results: int | None = None
    min_results: int | None = None
    output_format: str = "json"
    use_smart_cascade: bool = False
    webhook_url: str = ""
    max_credits: int | None = None


async def reextract_run(
    service: Service, account_id: str, run_id: str, question: Question, *, claim_by: str = ""
) -> Run:
    """Accepts a run that reads the pages of `run_id` again, as it read them: the same cascade, workers and records.

    `claim_by` is as in `submit_run`. Raises NotFound; Conflict while the first run is active, where it read no page and
    where its archive is gone; InvalidInput where nothing is asked; NotEnoughCredits.
    """
    if not question.fields and not question.goal.strip():
        raise InvalidInput(fields={"fields": "say which fields to read, or give another goal"})
    first = await get_run(service, account_id, run_id)
    if not first.status.is_terminal:
        raise Conflict(f"Only a job that has come to its end can be read anew; this one is {first.status.value}.")
    tasks = await _archived(service, first)
    request = checked_request(_request(first, question), service.policy, service.proxies)
    async with service.database.write() as uow:
        await uow.accounts.lock(account_id)  # ahead of the run, as locks go
        await _hold(uow, service, first)
        run, waiting = await accept_run(uow, service, account_id, request)
        await uow.tasks(account_id).put(run.id, tasks)
    if not claim_by:
        await service.doorbell.ring(waiting)
    return run


def _request(first: Run, question: Question) -> GoalRequest:
    asked = first.request
    return GoalRequest(
        goal=question.goal.strip() or asked.goal,
        url=asked.url,
        fields=question.fields,
        max_results=question.max_results or max(asked.max_results, question.min_results or 0),
        min_results=question.min_results,
        output_format=question.output_format,
        use_smart_cascade=question.use_smart_cascade,
        exclude=asked.exclude if isinstance(asked, GoalRequest) else (),
        webhook_url=question.webhook_url,
        max_credits=question.max_credits,
        archive_of=first.id,
    )


async def _archived(service: Service, first: Run) -> tuple[Task, ...]:
    """The pages that the first run read, to be read again in its order. What has no page that could be is left out."""
    account_id = first.account_id
    read = [
        task
        for task in await list_tasks(service, account_id, first.id)
        if task.status is TaskStatus.DONE and task.page_id
    ]
    if not read:
        raise Conflict("This job read no page that could be read anew.")
    async with service.database.read() as uow:
        pages = [await uow.pages(account_id).get(task.page_id) for task in read]
    sources = [page.layers.html or page.layers.text if page else "" for page in pages]
    kept = await asyncio.gather(*(_is_kept(service, account_id, sha256) for sha256 in sources))
    if not any(kept):
        raise Conflict("The pages of this job are no longer in the archive.")
    ids = {task.id for task in read}
    return tuple(
        msgspec.structs.replace(
            task,
            status=TaskStatus.PENDING,
            outcome=None,
            records_found=0,
            source_id=task.source_id if task.source_id in ids else task.id,
            reason=f"read by {prefixed('job', first.id)}",
        )
        for task in read
    )


async def _is_kept(service: Service, account_id: str, sha256: str) -> bool:
    return bool(sha256) and await service.blobs.has(account_id, sha256)


async def _hold(uow: UnitOfWork, service: Service, first: Run) -> None:
    """Holds the run's row: nobody extends or deletes it before the one that reads its archive is there."""
    if await uow.runs(first.account_id).move(first.id, TERMINAL, {}, [], service.clock.now()) is None:
        raise Conflict("This job has changed or been deleted in the meantime.")
