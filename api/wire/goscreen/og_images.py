"""Open Graph images as GoScreenAPI's document asks for them and answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from api.wire.goscreen.captures import image_url, signed_url
from api.wire.goscreen.ids import dashed
from domain.captures import Theme
from domain.clock import iso_seconds
from domain.og import MAX_DESCRIPTION, MAX_TITLE, MAX_URL, OgImage, OgLayout
from domain.pictures import Capture, SignedLink
from services.og_images import notes_of

Colour = Annotated[str, Meta(pattern="^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$", description="As #0f172a or #fff.")]


class MakeOgImage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is on the image. `theme` sets the colours that are left out. `redirect` true answers with a redirect to the
    image. `layout` is beyond the document."""

    title: Annotated[str, Meta(min_length=1, max_length=MAX_TITLE)]
    description: Annotated[str, Meta(max_length=MAX_DESCRIPTION)] = ""
    theme: Literal["light", "dark"] | None = None
    bg_color: Colour | None = None
    text_color: Colour | None = None
    logo_url: Annotated[str, Meta(max_length=MAX_URL, description="http or https.")] | None = None
    redirect: bool = True
    layout: Literal["plain", "center", "split", "card"] = "plain"

    @property
    def image(self) -> OgImage:
        return OgImage(
            title=self.title,
            description=self.description,
            theme=Theme(self.theme) if self.theme else None,
            bg_color=self.bg_color or "",
            text_color=self.text_color or "",
            logo_url=self.logo_url or "",
            layout=OgLayout(self.layout),
        )


class OgImageOut(msgspec.Struct, frozen=True, kw_only=True):
    """`signed_url` opens the image without a key until `signed_url_expires_at`; `image_url` needs its owner's. `notes`
    tell of what was not done as asked, as a logo that could not be loaded."""

    status: str = "success"
    request_id: str
    image_url: str
    duration_ms: int
    signed_url: str
    signed_url_expires_at: str
    notes: Sequence[str]


def render_og_image(capture: Capture, link: SignedLink, origin: str) -> OgImageOut:
    return OgImageOut(
        request_id=dashed(capture.id),
        image_url=image_url(capture, origin) or "",
        duration_ms=capture.duration_ms or 0,
        signed_url=signed_url(capture, link, origin),
        signed_url_expires_at=iso_seconds(link.expires_at),
        notes=notes_of(capture),
    )
