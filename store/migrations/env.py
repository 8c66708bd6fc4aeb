"""Alembic's entry: runs on the connection, and in the transaction, that `migrate` has opened."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from store.columns import Instant
from store.models import Base


def _as_plain_type(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """A migration names the type that lies in the database: ours may change after it was written."""
    if kind == "type" and type(item).__module__ == "store.columns":
        return "sa.DateTime(timezone=True)" if isinstance(item, Instant) else "sa.Text()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=_as_plain_type,
    render_as_batch=True,  # SQLite cannot alter a table in place
    transactional_ddl=True,  # SQLite can, once the driver leaves BEGIN to us
)
context.run_migrations()
