"""What all tables share."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from sqlalchemy import MetaData, String
from sqlalchemy.orm import DeclarativeBase, mapped_column

from store.columns import CleanText, Instant

# Ids are UUIDv7 in 32 hex digits; hashes are SHA-256 in 64.
Id = Annotated[str, mapped_column(String(32))]
Hash = Annotated[str, mapped_column(String(64))]
Word = Annotated[str, mapped_column(String(32))]  # a status, a kind: a value of an enumeration
Moment = Annotated[dt.datetime, mapped_column(Instant)]
Outside = Annotated[str, mapped_column(CleanText)]


class Base(DeclarativeBase):
    # Named constraints, so that a migration can drop them again on every database.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
