"""How a run is going, on stderr: one live line where there is a terminal, a line an event where there is none."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from domain.events import EventType, RunEvent, WarningKind
from domain.runs import Run
from forage.tables import console, count

_FAILURES = frozenset({EventType.SOURCE_FAILED, EventType.STEP_FAILED})
_BAD_NEWS = _FAILURES | {EventType.WARNING}


class Progress:
    """Use as a context manager; call `tell` at every event with the run as it is then. A `quiet` one tells of failures
    alone: without them nobody could know why a result lacks something."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console: Console = console(stderr=True)
        self._began = time.monotonic()
        self._quiet = quiet
        self._run: Run | None = None
        self._spinner = Spinner("dots")
        self._live: Live | None = None
        if not quiet and self._console.is_terminal:
            self._live = Live(console=self._console, get_renderable=self._line, transient=True, refresh_per_second=8)

    def __enter__(self) -> Progress:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def tell(self, event: RunEvent, run: Run) -> None:
        if self._quiet and event.type not in _FAILURES:
            return
        text = event_text(event)
        if text and not _is_no_news(event, run):
            style = "yellow" if event.type in _BAD_NEWS else "bright_black"
            self._console.print(Text(f"  {text}", style=style), soft_wrap=self._live is None)
        self._run = run

    def say(self, text: str) -> None:
        if not self._quiet:
            self._console.print(Text(text, style="bright_black"))

    def _line(self) -> Table:
        parts = [*_numbers(self._run), f"{time.monotonic() - self._began:.0f} s"]
        line = Table.grid(padding=(0, 1))
        line.add_row(self._spinner, Text(" · ".join(parts)))
        return line


def _numbers(run: Run | None) -> list[str]:
    if run is None:
        return ["starting"]
    return [
        str(run.status),
        f"{run.sources_completed}/{count(run.sources_total, 'source')}",
        count(run.spend.pages, "page"),
        f"{count(run.records_found, 'record')} of {run.request.wanted}",
        count(run.spend.tokens, "token"),
    ]


def _is_no_news(event: RunEvent, run: Run) -> bool:
    """Fewer records than the most that may be, where no least number was asked and no cap was reached; a block, told as
    a failure already."""
    kind = event.data.get("kind")
    is_capped = bool(event.data.get("cause"))
    fewer = kind == WarningKind.FEWER_THAN_ASKED and run.request.min_results is None and not is_capped
    return fewer or kind == WarningKind.PAGE_BLOCKED


def event_text(event: RunEvent) -> str:
    """One line for people, empty for what the numbers tell already: `read http://… (Dentists), 10 records`."""
    data = event.data
    match event.type:
        case EventType.RETRIED:
            return "taken up again by another worker"
        case EventType.PLANNED:
            fields = ", ".join(map(str, _listed(data.get("fields")))) or "whatever the pages tell"
            return f"planned by {data.get('planned_by')}: {fields}"
        case EventType.SOURCES_FOUND:
            return f"{count(int(str(data.get('added', 0))), 'source')} found"
        case EventType.SOURCE_READ:
            title = f" ({data['title']})" if data.get("title") else ""
            return f"read {data.get('url')}{title}: {count(int(str(data.get('records_found', 0))), 'record')}"
        case EventType.SOURCE_FAILED:
            return f"could not read {data.get('url')}: {_why_not(data)}"
        case EventType.STEP_DONE | EventType.STEP_FAILED:
            named = f" “{data['label']}”" if data.get("label") else ""
            outcome = str(data.get("outcome", "")).replace("_", " ")
            detail = f": {data['detail']}" if data.get("detail") else ""
            return f"{data.get('type')}{named}, {outcome} in {data.get('elapsed_ms')} ms{detail}"
        case EventType.WARNING:
            return str(data.get("message", ""))
        case _:
            return ""


def _why_not(data: Mapping[str, object]) -> str:
    outcome, reason = str(data.get("outcome") or ""), " ".join(str(data.get("reason") or "").split())
    return f"{outcome}: {reason}" if outcome and reason else outcome or reason


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
