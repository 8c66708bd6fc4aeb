"""Sessions of chat clients over HTTP. Clients of the protocol's newest version have none: each request stands alone."""

from __future__ import annotations

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, AuthorizationContext
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http import StreamableHTTPServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from api.mcp.server import CallerOf, make_server

IDLE_S = 600  # a session that asks for nothing so long ends; its client opens a new one
MAX_SESSIONS = 2_000  # some 50 KB each
MAX_SESSIONS_OF_ACCOUNT = 100  # so that no account takes the room of all others


class Sessions(StreamableHTTPSessionManager):
    """Bounded for each account, too: one more is answered with 503."""

    def _admit_session(self, requestor: AuthorizationContext | None) -> StreamableHTTPServerTransport | None:
        held = sum(owner == requestor for owner in self._session_owners.values())
        return None if held >= MAX_SESSIONS_OF_ACCOUNT else super()._admit_session(requestor)


def open_sessions(version: str, max_body_bytes: int, caller_of: CallerOf) -> Sessions:
    """A manager of sessions. It runs once: each application makes its own."""
    return Sessions(
        make_server(version, caller_of),
        session_idle_timeout=IDLE_S,
        max_sessions=MAX_SESSIONS,
        max_request_body_size=max_body_bytes,
    )


def owner_of(account_id: str) -> AuthenticatedUser:
    """Whose a session is, in the SDK's words: to another account's request it looks as if it were not there."""
    return AuthenticatedUser(AccessToken(token="", client_id=account_id, scopes=[]))
