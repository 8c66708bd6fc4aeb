"""Records put right by whoever asked for them."""

from __future__ import annotations

from litestar import patch
from litestar.params import FromPath, RawBody

from api.auth import needs
from api.given import AccountId, ServiceGiven
from api.ids import of_run
from api.jobs import JobId, run_of, takes_json
from api.openapi import body_of, errors_of
from api.wire.reading import read_body
from api.wire.scrapehub.corrections import CorrectRecord
from api.wire.scrapehub.jobs import job_url
from api.wire.scrapehub.records import RecordOut, render_record
from domain.accounts import Scope
from services.corrections import correct_record


@patch(
    "/jobs/{job_id:str}/records/{record_id:str}",
    summary="Correct a record",
    response_description="The record as it now is.",
    opt=needs(Scope.JOBS_WRITE),
    guards=[takes_json],
    operation_class=body_of(CorrectRecord, right={"values": {"phone": "+1 212 555 0100"}}),
    responses=errors_of(400, 404, 409, 413, 415, 422, 504, 507),
)
async def correct_job_record(
    job_id: JobId, record_id: FromPath[str], body: RawBody, service: ServiceGiven, account_id: AccountId
) -> RecordOut:
    """Puts values in the place of what a record says; what it said before is its field's `history`.

    A value that the record's archived pages say has that as its evidence, and the next jobs read other pages of that
    kind by the place where it stands. One that none says has the verdict `user`. A 409 while the job is active.
    """
    run_id = run_of(job_id)
    values = read_body(body, CorrectRecord).values
    record = await correct_record(service, account_id, run_id, of_run(record_id), values)
    return render_record(record, job_url(run_id))


HANDLERS = (correct_job_record,)
