"""What repositories share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.base import Executable

from store.models import Base

# SQLite binds at most 32,766 values a statement and PostgreSQL 32,767; the widest row here has 19 columns.
ROWS_A_STATEMENT = 500


class Repository:
    """Statements of one transaction."""

    def __init__(self, session: AsyncSession, dialect: str) -> None:
        self._session = session
        self._dialect = dialect

    async def _changed(self, statement: Executable) -> int:
        """Runs a statement that changes rows; how many it changed."""
        result = await self._session.execute(statement, execution_options={"synchronize_session": False})
        assert isinstance(result, CursorResult)
        return result.rowcount

    async def _put(self, statement: Executable, rows: Sequence[Mapping[str, object]]) -> None:
        """Runs an INSERT with these rows beside it. Rows in its VALUES would be compiled anew at each call, which for
        a hundred of them holds the loop up for three times as long as to write them."""
        if rows:
            await self._session.execute(statement, list(rows))

    def _insert(self, model: type[Base]) -> Any:
        """An INSERT that can say ON CONFLICT: both dialects spell it alike, but SQLAlchemy has a class for each."""
        return (postgresql if self._dialect == "postgresql" else sqlite).insert(model)


class OwnedRepository(Repository):
    """Statements that see only the rows of one account."""

    def __init__(self, session: AsyncSession, dialect: str, account_id: str) -> None:
        super().__init__(session, dialect)
        self._account_id = account_id
