"""The devices that a page can be looked at with, each one consistent in itself."""

from __future__ import annotations

from domain.captures import CaptureRequest, Device
from fetch.browser.profile import Profile

# Phones and tablets are Android ones: the engine is Chromium's, and a page that looks closer finds no contradiction.
_ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0"
_PHONE = f"{_ANDROID} Mobile Safari/537.36"
_TABLET = f"{_ANDROID} Safari/537.36"

PROFILES = {
    Device.DESKTOP: Profile(width=1280, height=900),
    Device.MOBILE: Profile(width=390, height=844, scale=3.0, is_mobile=True, user_agent=_PHONE),
    Device.TABLET: Profile(width=768, height=1024, scale=2.0, is_mobile=True, user_agent=_TABLET),
}


def viewport_of(request: CaptureRequest) -> tuple[int, int]:
    """Width and height in CSS pixels."""
    device = PROFILES[request.device]
    return request.width or device.width, request.height or device.height
