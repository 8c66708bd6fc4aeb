"""One Chromium and the Playwright driver that steers it: launched guarded, watched, and killed for certain."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import structlog

from domain.errors import ForageError
from fetch.browser.flags import RESTORED_PROTECTIONS, flags_for
from fetch.browser.profile import Profile
from fetch.environment import bare_environment

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, CDPSession, Playwright, ProxySettings
    from playwright.async_api._context_manager import PlaywrightContextManager

log = structlog.get_logger(__name__)
T = TypeVar("T")

LAUNCH_S = 30.0  # 1 s on an idle machine; a busy one with a cold disk takes ten times that
STEP_S = 5.0  # any small command to a healthy browser: milliseconds
CLOSE_S = 3.0  # a polite close; past it the process is killed
PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")
NOWHERE = "http://127.0.0.1:9"  # the discard port: a proxy that is not there

# What Chromium of that version says on Linux when it has a window.
OWN_USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"
)


class BrowserUnusable(ForageError):
    """The browser could not be started."""


class BrowserDied(ForageError):
    """The browser, or the page's process in it, died."""


async def within(seconds: float, work: Awaitable[T]) -> T:
    """What `work` gives. Raises TimeoutError past `seconds`, BrowserDied if the browser went."""
    from playwright.async_api import Error

    try:
        async with asyncio.timeout(seconds):
            return await work
    except Error as fault:
        if is_death(fault.message):
            raise BrowserDied from None
        raise


def is_death(message: str) -> bool:
    """Whether Playwright's message says that the page or browser is no more."""
    return any(sign in message for sign in ("has been closed", "Page crashed", "Target crashed", "Connection closed"))


class BrowserProcess:
    """A running browser. `retire` it to let its last pages finish, or `kill` it."""

    def __init__(self, manager: PlaywrightContextManager, browser: Browser, session: CDPSession, pid: int) -> None:
        self._manager, self._browser, self._session = manager, browser, session
        self.pid = pid
        self.born = time.monotonic()

    @classmethod
    async def launch(
        cls, path: str, proxy_url: str, *, draws: bool = False, frames_apart: bool = True
    ) -> BrowserProcess:
        """Raises BrowserUnusable. `proxy_url` is set for the whole browser: its own background calls obey it too.
        `draws`: pages are drawn with their pictures and fonts. `frames_apart`: frames of other sites may have
        processes of their own, which the page's session does not command."""
        from playwright.async_api import async_playwright

        manager = async_playwright()
        try:
            async with asyncio.timeout(LAUNCH_S):
                driver = await manager.start()
                flags = flags_for(draws=draws, frames_apart=frames_apart)
                browser = await _launch(driver, path, {"server": proxy_url or NOWHERE}, flags)
                session = await browser.new_browser_cdp_session()
                pid = _browser_pid(await session.send("SystemInfo.getProcessInfo"))
        except TimeoutError:
            await _stop(manager)
            raise BrowserUnusable(f"{path} did not start in {LAUNCH_S:.0f} s.") from None
        except Exception as fault:  # noqa: BLE001 - a driver that dies as it starts (Ctrl-C) raises a bare one
            await _stop(manager)
            raise BrowserUnusable(f"{path} could not be started: {_first_line(fault)}") from None
        log.info("browser.launched", path=path, version=browser.version, pid=pid)
        return cls(manager, browser, session, pid)

    @property
    def is_alive(self) -> bool:
        return self._browser.is_connected()

    @property
    def version(self) -> str:
        """As "143.0.7499.40"."""
        return self._browser.version

    async def new_context(self, profile: Profile) -> BrowserContext:
        """A fresh set of cookies, cache and storage."""
        major = self.version.split(".")[0]
        context = await within(
            STEP_S,
            self._browser.new_context(
                user_agent=(profile.user_agent or OWN_USER_AGENT).replace("{major}", major),
                service_workers="block",
                accept_downloads=False,
                viewport={"width": profile.width, "height": profile.height},
                device_scale_factor=profile.scale,
                is_mobile=profile.is_mobile,
                has_touch=profile.is_mobile,
                locale="en-US",
                permissions=[],
                # Of a jar alone. What the browser asks for itself still goes by its own door, and so past the guard.
                proxy={"server": profile.proxy_url} if profile.proxy_url else None,
            ),
        )
        if profile.init_script:
            await within(STEP_S, context.add_init_script(profile.init_script))
        return context

    async def memory(self) -> dict[int, int]:
        """Resident bytes by process id, renderers included; empty where the system does not tell."""
        told = await within(STEP_S, self._session.send("SystemInfo.getProcessInfo"))
        return {entry["id"]: size for entry in told["processInfo"] if (size := _resident_bytes(entry["id"]))}

    async def close(self) -> None:
        """Politely, and by force past the deadline."""
        from playwright.async_api import Error

        with contextlib.suppress(TimeoutError, Error):
            async with asyncio.timeout(CLOSE_S):
                await self._browser.close()
        self.kill()
        await _stop(self._manager)

    def kill(self) -> None:
        """At once. Safe to call twice."""
        if not self.is_alive:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            # Playwright makes the browser the leader of a process group of its own.
            if os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, signal.SIGKILL)
            else:
                os.kill(self.pid, signal.SIGKILL)


async def _launch(driver: Playwright, path: str, proxy: ProxySettings, flags: tuple[str, ...]) -> Browser:
    from playwright.async_api import Error

    async def attempt(*, sandbox: bool) -> Browser:
        return await driver.chromium.launch(
            executable_path=path,
            proxy=proxy,
            args=list(flags),
            ignore_default_args=list(RESTORED_PROTECTIONS),
            chromium_sandbox=sandbox,
            env={**bare_environment()},
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
        )

    if os.geteuid() == 0:  # Chromium refuses to sandbox root
        return await attempt(sandbox=False)
    try:
        return await attempt(sandbox=True)
    except Error:
        log.warning("browser.no_sandbox", reason="the system does not allow user namespaces")
        return await attempt(sandbox=False)


def _first_line(fault: Exception) -> str:
    told = str(fault).splitlines() or [type(fault).__name__]
    return f"{told[0][:200].rstrip('.')}."


def _browser_pid(told: dict) -> int:
    return next(entry["id"] for entry in told["processInfo"] if entry["type"] == "browser")


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_SIZE
    except (OSError, IndexError, ValueError):
        return 0


async def _stop(manager: PlaywrightContextManager) -> None:
    """Ends the driver's own process; it takes the browser with it if that still runs."""
    from playwright.async_api import Error

    with contextlib.suppress(TimeoutError, Error):
        async with asyncio.timeout(CLOSE_S):
            await manager.__aexit__()
