"""Pictures that a flow's steps took: kept as blobs, found by the event of their step, deleted with their run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from domain.errors import NotFound
from domain.events import EventType, RunEvent
from domain.runs import Run
from services.service import Service
from store.unit import UnitOfWork

SCREENSHOT = "screenshot"  # of a step's event: the picture that it took
NO_SUCH = "No such screenshot."


class Screenshot(msgspec.Struct, frozen=True):
    """What an event says of a picture. `number` counts the flow's screenshot steps from 1: a run that was taken up
    again has two of one number, the newer of which counts."""

    number: int
    sha256: str
    bytes: int


async def get_screenshot(service: Service, account_id: str, run_id: str, number: int) -> bytes:
    """A PNG. Raises NotFound, for another account's run too."""
    async with service.database.read() as uow:
        events = await uow.events(account_id).of_type(run_id, EventType.STEP_DONE)
    taken = [one for one in _told(events) if one.number == number]
    if not taken:
        raise NotFound(NO_SUCH)
    return await service.blobs.get(account_id, taken[-1].sha256)


async def screenshots_of(uow: UnitOfWork, run: Run) -> list[str]:
    """The hash of each picture of a run; one that is kept twice is named twice."""
    events = await uow.events(run.account_id).of_type(run.id, EventType.STEP_DONE)
    return [one.sha256 for one in _told(events)]


def _told(events: Sequence[RunEvent]) -> Iterator[Screenshot]:
    for event in events:
        if SCREENSHOT in event.data:
            yield msgspec.convert(event.data[SCREENSHOT], Screenshot)
