"""Keys as scraper.bot's document writes them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from api.wire.times import iso_seconds, iso_seconds_or_none
from domain.accounts import ApiKey, Scope
from domain.ids import prefixed
from services.keys import NewKey


class KeyOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A key; `key` shows its beginning and end alone. Beyond the document: when it was last used, to the minute."""

    id: str
    name: str
    key: str
    created_at: str
    scopes: list[Scope]
    last_used_at: str | None


class KeyList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the keys that open the account; `total` counts all of them."""

    data: list[KeyOut]
    total: int


class NewKeyOut(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A key just made; `key` is its whole text, shown this once."""

    id: str
    name: str
    key: str
    created_at: str
    scopes: list[Scope]


class KeyCreated(msgspec.Struct, frozen=True, kw_only=True):
    data: NewKeyOut


def render_keys(keys: Sequence[ApiKey], total: int) -> KeyList:
    return KeyList(data=[_key(key) for key in keys], total=total)


def render_new_key(new: NewKey) -> KeyCreated:
    key = new.key
    return KeyCreated(
        data=NewKeyOut(
            id=prefixed("key", key.id, "-"),
            name=key.name,
            key=new.token,
            created_at=iso_seconds(key.created_at),
            scopes=list(key.granted),
        )
    )


def _key(key: ApiKey) -> KeyOut:
    return KeyOut(
        id=prefixed("key", key.id, "-"),
        name=key.name,
        key=key.masked,
        created_at=iso_seconds(key.created_at),
        scopes=list(key.granted),
        last_used_at=iso_seconds_or_none(key.last_used_at),
    )
