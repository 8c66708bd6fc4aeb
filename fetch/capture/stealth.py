"""A fingerprint without contradictions: what the page's scripts and its server are told is what a browser with a window
on such a device would say."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from domain.captures import Device

SCRIPT = files("fetch.capture").joinpath("stealth.js").read_text("utf-8").strip()
LANGUAGES = "en-US,en"
_PLATFORMS = {
    Device.DESKTOP: ("Linux", "6.8.0", "Linux x86_64", "", "x86"),
    Device.MOBILE: ("Android", "10.0.0", "Linux armv81", "K", ""),
    Device.TABLET: ("Android", "10.0.0", "Linux armv81", "K", ""),
}


def user_agent_override(user_agent: str, version: str, device: Device) -> dict[str, Any]:
    """Parameters of `Emulation.setUserAgentOverride`: name, platform and client hints that agree with each other."""
    system, system_version, platform, model, architecture = _PLATFORMS[device]
    major = version.split(".")[0]
    brands = (("Chromium", major, version), ("Google Chrome", major, version), ("Not?A_Brand", "24", "24.0.0.0"))
    return {
        "userAgent": user_agent.replace("{major}", major),
        "acceptLanguage": LANGUAGES,
        "platform": platform,
        "userAgentMetadata": {
            "brands": [{"brand": name, "version": short} for name, short, _ in brands],
            "fullVersionList": [{"brand": name, "version": full} for name, _, full in brands],
            "fullVersion": version,
            "platform": system,
            "platformVersion": system_version,
            "architecture": architecture,
            "bitness": "64" if architecture else "",
            "model": model,
            "mobile": device is Device.MOBILE,
            "wow64": False,
        },
    }
