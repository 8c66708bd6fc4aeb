"""What a browser page seems to be held in: a screen, a kind of device, a name."""

from __future__ import annotations

import msgspec


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Of all pages of one jar. `width` and `height` are of the viewport in CSS pixels, `scale` is how many pixels of
    the screen one of them has. In `user_agent`, `{major}` stands for the browser's own version; empty: Chromium's own
    name, without the word Headless. `init_script` runs in each document before its own scripts.
    `proxy_url`: another door of ours, in place of the browser's own one."""

    width: int = 1280
    height: int = 900
    scale: float = 1.0
    is_mobile: bool = False
    user_agent: str = ""
    init_script: str = ""
    proxy_url: str = ""
