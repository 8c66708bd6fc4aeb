"""Learned extractors of an account: looked at, given out, forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import InvalidInput, NotFound
from services.service import Service
from store.repositories.templates import Kept


async def list_templates(service: Service, account_id: str, *, site: str = "") -> Sequence[Kept]:
    """Those changed last first; of one site where it is given."""
    async with service.database.read() as uow:
        return await uow.templates(account_id).list(site=site)


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
