"""The browser pages of this process: opened when needed, used again within one scope, never shared between two.

A scope has a jar of its own (a browser context: cookies, cache, storage). Chromium gives each jar its own renderer
processes, so a page that runs wild holds up its own scope at most.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncGenerator, Coroutine
from typing import NamedTuple

import structlog

from fetch.browser.process import STEP_S, BrowserDied, BrowserProcess, BrowserUnusable
from fetch.browser.profile import Profile
from fetch.browser.tab import Jar, Tab

log = structlog.get_logger(__name__)

TAB_IDLE_S = 60.0
BLANK_AFTER_S = 0.5  # a page that is used again at once need not be emptied in between
JAR_IDLE_S = 600.0  # a run that fetched nothing for ten minutes begins again without cookies
MAX_JARS = 50
PROCESS_VISITS = 1000  # then a new browser takes over: Chromium's own memory grows slowly
PROCESS_AGE_S = 3600.0  # the same for one that is seldom asked
PROCESS_IDLE_S = 300.0  # an idle browser holds 400 MB
PROCESS_BYTES = 3 << 30
RENDERER_BYTES = 1 << 30  # several times what the heaviest pages need
WATCH_S = 1.0
RELAUNCH_REST_S = 30.0  # after a failed launch: a machine without the memory for it is not asked every second


class Lease(NamedTuple):
    """A page at work, and the jar that it goes back to; `is_last`: the jar is closed with it."""

    jar: Jar
    tab: Tab
    is_last: bool = False


class Wish(NamedTuple):
    """What a page is asked for."""

    scope: str
    profile: Profile | None = None
    is_fresh: bool = False
    is_last: bool = False


class BrowserPool:
    """At most `pages` browser pages at work at once, of the Chromium at `path`, behind the proxy at `proxy_url`.
    `draws`: with pictures and fonts, for those who look at pages. `frames_apart`: frames of other sites may have
    processes of their own."""

    def __init__(
        self,
        path: str,
        proxy_url: str,
        *,
        pages: int = 4,
        user_agent: str = "",
        draws: bool = False,
        frames_apart: bool = True,
    ) -> None:
        self._path, self._proxy_url, self._user_agent = path, proxy_url, user_agent
        self._draws, self._frames_apart = draws, frames_apart
        self._slots = asyncio.Semaphore(pages)
        self._pages = pages
        self._launching = asyncio.Lock()
        self._current: _Generation | None = None
        self._retired: set[_Generation] = set()
        self._tidying: set[asyncio.Task[None]] = set()
        self._refused_until = 0.0
        self._refusal = ""

    @property
    def pid(self) -> int | None:
        """The process id of the running browser, or None where none runs."""
        return self._current.process.pid if self._current and self._current.process.is_alive else None

    @property
    def version(self) -> str:
        """The running browser's, as "143.0.7499.40"; "" where none runs."""
        return self._current.process.version if self._current else ""

    @contextlib.asynccontextmanager
    async def tab(
        self,
        scope: str,
        *,
        wait_s: float,
        is_fresh: bool = False,
        is_last: bool = False,
        profile: Profile | None = None,
    ) -> AsyncGenerator[Tab]:
        """A page of `scope`, for one visit; a new one where `is_fresh`. What the scope's jar holds goes with it where
        it `is_last`. A scope has one `profile`: it is read when its jar is made. Raises TimeoutError when none is ready
        in `wait_s` seconds, BrowserUnusable when no browser starts, BrowserDied when it goes while the page is made."""
        by = asyncio.get_running_loop().time() + wait_s
        async with asyncio.timeout_at(by):
            await self._slots.acquire()
        # A task of its own: cut off in the middle, it would leave a browser or a page that nobody knows of.
        leasing = asyncio.get_running_loop().create_task(self._lease(Wish(scope, profile, is_fresh, is_last)))
        try:
            async with asyncio.timeout_at(by):
                generation, lease = await asyncio.shield(leasing)
        except BaseException:
            self._in_background(self._take_back(leasing))
            raise
        try:
            yield lease.tab
        finally:
            if lease.tab.soils_jar:
                generation.shut(lease.jar)
            # Whoever waits for the page need not wait for its cleaning up, which takes seconds where it resists.
            self._in_background(self._tidy(generation, lease))

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tidying.add(task)
        task.add_done_callback(self._tidying.discard)

    async def _take_back(self, leasing: asyncio.Task[tuple[_Generation, Lease]]) -> None:
        try:
            generation, lease = await leasing
        except (BrowserDied, BrowserUnusable):
            self._slots.release()
        else:
            await self._tidy(generation, lease)

    async def _tidy(self, generation: _Generation, lease: Lease) -> None:
        try:
            await generation.give_back(lease)
        finally:
            self._slots.release()
            await self._close_retired()

    async def _lease(self, wish: Wish) -> tuple[_Generation, Lease]:
        generation = await self._generation()
        try:
            return generation, await generation.lease(wish)
        except BrowserDied:
            # It may be dead and not know yet; one that gives no page is of no use either way.
            generation.retire()
            generation = await self._generation()
            return generation, await generation.lease(wish)

    async def _generation(self) -> _Generation:
        async with self._launching:
            if self._current is not None and not self._current.is_usable:
                self._retired.add(self._current)
                self._current = None
            if self._current is None:
                self._current = _Generation(await self._launch(), self._pages, self._user_agent)
            return self._current

    async def _launch(self) -> BrowserProcess:
        if time.monotonic() < self._refused_until:
            raise BrowserUnusable(self._refusal)
        try:
            return await BrowserProcess.launch(
                self._path, self._proxy_url, draws=self._draws, frames_apart=self._frames_apart
            )
        except BrowserUnusable as fault:
            self._refused_until, self._refusal = time.monotonic() + RELAUNCH_REST_S, fault.message
            raise

    async def _close_retired(self) -> None:
        done = {generation for generation in self._retired if not generation.busy}
        self._retired -= done
        for generation in done:
            await generation.close()

    async def close(self) -> None:
        if self._tidying:
            await asyncio.wait(self._tidying, timeout=STEP_S)
        if self._current is not None:
            self._retired.add(self._current)
            self._current = None
        retired, self._retired = self._retired, set()
        await asyncio.gather(*(generation.close() for generation in retired))


class _Generation:
    """One browser process, its jars, and the watch over its memory and idleness."""

    def __init__(self, process: BrowserProcess, pages: int, user_agent: str) -> None:
        self.process = process
        self._pages, self._user_agent = pages, user_agent
        self.busy = 0
        self._jars: dict[str, Jar] = {}
        self._making = asyncio.Lock()  # of jars and pages: two for one scope at once would be two jars
        self._visits = 0
        self._is_worn = False
        self._used_at = time.monotonic()
        self._watch = asyncio.get_running_loop().create_task(self._keep_watch())

    @property
    def is_usable(self) -> bool:
        is_old = time.monotonic() - self.process.born > PROCESS_AGE_S
        return self.process.is_alive and not self._is_worn and not is_old

    def retire(self) -> None:
        """Its pages may finish; new ones come from another browser."""
        self._is_worn = True

    async def lease(self, wish: Wish) -> Lease:
        """A page to be given back. Raises BrowserDied."""
        self.busy += 1
        self._visits += 1
        self._is_worn |= self._visits >= PROCESS_VISITS
        jar = None
        try:
            async with self._making:
                jar = await self._jar(wish.scope, wish.profile)
                jar.busy += 1
                return Lease(jar, await self._free_tab(jar, wish.is_fresh), wish.is_last)
        except BaseException:
            self._freed(jar)
            raise

    def shut(self, jar: Jar) -> None:
        """Nobody else is given a page of it."""
        self._jars = {scope: other for scope, other in self._jars.items() if other is not jar}

    async def give_back(self, lease: Lease) -> None:
        jar, tab, is_last = lease
        try:
            if is_last or tab.soils_jar:
                await self._close_jar(jar)
            elif tab.is_worn or not self.is_usable:
                await self._discard(jar, tab)
            else:
                jar.idle.append(tab)
        finally:
            self._freed(jar)

    def _freed(self, jar: Jar | None) -> None:
        self.busy -= 1
        self._used_at = time.monotonic()
        if jar is not None:
            jar.busy -= 1
            jar.used_at = self._used_at

    async def _jar(self, scope: str, profile: Profile | None) -> Jar:
        if scope in self._jars:
            return self._jars[scope]
        profile = profile or Profile(user_agent=self._user_agent)
        try:
            jar = self._jars[scope] = Jar(await self.process.new_context(profile), profile)
        except TimeoutError:
            self.process.kill()
            raise BrowserDied from None
        idle = sorted((jar.used_at, name) for name, jar in self._jars.items() if not jar.busy and name != scope)
        for _, name in idle[: max(0, len(self._jars) - MAX_JARS)]:
            await self._close_jar(self._jars[name])
        return jar

    async def _free_tab(self, jar: Jar, is_fresh: bool) -> Tab:
        while jar.idle and not is_fresh:
            tab = jar.idle.pop()
            if not tab.is_spoiled:
                return tab
        idle = [(tab.used_at, other, tab) for other in self._jars.values() for tab in other.idle]
        if idle and len(idle) + self.busy > self._pages:
            _, other, oldest = min(idle, key=lambda entry: entry[0])
            other.idle.remove(oldest)
            await self._discard(other, oldest)
        try:
            return await Tab.open(jar.context, jar.profile)
        except (BrowserDied, TimeoutError):
            await self._close_jar(jar)
            raise BrowserDied from None

    async def _discard(self, jar: Jar, tab: Tab) -> None:
        """Closes a page; the whole jar where the page does not obey; the browser where the jar does not."""
        if not await tab.close():
            await self._close_jar(jar)

    async def _close_jar(self, jar: Jar) -> None:
        self.shut(jar)
        if not await jar.close():
            log.warning("browser.killed", reason="it did not close a page", pid=self.process.pid)
            self.process.kill()

    async def _keep_watch(self) -> None:
        while self.process.is_alive:
            await asyncio.sleep(WATCH_S)
            try:
                await self._rest_idle()
                await self._bound_memory()
            except BrowserDied:
                continue
            except TimeoutError:
                log.warning("browser.killed", reason="it does not answer", pid=self.process.pid)
                self.process.kill()

    async def _rest_idle(self) -> None:
        now = time.monotonic()
        for jar in list(self._jars.values()):
            for tab in [tab for tab in jar.idle if tab.is_dirty and now - tab.used_at > BLANK_AFTER_S]:
                jar.idle.remove(tab)  # nobody may take it while it is being emptied
                await self._empty(jar, tab)
            for tab in [tab for tab in jar.idle if now - tab.used_at > TAB_IDLE_S]:
                jar.idle.remove(tab)
                await self._discard(jar, tab)
            if not jar.busy and not jar.idle and now - jar.used_at > JAR_IDLE_S:
                await self._close_jar(jar)
        if not self.busy and now - self._used_at > PROCESS_IDLE_S:
            self._is_worn = True
            await self.process.close()

    async def _empty(self, jar: Jar, tab: Tab) -> None:
        try:
            await tab.blank()
        except (TimeoutError, BrowserDied):
            await self._discard(jar, tab)
        else:
            jar.idle.append(tab)

    async def _bound_memory(self) -> None:
        if not self.busy:
            return
        sizes = await self.process.memory()
        for pid, size in sizes.items():
            if size > RENDERER_BYTES and pid != self.process.pid:
                log.warning("browser.page_killed", reason="memory", pid=pid, bytes=size)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._is_worn |= sum(sizes.values()) > PROCESS_BYTES

    async def close(self) -> None:
        self._watch.cancel()
        await self.process.close()
