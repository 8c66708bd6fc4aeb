"""Open Graph images: drawn by the browser that draws every picture, from a page of ours."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, Template

from domain.captures import CaptureFormat, CaptureRequest
from domain.og import HEIGHT, WIDTH, OgImage, checked_og
from domain.pictures import Capture
from services.captures import AskedCapture, request_capture
from services.requests import checked_target
from services.service import Service

TIMEOUT_MS = 10_000  # for the logo: the rest is there at once
LINK_S = 604_800  # the longest that a link may last: those who are sent to an image have no key
NO_LOGO = "logo_url could not be loaded: the image is without it."
NOT_FITTED = "The text does not fit."
_HERE = Path(__file__).parent


async def request_og_image(
    service: Service, account_id: str, image: OgImage, *, origin: str = "", idempotency_key: str = ""
) -> Capture:
    """The image, on its way. Raises InvalidInput, UnsafeUrl for its logo, and what `request_capture` raises."""
    image = checked_og(image)
    image = msgspec.structs.replace(image, logo_url=checked_target("logo_url", image.logo_url, service.policy))
    asked = AskedCapture(request=request_of(image))
    return await request_capture(service, account_id, asked, origin=origin, idempotency_key=idempotency_key)


def request_of(image: OgImage) -> CaptureRequest:
    """The picture to take of a page with what is on the image. All of it is text there."""
    page = _page().render(
        title=image.title,
        description=image.description,
        background=image.background,
        text=image.text,
        logo_url=image.logo_url,
        layout=image.layout.value,
    )
    return CaptureRequest(
        html=page,
        width=WIDTH,
        height=HEIGHT,
        format=CaptureFormat.PNG,
        timeout_ms=TIMEOUT_MS,
        script=_fit(),
        link_s=LINK_S,
    )


def notes_of(capture: Capture) -> tuple[str, ...]:
    """What was not done as asked, in our words: the page's script tells it by how it ends."""
    notes = capture.picture.notes if capture.picture else ()
    return tuple(_told(note) for note in notes)


def _told(note: str) -> str:
    if "logo: it could not be loaded" in note:
        return NO_LOGO
    return NOT_FITTED if "text: it does not fit" in note else note


@cache
def _page() -> Template:
    return Environment(loader=FileSystemLoader(_HERE), autoescape=True).get_template("og_image.html")


@cache
def _fit() -> str:
    return (_HERE / "og_image.js").read_text(encoding="utf-8")
