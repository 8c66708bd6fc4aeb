"""A job that has ended, checked again against its archived pages."""

from __future__ import annotations

from litestar import post

from api.auth import needs
from api.charges import charged
from api.given import AccountId, ServiceGiven
from api.jobs import JobId, run_of
from api.openapi import errors_of
from api.wire.scrapehub.verification import VerificationOut, render_verification
from domain.accounts import Scope
from services.verification import verify_run


@post(
    "/jobs/{job_id:str}/verify",
    summary="Check a job again",
    response_description="What its archived pages still say.",
    status_code=200,
    opt=needs(Scope.JOBS_READ) | charged(),
    responses=errors_of(402, 404, 409, 504),
)
async def verify_job(job_id: JobId, service: ServiceGiven, account_id: AccountId) -> VerificationOut:
    """Looks for every value in the archived page that is said to tell it, as it was looked for when it was read.
    Nothing is fetched and no model is asked. A 409 while the job is active."""
    return render_verification(await verify_run(service, account_id, run_of(job_id)))


HANDLERS = (verify_job,)
