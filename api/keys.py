"""API keys, as two documents have them: ScrapeHub's `/api-keys` and scraper.bot's `/keys`, over one set of keys."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, RawBody

from api.auth import needs
from api.given import AccountId, PrincipalGiven, ServiceGiven
from api.jobs import takes_json
from api.openapi import answer_of, body_of, errors_of
from api.paging import DEFAULT_PAGE, Cursor, Limit, next_link
from api.wire.message import Message
from api.wire.reading import read_body
from api.wire.scrapehub.keys import (
    REVOKED,
    ApiKeyCreated,
    ApiKeyOut,
    CreateKey,
    key_id_of,
    render_api_key,
    render_new_api_key,
)
from api.wire.scraperbot.keys import KeyCreated, KeyList, render_keys, render_new_key
from domain.accounts import Scope, parse_scopes
from services.keys import NewKey, Principal, count_keys, grant_key, list_keys, revoke_key
from services.service import Service

_SECRET = "sk_live_8Yq2bD6vK1mZ0sT4xW9cR3nH7jP5fLkQ2aE1"  # noqa: S105 - an example
_NATIVE = {"name": "Production API Key", "scopes": ["jobs:read", "jobs:write"]}
_NATIVE_MADE = {
    "key_id": "key_01a1fd7bc0de70c0965a666767579315",
    "name": "Production API Key",
    "key": _SECRET,
    "scopes": ["jobs:read", "jobs:write"],
    "created_at": "2026-01-27T10:30:00Z",
}
_BOT = {"name": "My New Key", "scopes": ["flows:read", "runs:read", "runs:write"]}
_BOT_MADE = {
    "data": {
        "id": "key-01a1fd7bc0de70c0965a666767579315",
        "name": "My New Key",
        "key": _SECRET,
        "createdAt": "2026-03-18T12:00:00Z",
        "scopes": ["flows:read", "runs:read", "runs:write"],
    }
}

KeyId = FromPath[str]


@get("/api-keys", summary="List API keys", opt=needs(Scope.KEYS_READ), responses=errors_of(422))
async def list_api_keys(
    request: Request[Any, Any, Any],
    service: ServiceGiven,
    account_id: AccountId,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
) -> Response[list[ApiKeyOut]]:
    """The keys that open your account, newest first, masked. Revoked ones are not among them."""
    listing = await list_keys(service, account_id, limit=limit, cursor=cursor, active=True)
    return Response([render_api_key(key) for key in listing.items], headers=next_link(request, listing.next_cursor))


@post(
    "/api-keys",
    summary="Create an API key",
    opt=needs(Scope.KEYS_WRITE),
    guards=[takes_json],
    operation_class=body_of(CreateKey, scoped=_NATIVE),
    responses=errors_of(400, 409, 413, 415, 422)
    | {201: answer_of(ApiKeyCreated, "The key, whole: it is not shown again.", _NATIVE_MADE)},
)
async def create_api_key(body: RawBody, service: ServiceGiven, principal: PrincipalGiven) -> ApiKeyCreated:
    """A key with the scopes named, or with all of the key that makes it. None can give what it lacks."""
    return render_new_api_key(await _granted(body, service, principal))


@delete(
    "/api-keys/{key_id:str}",
    summary="Revoke an API key",
    response_description="Done.",
    status_code=200,
    opt=needs(Scope.KEYS_WRITE),
    responses=errors_of(404),
)
async def delete_api_key(key_id: KeyId, service: ServiceGiven, account_id: AccountId) -> Message:
    """The key opens nothing any more, from the next request on. Also the one that asks, if it names itself."""
    await revoke_key(service, account_id, key_id_of(key_id))
    return REVOKED


@get("/keys", summary="List keys", opt=needs(Scope.KEYS_READ), responses=errors_of(422))
async def list_bot_keys(
    request: Request[Any, Any, Any],
    service: ServiceGiven,
    account_id: AccountId,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
) -> Response[KeyList]:
    """The keys that open your account, newest first, masked. Revoked ones are not among them."""
    listing = await list_keys(service, account_id, limit=limit, cursor=cursor, active=True)
    total = await count_keys(service, account_id)
    return Response(render_keys(listing.items, total), headers=next_link(request, listing.next_cursor))


@post(
    "/keys",
    summary="Create a key",
    opt=needs(Scope.KEYS_WRITE),
    guards=[takes_json],
    operation_class=body_of(CreateKey, scoped=_BOT),
    responses=errors_of(400, 409, 413, 415, 422)
    | {201: answer_of(KeyCreated, "The key, whole: it is not shown again.", _BOT_MADE)},
)
async def create_bot_key(body: RawBody, service: ServiceGiven, principal: PrincipalGiven) -> KeyCreated:
    """A key with the scopes named, or with all of the key that makes it. None can give what it lacks."""
    return render_new_key(await _granted(body, service, principal))


@delete(
    "/keys/{key_id:str}",
    summary="Revoke a key",
    response_description="Done.",
    status_code=200,
    opt=needs(Scope.KEYS_WRITE),
    responses=errors_of(404),
)
async def delete_bot_key(key_id: KeyId, service: ServiceGiven, account_id: AccountId) -> Message:
    """The key opens nothing any more, from the next request on. Also the one that asks, if it names itself."""
    await revoke_key(service, account_id, key_id_of(key_id))
    return REVOKED


async def _granted(body: bytes, service: Service, principal: Principal) -> NewKey:
    asked = read_body(body, CreateKey)
    scopes = None if asked.scopes is None else parse_scopes(asked.scopes)
    return await grant_key(service, principal, name=asked.name, scopes=scopes)


HANDLERS = (list_api_keys, create_api_key, delete_api_key, list_bot_keys, create_bot_key, delete_bot_key)
