"""The migration of deliveries: what was on its way before it is on its way after it, and back."""

from __future__ import annotations

from alembic import command
from migration_support import migrated
from store_support import ManualClock, ScriptedAgent, executor_of

from domain.requests import GoalRequest
from domain.webhooks import DeliveryStatus, Posted, WebhookEvent
from services.deliveries import deliveries_of, list_attempts, ping
from services.keys import OWNER_ACCOUNT
from services.runs import submit_run
from services.service import Service
from workers.webhooks import Deliverer

BEFORE = "0008"


async def test_deliveries_and_their_tries_survive_the_way_down_and_up(service: Service, clock: ManualClock):
    request = GoalRequest(goal="things", webhook_url="https://hooks.example/forage")
    run = await submit_run(service, OWNER_ACCOUNT, request)
    await executor_of(service, ScriptedAgent(1)).execute(OWNER_ACCOUNT, run.id)

    async def post(url: str, body: bytes, headers: dict[str, str]) -> Posted:
        return Posted(status=answers.pop(0), detail="down")

    answers = [500]
    deliverer = Deliverer(service, post)
    await deliverer.deliver_due()
    await ping(service, OWNER_ACCOUNT, url="https://hooks.example/forage")  # the schema before knows no such thing
    [before] = await deliveries_of(service, OWNER_ACCOUNT, run.id)

    await migrated(service, command.downgrade, BEFORE)
    await migrated(service, command.upgrade, "head")

    assert await deliveries_of(service, OWNER_ACCOUNT, run.id) == [before]
    assert (before.type, before.status, before.attempts) == (WebhookEvent.JOB_ENDED, DeliveryStatus.PENDING, 1)
    [attempt] = await list_attempts(service, OWNER_ACCOUNT, before.id)
    assert (attempt.number, attempt.status, attempt.detail) == (1, 500, "down")
    answers = [200]
    clock.advance(60)
    assert await deliverer.deliver_due() == 1
    [after] = await deliveries_of(service, OWNER_ACCOUNT, run.id)
    assert (after.status, after.attempts) == (DeliveryStatus.DELIVERED, 2)
