"""Archived pages."""

from __future__ import annotations

from domain.errors import NotFound
from domain.pages import Page
from services.archive import load_bodies
from services.listing import Listing, checked_limit, id_cursor, listed
from services.runs import get_run
from services.service import Service


async def get_page(service: Service, account_id: str, page_id: str) -> Page:
    """The page as it was read, with its bodies. Raises NotFound."""
    async with service.database.read() as uow:
        archived = await uow.pages(account_id).get(page_id)
    if archived is None:
        raise NotFound("No such page.")
    return await load_bodies(service, account_id, archived.page, archived.layers)


async def list_pages(service: Service, account_id: str, run_id: str, *, limit: int, cursor: str = "") -> Listing[Page]:
    """A run's pages without their bodies, in the order in which they were read. Raises NotFound."""
    await get_run(service, account_id, run_id)
    async with service.database.read() as uow:
        archived = await uow.pages(account_id).list(run_id, checked_limit(limit) + 1, id_cursor(cursor))
    return listed([one.page for one in archived], limit, [one.page.id for one in archived])
