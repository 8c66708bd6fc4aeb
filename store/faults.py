"""What database drivers raise, as the errors that callers understand."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import ForageError, StorageFull, StorageUnavailable

_SQLITE_UNAVAILABLE = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL}
)
_POSTGRES_DISK_FULL = "53100"
# Connection lost (08), shutting down or restarting (57P), out of resources (53), deadlock and serialization (40), the
# database itself gone (3D), a lock not had in time (55P03), a transaction left alone for too long (25P03).
_POSTGRES_UNAVAILABLE = ("08", "57P", "53", "40", "3D", "55P03", "25P03")


def storage_fault(fault: Exception) -> ForageError | None:
    """The typed error for a driver's one, or None where the fault is ours: a wrong statement, a broken constraint."""
    if isinstance(fault, (PoolTimeout, OSError, TimeoutError)):
        return StorageUnavailable()
    if not isinstance(fault, DBAPIError):
        # What asyncpg cannot do while it connects, SQLAlchemy hands on as it is.
        return StorageUnavailable() if sqlstate(fault).startswith(_POSTGRES_UNAVAILABLE) else None
    code = getattr(fault.orig, "sqlite_errorcode", None)
    if code is not None:
        primary = code & 0xFF  # extended codes keep the primary one in the low byte
        if primary == sqlite3.SQLITE_FULL:
            return StorageFull()
        return StorageUnavailable() if primary in _SQLITE_UNAVAILABLE else None
    state = sqlstate(fault)
    if state == _POSTGRES_DISK_FULL:
        return StorageFull()
    if state.startswith(_POSTGRES_UNAVAILABLE) or fault.connection_invalidated:
        return StorageUnavailable()
    # asyncpg says "connection is closed" as an InterfaceError with no SQLSTATE.
    return StorageUnavailable() if not state and "connect" in str(fault.orig).lower() else None


def sqlstate(fault: BaseException | None) -> str:
    """PostgreSQL's code of what went wrong; empty where it has none."""
    told = getattr(fault, "orig", fault)
    return getattr(told, "sqlstate", None) or ""


@contextmanager
def typed_faults() -> Generator[None]:
    """Raises StorageFull and StorageUnavailable in place of the drivers' errors."""
    try:
        yield
    except Exception as fault:
        typed = storage_fault(fault)
        if typed is None:
            raise
        raise typed from fault
