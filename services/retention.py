"""What is kept for a time, and let go of after it: a little at a time, so that nobody waits for it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from domain.errors import Conflict, NotFound
from services.blobs import forget_swept
from services.retention_blobs import StrayWalk
from services.runs import delete_run
from services.service import Service
from store.repositories.retention import OldRun

RUNS_AT_ONCE = 100  # looked at in one turn; each has some tens of events
DELIVERIES_AT_ONCE = 500
JOBS_AT_ONCE = 10  # of up to a thousand Targets each
WALK_EVERY = dt.timedelta(days=1)  # from the oldest run on: one that ended late is met the next time


class Janitor:
    """One process's. Those of several processes do the same, and do not collide."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._strays = StrayWalk(service)
        self._after = ""
        self._walk_at: dt.datetime | None = None

    async def turn(self) -> bool:
        """Lets go of some of what is past its time; whether there may be more. Raises StorageUnavailable and
        StorageFull."""
        now = self._service.clock.now()
        more = [
            await self._deliveries(now),
            await self._bulk_jobs(now),
            await self._runs(now),
            await self._strays.step(),
            await forget_swept(self._service),
        ]
        return any(more)

    async def _deliveries(self, now: dt.datetime) -> bool:
        kept = self._service.limits.keep.deliveries
        if kept is None:
            return False
        async with self._service.database.write() as uow:
            return await uow.retention.drop_deliveries(now - kept, DELIVERIES_AT_ONCE) == DELIVERIES_AT_ONCE

    async def _bulk_jobs(self, now: dt.datetime) -> bool:
        kept = self._service.limits.keep.bulk_jobs
        if kept is None:
            return False
        async with self._service.database.write() as uow:
            job_ids = await uow.retention.old_bulk_jobs(now - kept, JOBS_AT_ONCE)
            contents: defaultdict[str, list[str]] = defaultdict(list)
            for account_id, sha256 in await uow.retention.contents_of(job_ids):
                contents[account_id].append(sha256)
            for account_id, hashes in sorted(contents.items()):
                await uow.blobs.release(account_id, hashes, now)
            await uow.retention.drop_bulk_jobs(job_ids)
        return len(job_ids) == JOBS_AT_ONCE

    async def _runs(self, now: dt.datetime) -> bool:
        """One step of a walk over the runs that are old enough for anything."""
        keep = self._service.limits.keep
        times = [time for time in (keep.runs, keep.previews, keep.events) if time is not None]
        if not times or (self._walk_at is not None and now < self._walk_at):
            return False
        async with self._service.database.read() as uow:
            page = await uow.retention.runs(self._after, RUNS_AT_ONCE)
        old = [run for run in page if run.created_at < now - min(times)]
        gone = [run for run in old if _is_past(run, keep.previews if run.preview else keep.runs, now)]
        for run in gone:
            await self._delete(run)
        told = {run.id for run in old if _is_past(run, keep.events, now)} - {run.id for run in gone}
        if told:
            async with self._service.database.write() as uow:
                await uow.retention.drop_details(told)
        if len(old) == RUNS_AT_ONCE:
            self._after = old[-1].id
            return True
        self._after, self._walk_at = "", now + WALK_EVERY
        return False

    async def _delete(self, run: OldRun) -> None:
        try:
            await delete_run(self._service, run.account_id, run.id)
        except (NotFound, Conflict):
            return  # somebody else was first, it was just sent back to work, or another job still reads its pages


def _is_past(run: OldRun, kept: dt.timedelta | None, now: dt.datetime) -> bool:
    return kept is not None and run.completed_at is not None and run.completed_at < now - kept
