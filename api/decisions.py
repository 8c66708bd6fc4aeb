"""Records that are one thing, and one that is several, as a person says."""

from __future__ import annotations

from litestar import post
from litestar.params import FromPath, RawBody

from api.auth import needs
from api.given import AccountId, ServiceGiven
from api.ids import of_run
from api.jobs import JobId, run_of, takes_json
from api.openapi import body_of, errors_of
from api.wire.reading import read_body
from api.wire.scrapehub.decisions import MergeRecord, SplitOut, SplitRecord, render_split
from api.wire.scrapehub.jobs import job_url
from api.wire.scrapehub.records import RecordOut, render_record
from domain.accounts import Scope
from domain.errors import InvalidInput
from services.decisions import merge_records, split_record

_OTHER = "01a1fd7bc0de70c0965a666767579315"


@post(
    "/jobs/{job_id:str}/records/{record_id:str}/merge",
    summary="Merge two records",
    response_description="The one record; values that contradict each other are its `conflicts`.",
    status_code=200,
    opt=needs(Scope.JOBS_WRITE),
    guards=[takes_json],
    operation_class=body_of(MergeRecord, duplicate={"with": _OTHER}),
    responses=errors_of(400, 404, 409, 413, 415, 422, 507),
)
async def merge_job_records(
    job_id: JobId, record_id: FromPath[str], body: RawBody, service: ServiceGiven, account_id: AccountId
) -> RecordOut:
    """Makes two records of a job that has ended one, whatever their pages say. The one found first keeps its id.

    It holds when the job is extended, and in later jobs of its pool. `split` with `from` undoes it. Asked again, it
    changes nothing. A 409 while the job is active.
    """
    run_id = run_of(job_id)
    other = read_body(body, MergeRecord).other
    return render_record(await merge_records(service, account_id, run_id, of_run(record_id), other), job_url(run_id))


@post(
    "/jobs/{job_id:str}/records/{record_id:str}/split",
    summary="Split a record",
    response_description="The records that it has become.",
    status_code=200,
    opt=needs(Scope.JOBS_WRITE),
    guards=[takes_json],
    operation_class=body_of(
        SplitRecord, required=False, all={}, some={"sources": ["https://example.com/list"]}, undo={"from": _OTHER}
    ),
    responses=errors_of(400, 404, 409, 413, 415, 422, 507),
)
async def split_job_record(
    job_id: JobId, record_id: FromPath[str], body: RawBody, service: ServiceGiven, account_id: AccountId
) -> SplitOut:
    """Takes a record of a job that has ended apart, each value with its own evidence. What is no record by itself, by
    the goal's conditions or because it tells too little, is in `left_out`.

    The parts stay apart when the job is extended, and in later jobs of its pool; `merge` undoes it. Asked again, it
    changes nothing. A 409 while the job is active, and where one source alone told of the record.
    """
    run_id = run_of(job_id)
    asked = read_body(body or b"{}", SplitRecord)
    if asked.sources and asked.unmerged:
        raise InvalidInput(fields={"from": "give this or sources, not both"})
    split = await split_record(
        service, account_id, run_id, of_run(record_id), sources=asked.sources or (), unmerged=asked.unmerged or ""
    )
    return render_split(split, job_url(run_id))


HANDLERS = (merge_job_records, split_job_record)
