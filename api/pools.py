"""Data pools: made, changed, deleted; their records, downloads and changes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, QueryParameter, RawBody
from litestar.response import Stream

from api.auth import needs
from api.charges import charged
from api.given import AccountId, ServiceGiven
from api.ids import bare, named
from api.jobs import run_of, takes_json
from api.openapi import body_of, errors_of, streams
from api.paging import DEFAULT_PAGE, MAX_CURSOR, Cursor, Limit, next_link
from api.results import CONTENT_TYPES, primed
from api.wire.message import Message
from api.wire.reading import read_body, read_patch
from api.wire.scrapehub.pools import (
    ChangeOut,
    CreatePool,
    PatchPool,
    PoolOut,
    PoolRecordDetail,
    PoolRecordOut,
    pool_id_of,
    pool_url,
    render_change,
    render_pool,
    render_pool_detail,
    render_pool_record,
)
from domain.accounts import Scope
from services.exports import export_pool
from services.pool_listing import MAX_FILTERS, MAX_SCANNED, list_pool_records
from services.pools import (
    change_pool,
    create_pool,
    delete_pool,
    get_pool,
    get_pool_record,
    list_changes,
    list_pools,
)

HISTORY_SHOWN = 100  # changes on a record itself; the rest are paged
MAX_EXPRESSION = 500  # characters of a filter
_DELETED = Message(message="Pool deleted successfully")
_EXAMPLE = {
    "name": "Competitor prices",
    "description": "Kettles under 50 dollars",
    "condition": "added or price dropped",
    "webhook_url": "https://hooks.example.com/prices",
}

PoolId = FromPath[str]
_READS, _WRITES = needs(Scope.POOLS_READ), needs(Scope.POOLS_WRITE)
Sort = Annotated[
    str,
    QueryParameter(
        max_length=100,
        description="`first_seen` (the default), `last_seen` or one of the pool's `sort_fields`; a minus sign turns it "
        "round.",
    ),
]
Filters = Annotated[
    list[Annotated[str, QueryParameter(max_length=MAX_EXPRESSION)]] | None,
    QueryParameter(
        name="filter",
        max_items=MAX_FILTERS,
        description="`price<20`, `name~garlic`, `stock=in stock`; several must all hold. A filter by one of the pool's "
        f"`sort_fields` uses its index. Any other looks at {MAX_SCANNED:,} records a page: where it stopped before the "
        "end, the answer has the header `X-Scan-Limited: true` and a `Link` that goes on.",
    ),
]


def _id(text: str) -> str:
    return named(pool_id_of(text), "No such pool.")


@get("/pools", summary="List data pools", opt=_READS, responses=errors_of(422))
async def list_data_pools(
    request: Request[Any, Any, Any],
    service: ServiceGiven,
    account_id: AccountId,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
) -> Response[list[PoolOut]]:
    """Your pools, newest first. The `Link` header leads to the next page."""
    listing = await list_pools(service, account_id, limit=limit, cursor=cursor)
    return Response([render_pool(pool) for pool in listing.items], headers=next_link(request, listing.next_cursor))


@post(
    "/pools",
    summary="Make a data pool",
    response_description="The pool.",
    opt=_WRITES,
    guards=[takes_json],
    operation_class=body_of(CreatePool, prices=_EXAMPLE),
    responses=errors_of(400, 409, 413, 415, 422, 507),
)
async def create_data_pool(body: RawBody, service: ServiceGiven, account_id: AccountId) -> Response[PoolOut]:
    """A memory for the records of jobs: give its id to `POST /jobs` or `POST /scheduled-jobs` as `pool_id`."""
    asked = read_body(body, CreatePool)
    pool = await create_pool(
        service,
        account_id,
        name=asked.name,
        description=asked.description or "",
        condition=asked.condition or "",
        webhook_url=asked.webhook_url or "",
        sort_fields=asked.sort_fields or (),
    )
    return Response(render_pool(pool), headers={"Location": pool_url(pool.id)})


@get("/pools/{pool_id:str}", summary="Get a data pool", opt=_READS, responses=errors_of(404))
async def get_data_pool(pool_id: PoolId, service: ServiceGiven, account_id: AccountId) -> PoolOut:
    """How much it holds, what it can be sorted by, and its newest change's sequence."""
    return render_pool(await get_pool(service, account_id, _id(pool_id)))


@patch(
    "/pools/{pool_id:str}",
    summary="Change a data pool",
    response_description="The pool as it now is.",
    opt=_WRITES,
    guards=[takes_json],
    operation_class=body_of(PatchPool, rename={"name": "Kettles"}, watch={"condition": "price < 20"}),
    responses=errors_of(400, 404, 413, 415, 422, 507),
)
async def patch_data_pool(pool_id: PoolId, body: RawBody, service: ServiceGiven, account_id: AccountId) -> PoolOut:
    """What is left out stays; a null takes a condition, a description or a webhook away."""
    asked = read_patch(body, PatchPool)
    pool = await change_pool(
        service,
        account_id,
        _id(pool_id),
        name=asked.name,
        description="" if asked.description is None else asked.description,
        condition="" if asked.condition is None else asked.condition,
        webhook_url="" if asked.webhook_url is None else asked.webhook_url,
    )
    return render_pool(pool)


@delete(
    "/pools/{pool_id:str}",
    summary="Delete a data pool",
    response_description="Done.",
    status_code=200,
    opt=_WRITES,
    responses=errors_of(404),
)
async def delete_data_pool(pool_id: PoolId, service: ServiceGiven, account_id: AccountId) -> Message:
    """With all that it remembers. Its jobs stay."""
    await delete_pool(service, account_id, _id(pool_id))
    return _DELETED


@get("/pools/{pool_id:str}/records", summary="List a pool's records", opt=_READS, responses=errors_of(404, 422))
async def list_data_pool_records(
    request: Request[Any, Any, Any],
    pool_id: PoolId,
    service: ServiceGiven,
    account_id: AccountId,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
    sort: Sort = "",
    filters: Filters = None,
    evidence: Annotated[bool, QueryParameter(description="With the proof of every value.")] = False,
    removed: Annotated[bool, QueryParameter(description="Those that were removed, in place of those there.")] = False,
) -> Response[list[PoolRecordOut]]:
    """What the pool holds, each thing once. A page takes the same time whatever the pool's size."""
    page = await list_pool_records(
        service,
        account_id,
        _id(pool_id),
        limit=limit,
        cursor=cursor,
        sort=sort,
        filters=filters or (),
        removed=removed,
    )
    headers = next_link(request, page.next_cursor) | ({"X-Scan-Limited": "true"} if page.cut_short else {})
    return Response([render_pool_record(record, evidence=evidence) for record in page.items], headers=headers)


@get(
    "/pools/{pool_id:str}/records/{record_id:str}",
    summary="Get a pool's record",
    opt=_READS,
    responses=errors_of(404),
)
async def get_data_pool_record(
    pool_id: PoolId, record_id: FromPath[str], service: ServiceGiven, account_id: AccountId
) -> PoolRecordDetail:
    """Its values with their proof, and its history."""
    bare = _id(pool_id)
    record = await get_pool_record(service, account_id, bare, _record_id(record_id))
    history = await list_changes(service, account_id, bare, limit=HISTORY_SHOWN, record_id=record.id)
    return render_pool_detail(bare, record, history.items)


@get(
    "/pools/{pool_id:str}/download",
    summary="Download a pool",
    operation_class=streams(*CONTENT_TYPES, says="The records as a file, streamed."),
    opt=_READS | charged(),
    responses=errors_of(404, 422),
)
async def download_data_pool(
    pool_id: PoolId,
    service: ServiceGiven,
    account_id: AccountId,
    format: Annotated[  # noqa: A002 - the document's name
        Literal["json", "jsonl", "csv", "xlsx"], QueryParameter(description="Default `json`.")
    ] = "json",
) -> Stream:
    """All that the pool holds now, with when each record was first and last seen."""
    export = await export_pool(service, account_id, _id(pool_id), format)
    return Stream(
        await primed(export.chunks),
        media_type=export.content_type,
        headers={"Content-Disposition": f'attachment; filename="{export.filename}"'},
    )


@get("/pools/{pool_id:str}/changes", summary="List a pool's changes", opt=_READS, responses=errors_of(404, 422))
async def list_data_pool_changes(
    request: Request[Any, Any, Any],
    pool_id: PoolId,
    service: ServiceGiven,
    account_id: AccountId,
    limit: Limit = DEFAULT_PAGE,
    since: Annotated[
        str,
        QueryParameter(max_length=MAX_CURSOR, description="The sequence of a change you know, or a time in ISO 8601."),
    ] = "",
    cursor: Cursor = "",
    record_id: Annotated[str, QueryParameter(max_length=64, description="Of this record alone.")] = "",
    job_id: Annotated[str, QueryParameter(max_length=64, description="Of this job alone.")] = "",
) -> Response[list[ChangeOut]]:
    """What was added, changed and removed, in the order in which it happened. The `Link` header leads on."""
    listing = await list_changes(
        service,
        account_id,
        _id(pool_id),
        since=cursor or since,
        limit=limit,
        record_id=_record_id(record_id) if record_id else "",
        run_id=run_of(job_id) if job_id else "",
    )
    headers = next_link(request, listing.next_cursor)
    return Response([render_change(change) for change in listing.items], headers=headers)


def _record_id(text: str) -> str:
    return bare(text, "No such record.")


HANDLERS = (
    list_data_pools,
    create_data_pool,
    get_data_pool,
    patch_data_pool,
    delete_data_pool,
    list_data_pool_records,
    get_data_pool_record,
    download_data_pool,
    list_data_pool_changes,
)
