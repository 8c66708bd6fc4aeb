"""Opening the journal of a claimed run: what the run knows from what was kept of its earlier attempts."""

from __future__ import annotations

from agent.state import RunState
from domain.events import EventType
from domain.requests import GoalRequest
from services.service import Service
from store.repositories.leases import Held
from workers.journal import RunJournal, Teach
from workers.journal_events import stated_of


async def open_journal(service: Service, held: Held, teach: Teach | None = None) -> tuple[RunJournal, RunState]:
    """The journal of a run that is held, and the state from which the agent goes on."""
    run = held.run
    reads_archive = isinstance(run.request, GoalRequest) and bool(run.request.archive_of)
    async with service.database.read() as uow:
        decisions = await uow.decisions(run.account_id).bearing_on(run.id, run.request.pool_id)
    if run.attempt == 1 and not reads_archive:  # of an archive the tasks are there before the first attempt
        state = RunState(
            run_id=run.id,
            request=run.request,
            account_id=run.account_id,
            decisions=decisions,
            started_at=run.started_at,
        )
        return RunJournal(service, held, (), {}, teach=teach), state
    async with service.database.read() as uow:
        tasks = tuple(await uow.tasks(run.account_id).list(run.id))
        candidates = await uow.tasks(run.account_id).candidates(run.id) if tasks else {}
        queries_done = await uow.runs(run.account_id).queries_done(run.id)
        fingerprints = await uow.records(run.account_id).fingerprints(run.id)
        corrections = await uow.corrections(run.account_id).of_run(run.id)
        read = await uow.events(run.account_id).of_type(run.id, EventType.SOURCE_READ) if tasks else ()
    state = RunState(
        run_id=run.id,
        request=run.request,
        account_id=run.account_id,
        plan=run.plan,
        tasks=tasks,
        candidates=candidates,
        decisions=decisions,
        spend=run.spend,
        queries_done=queries_done,
        stated=stated_of(read),
        started_at=run.started_at,
    )
    return RunJournal(service, held, tasks, fingerprints, corrections=corrections, teach=teach), state
