"""How a run is going, on stderr: one live line where there is a terminal, a line an event where there is none."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from domain.events import EventType, RunEvent
from domain.runs import Run
from forage.tables import console, count

# What is told of an event besides the numbers: the words, and the keys of its data that matter to people.
WORDS: dict[EventType, str] = {
    EventType.STARTED: "started",
    EventType.RETRIED: "taken up again",
    EventType.PLANNED: "planned",
    EventType.SOURCES_FOUND: "sources found",
    EventType.SOURCE_READ: "read",
    EventType.SOURCE_FAILED: "could not read",
    EventType.WARNING: "warning",
}
TELLING = ("url", "title", "message", "reason", "outcome", "records", "sources", "count")


class Progress:
    """Use as a context manager; call `tell` at every event with the run as it is then."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console: Console = console(stderr=True)
        self._began = time.monotonic()
        self._quiet = quiet
        self._live: Live | None = None
        if not quiet and self._console.is_terminal:
            self._live = Live(console=self._console, transient=True, refresh_per_second=8)

    def __enter__(self) -> Progress:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def tell(self, event: RunEvent, run: Run) -> None:
        if self._quiet:
            return
        if event.type in WORDS:
            style = "yellow" if event.type in {EventType.WARNING, EventType.SOURCE_FAILED} else "bright_black"
            self._console.print(Text(f"  {event_text(event)}", style=style))
        if self._live is not None:
            self._live.update(self._line(run))

    def say(self, text: str) -> None:
        if not self._quiet:
            self._console.print(Text(text, style="bright_black"))

    def _line(self, run: Run) -> Table:
        spend = run.spend
        parts = [
            str(run.status),
            f"{run.sources_completed}/{count(run.sources_total, 'source')}",
            count(spend.pages, "page"),
            f"{count(run.records_found, 'record')} of {run.request.wanted}",
            count(spend.tokens, "token"),
            f"{time.monotonic() - self._began:.0f} s",
        ]
        line = Table.grid(padding=(0, 1))
        line.add_row(Spinner("dots"), Text(" · ".join(parts)))
        return line


def event_text(event: RunEvent) -> str:
    """`read http://… (Dentists in Port Ellery, records: 10)`."""
    data = {key: event.data[key] for key in TELLING if event.data.get(key) not in (None, "", [])}
    main = str(data.pop("url", "") or data.pop("message", ""))
    rest = ", ".join(str(value) if key == "title" else f"{key}: {value}" for key, value in data.items())
    words = WORDS.get(event.type, str(event.type))
    return f"{words} {main}".rstrip() + (f" ({rest})" if rest else "")
