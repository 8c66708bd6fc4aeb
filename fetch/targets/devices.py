"""What a device says of itself in its requests: each set is consistent in itself."""

from __future__ import annotations

import msgspec

from domain.bulk import BulkDevice
from fetch.bodies import ACCEPT_ENCODING

# A release that is in wide use. Chromium's own name is frozen but for its first number.
MAJOR = 143
_HINT = f'"Chromium";v="{MAJOR}", "Google Chrome";v="{MAJOR}", "Not=A?Brand";v="24"'
_CHROME = f"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{MAJOR}.0.0.0"
_ACCEPT = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)


class DeviceProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A device: how it is named, on which platform, and its screen in CSS pixels."""

    user_agent: str
    platform: str
    is_mobile: bool
    width: int
    height: int
    scale: float

    def headers(self) -> dict[str, str]:
        """In the order in which the browser sends them."""
        return {
            "sec-ch-ua": _HINT,
            "sec-ch-ua-mobile": "?1" if self.is_mobile else "?0",
            "sec-ch-ua-platform": f'"{self.platform}"',
            "Upgrade-Insecure-Requests": "1",
            "User-Agent": self.user_agent,
            "Accept": _ACCEPT,
            "Sec-Fetch-Site": "none",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-User": "?1",
            "Sec-Fetch-Dest": "document",
            "Accept-Encoding": ACCEPT_ENCODING,
            "Accept-Language": "en-US,en;q=0.9",
        }


DEVICES: dict[BulkDevice, DeviceProfile] = {
    BulkDevice.DESKTOP: DeviceProfile(
        user_agent=f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36",
        platform="Windows",
        is_mobile=False,
        width=1920,
        height=1080,
        scale=1.0,
    ),
    BulkDevice.MOBILE: DeviceProfile(
        user_agent=f"Mozilla/5.0 (Linux; Android 10; K) {_CHROME} Mobile Safari/537.36",
        platform="Android",
        is_mobile=True,
        width=412,
        height=915,
        scale=2.625,
    ),
    # A tablet's Chrome asks for the pages that a desktop gets, and says that it is no phone.
    BulkDevice.TABLET: DeviceProfile(
        user_agent=f"Mozilla/5.0 (Linux; Android 10; K) {_CHROME} Safari/537.36",
        platform="Android",
        is_mobile=False,
        width=800,
        height=1280,
        scale=2.0,
    ),
}
