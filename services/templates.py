"""Learned extractors of an account: looked at, given out, taken in, forgotten."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from domain.errors import InvalidInput, NotFound
from domain.templates import Template, checked_template
from services.listing import Listing, checked_limit, listed
from services.service import Service
from store.repositories.templates import MAX_OF_SITE, Kept

MAX_IMPORTED = 500  # at once: some 3 KB each
_CURSOR = re.compile(r"([0-9]{1,17})\.([0-9a-f]{32})")  # more digits would be past the last year that there is
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


async def list_templates(service: Service, account_id: str, *, site: str = "") -> Sequence[Kept]:
    """Those changed last first; of one site where it is given."""
    async with service.database.read() as uow:
        return await uow.templates(account_id).list(site=site)


async def page_of_templates(
    service: Service, account_id: str, *, site: str = "", limit: int, cursor: str = ""
) -> Listing[Kept]:
    """Those changed last first."""
    async with service.database.read() as uow:
        kept = await uow.templates(account_id).list(site=site, limit=checked_limit(limit) + 1, after=_place(cursor))
    return listed(kept, limit, [f"{(each.updated_at - _EPOCH) // _MICROSECOND}.{each.template.id}" for each in kept])


def _place(cursor: str) -> tuple[dt.datetime, str] | None:
    found = _CURSOR.fullmatch(cursor)
    if cursor and found is None:
        raise InvalidInput(fields={"cursor": "not a cursor of this list"})
    return (_EPOCH + int(found[1]) * _MICROSECOND, found[2]) if found else None


async def get_template(service: Service, account_id: str, template_id: str) -> Kept:
    """Raises NotFound."""
    async with service.database.read() as uow:
        kept = await uow.templates(account_id).get(template_id)
    if kept is None:
        raise NotFound("No such page template.")
    return kept


async def import_templates(service: Service, account_id: str, templates: Sequence[Template]) -> int:
    """Takes in templates that some account gave out, as they are; one of the same id is replaced. How many there were.

    Raises InvalidInput for what is no template, and for more than are kept.
    """
    if len(templates) > MAX_IMPORTED:
        raise InvalidInput(fields={"templates": f"at most {MAX_IMPORTED} at once, got {len(templates)}"})
    for place, template in enumerate(templates):
        checked_template(template, f"templates[{place}]")
    sites = [template.site for template in templates]
    crowded = next((site for site in sites if sites.count(site) > MAX_OF_SITE), "")
    if crowded:
        raise InvalidInput(fields={"templates": f"at most {MAX_OF_SITE} are kept of one site; {crowded} has more"})
    async with service.database.write() as uow:
        await uow.templates(account_id).put(templates, service.clock.now())
    return len({template.id for template in templates})


async def find_template(service: Service, account_id: str, name: str) -> Kept:
    """By its id or the beginning of it. Raises NotFound, and InvalidInput where the name fits several."""
    wanted = name.strip().lower()
    fitting = [
        kept for kept in await list_templates(service, account_id) if wanted and kept.template.id.startswith(wanted)
    ]
    if not fitting:
        raise NotFound(f"no template {name!r} here: `forage templates list` lists them")
    if len(fitting) > 1:
        raise InvalidInput(f"{name!r} begins {len(fitting)} templates: write more of it")
    return fitting[0]


async def forget_templates(service: Service, account_id: str, template_ids: Sequence[str]) -> int:
    """How many there were."""
    async with service.database.write() as uow:
        return await uow.templates(account_id).remove(template_ids)
