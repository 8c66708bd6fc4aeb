"""What was learned of sites: listed, shown, given out, taken in, forgotten."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, QueryParameter, RawBody

from api.auth import needs
from api.given import AccountId, ServiceGiven
from api.ids import bare
from api.jobs import takes_json
from api.openapi import body_of, errors_of
from api.paging import DEFAULT_PAGE, Cursor, Limit, next_link
from api.wire.message import Message
from api.wire.reading import read_body
from api.wire.scrapehub.page_templates import (
    FORGOTTEN,
    ImportedOut,
    PageTemplateDetail,
    PageTemplateOut,
    PageTemplatesFile,
    render_page_template,
    render_page_template_detail,
)
from domain.accounts import Scope
from domain.errors import NotFound
from services.templates import forget_templates, get_template, import_templates, page_of_templates

MAX_SITE = 255  # characters of a host's name

_EXAMPLE = {
    "templates": [
        {
            "id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "site": "shop.example",
            "many": False,
            "asked": ["material:text"],
            "places": {"material": [{"caption": "made of", "path": "dl/dd", "forms": ["words"], "proofs": 3}]},
            "proofs": 3,
        }
    ]
}
Site = Annotated[str, QueryParameter(max_length=MAX_SITE, description="Those of one site alone: `shop.example`.")]
TemplateId = FromPath[str]


@get("/page-templates", summary="List page templates", opt=needs(Scope.JOBS_READ), responses=errors_of(422))
async def list_page_templates(
    request: Request[Any, Any, Any],
    service: ServiceGiven,
    account_id: AccountId,
    site: Site = "",
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
) -> Response[list[PageTemplateOut]]:
    """What your jobs learned of sites, those changed last first. The `Link` header leads to the next page."""
    found = await page_of_templates(service, account_id, site=site, limit=limit, cursor=cursor)
    return Response([render_page_template(kept) for kept in found.items], headers=next_link(request, found.next_cursor))


@get("/page-templates/export", summary="Export page templates", opt=needs(Scope.JOBS_READ), responses=errors_of(422))
async def export_page_templates(
    request: Request[Any, Any, Any],
    service: ServiceGiven,
    account_id: AccountId,
    site: Site = "",
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
) -> Response[PageTemplatesFile]:
    """The same, whole: what `POST /page-templates/import` takes, here or elsewhere."""
    found = await page_of_templates(service, account_id, site=site, limit=limit, cursor=cursor)
    told = PageTemplatesFile(templates=[kept.template for kept in found.items])
    return Response(told, headers=next_link(request, found.next_cursor))


@get(
    "/page-templates/{template_id:str}",
    summary="Get a page template",
    opt=needs(Scope.JOBS_READ),
    responses=errors_of(404),
)
async def get_page_template(
    template_id: TemplateId, service: ServiceGiven, account_id: AccountId
) -> PageTemplateDetail:
    """With the places of its fields, how well each is proven, and why it was demoted, if it was."""
    return render_page_template_detail(await get_template(service, account_id, bare(template_id, _MISSING)))


@post(
    "/page-templates/import",
    summary="Import page templates",
    response_description="How many were taken in.",
    status_code=200,
    opt=needs(Scope.JOBS_WRITE),
    guards=[takes_json],
    operation_class=body_of(PageTemplatesFile, exported=_EXAMPLE),
    responses=errors_of(400, 413, 415, 422, 507),
)
async def import_page_templates(body: RawBody, service: ServiceGiven, account_id: AccountId) -> ImportedOut:
    """Takes in what an export gave. A template of the same id is replaced; a proven one is replayed at once."""
    given = read_body(body, PageTemplatesFile)
    return ImportedOut(imported=await import_templates(service, account_id, given.templates))


@delete(
    "/page-templates/{template_id:str}",
    summary="Delete a page template",
    response_description="Forgotten.",
    status_code=200,
    opt=needs(Scope.JOBS_WRITE),
    responses=errors_of(404),
)
async def delete_page_template(template_id: TemplateId, service: ServiceGiven, account_id: AccountId) -> Message:
    """The next pages of its kind are learned anew."""
    if not await forget_templates(service, account_id, [bare(template_id, _MISSING)]):
        raise NotFound(_MISSING)
    return FORGOTTEN


_MISSING = "No such page template."

HANDLERS = (
    list_page_templates,
    export_page_templates,
    get_page_template,
    import_page_templates,
    delete_page_template,
)
