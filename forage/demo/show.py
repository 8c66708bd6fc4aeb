"""`forage demo`: goals answered before your eyes, on the demo web, in a home that is thrown away."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from rich.text import Text

from domain.errors import ForageError
from domain.records import Record
from domain.runs import Run
from forage.asking import Asked, make_request
from forage.compose import open_lone_executor, open_service
from forage.demo.web import DemoWeb, demo_web_in_background
from forage.local import run_here, submit_here
from forage.output import all_records
from forage.process import environment_now, run_async
from forage.progress import Progress
from forage.settings import Settings
from forage.tables import console, evidence_view, footer, records_table

RULE = 80
FIRST_PORT = 8101
# Of the user's own environment, what the demo takes: the browser, a model where one is set, how much to log.
TAKEN = ("FORAGE_BROWSER", "FORAGE_LOG", "OPENAI_BASE_URL", "OPENAI_API_KEY", "FORAGE_MODELS", "PATH")
DENTISTS = "Find dentists in Port Ellery with name, phone, email, website, address and opening hours"


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the demo, and what to look at in it."""

    words: tuple[str, ...]
    fields: str = ""
    most: int = 100
    caption: str = ""
    with_proof: bool = False  # show the evidence of the record with most sources


def scenes(demo: DemoWeb) -> tuple[Scene, ...]:
    return (
        Scene(
            words=(DENTISTS,),
            caption="A goal in plain words. Search finds two directories that overlap and spell things differently, "
            "and pages that fail: a challenge, a crash, a redirect to a private address.",
            with_proof=True,
        ),
        Scene(
            words=(f"{demo.origins['shop']}/kitchen",),
            fields="name,price,rating",
            caption="A URL: a shop, read to its last page.",
        ),
        Scene(
            words=(f"{demo.origins['events']}/spring",),
            fields="title,starts:date,place,price",
            caption="A page that is empty until its script has run: over HTTP first, then in a browser.",
        ),
    )


def demo_environment(demo: DemoWeb, home: str, own: Mapping[str, str]) -> dict[str, str]:
    """Settings for runs on the demo web alone: its ports are let through, its search engine is asked."""
    return {name: own[name] for name in TAKEN if name in own} | {
        "FORAGE_HOME": home,
        "FORAGE_EGRESS_ALLOW": demo.egress_allow,
        "FORAGE_SEARCH": "searxng",
        "SEARXNG_URL": demo.search_url,
        "FORAGE_HOST_DELAY": "0",
    }


def show_demo(goals: Sequence[str], fields: str) -> int:
    """Runs the demo's scenes, or these goals. The exit code: 0 where every run found something."""
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="forage-demo-"))
        demo = _on_usual_ports(stack)
        settings = Settings.from_environment(demo_environment(demo, home, environment_now()))
        played = tuple(Scene(words=(goal,), fields=fields, with_proof=True) for goal in goals) or scenes(demo)
        found = run_async(_play(settings, played), settings)
    shown = console()
    shown.print(Text("─" * RULE, style="bright_black"))
    command = command_here()
    shown.print(f'Now your own: {command} run "coffee roasters in Bristol with phone and website"', soft_wrap=True)
    shown.print(f"The service with its API: {command} serve. What is set up, and what is missing: {command} doctor.")
    return 0 if all(found) else 1


def command_here() -> str:
    """What to type for `forage`: its name where the shell finds it, else its path from here."""
    beside = Path(sys.executable).parent / "forage"
    if shutil.which("forage") or not beside.exists():
        return "forage"
    return os.path.relpath(beside)


def _on_usual_ports(stack: contextlib.ExitStack) -> DemoWeb:
    """The demo web on the ports of `--serve`, so that output is alike; on free ones where those are taken."""
    try:
        return stack.enter_context(demo_web_in_background(FIRST_PORT))
    except ForageError:
        return stack.enter_context(demo_web_in_background())


async def _play(settings: Settings, played: Sequence[Scene]) -> list[bool]:
    found = []
    async with open_service(settings) as service, open_lone_executor(settings, service) as executor:
        for scene in played:
            request = make_request(scene.words, Asked(fields=scene.fields, max_results=scene.most))
            _announce(scene)
            with Progress() as progress:
                run = await run_here(service, executor, await submit_here(service, request), progress)
            records = await all_records(service, run)
            _print(run, records, scene)
            found.append(bool(records))
    return found


def _announce(scene: Scene) -> None:
    shown = console()
    shown.print(Text("─" * RULE, style="bright_black"))
    typed = " ".join(f'"{word}"' if " " in word else word for word in scene.words)
    fields = f" --fields {scene.fields}" if scene.fields else ""
    shown.print(Text(f"$ forage run {typed}{fields} --max {scene.most}", style="bold"))
    if scene.caption:
        shown.print(Text(scene.caption, style="bright_black"))


def _print(run: Run, records: Sequence[Record], scene: Scene) -> None:
    shown = console()
    if records:
        shown.print(records_table(records, run))
    shown.print(footer(run, kept=False))
    if records and scene.with_proof:
        record = max(records, key=lambda one: len(one.sources))
        place = records.index(record) + 1
        shown.print(Text(f"\nWhere record {place} comes from, value by value:", style="bold"))
        shown.print(evidence_view(record))


def serve_until_stopped(first_port: int) -> int:
    """Serves the demo web and says how to point Forage at it."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with demo_web_in_background(first_port) as demo:
        shown = console()
        for key, origin in demo.origins.items():
            shown.print(f"{key:8} {origin}")
        shown.print(f"{'search':8} {demo.search_url}/search?q=dentists&format=json\n")
        shown.print("In another terminal:", style="bright_black")
        for name, value in demo_environment(demo, "", {}).items():
            if value:
                print(f"export {name}={value}", flush=True)
        shown.print("Ctrl-C ends it.", style="bright_black")
        stopped.wait()
    return 0
