"""Pictures that the steps of a flow took."""

from __future__ import annotations

import re

from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from api.auth import needs
from api.given import AccountId, ServiceGiven
from api.openapi import errors_of
from api.wire.scraperbot.ids import run_id_of
from domain.accounts import Scope
from domain.errors import NotFound
from services.screenshots import NO_SUCH, get_screenshot

PNG = "image/png"
SUFFIX = ".png"
# A picture of a page is the page's, not ours: nothing in it may act, wherever it is opened.
_HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}

_NUMBER = re.compile(r"[0-9]{1,4}")  # a flow has at most a hundred steps

RunName = FromPath[str]
FileName = FromPath[str]


@get(
    "/runs/{run_name:str}/screenshots/{file_name:str}",
    summary="Get a screenshot of a run",
    opt=needs(Scope.RUNS_READ),
    media_type=PNG,
    responses={200: ResponseSpec(bytes, description="The picture.", media_type=PNG), **errors_of(404)},
)
async def get_run_screenshot(
    run_name: RunName, file_name: FileName, service: ServiceGiven, account_id: AccountId
) -> Response[bytes]:
    """What a screenshot step of a flow saw: `1.png` is of its first such step."""
    run_id, number = run_id_of(run_name), file_name.removesuffix(SUFFIX)
    if run_id is None or not file_name.endswith(SUFFIX) or not _NUMBER.fullmatch(number):
        raise NotFound(NO_SUCH)
    picture = await get_screenshot(service, account_id, run_id, int(number))
    return Response(picture, media_type=PNG, headers=_HEADERS)


HANDLERS = (get_run_screenshot,)
