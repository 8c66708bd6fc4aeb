"""Sessions whose process is frozen in the middle of a statement: they keep their locks, and no setting ends them."""

from __future__ import annotations

from sqlalchemy import text

from store.database import APPLICATION_NAME, IDLE_TIMEOUT_S, Database
from store.faults import typed_faults

# asyncpg asks for a statement to be prepared, and then for it to be run. Frozen between the two, its session is neither
# idle (idle_in_transaction_session_timeout) nor to be interrupted (statement_timeout): the server waits for the client.
_END_FROZEN = text(
    """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE application_name = :application AND datname = current_database() AND usename = current_user
      AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
      AND state = 'active' AND wait_event = 'ClientRead'
      AND state_change < clock_timestamp() - make_interval(secs => :seconds)
    """
)


async def end_frozen_sessions(database: Database) -> int:
    """Ends the transactions that have waited for their process for longer than any has reason to; how many they were.

    On PostgreSQL only: nobody can end another process's hold on an SQLite file. Raises StorageUnavailable.
    """
    if database.dialect == "sqlite":
        return 0
    with typed_faults():
        async with database.reader.connect() as connection:
            told = await connection.execute(_END_FROZEN, {"application": APPLICATION_NAME, "seconds": IDLE_TIMEOUT_S})
            return told.scalar_one()
