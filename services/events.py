"""Events of a run: read, and followed as they happen."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from domain.events import RunEvent
from services.runs import LOOK_AGAIN_S, get_run
from services.service import Service

EVENTS_AT_ONCE = 200
ALL_AT_ONCE = 1_000  # where all are wanted


async def list_events(
    service: Service, account_id: str, run_id: str, *, after: int = 0, limit: int = EVENTS_AT_ONCE
) -> tuple[RunEvent, ...]:
    """In order, those after the sequence `after`. Raises NotFound where the account has no such run."""
    await get_run(service, account_id, run_id)
    async with service.database.read() as uow:
        return tuple(await uow.events(account_id).list(run_id, after, limit))


async def all_events(service: Service, account_id: str, run_id: str) -> tuple[RunEvent, ...]:
    """In order, from the first to the newest: a worker tells no more than some thousands of a run. Raises NotFound."""
    events: list[RunEvent] = []
    while True:
        after = events[-1].sequence if events else 0
        page = await list_events(service, account_id, run_id, after=after, limit=ALL_AT_ONCE)
        events += page
        if len(page) < ALL_AT_ONCE:
            return tuple(events)


async def follow(service: Service, account_id: str, run_id: str, after: int = 0) -> AsyncGenerator[RunEvent]:
    """Each event once, in order, from the one after `after`; ends after the run's last one.

    A run that was extended has an end in the middle: it is passed on, and the stream goes on. Raises NotFound before
    the first event, and where the run is deleted while it is followed.
    """
    with service.signals.listen(run_id) as listener:
        while True:
            # The status is read before the events: when it is terminal, the events that follow hold the end.
            over = (await get_run(service, account_id, run_id)).status.is_terminal
            events = await list_events(service, account_id, run_id, after=after)
            for event in events:
                yield event
                after = event.sequence
            if len(events) == EVENTS_AT_ONCE:
                continue
            if over:
                return
            await listener.wait(LOOK_AGAIN_S)
