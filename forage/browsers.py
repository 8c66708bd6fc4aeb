"""Finds a Chromium on this machine, or installs one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import structlog

from domain.errors import InvalidInput

log = structlog.get_logger(__name__)

NONE = "none"  # the setting that means: use no browser
INSTALL_S = 600.0  # a hundred megabytes over a slow line
# The headless shell draws no window: a third less processor time and two fifths less memory than full Chromium.
ON_PATH = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROME_ON_PATH = ("google-chrome-stable", "google-chrome")
CHROME_ON_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# Where Playwright puts what it installs, headless shell first; the folders are named for the system.
_OF_PLAYWRIGHT = (
    "chromium_headless_shell-*/chrome-*/headless_shell",
    "chromium_headless_shell-*/chrome-*/chrome-headless-shell",
    "chromium-*/chrome-*/chrome",
    "chromium-*/chrome-*/Chromium.app/Contents/MacOS/Chromium",
)
_PACKAGES = ("chromium-headless-shell", "chromium")


def find_browser(setting: str = "") -> str | None:
    """The path of the Chromium to use, or None where pages come by HTTP alone.

    `setting` is a path or a name on PATH, `none` for no browser, or empty for the first of: Playwright's own, Chrome,
    Chromium on PATH. Raises InvalidInput where the browser that was set is not there.
    """
    if setting == NONE:
        return None
    if setting:
        found = shutil.which(os.path.expanduser(setting))
        if found is None:
            raise InvalidInput(f"FORAGE_BROWSER is {setting!r}, and no program is there; `{NONE}` means no browser")
        return found
    return _of_playwright() or _first_on_path(*CHROME_ON_PATH) or _chrome_on_mac() or _first_on_path(*ON_PATH)


def install_browser() -> str | None:
    """Installs a Chromium: by the system's packages where we may, else by Playwright's download. The path, or None
    where neither worked; the log says why."""
    if sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        if runs("apt-get", "update", "-q"):
            for package in _PACKAGES:
                if runs("apt-get", "install", "-q", "-y", "--no-install-recommends", package, **quiet):
                    break
        if found := find_browser():
            return found
    runs(sys.executable, "-m", "playwright", "install", "chromium-headless-shell")
    return find_browser()


def _of_playwright() -> str | None:
    for folder in _playwright_folders():
        for pattern in _OF_PLAYWRIGHT:
            # The newest: an older one belongs to an older Playwright.
            for path in sorted(folder.glob(pattern), reverse=True):
                if os.access(path, os.X_OK):
                    return str(path)
    return None


def _playwright_folders() -> tuple[Path, ...]:
    chosen = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    if chosen and chosen != "0":
        return (Path(chosen),)
    return (Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright")


def _first_on_path(*names: str) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


def _chrome_on_mac() -> str | None:
    return str(CHROME_ON_MAC) if CHROME_ON_MAC.exists() else None


def runs(*command: str, **environment: str) -> bool:
    """Whether the command ended well; what it said goes to the log if not."""
    name = " ".join(command[-4:])
    try:
        done = subprocess.run(  # noqa: S603 - the commands are the ones above
            command, env=os.environ | environment, capture_output=True, text=True, timeout=INSTALL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        log.warning("browser.install_failed", command=name, reason=type(fault).__name__)
        return False
    if done.returncode:
        log.warning("browser.install_failed", command=name, reason=(done.stderr or done.stdout).strip()[-500:])
    return done.returncode == 0
