"""Another question to the archived pages of a job."""

from __future__ import annotations

from litestar import Response, post
from litestar.params import RawBody

from api.auth import needs
from api.charges import charged
from api.given import AccountId, ServiceGiven
from api.jobs import JobId, run_of, takes_json
from api.openapi import body_of, errors_of
from api.wire.reading import read_body
from api.wire.scrapehub.jobs import JobCreated, job_url, render_created
from api.wire.scrapehub.reextraction import ReextractJob, parse_question
from domain.accounts import Scope
from services.reextraction import reextract_run


@post(
    "/jobs/{job_id:str}/reextract",
    summary="Ask a job's pages something else",
    response_description="A new job, queued.",
    opt=needs(Scope.JOBS_WRITE) | charged(),
    guards=[takes_json],
    operation_class=body_of(ReextractJob, other={"fields": ["name", "phone"]}),
    responses=errors_of(400, 402, 404, 409, 413, 415, 422, 507),
)
async def reextract_job(
    job_id: JobId, body: RawBody, service: ServiceGiven, account_id: AccountId
) -> Response[JobCreated]:
    """Reads the archived pages of a job that has ended for other fields, in a job of its own: the same methods, records
    and evidence. Nothing is searched or fetched. A 409 while the job is active, and where its archive is gone."""
    question = parse_question(read_body(body, ReextractJob), service.policy)
    run = await reextract_run(service, account_id, run_of(job_id), question)
    return Response(render_created(run), headers={"Location": job_url(run.id)})


HANDLERS = (reextract_job,)
