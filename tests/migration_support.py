"""Moves a service's database to another revision of its schema, with what is in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic.config import Config
from sqlalchemy import Connection

import store.migrations
from services.service import Service


async def migrated(service: Service, move: Callable[[Config, str], None], revision: str) -> None:
    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(store.migrations.__file__).parent))
        config.attributes["connection"] = connection
        move(config, revision)

    async with service.database.writer.begin() as connection:
        await connection.run_sync(run)
