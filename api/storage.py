"""Pictures, at the addresses that answers name: to their owner's key, or by a signed link."""

from __future__ import annotations

import re
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter

from api.auth import Guard, key_guard, needs
from api.given import ServiceGiven
from api.openapi import errors_of
from api.wire.goscreen.ids import STORAGE, read_file_name
from domain.accounts import Scope
from domain.captures import CaptureFormat
from domain.errors import Gone, NotFound
from domain.pictures import Capture
from services.captures import EXPIRED, NO_SUCH, get_capture, open_link, read_picture
from services.service import Service

SIGNATURE = "signature"
YEAR_S = 31_536_000
_EXPIRES = re.compile(r"[0-9]{1,12}")
# A picture of a page is the page's, not ours: nothing in it may act, wherever it is opened.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

FileName = FromPath[str]
Expires = Annotated[str, QueryParameter(max_length=20, description="Of a signed link.")]
Signature = Annotated[str, QueryParameter(max_length=128, description="Of a signed link.")]


def picture_guard(service: Service) -> Guard:
    """A guard that lets in whoever has a good key, or brings a signature, which the handler checks."""
    by_key = key_guard(service)

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        if not connection.query_params.get(SIGNATURE):
            await by_key(connection, handler)

    return guard


@get(
    f"{STORAGE}/{{file_name:str}}",
    summary="Get a picture",
    opt=needs(Scope.RUNS_READ),
    responses={
        200: ResponseSpec(bytes, description="The picture.", media_type="image/png"),
        304: ResponseSpec(None, description="It is as it was."),
        **errors_of(404, 410),
    },
)
async def get_picture(
    file_name: FileName,
    request: Request[Any, Any, Any],
    service: ServiceGiven,
    expires: Expires = "",
    signature: Signature = "",
) -> Response[bytes]:
    """`{request_id}.{format}`, with its owner's key or as a signed link."""
    named = read_file_name(file_name)
    if named is None:
        raise NotFound(NO_SUCH)
    capture_id, extension = named
    if signature:
        capture = await _linked(service, capture_id, extension, expires, signature)
    else:
        capture = await get_capture(service, request.user.account.id, capture_id)
    if capture.is_expired:
        raise Gone(EXPIRED)
    if capture.picture is None or capture.format is not CaptureFormat(extension):
        raise NotFound(NO_SUCH)
    headers = _headers(capture, _life_s(service, expires) if signature else YEAR_S, shared=bool(signature))
    if _knows(request, headers["ETag"]):
        return Response(b"", status_code=304, headers=headers, media_type=capture.picture.media_type)
    return Response(await read_picture(service, capture), headers=headers, media_type=capture.picture.media_type)


async def _linked(service: Service, capture_id: str, extension: str, expires: str, signature: str) -> Capture:
    if not _EXPIRES.fullmatch(expires):
        raise NotFound(NO_SUCH)
    return await open_link(service, capture_id, extension, expires=int(expires), signature=signature)


def _life_s(service: Service, expires: str) -> int:
    return max(0, int(int(expires) - service.clock.now().timestamp()))


def _headers(capture: Capture, life_s: int, *, shared: bool) -> dict[str, str]:
    assert capture.picture is not None
    return {
        "ETag": f'"{capture.picture.sha256}"',
        "Cache-Control": f"private, max-age={life_s}, immutable",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": _POLICY,
        # A signed link is made to be shown on other sites.
        "Cross-Origin-Resource-Policy": "cross-origin" if shared else "same-origin",
    }


def _knows(request: Request[Any, Any, Any], etag: str) -> bool:
    given = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    return etag in given or "*" in given


HANDLERS = (get_picture,)
