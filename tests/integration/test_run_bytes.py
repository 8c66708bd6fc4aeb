"""What a run may hold in bytes, and how much of it one webhook tells."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import pytest
from store_support import executor_of, record

import workers.webhooks
from agent.state import Ending
from domain.events import EventType, WarningKind
from domain.records import Record
from domain.requests import GoalRequest
from domain.runs import Run, RunStatus, TerminationReason
from domain.webhooks import Posted, TaskKind, WatchedTask, WebhookEvent
from services.events import list_events
from services.keys import OWNER_ACCOUNT
from services.records import list_records
from services.runs import submit_run
from services.service import Service
from services.webhooks import create_webhook
from workers.webhooks import Deliverer

HOOK = "https://hooks.example/forage"
KEPT = 4


class Finder:
    """Finds so many records, and waits for nobody."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = tuple(records)

    async def __call__(self, state, tools, journal) -> Ending:
        await journal.check()
        return Ending(reason=TerminationReason.SOURCES_EXHAUSTED, records=self.records)


def long_records(count: int) -> list[Record]:
    return [record(number, name=f"thing {number} " + "x" * 5_000) for number in range(count)]


async def ended(service: Service, count: int, **more) -> Run:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="things", max_results=100, **more))
    return await executor_of(service, Finder(long_records(count))).execute(OWNER_ACCOUNT, run.id)


async def test_a_run_whose_records_fill_its_room_keeps_those_that_fit_and_says_so(service: Service):
    one = len(json.dumps(long_records(1)[0].values()))
    room = dataclasses.replace(service, limits=dataclasses.replace(service.limits, run_bytes=one * (KEPT + 1)))
    run = await ended(room, 20)
    assert (run.status, run.termination_reason) == (RunStatus.PARTIAL, TerminationReason.BUDGET)
    kept = (await list_records(service, OWNER_ACCOUNT, run.id, limit=100)).items
    assert [each.position for each in kept] == list(range(KEPT))
    assert run.records_found == KEPT
    events = await list_events(service, OWNER_ACCOUNT, run.id)
    warnings = [event.data["kind"] for event in events if event.type is EventType.WARNING]
    assert warnings == [WarningKind.RECORDS_CUT]
    assert "MB that a run may have" in str(events[-1].data["detail"])


async def test_a_run_that_fits_is_not_touched(service: Service):
    run = await ended(service, 20)
    assert (run.status, run.records_found) == (RunStatus.COMPLETED, 20)


@pytest.mark.parametrize("is_long", [False, True])
async def test_a_webhook_tells_as_many_records_as_it_has_room_for_and_where_all_are(
    service: Service, is_long: bool, monkeypatch: pytest.MonkeyPatch
):
    if is_long:
        monkeypatch.setattr(workers.webhooks, "MAX_RECORDS_BYTES", 25_000)
    submitted = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="things", max_results=100, webhook_url=HOOK))
    task = WatchedTask(kind=TaskKind.RUN, id=submitted.id, name=f"run-{submitted.id}")
    await create_webhook(service, OWNER_ACCOUNT, task, url=f"{HOOK}/task", events=(WebhookEvent.RUN_SUCCESS,))
    await executor_of(service, Finder(long_records(10))).execute(OWNER_ACCOUNT, submitted.id)
    got: dict[str, dict] = {}

    async def receive(url: str, body: bytes, headers: dict[str, str]) -> Posted:
        got[url] = json.loads(body)
        return Posted(status=204)

    await Deliverer(service, receive).deliver_due()
    job, payload = got[HOOK], got[f"{HOOK}/task"]["payload"]
    assert (len(job["records"]) < 10, len(payload["data"]) < 10) == (is_long, is_long)
    assert job["records"]
    assert payload["data"]
    assert (job["records_found"], job["records_url"]) == (10, f"/api/v1/jobs/job_{submitted.id}/records")
    rest = {"restUrl": f"/api/v1/jobs/job_{submitted.id}/download?format=json"} if is_long else {}
    assert payload.keys() == {"resultId", "duration", "totalPages", "data"} | rest.keys()
    assert {name: payload[name] for name in rest} == rest
