"""Engines that tests of one process use one after the other.

An engine keeps what it has compiled and adapted for its database. To make that anew was a third of the time of a test
that opens a service.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database import Database, open_engines, parse_url

Engines = tuple[AsyncEngine, AsyncEngine]

URLS = 4  # whose engines are kept: the two that fixtures use, and a test's own for as long as it runs
_resting: defaultdict[URL, list[Engines]] = defaultdict(list)


@asynccontextmanager
async def reused_database(url: str) -> AsyncGenerator[Database]:
    """As `store.database.open_database`, with engines that nobody uses just now and with new connections.

    Who opens the same URL twice at a time has two sets of engines, as two processes would.
    """
    parsed = parse_url(url)
    resting = _resting[parsed]
    engines = resting.pop() if resting else _hurried(open_engines(parsed))
    for engine in engines:
        # A task that outlived its test may have connected once more, in a loop and to a file that are gone.
        await engine.dispose(close=False)
    database = Database(parsed, *engines)
    try:
        yield database
    finally:
        await database.close()
        resting.append(engines)
        for other in [known for known in _resting if known != parsed][: max(0, len(_resting) - URLS)]:
            del _resting[other]


def _hurried(engines: Engines) -> Engines:
    """What a power cut would take is of no interest to tests: SQLite need not wait for the disk."""
    for engine in engines:
        if engine.dialect.name == "sqlite":

            @event.listens_for(engine.sync_engine, "connect")
            def hurry(connection: Any, _record: object) -> None:
                cursor = connection.cursor()
                cursor.execute("PRAGMA synchronous=OFF")
                cursor.close()

    return engines
