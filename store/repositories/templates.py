"""Learned extractors of one account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import and_, delete, func, or_, select

from domain.templates import Template
from store.models import TemplateRow
from store.repositories.base import OwnedRepository

MAX_OF_SITE = 32  # eight questions to a site with four kinds of pages each; those changed longest ago go first
MAX_OF_ACCOUNT = 5_000  # some 3 KB each


class Kept(NamedTuple):
    template: Template
    updated_at: dt.datetime


class Templates(OwnedRepository):
    async def of_site(self, site: str) -> Sequence[Template]:
        rows = await self._session.scalars(
            select(TemplateRow.template)
            .where(TemplateRow.account_id == self._account_id, TemplateRow.site == site)
            .order_by(TemplateRow.updated_at.desc(), TemplateRow.id)
            .limit(MAX_OF_SITE)
        )
        return list(rows)

    async def put(self, templates: Sequence[Template], now: dt.datetime) -> None:
        """Keeps them as they now are. Past the bounds of a site or the account, those changed longest ago go."""
        for template in sorted(templates, key=lambda each: each.id):  # one order of locks for all runs
            values = {"site": template.site, "updated_at": now, "template": template}
            await self._session.execute(
                self._insert(TemplateRow)
                .values(account_id=self._account_id, id=template.id, **values)
                .on_conflict_do_update(index_elements=["account_id", "id"], set_=values)
            )
        for site in sorted({template.site for template in templates}):
            await self._trim(MAX_OF_SITE, site)
        if templates:
            await self._trim(MAX_OF_ACCOUNT)

    async def get(self, template_id: str) -> Kept | None:
        row = await self._session.get(TemplateRow, (self._account_id, template_id))
        return None if row is None else Kept(row.template, row.updated_at)

    async def list(
        self, *, site: str = "", limit: int = MAX_OF_ACCOUNT, after: tuple[dt.datetime, str] | None = None
    ) -> Sequence[Kept]:
        """Those changed last first; those after this (changed at, id)."""
        query = select(TemplateRow).where(TemplateRow.account_id == self._account_id)
        if site:
            query = query.where(TemplateRow.site == site)
        if after is not None:
            moment, id_ = after
            same = and_(TemplateRow.updated_at == moment, TemplateRow.id > id_)
            query = query.where(or_(TemplateRow.updated_at < moment, same))
        rows = await self._session.scalars(query.order_by(TemplateRow.updated_at.desc(), TemplateRow.id).limit(limit))
        return [Kept(row.template, row.updated_at) for row in rows]

    async def remove(self, template_ids: Sequence[str]) -> int:
        """How many there were."""
        return await self._changed(
            delete(TemplateRow).where(TemplateRow.account_id == self._account_id, TemplateRow.id.in_(template_ids))
        )

    async def _trim(self, most: int, site: str = "") -> None:
        mine = [TemplateRow.account_id == self._account_id, *([TemplateRow.site == site] if site else [])]
        if (await self._session.scalar(select(func.count()).where(*mine)) or 0) <= most:
            return
        oldest = select(TemplateRow.id).where(*mine).order_by(TemplateRow.updated_at.desc(), TemplateRow.id)
        await self.remove(list(await self._session.scalars(oldest.offset(most).limit(500))))
