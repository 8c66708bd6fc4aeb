"""The dashboard's numbers; the document names the call, the shape is ours."""

from __future__ import annotations

import msgspec

from domain.runs import RunKind, RunStatus
from services.stats import Dashboard


class DayOut(msgspec.Struct, frozen=True, kw_only=True):
    """The runs that ended on one day, in UTC."""

    date: str
    runs: int
    completed: int
    failed: int
    records: int
    pages: int


class DashboardOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the account has used since its beginning; deleted runs count, previews do not.

    `success_rate` is how many of a hundred runs that came to their own end got what was asked; null while there is
    none. `runs_per_day` are the last 30 days, oldest first.
    """

    total_runs: int
    runs_by_status: dict[RunStatus, int]
    runs_by_kind: dict[RunKind, int]
    records_found: int
    pages_read: int
    success_rate: float | None
    credits_used_this_month: int
    runs_per_day: list[DayOut]


def render_dashboard(told: Dashboard) -> DashboardOut:
    return DashboardOut(
        total_runs=told.runs,
        runs_by_status=dict(told.by_status),
        runs_by_kind=dict(told.by_kind),
        records_found=told.records,
        pages_read=told.pages,
        success_rate=told.success_rate,
        credits_used_this_month=told.credits_this_month,
        runs_per_day=[
            DayOut(
                date=day.date.isoformat(),
                runs=day.runs,
                completed=day.completed,
                failed=day.failed,
                records=day.records,
                pages=day.pages,
            )
            for day in told.days
        ],
    )
