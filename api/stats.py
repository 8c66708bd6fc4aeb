"""What an account has used."""

from __future__ import annotations

from litestar import get

from api.auth import needs
from api.given import AccountId, ServiceGiven
from api.openapi import errors_of
from api.wire.scrapehub.stats import DashboardOut, render_dashboard
from domain.accounts import Scope
from services.stats import dashboard


@get(
    "/stats/dashboard",
    summary="Usage",
    opt=needs(Scope.JOBS_READ, Scope.RUNS_READ, Scope.CREDITS_READ),
    responses=errors_of(),
)
async def get_dashboard(service: ServiceGiven, account_id: AccountId) -> DashboardOut:
    """Runs by status and kind, what they found, how many succeeded, what they cost, and the last 30 days."""
    return render_dashboard(await dashboard(service, account_id))


HANDLERS = (get_dashboard,)
