"""A run of cases as a value, a table for the terminal, JSON for machines and one HTML file for people."""

from __future__ import annotations

import statistics
from pathlib import Path

import jinja2
import msgspec
from rich.table import Table

from evals.tally import Metric


class CaseError(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    fault: str


class SetReport(msgspec.Struct, frozen=True, kw_only=True):
    """One set. `total` counts its cases, `cases` those that were run, `errors` those of them that failed."""

    name: str
    tasks: tuple[str, ...]
    total: int
    cases: int
    errors: tuple[CaseError, ...]
    sites: int
    metrics: tuple[Metric, ...]
    times_ms: tuple[float, ...] = ()  # of the readings, sorted

    @property
    def median_ms(self) -> float:
        return statistics.median(self.times_ms) if self.times_ms else 0.0

    @property
    def mean_ms(self) -> float:
        return statistics.fmean(self.times_ms) if self.times_ms else 0.0

    @property
    def p95_ms(self) -> float:
        return self.times_ms[int(0.95 * (len(self.times_ms) - 1))] if self.times_ms else 0.0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    sets: tuple[SetReport, ...]
    elapsed_s: float

    @property
    def has_errors(self) -> bool:
        return any(told.errors for told in self.sets)


def as_table(report: Report) -> Table:
    """The figures for the terminal: a line a metric."""
    table = Table(title=f"forage eval, {report.elapsed_s:g} s")
    for name in ("set", "metric"):
        table.add_column(name)
    for name in ("value", "± sites", "cases", "errors", "ms a page"):
        table.add_column(name, justify="right")
    for told in report.sets:
        errors, speed = str(len(told.errors)), f"{told.median_ms:.1f} (p95 {told.p95_ms:.0f})"
        if not told.metrics:
            table.add_row(told.name, "nothing scored", "", "", str(told.cases), errors, speed)
        for at, metric in enumerate(told.metrics):
            head = (told.name, errors, speed) if at == 0 else ("", "", "")
            row = (metric.name, f"{metric.value:.3f}", f"{metric.deviation:.3f}", str(metric.count))
            table.add_row(head[0], *row, *head[1:])
        table.add_section()
    return table


def write_report(report: Report, path: Path) -> tuple[Path, Path]:
    """Write the JSON and the HTML form; gives both paths."""
    as_json, as_html = path.with_suffix(".json"), path.with_suffix(".html")
    as_json.parent.mkdir(parents=True, exist_ok=True)
    as_json.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2))
    as_html.write_text(render_html(report), encoding="utf-8")
    return as_json, as_html


def render_html(report: Report) -> str:
    """One page that needs nothing else: no script, no font, no picture from elsewhere."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html").render(report=report)
