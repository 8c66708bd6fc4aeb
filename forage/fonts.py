"""Fonts for pictures: which scripts this machine can draw, and how to draw the others."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import structlog

from forage.browsers import runs

log = structlog.get_logger(__name__)

LOOK_S = 10.0
# A package, and what it draws: a script's name, and what only fonts that draw it have.
_PACKAGES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("fonts-noto-core", (("Arabic", ":lang=ar"), ("Hebrew", ":lang=he"), ("Hindi", ":lang=hi"), ("Thai", ":lang=th"))),
    ("fonts-noto-cjk", (("Chinese", ":lang=zh-cn"), ("Japanese", ":lang=ja"), ("Korean", ":lang=ko"))),
    ("fonts-noto-color-emoji", (("emoji", ":charset=1f389"),)),
)


def missing_scripts() -> tuple[str, ...] | None:
    """The scripts that no font here draws: in pictures they are boxes. None where there is no fontconfig to ask."""
    if shutil.which("fc-list") is None:
        return None
    return tuple(name for _, scripts in _PACKAGES for name, pattern in scripts if not _is_drawn(pattern))


def install_fonts() -> bool:
    """Installs what is missing by the system's packages, where we may. Whether every script is drawn now."""
    missing = missing_scripts()
    if missing == ():
        return True
    if not (sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get")):
        return False
    names = [name for name, scripts in _PACKAGES if missing is None or any(script in missing for script, _ in scripts)]
    options = ("-q", "-y", "--no-install-recommends")
    if runs("apt-get", "update", "-q"):
        runs("apt-get", "install", *options, "fontconfig", *names, DEBIAN_FRONTEND="noninteractive")
    return missing_scripts() == ()


def _is_drawn(pattern: str) -> bool:
    try:
        found = subprocess.run(  # noqa: S603 - the patterns are the ones above
            ("fc-list", pattern, "family"),  # noqa: S607 - the one on PATH
            capture_output=True,
            text=True,
            timeout=LOOK_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        log.warning("fonts.unknown", reason=type(fault).__name__)
        return False
    return bool(found.stdout.strip())
