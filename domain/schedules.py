"""Schedules: what is started again and again, and when."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from cronsim import CronSim, CronSimError

from domain.errors import InvalidInput
from domain.requests import GoalRequest
from domain.runs import RunStatus

UTC = "UTC"
MAX_TIMEZONE = 64  # characters: the longest name has 32
MAX_CRON = 200  # characters: every minute of an hour, listed one by one, has 170
FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")
_RANGES = ("0-59", "0-23", "1-31", "1-12 or JAN-DEC", "0-7 or SUN-SAT")
_MEANT = 'five fields: minute, hour, day of the month, month, day of the week, as "0 9 * * 1-5"'
_NEVER = "it is never due: there is no such day"
_SOME_DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # to see whether a cron is due at all
_NO_ZONES = frozenset({"Factory", "localtime", "posixrules"})  # files beside the zones, that name none


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """Starts either `request`, a goal or URL whose records go into the pool `pool_id` where there is one, or the flow
    `flow_id`.

    `cron` has five fields, read on the clocks of `timezone` (IANA). `next_due_at` is None while it is paused.
    `last_error` says why the newest due time started nothing; it is empty where it did.
    """

    id: str
    account_id: str
    name: str
    cron: str
    timezone: str
    created_at: dt.datetime
    request: GoalRequest | None = None
    flow_id: str = ""
    pool_id: str = ""
    enabled: bool = True
    next_due_at: dt.datetime | None = None
    last_run_id: str = ""
    last_error: str = ""

    @property
    def title(self) -> str:
        """What it does, in its caller's words."""
        return self.request.title if self.request else ""


class TickOutcome(StrEnum):
    """What became of a due time."""

    STARTED = "started"
    SKIPPED = "skipped"  # the run before was still going
    REFUSED = "refused"  # what it starts is gone, or may not be started now
    FAILED = "failed"  # our fault, told in the log under the schedule's id


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """A due time that was dealt with, at `at`: later than `due_at` where nobody was there to do so."""

    schedule_id: str
    due_at: dt.datetime
    at: dt.datetime
    outcome: TickOutcome
    run_id: str = ""
    reason: str = ""


class Scheduled(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule, and how its last run stands; None where there was none, or it was deleted."""

    schedule: Schedule
    last_status: RunStatus | None = None


@cache
def _zones() -> dict[str, str]:
    """The names of all zones by their small letters."""
    return {name.casefold(): name for name in available_timezones() - _NO_ZONES}


def checked_timezone(name: str) -> str:
    """The zone's own spelling; "" is UTC. Raises InvalidInput for `timezone`."""
    wanted = name.strip()[:MAX_TIMEZONE].casefold()
    if not wanted:
        return UTC
    known = _zones().get(wanted)
    if known is None:
        near = difflib.get_close_matches(wanted, _zones(), n=1)
        hint = f"; did you mean {_zones()[near[0]]}?" if near else ", as Europe/Berlin"
        raise InvalidInput(fields={"timezone": f"an IANA time zone{hint}"})
    return known


def checked_cron(text: str) -> str:
    """The five fields, single-spaced. Raises InvalidInput for `schedule`, saying which field is off, and for a
    schedule that is never due."""
    parts = text.split()
    if len(parts) != len(FIELDS) or len(text) > MAX_CRON:
        raise InvalidInput(fields={"schedule": f"{_MEANT}; got {_got(text, len(parts))}"})
    for position, part in enumerate(parts):
        if not _reads(" ".join("*" if at != position else part for at in range(len(FIELDS)))):
            raise InvalidInput(
                fields={"schedule": f"the {FIELDS[position]} {part!r}: {_RANGES[position]}, with * , - and / between"}
            )
    cron = " ".join(parts)
    if not _reads(cron) or not next_times(cron, UTC, _SOME_DAY, 1):
        raise InvalidInput(fields={"schedule": _NEVER})
    return cron


def _got(text: str, fields: int) -> str:
    return f"{len(text)} characters" if len(text) > MAX_CRON else f"{fields}"


def _reads(cron: str) -> bool:
    try:
        CronSim(cron, _SOME_DAY)
    except (CronSimError, AssertionError, ValueError):  # on some broken fields the parser asserts or converts
        return False
    return True


def next_times(cron: str, timezone: str, after: dt.datetime, count: int) -> tuple[dt.datetime, ...]:
    """The next `count` due times after `after`, in UTC; fewer only where it is due no more.

    As Debian's cron has it: where clocks are set forward, a time that is skipped is due at the first minute that there
    is; where they are set back, a time that comes twice is due at the first. What is due every hour or every minute is
    due by the minutes that pass.
    """
    return tuple(islice(_times(cron, timezone, after), count))


def next_time(cron: str, timezone: str, after: dt.datetime) -> dt.datetime | None:
    return next(iter(next_times(cron, timezone, after, 1)), None)


def _times(cron: str, timezone: str, after: dt.datetime) -> Iterator[dt.datetime]:
    last = after.astimezone(dt.UTC)
    for local in CronSim(cron, last.astimezone(ZoneInfo(timezone))):
        moment = local.astimezone(dt.UTC)
        if moment > last:  # two skipped times are due at one; of a doubled hour the second one lies behind the first
            last = moment
            yield moment
