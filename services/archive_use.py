"""Who still needs the archive of a run: jobs that read its pages anew, until they are over."""

from __future__ import annotations

from domain.errors import Conflict
from domain.ids import prefixed
from domain.runs import Run
from store.unit import UnitOfWork


async def check_unread(uow: UnitOfWork, run: Run) -> None:
    """Raises Conflict, naming a job that has yet to read the pages of this run. Call it with the run's row held: nobody
    accepts such a job in the meantime."""
    reader = await uow.runs(run.account_id).reader_of(run.id)
    if reader:
        job = prefixed("job", reader)
        raise Conflict(f"{job} still reads the archived pages of this one; delete this one once {job} is over.")
