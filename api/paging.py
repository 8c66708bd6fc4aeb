"""Bare lists that page by `limit`, `cursor` and a `Link` header (RFC 8288)."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request
from litestar.params import QueryParameter

MAX_PAGE = 500  # rows in one answer
DEFAULT_PAGE = 100
MAX_CURSOR = 500  # characters

Limit = Annotated[
    int, QueryParameter(ge=1, le=MAX_PAGE, description=f"Rows in one answer, 1 to {MAX_PAGE}; default {DEFAULT_PAGE}.")
]
Cursor = Annotated[
    str, QueryParameter(max_length=MAX_CURSOR, description="Where to go on: from the `Link` header of the page before.")
]


def next_link(request: Request[Any, Any, Any], next_cursor: str | None) -> dict[str, str]:
    """The `Link` header to the next page: the same query with the new cursor. Nothing on the last page."""
    if not next_cursor:
        return {}
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    query = urlencode([*kept, ("cursor", next_cursor)])
    return {"Link": f'<{request.scope["path"]}?{query}>; rel="next"'}
