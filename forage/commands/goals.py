"""`forage goals`."""

from __future__ import annotations

from pathlib import Path

import click

from domain.runs import RunStatus


@click.group("goals")
def command() -> None:
    """Ready-made goals with gaps to fill: list, show, run."""


@command.command("list")
@click.argument("words", nargs=-1)
@click.option("--category", help="Of this category alone, as `shopping`.")
def list_(words: tuple[str, ...], category: str | None) -> int:
    """List ready-made goals; with WORDS, those that have all of them."""
    from forage.ready_goals import list_ready

    return list_ready(" ".join(words), category)


@command.command("show")
@click.argument("slug", metavar="GOAL")
def show(slug: str) -> int:
    """Show a ready-made goal's fields and gaps, and how to run it."""
    from forage.ready_goals import show_ready

    return show_ready(slug)


@command.command("run")
@click.argument("slug", metavar="GOAL")
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--max", "max_results", type=click.IntRange(1, 1000), help="Stop here. [default: the goal's own]")
@click.option("--format", "form", type=click.Choice(["table", "json", "jsonl", "csv", "xlsx"]), help="[default: table]")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file; its name says the format."
)
@click.option("--plan", "plan_only", is_flag=True, help="Show what the goal is understood to mean, and stop.")
@click.option("--quiet", is_flag=True, help="Of the progress on stderr only what failed.")
def run(
    slug: str,
    values: tuple[str, ...],
    max_results: int | None,
    form: str | None,
    out: Path | None,
    plan_only: bool,
    quiet: bool,
) -> int:
    """Fill a ready-made goal and run it, here and now.

    \b
    forage goals run hotels location="New York City" max_price=150
    """
    from forage.output import check_writable, chosen_format
    from forage.process import run_async, settings_now
    from forage.ready_goals import filled_request

    request = filled_request(slug, values, max_results)
    form = chosen_format(form, out)
    if out is not None:
        check_writable(out)
    settings = settings_now()
    if plan_only:
        from forage.local import show_plan

        return run_async(show_plan(request, settings), settings)
    from forage.local import run_to_output

    done = run_async(run_to_output(request, settings, form, out, quiet=quiet), settings)
    if done.status is RunStatus.CANCELLED:
        return 130
    return 0 if done.records_found else 1
