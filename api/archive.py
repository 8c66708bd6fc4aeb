"""A job's archived pages as one file."""

from __future__ import annotations

from litestar import get
from litestar.response import Stream

from api.auth import needs
from api.charges import charged
from api.given import AccountId, ServiceGiven
from api.jobs import JobId, run_of
from api.openapi import errors_of, streams
from api.results import primed
from domain.accounts import Scope
from services.warc import CONTENT_TYPE, export_archive


@get(
    "/jobs/{job_id:str}/archive.warc.gz",
    summary="Download a job's archive",
    operation_class=streams(CONTENT_TYPE, says="A WARC file, compressed record by record, streamed."),
    opt=needs(Scope.JOBS_READ) | charged(),
    responses=errors_of(404, 409),
)
async def download_archive(job_id: JobId, service: ServiceGiven, account_id: AccountId) -> Stream:
    """Every page that the job read, just as it was, in that order: source, visible text, and JSON that it fetched while
    rendering. A 409 where it has read none."""
    export = await export_archive(service, account_id, run_of(job_id))
    return Stream(
        await primed(export.chunks),
        media_type=export.content_type,
        headers={"Content-Disposition": f'attachment; filename="{export.filename}"'},
    )


HANDLERS = (download_archive,)
