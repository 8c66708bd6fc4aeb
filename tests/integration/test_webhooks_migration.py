"""The migration of deliveries: what was on its way before it is on its way after it, and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from store_support import ManualClock, ScriptedAgent, executor_of

import store.migrations
from domain.requests import GoalRequest
from domain.webhooks import DeliveryStatus, Posted, WebhookEvent
from services.deliveries import deliveries_of, list_attempts, ping
from services.keys import OWNER_ACCOUNT
from services.runs import submit_run
from services.service import Service
from workers.webhooks import Deliverer

BEFORE = "0008"


async def migrated(service: Service, move: Callable[[Config, str], None], revision: str) -> None:
    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(store.migrations.__file__).parent))
        config.attributes["connection"] = connection
        move(config, revision)

    async with service.database.writer.begin() as connection:
        await connection.run_sync(run)


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
