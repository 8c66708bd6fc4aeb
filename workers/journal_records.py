"""The records that a run has stored: which of them change, and how many it has room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from agent.state import Ending, TaskResult
from domain.corrections import overlaid
from domain.records import FieldValue, Record
from store.columns import encode
from store.repositories.records import fingerprint
from store.repositories.runs import NewEvent
from store.unit import UnitOfWork
from workers.journal_events import records_cut, records_found

Found = TypeVar("Found", TaskResult, Ending)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written: records by fingerprint, and the ids of those to remove."""

    changed: dict[str, Record]
    gone: set[str]

    async def write(self, uow: UnitOfWork, account_id: str, run_id: str) -> None:
        records = uow.records(account_id)
        await records.remove(run_id, self.gone)
        await records.put(run_id, self.changed)


UNCHANGED = Change(changed={}, gone=set())


class KeptRecords:
    """`fingerprints` are of the stored ones by id, those apart from the result among them; `most_bytes` is what all may
    have. `number` is how many the result has."""

    def __init__(
        self,
        fingerprints: dict[str, str],
        corrections: Mapping[str, Mapping[str, FieldValue]],
        *,
        number: int,
        most_bytes: int,
    ) -> None:
        self.number = number
        self.has_room = True  # for further ones
        self._fingerprints, self._corrections, self._most = fingerprints, corrections, most_bytes
        self._result = frozenset(fingerprints)

    @property
    def no_room(self) -> str:
        return f"The run's records have filled the {self._most / 1_000_000:g} MB that a run may have."

    def fitted(self, found: Found) -> tuple[Found, list[NewEvent]]:
        """What a run found, cut to the bytes that there are, and a warning where this is the first cut."""
        left = self._most
        kept: list[Record] = []
        for record in (*found.records, *found.apart):
            left -= len(encode(record))
            if left < 0:
                break
            kept.append(record)
        if left >= 0:
            return found, []
        is_first, self.has_room = self.has_room, False
        records, apart = kept[: len(found.records)], kept[len(found.records) :]
        cut = msgspec.structs.replace(found, records=tuple(records), apart=tuple(apart))
        return cut, [records_cut(self.no_room)] if is_first else []

    def change_to(self, records: Sequence[Record]) -> Change:
        """From what is stored to these."""
        ids = {record.id for record in records}
        kept = (overlaid(record, self._corrections, ids) for record in records)
        now = {fingerprint(record): record for record in kept}
        changed = {sha256: record for sha256, record in now.items() if self._fingerprints.get(record.id) != sha256}
        return Change(changed=changed, gone=set(self._fingerprints) - ids)

    def news(self, change: Change, result: Sequence[Record]) -> list[NewEvent]:
        """What changed of the result; those kept apart from it are no news."""
        told = [record for record in change.changed.values() if not record.is_apart]
        removed = sorted(self._result - {record.id for record in result})
        return [records_found(len(result), told, removed)] if told or removed else []

    def remember(self, change: Change) -> None:
        """It was written."""
        for record_id in change.gone:
            del self._fingerprints[record_id]
        self._fingerprints.update((record.id, sha256) for sha256, record in change.changed.items())

    def remember_result(self, result: Sequence[Record]) -> None:
        self.number, self._result = len(result), frozenset(record.id for record in result)
