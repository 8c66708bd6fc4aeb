"""Archived pages of one account. Bodies are in the blob store, under the hashes that a page's row names."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import insert, select

from domain.pages import FetchOutcome, Page, Via
from store.models import PageRow
from store.repositories.base import OwnedRepository


class Layers(msgspec.Struct, frozen=True, kw_only=True):
    """SHA-256 of each archived form of a page, empty where it has none."""

    html: str = ""
    text: str = ""
    responses: str = ""

    def present(self) -> tuple[str, ...]:
        return tuple(sha256 for sha256 in (self.html, self.text, self.responses) if sha256)


class ArchivedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page without its bodies, and where they are."""

    page: Page
    run_id: str
    task_id: str
    layers: Layers


def _archived(row: PageRow) -> ArchivedPage:
    return ArchivedPage(
        page=Page(
            id=row.id,
            url=row.url,
            final_url=row.final_url,
            outcome=FetchOutcome(row.outcome),
            via=Via(row.via),
            fetched_at=row.fetched_at,
            status=row.status,
            content_type=row.content_type,
            title=row.title,
            language=row.language,
            elapsed_ms=row.elapsed_ms,
            bytes_received=row.bytes_received,
            detail=row.detail,
        ),
        run_id=row.run_id,
        task_id=row.task_id,
        layers=Layers(html=row.html_sha256, text=row.text_sha256, responses=row.responses_sha256),
    )


class Pages(OwnedRepository):
    async def add(self, run_id: str, task_id: str, page: Page, layers: Layers) -> None:
        await self._session.execute(
            insert(PageRow).values(
                id=page.id,
                account_id=self._account_id,
                run_id=run_id,
                task_id=task_id,
                url=page.url,
                final_url=page.final_url,
                outcome=page.outcome.value,
                via=page.via.value,
                fetched_at=page.fetched_at,
                status=page.status,
                content_type=page.content_type,
                title=page.title,
                language=page.language,
                elapsed_ms=page.elapsed_ms,
                bytes_received=page.bytes_received,
                detail=page.detail,
                html_sha256=layers.html,
                text_sha256=layers.text,
                responses_sha256=layers.responses,
            )
        )

    async def get(self, page_id: str) -> ArchivedPage | None:
        row = await self._session.scalar(
            select(PageRow).where(PageRow.id == page_id, PageRow.account_id == self._account_id)
        )
        return None if row is None else _archived(row)

    async def list(self, run_id: str, limit: int, after: str = "") -> Sequence[ArchivedPage]:
        """In order of their ids, those with an id over `after`."""
        query = select(PageRow).where(PageRow.run_id == run_id, PageRow.account_id == self._account_id)
        if after:
            query = query.where(PageRow.id > after)
        return [_archived(row) for row in await self._session.scalars(query.order_by(PageRow.id).limit(limit))]

    async def layers_of(self, run_id: str) -> Sequence[str]:
        """The hash of every archived form of a run's pages; one that is kept twice is named twice."""
        rows = await self._session.execute(
            select(PageRow.html_sha256, PageRow.text_sha256, PageRow.responses_sha256).where(
                PageRow.run_id == run_id, PageRow.account_id == self._account_id
            )
        )
        return [sha256 for row in rows for sha256 in row if sha256]
