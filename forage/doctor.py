"""What is set, reachable and missing, and how to mend it."""

from __future__ import annotations

import asyncio
import platform
import shutil
import sys
from collections.abc import Awaitable, Callable
from enum import StrEnum

import aiohttp
import msgspec
from rich import box
from rich.table import Table
from rich.text import Text

from domain.errors import ForageError
from forage.browsers import find_browser
from forage.compose import open_service, open_tools, prepare_home
from forage.fonts import missing_scripts
from forage.settings import Settings, masked_url
from services.blobs_owner import Owner, Ownership, claim_store, look_at_store
from services.health import check_health
from store.migrations import is_current

LOOK_S = 15.0  # a search provider may take ten
LEAST_FREE = 1_000_000_000  # bytes: some ten thousand archived pages


class State(StrEnum):
    GOOD = "ok"
    MISSING = "missing"  # something is not there that Forage does without
    BROKEN = "broken"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at: `told` is what was found, `mend` what to do about it."""

    name: str
    state: State
    told: str
    mend: str = ""


STYLE = {State.GOOD: "green", State.MISSING: "yellow", State.BROKEN: "red"}


async def examine(settings: Settings) -> tuple[Finding, ...]:
    """Every finding. None raises: a look that fails is a finding."""
    looks: tuple[tuple[str, Callable[[Settings], Awaitable[tuple[Finding, ...]]]], ...] = (
        ("python", _python),
        ("home", _home),
        ("database", _service),
        ("browser", _browser),
        ("fonts", _fonts),
        ("search", _search),
        ("model", _model),
    )
    findings: list[Finding] = []
    for name, look in looks:
        findings += await _looked(name, look, settings)
    return tuple(findings)


async def claim(settings: Settings) -> None:
    """Makes the blob store this database's, as the operator says. Raises StorageUnavailable and StorageFull."""
    async with open_service(settings) as service:
        await claim_store(service)


async def _looked(
    name: str, look: Callable[[Settings], Awaitable[tuple[Finding, ...]]], settings: Settings
) -> tuple[Finding, ...]:
    try:
        async with asyncio.timeout(LOOK_S):
            return await look(settings)
    except TimeoutError:
        return (Finding(name=name, state=State.BROKEN, told=f"no answer within {LOOK_S:g} s"),)
    except ForageError as fault:
        return (Finding(name=name, state=State.BROKEN, told=fault.message),)


async def _python(settings: Settings) -> tuple[Finding, ...]:
    good = sys.version_info >= (3, 11)
    state = State.GOOD if good else State.BROKEN
    return (
        Finding(name="python", state=state, told=platform.python_version(), mend="" if good else "use 3.11 or later"),
    )


async def _home(settings: Settings) -> tuple[Finding, ...]:
    prepare_home(settings)
    free = shutil.disk_usage(settings.home).free
    if free < LEAST_FREE:
        told = f"{settings.home}: {free // 1_000_000} MB free"
        return (Finding(name="home", state=State.BROKEN, told=told, mend="make room, or set FORAGE_HOME elsewhere"),)
    return (Finding(name="home", state=State.GOOD, told=f"{settings.home}, {free // 1_000_000_000} GB free"),)


async def _service(settings: Settings) -> tuple[Finding, ...]:
    where = masked_url(settings.database)
    if not await is_current(settings.database):
        if settings.database_url:
            told, mend = f"{where}: reachable, not up to date", "forage migrate"
            return (Finding(name="database", state=State.BROKEN, told=told, mend=mend),)
        told = f"{where}: made at the first run"
        return (Finding(name="database", state=State.GOOD, told=told),)
    async with open_service(settings, migrated=False) as service:
        checks = await check_health(service)
        reachable = all(check.ok for check in checks if check.required)
        owner = (_owner(await look_at_store(service)),) if reachable else ()
    mends = {
        "database": "is DATABASE_URL right, and the server up?",
        "archive": "is FORAGE_BLOBS right, and may Forage write there?",
        "queue": "is REDIS_URL right, and the server up?",
        "workers": "forage serve brings its own" if settings.is_embedded else "start one: forage worker",
    }
    return (
        tuple(
            Finding(
                name=check.name,
                state=State.GOOD if check.ok else State.BROKEN if check.required else State.MISSING,
                told=f"{where}: {check.detail}" if check.name == "database" else check.detail,
                mend="" if check.ok else mends.get(check.name, ""),
            )
            for check in checks
        )
        + owner
    )


def _owner(store: Ownership) -> Finding:
    """Whether workers tidy the blob store: they do where it is this database's."""
    name = "archive's owner"
    match store.owner:
        case Owner.OURS:
            return Finding(name=name, state=State.GOOD, told="this database")
        case Owner.NOBODY:
            return Finding(name=name, state=State.GOOD, told="nobody yet: the next worker makes it this database's")
        case Owner.OTHERS:
            told = "another database, which deletes from it what it does not know"
            mend = "set FORAGE_BLOBS elsewhere; if it is yours alone: forage doctor --claim-store"
            return Finding(name=name, state=State.BROKEN, told=told, mend=mend)
        case Owner.IN_DOUBT:
            told = f"nobody; of {store.sampled} files looked at, this database knows {store.known}: nothing is tidied"
            mend = "if no other service uses it: forage doctor --claim-store"
            return Finding(name=name, state=State.MISSING, told=told, mend=mend)


async def _browser(settings: Settings) -> tuple[Finding, ...]:
    found = find_browser(settings.browser)
    if found:
        return (Finding(name="browser", state=State.GOOD, told=found),)
    told = "none: pages that need one are told as such, the others come by HTTP"
    return (Finding(name="browser", state=State.MISSING, told=told, mend="forage browser --install"),)


async def _fonts(settings: Settings) -> tuple[Finding, ...]:
    """Pictures need them; without a browser there are none to draw."""
    if not find_browser(settings.browser):
        return ()
    missing = await asyncio.to_thread(missing_scripts)
    if missing is None:
        told = "not known: there is no fontconfig here to ask"
        return (Finding(name="fonts", state=State.MISSING, told=told, mend="forage browser --install"),)
    if missing:
        told = f"none for {', '.join(missing)}: in pictures they are boxes"
        return (Finding(name="fonts", state=State.MISSING, told=told, mend="forage browser --install"),)
    return (Finding(name="fonts", state=State.GOOD, told="every script and emoji is drawn"),)


async def _search(settings: Settings) -> tuple[Finding, ...]:
    from fetch.search.chain import SearchChain

    async with open_tools(settings) as tools:
        assert isinstance(tools.search, SearchChain)
        providers = await tools.search.check()
    answered = any(not provider.detail for provider in providers)
    return tuple(
        Finding(
            name=f"search: {provider.name}",
            state=State.GOOD if not provider.detail else State.MISSING if answered else State.BROKEN,
            told=provider.detail or "answers",
            mend="" if not provider.detail else "docs/search.md tells how to set up another",
        )
        for provider in providers
    )


async def _model(settings: Settings) -> tuple[Finding, ...]:
    """Asks the endpoint which models it has: that spends no token."""
    if not settings.models:
        told = "none set: rules plan, and methods without a model extract"
        return (Finding(name="model", state=State.GOOD, told=told),)
    base = settings.openai_base_url or "https://api.openai.com/v1"
    headers = {"Authorization": f"Bearer {settings.openai_api_key}"} if settings.openai_api_key else {}
    mend = "check OPENAI_BASE_URL and OPENAI_API_KEY"
    try:
        async with aiohttp.ClientSession(headers=headers) as session, session.get(f"{base}/models") as answer:
            if answer.status != 200:
                told = f"{base} answers {answer.status}"
                return (Finding(name="model", state=State.BROKEN, told=told, mend=mend),)
            known = {str(model.get("id")) for model in (await answer.json()).get("data", [])}
    except (aiohttp.ClientError, OSError, ValueError) as fault:
        told = f"{base} cannot be reached ({type(fault).__name__})"
        return (Finding(name="model", state=State.BROKEN, told=told, mend=mend),)
    absent = [name for name in settings.models if known and name not in known]
    if absent:
        told, mend = f"{base} has no {', '.join(absent)}", f"FORAGE_MODELS may be {', '.join(sorted(known)[:8])}"
        return (Finding(name="model", state=State.BROKEN, told=told, mend=mend),)
    return (Finding(name="model", state=State.GOOD, told=f"{', '.join(settings.models)} at {base}"),)


def settings_table(settings: Settings) -> Table:
    """Every variable with its value in force, secrets masked; those that are set stand out."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in ("variable", "value", "meaning"):
        table.add_column(name, overflow="fold", no_wrap=name == "variable")
    for shown in settings.shown():
        style = "bold" if shown.is_set else "bright_black"
        table.add_row(Text(shown.name, style=style), Text(shown.value or "–", style=style), Text(shown.meaning))
    return table


def findings_table(findings: tuple[Finding, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in ("", "", "found", "to mend it"):
        table.add_column(name, overflow="fold")
    for finding in findings:
        state = Text(str(finding.state), style=STYLE[finding.state])
        table.add_row(finding.name, state, Text(finding.told), Text(finding.mend))
    return table
