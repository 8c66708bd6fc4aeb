"""What people put right in records of one account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from msgspec.structs import replace
from sqlalchemy import delete, select, update

from domain.corrections import Correction, LessonState
from domain.records import FieldValue, Note
from store.models import CorrectionRow
from store.repositories.base import OwnedRepository


class Corrections(OwnedRepository):
    async def put(self, corrections: Sequence[Correction], now: dt.datetime) -> None:
        """Adds them; a later one of the same field takes the place of the earlier."""
        for each in corrections:
            values = {
                "value": each.found,
                "page_id": each.page_id,
                "site": each.site,
                "lesson": each.lesson.value,
                "made_at": now,
            }
            names = {"run_id": each.run_id, "record_id": each.record_id, "field": each.field}
            await self._session.execute(
                self._insert(CorrectionRow)
                .values(account_id=self._account_id, **names, **values)
                .on_conflict_do_update(
                    index_elements=list(names), set_=values, where=CorrectionRow.account_id == self._account_id
                )
            )

    async def of_run(self, run_id: str) -> dict[str, dict[str, FieldValue]]:
        """By record and field."""
        rows = await self._session.scalars(
            select(CorrectionRow).where(CorrectionRow.run_id == run_id, CorrectionRow.account_id == self._account_id)
        )
        found: dict[str, dict[str, FieldValue]] = {}
        for row in rows:
            found.setdefault(row.record_id, {})[row.field] = row.value
        return found

    async def move(self, run_id: str, record_id: str, fields: Collection[str], to: str) -> None:
        """Corrections of one record become those of another, in place of what was corrected there."""
        of_run = (CorrectionRow.run_id == run_id, CorrectionRow.account_id == self._account_id)
        of_fields = CorrectionRow.field.in_(sorted(fields))
        await self._changed(delete(CorrectionRow).where(*of_run, of_fields, CorrectionRow.record_id == to))
        await self._changed(
            update(CorrectionRow).where(*of_run, of_fields, CorrectionRow.record_id == record_id).values(record_id=to)
        )

    async def due(self, site: str, limit: int) -> Sequence[Correction]:
        """Those of a site that nothing has learned from yet, the oldest first."""
        rows = await self._session.scalars(
            select(CorrectionRow)
            .where(
                CorrectionRow.account_id == self._account_id,
                CorrectionRow.site == site,
                CorrectionRow.lesson == LessonState.DUE.value,
            )
            .order_by(CorrectionRow.made_at, CorrectionRow.record_id, CorrectionRow.field)
            .limit(limit)
        )
        return [_correction_of(row) for row in rows]

    async def earlier(self, site: str, fields: Collection[str], limit: int) -> Sequence[Correction]:
        """Those of these fields of a site that templates learned from, or were held back from, the newest first."""
        rows = await self._session.scalars(
            select(CorrectionRow)
            .where(
                CorrectionRow.account_id == self._account_id,
                CorrectionRow.site == site,
                CorrectionRow.lesson.in_([LessonState.LEARNED.value, LessonState.HELD.value]),
                CorrectionRow.field.in_(sorted(fields)),
            )
            .order_by(CorrectionRow.made_at.desc(), CorrectionRow.record_id, CorrectionRow.field)
            .limit(limit)
        )
        return [_correction_of(row) for row in rows]

    async def taught(self, corrections: Sequence[Correction], state: LessonState, note: Note = Note.NONE) -> list[str]:
        """Notes what became of their lessons; the fields that were noted. One that was put anew in the meantime is due
        again, and stays so."""
        noted: list[str] = []
        for each in corrections:
            changed = await self._changed(
                update(CorrectionRow)
                .where(
                    CorrectionRow.account_id == self._account_id,
                    CorrectionRow.run_id == each.run_id,
                    CorrectionRow.record_id == each.record_id,
                    CorrectionRow.field == each.field,
                    CorrectionRow.value == each.found,
                )
                .values(lesson=state.value, value=replace(each.found, note=note))
            )
            noted += [each.field] if changed else []
        return noted


def _correction_of(row: CorrectionRow) -> Correction:
    return Correction(
        run_id=row.run_id,
        record_id=row.record_id,
        field=row.field,
        found=row.value,
        lesson=LessonState(row.lesson),
        page_id=row.page_id,
        site=row.site,
    )
