"""A job read anew while it is deleted, extended or read anew by somebody else: each as if it had been alone."""

from __future__ import annotations

import asyncio

import pytest
from executor_support import GOAL
from sqlalchemy import text
from store_support import ScriptedAgent, executor_of, until

from domain.errors import Conflict, NotFound, StorageUnavailable
from domain.fields import parse_fields
from domain.runs import TERMINAL, Run
from services.keys import OWNER_ACCOUNT
from services.reextraction import Question, reextract_run
from services.runs import Discarded, delete_run, extend_run, get_run, submit_run
from services.service import Service
from services.tasks import list_tasks

OTHER = Question(fields=parse_fields("name,weight"))
ROUNDS = 12
ON_POSTGRES = pytest.mark.parametrize(
    "database_template", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
IN_LINE = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


async def finished(service: Service) -> Run:
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    await executor_of(service, ScriptedAgent(2)).execute(OWNER_ACCOUNT, run.id)
    return await get_run(service, OWNER_ACCOUNT, run.id)


async def someone_waits_for_a_lock(service: Service) -> bool:
    async with service.database.reader.connect() as connection:
        return bool(await connection.scalar(IN_LINE))


async def test_of_a_deletion_and_a_reading_anew_at_the_same_time_one_is_refused(service: Service):
    outcomes = set()
    for number in range(ROUNDS):
        first = await finished(service)
        calls = [delete_run(service, OWNER_ACCOUNT, first.id), reextract_run(service, OWNER_ACCOUNT, first.id, OTHER)]
        turned = number % 2
        made = await asyncio.gather(*(calls[::-1] if turned else calls), return_exceptions=True)
        gone, second = made[::-1] if turned else made
        assert isinstance(gone, Discarded) != isinstance(second, Run), made
        if isinstance(second, Run):
            assert isinstance(gone, Conflict)
            await get_run(service, OWNER_ACCOUNT, first.id)
            assert len(await list_tasks(service, OWNER_ACCOUNT, second.id)) == 2
            await delete_run(service, OWNER_ACCOUNT, second.id)  # cancels it
        else:
            assert isinstance(second, (Conflict, NotFound))
            with pytest.raises(NotFound):
                await get_run(service, OWNER_ACCOUNT, first.id)
        outcomes.add(isinstance(second, Run))
    assert outcomes


async def test_two_readings_anew_at_the_same_time_are_two_jobs_and_hold_the_first_until_both_are_over(
    service: Service,
):
    first = await finished(service)
    made = await asyncio.gather(*(reextract_run(service, OWNER_ACCOUNT, first.id, OTHER) for _ in range(2)))
    assert len({run.id for run in made}) == 2
    for run in made:
        with pytest.raises(Conflict):
            await delete_run(service, OWNER_ACCOUNT, first.id)
        assert [task.position for task in await list_tasks(service, OWNER_ACCOUNT, run.id)] == [0, 1]
        assert await delete_run(service, OWNER_ACCOUNT, run.id) is Discarded.CANCELLED
    assert await delete_run(service, OWNER_ACCOUNT, first.id) is Discarded.DELETED


async def test_of_an_extension_and_a_reading_anew_at_the_same_time_none_fails_for_the_other(service: Service):
    for _ in range(ROUNDS):
        first = await finished(service)
        extended, second = await asyncio.gather(
            extend_run(service, OWNER_ACCOUNT, first.id, max_results=50),
            reextract_run(service, OWNER_ACCOUNT, first.id, OTHER),
            return_exceptions=True,
        )
        assert isinstance(extended, Run)
        assert isinstance(second, (Run, Conflict))  # it is active again where the extension was first
        assert not isinstance(second, StorageUnavailable)


@ON_POSTGRES
async def test_who_reads_a_job_anew_waits_for_its_account_before_it_holds_the_job(service: Service):
    """Who extends it has the account and wants the job: in the other order each would wait for the other."""
    first = await finished(service)
    async with service.database.write() as extending:
        await extending.accounts.lock(OWNER_ACCOUNT)
        reading = asyncio.create_task(reextract_run(service, OWNER_ACCOUNT, first.id, OTHER))
        await until(lambda: someone_waits_for_a_lock(service), "the reading waits for the account")
        moved = await extending.runs(OWNER_ACCOUNT).move(first.id, TERMINAL, {}, [], service.clock.now())
        assert moved is not None
    assert isinstance(await reading, Run)
