"""Screpto's results of a task."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from api.auth import needs
from api.charges import charged
from api.given import AccountId, ServiceGiven
from api.openapi import KeyInQuery, errors_of
from api.results import primed
from api.wire.screpto.ids import run_of_result, task_of
from api.wire.screpto.results import ResultsOut, render_results
from api.wire.screpto.webhooks import MAX_TASK_ID
from domain.accounts import Scope
from services.exports import export_records
from services.results import find_result, records_of

Download = Annotated[Literal["json", "csv"] | None, QueryParameter(description="As a file in this format.")]
ResultId = Annotated[
    str,
    QueryParameter(
        name="resultId", max_length=MAX_TASK_ID, description="Of this run instead of the newest that succeeded."
    ),
]


@get(
    "/results/{task_id:str}",
    summary="Get task results",
    opt=needs(Scope.RUNS_READ, Scope.JOBS_READ, token_in_query=True) | charged(),
    operation_class=KeyInQuery,
    responses=errors_of(400, 404, 409, 422)
    | {200: ResponseSpec(ResultsOut, description="The results; with `download`, the records alone, as a file.")},
)
async def get_task_results(
    task_id: FromPath[str],
    service: ServiceGiven,
    account_id: AccountId,
    result_id: ResultId = "",
    download: Download = None,
) -> Response[Any] | Stream:
    """What the newest successful run of a flow or schedule found, or what a run or job did.

    The key goes into the query, as `token`, or into a header as everywhere.
    """
    named = run_of_result(result_id) if result_id else ""
    run = await find_result(service, account_id, task_of(task_id), named)
    if download is None:
        return Response(render_results(run, await records_of(service, run), task_id))
    export = await export_records(service, account_id, run.id, download)
    return Stream(
        await primed(export.chunks),
        media_type=export.content_type,
        headers={"Content-Disposition": f'attachment; filename="{export.filename}"'},
    )


HANDLERS = (get_task_results,)
