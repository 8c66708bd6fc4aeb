"""scraper.bot's one-shot extraction."""

from __future__ import annotations

from litestar import post
from litestar.params import RawBody

from api.auth import needs
from api.charges import charged
from api.given import AccountId, ConfigGiven, ServiceGiven
from api.jobs import IdempotencyKey, takes_json
from api.openapi import body_of, errors_of
from api.wire.reading import read_body
from api.wire.scraperbot.extract import Extracted, ExtractNow, parse_extract, render_extracted
from domain.accounts import Scope
from services.extraction import extract_now

_PRODUCTS = {
    "url": "https://example.com/products",
    "instructions": "Extract all product names and prices",
    "schema": {"name": "string", "price": "number"},
}


@post(
    "/extract",
    summary="Extract from a page",
    response_description="What was found.",
    status_code=200,
    opt=needs(Scope.RUNS_WRITE) | charged(once_by_key=True),
    guards=[takes_json],
    operation_class=body_of(ExtractNow, products=_PRODUCTS),
    responses=errors_of(400, 402, 409, 413, 415, 422, 502, 504, 507),
)
async def extract_from_page(
    body: RawBody,
    service: ServiceGiven,
    config: ConfigGiven,
    account_id: AccountId,
    idempotency_key: IdempotencyKey = None,
) -> Extracted:
    """Reads a page, and the pages that it leads to, while you wait. Nothing found is a 200 with `itemCount` 0; a page
    that cannot be read is a 502 with the reason. Without a schema, `instructions` say which fields."""
    asked = read_body(body, ExtractNow)
    target = parse_extract(asked, service.policy)
    run, records = await extract_now(
        service,
        account_id,
        url=target.url,
        instructions=asked.instructions,
        fields=target.fields,
        max_items=asked.max_items,
        deadline_s=config.extract_deadline_s,
        idempotency_key=idempotency_key or "",
    )
    return render_extracted(run, records)


HANDLERS = (extract_from_page,)
