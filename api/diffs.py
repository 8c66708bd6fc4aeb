"""GoScreenAPI's visual comparison of two screenshots."""

from __future__ import annotations

from litestar import post
from litestar.params import RawBody

from api.auth import needs
from api.charges import charged
from api.given import AccountId, ServiceGiven
from api.jobs import takes_json
from api.openapi import answer_of, body_of, errors_of
from api.wire.goscreen.diffs import ComparePictures, DiffOut, render_diff
from api.wire.goscreen.ids import undashed
from api.wire.reading import read_body
from domain.accounts import Scope
from domain.errors import NotFound
from services.diffs import compare_captures

_ASKED = {
    "request_id_1": "018e1234-abcd-7000-8000-000000000001",
    "request_id_2": "018e1234-abcd-7000-8000-000000000002",
    "threshold": 0.1,
}
_ANSWER = {
    "status": "success",
    "diff_id": 42,
    "cached": False,
    "diff_percentage": 3.47,
    "diff_pixels": 39_974,
    "compared_size": "1280x900",
    "threshold": 0.1,
    "diff_image": "data:image/png;base64,iVBORw0KGgo=",
}


@post(
    "/diff",
    summary="Compare two screenshots",
    status_code=200,
    opt=needs(Scope.RUNS_WRITE) | charged(),
    guards=[takes_json],
    operation_class=body_of(ComparePictures, pair=_ASKED),
    responses=errors_of(400, 404, 409, 410, 413, 415, 422, 504, 507)
    | {200: answer_of(DiffOut, "How they differ.", _ANSWER)},
)
async def compare_screenshots(body: RawBody, service: ServiceGiven, account_id: AccountId) -> DiffOut:
    """Pixel by pixel, as an eye would: smoothed edges are no difference. A pair is compared once, then `cached`."""
    asked = read_body(body, ComparePictures)
    compared = await compare_captures(
        service,
        account_id,
        _id("request_id_1", asked.request_id_1),
        _id("request_id_2", asked.request_id_2),
        threshold=asked.threshold,
        masks=asked.masks,
        force=asked.force,
    )
    return render_diff(compared)


def _id(name: str, text: str) -> str:
    found = undashed(text)
    if found is None:
        raise NotFound(f"{name}: no such screenshot.")
    return found


HANDLERS = (compare_screenshots,)
