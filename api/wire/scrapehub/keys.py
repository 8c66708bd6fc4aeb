"""API keys in ScrapeHub's manner: its document names the calls and what is sent, the answers are ours."""

from __future__ import annotations

import re

import msgspec

from api.wire.message import Message
from api.wire.times import iso_seconds, iso_seconds_or_none
from domain.accounts import ApiKey, Scope
from domain.errors import NotFound
from domain.ids import prefixed
from services.keys import NewKey

_ID = re.compile(r"key[_-](?P<id>[0-9a-f]{32})")  # as either of the two documents with keys spells it

REVOKED = Message(message="API key revoked successfully")


class CreateKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new key. Without `scopes` it gets all that the key has which makes it; it can never get more."""

    name: str
    scopes: list[str] | None = None


class ApiKeyOut(msgspec.Struct, frozen=True, kw_only=True):
    """A key; `key` shows its beginning and end alone. `last_used_at` is known to the minute."""

    key_id: str
    name: str
    key: str
    scopes: list[Scope]
    created_at: str
    last_used_at: str | None


class ApiKeyCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A key just made; `key` is its whole text, shown this once."""

    key_id: str
    name: str
    key: str
    scopes: list[Scope]
    created_at: str


def key_id_of(text: str) -> str:
    """The id in `key_<hex>` or `key-<hex>`. Raises NotFound for what can name none."""
    found = _ID.fullmatch(text)
    if found is None:
        raise NotFound("No such API key.")
    return found["id"]


def render_api_key(key: ApiKey) -> ApiKeyOut:
    return ApiKeyOut(
        key_id=prefixed("key", key.id),
        name=key.name,
        key=key.masked,
        scopes=list(key.granted),
        created_at=iso_seconds(key.created_at),
        last_used_at=iso_seconds_or_none(key.last_used_at),
    )


def render_new_api_key(new: NewKey) -> ApiKeyCreated:
    return ApiKeyCreated(
        key_id=prefixed("key", new.key.id),
        name=new.key.name,
        key=new.token,
        scopes=list(new.key.granted),
        created_at=iso_seconds(new.key.created_at),
    )
