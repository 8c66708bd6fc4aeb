"""Records, evidence, plans and runs as people read them in a terminal."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from domain.checks import Meets
from domain.evidence import Evidence, Verdict
from domain.fields import FieldKind, flat_fields
from domain.plans import Plan
from domain.records import FieldValue, Note, Record, Value, is_told
from domain.runs import Run, RunStatus, TerminationReason
from domain.urls import site_of
from services.endings import WHAT_HAPPENED

MAX_CELL = 60  # wider texts are cut in a table; the formats that machines read have all of it
MAX_QUOTE = 120
READABLE = 15  # characters of a column; in narrower ones most words are broken, and a record a block reads better
ROOM_FOR_IDS = 120  # a terminal's width that leaves a goal 40 characters beside whole ids
TIME_OF_ID = 12  # characters of an id that tell its millisecond (UUID version 7): two runs hardly share one
UNBOUNDED = 10_000  # a width that no row of cut cells reaches
WIDE = 240  # characters of a line in a file: nobody reads a table whose cells are folded to fit 80
STATUS_STYLE = {
    RunStatus.COMPLETED: "green",
    RunStatus.PARTIAL: "yellow",
    RunStatus.FAILED: "red",
    RunStatus.CANCELLED: "yellow",
}
NOTES = {
    Note.NONE: "–",
    Note.ELSEWHERE: "said elsewhere, not of this",
    Note.OTHER_CURRENCY: "the number is there, in another currency or in none",
    Note.CONTRADICTED: "taught nothing: other corrections, or another field's place, contradict it",
}
VERDICT_STYLE = {
    Verdict.SUPPORTED: "green",
    Verdict.DERIVED: "cyan",
    Verdict.UNSUPPORTED: "red",
    Verdict.MISSING: "bright_black",
    Verdict.USER: "magenta",
}
MEETS_STYLE = {Meets.YES: "green", Meets.NO: "red", Meets.UNCLEAR: "yellow"}
ENDED = {
    TerminationReason.MAX_RESULTS: "it has as many records as it may",
    TerminationReason.MIN_RESULTS: "it has as many records as it must",
    TerminationReason.SOURCES_EXHAUSTED: "every source was read",
    TerminationReason.NOTHING_FOUND: "pages were read, and none held such a record",
    TerminationReason.NO_SOURCES: "the search found no page",
    TerminationReason.SOURCES_FAILED: "no page could be read",
    TerminationReason.SEARCH_UNAVAILABLE: "no search provider answered; see forage doctor",
    TerminationReason.STEPS_DONE: "every step was done",
    TerminationReason.CAPTURED: "the picture was taken",
    TerminationReason.STEP_FAILED: "a step could not be done",
    TerminationReason.BUDGET: "its budget is spent",
    TerminationReason.DEADLINE: "its time is up",
    TerminationReason.CANCELLED: "it was cancelled",
    TerminationReason.WORKER_CRASHED: "it took its worker down three times",
    TerminationReason.INTERNAL_ERROR: "a fault of ours; the log tells more",
}


def field_names(records: Sequence[Record], run: Run) -> list[str]:
    """The columns: the fields that were asked or planned, then what records have besides, in order of appearance."""
    asked = flat_fields(run.request.fields) or (run.plan.fields if run.plan else ())
    names = dict.fromkeys(field.name for field in asked)
    for record in records:
        names |= dict.fromkeys(name for name in record.fields if name not in names)
    return [name for name in names if any(name in record.fields for record in records)]


def found_nowhere(records: Sequence[Record], run: Run) -> list[str]:
    """The fields that the caller asked by name and no record tells: none such, or a slip of the pen."""
    told = {name for record in records for name, found in record.fields.items() if is_told(found)}
    return [field.name for field in flat_fields(run.request.fields) if field.name not in told]


def records_view(records: Sequence[Record], run: Run, shown: Console) -> Table:
    """The table of records, or a block a record where the terminal is too narrow for one. Records that are kept apart
    say why."""
    table = records_table(records, run)
    unfolded = Measurement.get(shown, shown.options.update(max_width=UNBOUNDED), table).maximum
    fits = unfolded <= shown.width
    return table if fits or shown.width // len(table.columns) >= READABLE else records_blocks(records, run)


def records_blocks(records: Sequence[Record], run: Run) -> Table:
    """A line a value, with an empty one between records."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="bright_black")
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for number, record in enumerate(records, start=1):
        table.add_row()
        for place, name in enumerate(field_names(records, run)):
            table.add_row("" if place else str(number), escape(name), value_text(record.fields.get(name)))
        table.add_row("", Text("source", "bright_black"), Text("\n".join(sites(record.sources)), "bright_black"))
        table.add_row("", Text("verdict", "bright_black"), verdicts(record))
        if record.is_apart:
            table.add_row("", Text("unclear", "yellow"), unclear_text(record))
    table.add_row()
    return table


def records_table(records: Sequence[Record], run: Run) -> Table:
    """A row a record, with its sources and what the check says of its values."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("#", justify="right", style="bright_black")
    names = field_names(records, run)
    for name in names:
        table.add_column(escape(name), overflow="fold")
    table.add_column("source", style="bright_black", overflow="fold")
    table.add_column("verdict", overflow="fold")
    has_apart = any(record.is_apart for record in records)
    if has_apart:
        table.add_column("unclear", overflow="fold", style="yellow")
    for number, record in enumerate(records, start=1):
        cells = [value_text(record.fields.get(name)) for name in names]
        why = [unclear_text(record)] if has_apart else []
        table.add_row(str(number), *cells, "\n".join(sites(record.sources)), verdicts(record), *why)
    return table


def unclear_text(record: Record) -> Text:
    """Why a record is kept apart: `under £20: no price was found`."""
    unclear = (check for check in record.checks if check.verdict is Meets.UNCLEAR)
    return Text("\n".join(f"{check.condition}: {check.reason}" for check in unclear))


def value_text(found: FieldValue | None) -> Text:
    """A value that may be told; a dash where there is none, or where the page does not say it."""
    if found is None or not is_told(found):
        return Text("–", style="bright_black")
    text = plain(found.value)
    if found.unit:
        text = f"{found.value:.2f} {found.unit}" if isinstance(found.value, float) else f"{text} {found.unit}"
    elif text.startswith(("https://", "http://")):
        # The scheme takes the room of what tells; the formats that machines read have it.
        text = text.partition("://")[2].removeprefix("www.").rstrip("/")
    return Text(text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…")


def plain(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return ", ".join(plain(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {plain(item)}" for name, item in value.items())
    return str(value)


def verdicts(record: Record) -> Text:
    """`4 supported, 1 derived`."""
    counts = Counter(found.verdict for found in record.fields.values())
    told = Text()
    for verdict in Verdict:
        if verdict is not Verdict.MISSING and counts[verdict]:
            told.append(", " if told else "").append(f"{counts[verdict]} {verdict}", VERDICT_STYLE[verdict])
    return told


def sites(urls: Iterable[str]) -> list[str]:
    """Each site once: `shop.example`, and an address with its port."""
    return list(dict.fromkeys(site_of(url) for url in urls))


def evidence_view(record: Record) -> RenderableType:
    """Every value of a record with each place that says it: page, quote, offsets, method, verdict."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_lines=False)
    for name in ("field", "value", "verdict", "method", "what the page says", "where"):
        table.add_column(name, overflow="fold")
    for name, found in record.fields.items():
        for number, proof in enumerate(found.evidence):
            first = (Text(name, style="bold"), value_text(found)) if number == 0 else (Text(), Text())
            verdict = Text(str(proof.verdict), VERDICT_STYLE[proof.verdict])
            table.add_row(*first, verdict, str(proof.method), quote_text(proof), place_text(proof))
        if not found.evidence:
            verdict = Text(str(found.verdict), VERDICT_STYLE[found.verdict])
            table.add_row(Text(name, style="bold"), value_text(found), verdict, "–", NOTES[found.note], "–")
        for former in found.history:
            table.add_row("", "", "", "", Text(f"before it was put right: {plain(former.value)}", style="yellow"), "")
        for conflict in found.conflicts:
            other = Text(f"another source says: {plain(conflict.value)}", style="yellow")
            places = Text("\n").join(place_text(proof) for proof in conflict.evidence)
            table.add_row("", "", "", "", other, places)
    return Group(table, checks_table(record)) if record.checks else table


def checks_table(record: Record) -> Table:
    """What became of each condition of the goal on this record, and why."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in ("condition", "met", "because", "told by"):
        table.add_column(name, overflow="fold")
    for check in record.checks:
        met = Text(str(check.verdict), MEETS_STYLE[check.verdict])
        table.add_row(Text(check.condition), met, Text(check.reason), Text(str(check.by), "bright_black"))
    return table


def quote_text(proof: Evidence) -> Text:
    quote = " ".join(proof.quote.split())
    return Text(f"“{quote if len(quote) <= MAX_QUOTE else quote[: MAX_QUOTE - 1] + '…'}”" if quote else "–")


def place_text(proof: Evidence) -> Text:
    where = Text(proof.url)
    if proof.start is not None and proof.end is not None:
        where.append(f"\n{proof.layer} {proof.start}–{proof.end}", "bright_black")
    return where


def plan_view(plan: Plan) -> RenderableType:
    """What a goal was understood to mean."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bright_black", no_wrap=True)
    table.add_column(overflow="fold")
    rows = {
        "goal": plan.goal,
        "planned by": str(plan.planned_by),
        "looking for": plan.entity,
        "where": plan.location,
        "how many": str(plan.count) if plan.count else "",
        "language": plan.language,
        "fields": ", ".join(f"{f.name}" + ("" if f.kind is FieldKind.TEXT else f":{f.kind}") for f in plan.fields),
        "conditions": "; ".join(condition.formal for condition in plan.conditions),
        "searches": "\n".join(plan.queries),
        "opens first": "\n".join(plan.sources),
        "notes": "\n".join(plan.notes),
    }
    for name, text in rows.items():
        if text:
            table.add_row(name, Text(text))
    return table


def footer(run: Run, *, kept: bool = True, apart: int = 0) -> RenderableType:
    """How a run ended, what it used and, where it is kept, how to see its proof. `apart`: records beside its result."""
    status = Text(str(run.status), style=STATUS_STYLE.get(run.status, ""))
    line = Text.assemble(status, f": {count(run.records_found, 'record')}; {ended_text(run)}")
    spend = run.spend
    tokens = tokens_text(run)
    read = f"{run.sources_completed} of {count(run.sources_total, 'source')}, {count(spend.pages, 'page')}"
    used = Text(f"{read}, {count(spend.searches, 'search')}, {tokens}, {seconds(run)}", style="bright_black")
    proof = Text(f"forage show {run.id} --evidence", style="bright_black")
    told: list[RenderableType] = [line]
    if apart:
        unclear = f"{count(apart, 'more record')} could not be checked against the goal's conditions"
        told.append(Text(f"{unclear}: forage show {run.id} --unclear" if kept else unclear, style="yellow"))
    return Group(*told, used, *([proof] if kept and run.records_found else []))


def tokens_text(run: Run) -> str:
    """`412 tokens, 20.6 a record`."""
    spend = run.spend
    if not spend.tokens:
        return "no tokens"
    per_record = f", {run.tokens_per_record:g} a record" if run.tokens_per_record is not None else ""
    return f"{'about ' if spend.tokens_estimated else ''}{spend.tokens} tokens{per_record}"


def ended_text(run: Run) -> str:
    if run.termination_reason is None:
        return "still going"
    text = f"{ENDED[run.termination_reason]} ({run.termination_reason})"
    return f"{text}: {run.error}" if run.error and run.error != WHAT_HAPPENED.get(run.termination_reason) else text


def count(number: int, noun: str) -> str:
    plural = noun + ("es" if noun.endswith("ch") else "s")
    return f"{number} {noun if number == 1 else plural}"


def seconds(run: Run) -> str:
    if run.started_at is None:
        return "not started"
    until = run.completed_at or dt.datetime.now(dt.UTC)
    return f"{(until - run.started_at).total_seconds():.1f} s"


def runs_table(runs: Iterable[Run], width: int = WIDE) -> Table:
    """A row a run. Where `width` is short of room for its goal, ids are their beginnings, which `show` takes too."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in ("run", "status", "records", "began"):
        table.add_column(name, no_wrap=True)
    table.add_column("goal")
    shown_of_id = None if width >= ROOM_FOR_IDS else TIME_OF_ID
    for run in runs:
        status = Text(str(run.status), style=STATUS_STYLE.get(run.status, ""))
        began = run.created_at.astimezone().strftime("%Y-%m-%d %H:%M")
        goal = Text(run.request.title, overflow="fold")
        table.add_row(run.id[:shown_of_id], status, str(run.records_found), began, goal)
    return table


def console(*, stderr: bool = False) -> Console:
    """A console that keeps quotes and numbers uncoloured, and wide where its output is a file or a pipe."""
    made = Console(stderr=stderr, highlight=False, soft_wrap=False)
    return made if made.is_terminal else Console(stderr=stderr, highlight=False, width=WIDE)
