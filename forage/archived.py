"""A past run's archive, written to a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO

from domain.errors import ForageError
from forage.compose import open_service
from forage.past import find_run
from forage.settings import Settings
from forage.tables import console
from services.keys import ensure_account
from services.service import Service
from services.warc import export_archive


async def write_archive(settings: Settings, name: str, out: Path) -> int:
    async with open_service(settings) as service:
        account_id = await ensure_account(service)
        run = await find_run(service, account_id, name)
        try:
            size = await _write(service, account_id, run.id, out)
        except OSError as fault:
            raise ForageError(f"{out} cannot be written: {fault.strerror}") from None
    console().print(f"{size:,} bytes in {out}")
    return 0


async def _write(service: Service, account_id: str, run_id: str, out: Path) -> int:
    """How many bytes. A page at a time is in memory."""
    export = await export_archive(service, account_id, run_id)
    size = 0
    file: BinaryIO = await asyncio.to_thread(lambda: out.open("wb"))
    try:
        async for chunk in export.chunks:
            size += await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)
    return size
