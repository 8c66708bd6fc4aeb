"""What earlier runs of an account read at an address."""

from __future__ import annotations

from collections.abc import Mapping

from domain.records import Value, is_told
from services.service import Service


async def told_at(service: Service, account_id: str, run_id: str, url: str) -> Mapping[str, Value]:
    """By field, what the runs other than `run_id` read of the one thing at an address: the newest word for each. Raises
    StorageUnavailable."""
    async with service.database.read() as uow:
        pages = await uow.tasks(account_id).found_at(url, but=run_id)
    told: dict[str, Value] = {}
    for candidates in pages:
        for candidate in candidates if len(candidates) == 1 else ():
            for name, value in candidate.fields.items():
                if is_told(value):
                    told.setdefault(name, value.value)
    return told
