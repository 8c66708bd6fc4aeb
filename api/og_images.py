"""GoScreenAPI's Open Graph images."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import RawBody
from litestar.response import Redirect

from api.auth import needs
from api.captures import ended_capture, origin_of, quota_told
from api.charges import charged
from api.given import AccountId, ConfigGiven, ServiceGiven
from api.jobs import IdempotencyKey, takes_json
from api.openapi import answer_of, body_of, errors_of
from api.wire.goscreen.og_images import MakeOgImage, OgImageOut, render_og_image
from api.wire.reading import read_body
from domain.accounts import Scope
from domain.errors import PageUnreadable
from domain.pictures import CaptureStatus
from services.captures import link_to
from services.og_images import request_og_image

_REDIRECTED = {"title": "My Article Title", "description": "A short description here", "theme": "dark"}
_TOLD = {
    **_REDIRECTED,
    "bg_color": "#0f172a",
    "text_color": "#ffffff",
    "logo_url": "https://example.com/logo.png",
    "layout": "split",
    "redirect": False,
}
_ANSWER = {
    "status": "success",
    "request_id": "018e1234-abcd-7000-8000-000000000001",
    "image_url": "https://forage.example/storage/screenshots/018e1234-abcd-7000-8000-000000000001.png",
    "duration_ms": 1180,
    "signed_url": "https://forage.example/storage/screenshots/018e1234-abcd-7000-8000-000000000001.png?expires=1769509800&signature=6f2c",
    "signed_url_expires_at": "2026-01-27T10:30:00Z",
    "notes": [],
}


@post(
    "/og-image",
    summary="Make an Open Graph image",
    status_code=200,
    opt=needs(Scope.RUNS_WRITE) | charged(once_by_key=True),
    guards=[takes_json],
    operation_class=body_of(MakeOgImage, told=_TOLD, redirected=_REDIRECTED),
    responses=errors_of(400, 413, 415, 422, 429, 502, 503, 504, 507)
    | {
        200: answer_of(OgImageOut, "The image, with `redirect` false.", _ANSWER),
        302: ResponseSpec(None, description="To the image, at a signed link that needs no key."),
    },
)
async def make_og_image(
    body: RawBody,
    request: Request[Any, Any, Any],
    service: ServiceGiven,
    config: ConfigGiven,
    account_id: AccountId,
    idempotency_key: IdempotencyKey = None,
) -> Response[OgImageOut] | Redirect:
    """1200 x 630 pixels, with the title as large as all of it fits."""
    asked, origin = read_body(body, MakeOgImage), origin_of(request)
    with quota_told():
        capture = await request_og_image(
            service, account_id, asked.image, origin=origin, idempotency_key=idempotency_key or ""
        )
    capture = await ended_capture(service, capture, config.capture_queue_s)
    link = await link_to(service, capture)
    if capture.status is CaptureStatus.FAILED or link is None:
        raise PageUnreadable(f"The image could not be drawn: {capture.why_not}")
    told = render_og_image(capture, link, origin)
    if asked.redirect:
        return Redirect(told.signed_url, status_code=302)
    return Response(told)


HANDLERS = (make_og_image,)
