"""Accounts of one's own: register, log in, log out, another password, who am I."""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post
from litestar.params import RawBody

from api.auth import needs_any_key, open_to_all
from api.given import ConfigGiven, PrincipalGiven, ServiceGiven
from api.jobs import takes_json
from api.limits import peer_of
from api.openapi import body_of, errors_of
from api.wire.message import Message
from api.wire.reading import read_body
from api.wire.scrapehub.accounts import (
    LOGGED_OUT,
    PASSWORD_CHANGED,
    ChangePassword,
    LoggedIn,
    Login,
    MeOut,
    Register,
    RegisteredOut,
    render_login,
    render_me,
    render_registered,
)
from domain.errors import Forbidden
from services.accounts import change_password, login, logout, register, who_is

_CREDENTIALS = {"email": "ada@example.com", "password": "a long pass phrase"}
_PASSWORDS = {"current_password": "a long pass phrase", "new_password": "a longer pass phrase"}
_NO_KEY: list[dict[str, list[str]]] = [{}]


@post(
    "/auth/register",
    summary="Register",
    response_description="The account, its first key and a login: both are shown this once.",
    opt=open_to_all(),
    security=_NO_KEY,
    guards=[takes_json],
    operation_class=body_of(Register, new={**_CREDENTIALS, "name": "Ada"}),
    responses=errors_of(400, 409, 413, 415, 422),
)
async def register_account(
    request: Request[Any, Any, Any], body: RawBody, service: ServiceGiven, config: ConfigGiven
) -> RegisteredOut:
    """An account of your own. The operator may have turned this off."""
    if not config.registration:
        raise Forbidden("Registration is off on this service; its operator turns it on with FORAGE_REGISTRATION=on.")
    asked = read_body(body, Register)
    made = await register(
        service, email=asked.email, password=asked.password, name=asked.name, peer=peer_of(request.scope)
    )
    return render_registered(made)


@post(
    "/auth/login",
    summary="Log in",
    response_description="A login, whose token goes where a key does.",
    status_code=200,
    opt=open_to_all(),
    security=_NO_KEY,
    guards=[takes_json],
    operation_class=body_of(Login, known=_CREDENTIALS),
    responses=errors_of(400, 413, 415, 422),
)
async def log_in(request: Request[Any, Any, Any], body: RawBody, service: ServiceGiven) -> LoggedIn:
    """A token for 14 days, with every scope. Tries are limited by address and by email."""
    asked = read_body(body, Login)
    return render_login(await login(service, email=asked.email, password=asked.password, peer=peer_of(request.scope)))


@post(
    "/auth/logout",
    summary="Log out",
    response_description="The token opens nothing any more.",
    status_code=200,
    opt=needs_any_key(),
    responses=errors_of(409),
)
async def log_out(service: ServiceGiven, principal: PrincipalGiven) -> Message:
    """Ends the login whose token asks."""
    await logout(service, principal)
    return LOGGED_OUT


@post(
    "/auth/password",
    summary="Change the password",
    response_description="The new password holds; every other login of yours has ended.",
    status_code=200,
    opt=needs_any_key(),
    guards=[takes_json],
    operation_class=body_of(ChangePassword, change=_PASSWORDS),
    responses=errors_of(400, 409, 413, 415, 422),
)
async def change_own_password(
    request: Request[Any, Any, Any], body: RawBody, service: ServiceGiven, principal: PrincipalGiven
) -> Message:
    """Asked with a login's token: a key has no password. Your keys go on; revoke those that others may have."""
    asked = read_body(body, ChangePassword)
    await change_password(
        service, principal, current=asked.current_password, new=asked.new_password, peer=peer_of(request.scope)
    )
    return PASSWORD_CHANGED


@get("/auth/me", summary="Who am I", opt=needs_any_key(), responses=errors_of())
async def get_me(service: ServiceGiven, principal: PrincipalGiven) -> MeOut:
    """The account that this key or login opens, and what it may do."""
    return render_me(principal, await who_is(service, principal))


HANDLERS = (register_account, log_in, log_out, change_own_password, get_me)
