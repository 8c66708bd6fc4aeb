"""Widgets: small things for other people's pages, each of which shows one URL and opens nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from domain.errors import InvalidInput
from domain.pages import FetchOutcome
from domain.runs import Run, RunStatus, TerminationReason

TOKEN_PREFIX = "wgt_"  # noqa: S105 - what tokens begin with
MAX_WIDGETS = 200  # of an account
REFRESH_HOURS = (1, 6, 24)
DEFAULT_REFRESH = 24
CHECK_EVERY = dt.timedelta(minutes=5)  # of a badge and a status page
DAYS = 90  # for which checks are counted


class WidgetType(StrEnum):
    SCREENSHOT = "screenshot"
    BADGE = "badge"
    STATUS = "status"


class Health(StrEnum):
    """What a check, or the last one, found. UNKNOWN: nothing was, or nothing can be, said of the site by it."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


class Day(msgspec.Struct, frozen=True):
    """How many checks of a day (UTC) could tell, and how many found the site up."""

    day: dt.date
    checks: int
    up: int


class Widget(msgspec.Struct, frozen=True, kw_only=True):
    """`refresh_hours` is a screenshot's, None for the others. `token` opens what the widget shows: it stands in the
    pages that embed it.

    `looked_at` is when its last check began, `checked_at` when the last one ended, `run_id` names the run of it.
    `picture` names the blob of the newest picture. `impressions` counts how often it was shown.
    """

    id: str
    account_id: str
    token: str
    type: WidgetType
    url: str
    created_at: dt.datetime
    refresh_hours: int | None = None
    impressions: int = 0
    last_used_at: dt.datetime | None = None
    looked_at: dt.datetime | None = None
    run_id: str = ""
    checked_at: dt.datetime | None = None
    health: Health = Health.UNKNOWN
    detail: str = ""
    elapsed_ms: int = 0
    picture: str = ""

    @property
    def every(self) -> dt.timedelta:
        """How far its checks are apart at least."""
        return dt.timedelta(hours=self.refresh_hours) if self.refresh_hours else CHECK_EVERY

    def is_due(self, now: dt.datetime) -> bool:
        return self.looked_at is None or self.looked_at <= now - self.every

    @property
    def next_check_at(self) -> dt.datetime | None:
        """From when on a look at it begins a check; None before the first."""
        return self.looked_at + self.every if self.looked_at else None


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found."""

    health: Health
    detail: str = ""
    elapsed_ms: int = 0


def checked_refresh(type_: WidgetType, refresh: int | None) -> int | None:
    """The hours between two pictures. Raises InvalidInput, also where there are no pictures."""
    if type_ is not WidgetType.SCREENSHOT:
        if refresh is not None:
            minutes = int(CHECK_EVERY.total_seconds() // 60)
            raise InvalidInput(fields={"refresh": f"only for a screenshot: this one checks every {minutes} minutes"})
        return None
    if refresh is None:
        return DEFAULT_REFRESH
    if refresh not in REFRESH_HOURS:
        raise InvalidInput(fields={"refresh": f"one of {', '.join(map(str, REFRESH_HOURS))}, in hours"})
    return refresh


# The site answered, if not with what everybody would see, or we may not look: no outage that could be told.
_UNTOLD = frozenset(
    {
        FetchOutcome.BLOCKED,
        FetchOutcome.ROBOTS_DENIED,
        FetchOutcome.UNSAFE_URL,
        FetchOutcome.BROWSER_UNAVAILABLE,
        FetchOutcome.PAGE_CRASHED,
    }
)
_ANSWERED = frozenset({FetchOutcome.OK, FetchOutcome.TOO_LARGE, FetchOutcome.UNSUPPORTED_CONTENT})


def checked_by(run: Run, outcome: FetchOutcome | None, elapsed_ms: int) -> Checked:
    """What a run that has ended says of its site, from the outcome of its one page."""
    if run.status is RunStatus.COMPLETED or outcome in _ANSWERED:
        return Checked(health=Health.UP, elapsed_ms=elapsed_ms)
    if run.termination_reason is not TerminationReason.SOURCES_FAILED or outcome is None or outcome in _UNTOLD:
        return Checked(health=Health.UNKNOWN, detail=run.error, elapsed_ms=elapsed_ms)
    return Checked(health=Health.DOWN, detail=run.error, elapsed_ms=elapsed_ms)


def uptime(days: Sequence[Day], since: dt.date | None = None) -> float | None:
    """Percent of the checks that found the site up, from `since` on; None where nothing could be told."""
    counted = [day for day in days if since is None or day.day >= since]
    checks = sum(day.checks for day in counted)
    return 100 * sum(day.up for day in counted) / checks if checks else None


def percent(share: float | None) -> str:
    """`99.95 %`, never rounded up to 100; `no data` for None."""
    if share is None:
        return "no data"
    if share >= 100:
        return "100 %"
    return f"{int(share * 100) / 100:.2f} %"
