"""`forage run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from domain.budgets import Budget
from domain.runs import RunStatus

DEFAULT = Budget()


@click.command("run")
@click.argument("goal", nargs=-1, required=True, metavar="GOAL|URL [WORDS]")
@click.option("--fields", default="", metavar="LIST", help="What to find out: name,price:number,tags:list.")
@click.option("--min", "min_results", type=click.IntRange(1, 500), help="Go on until there are this many records.")
@click.option(
    "--max",
    "max_results",
    type=click.IntRange(1, 1000),
    help="Stop here. [default: the number in the goal, else 10; of a URL, all]",
)
@click.option("--format", "form", type=click.Choice(["table", "json", "jsonl", "csv", "xlsx"]), help="[default: table]")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file; its name says the format."
)
@click.option("--plan", "plan_only", is_flag=True, help="Show what the goal is understood to mean, and stop.")
@click.option("--entity", default="", metavar="THING", help="What to look for, instead of what the goal seems to say.")
@click.option("--place", metavar="PLACE", help="Where things must be; empty for anywhere.")
@click.option("--language", default="", metavar="CODE", help="The language of the goal and its pages: en, de, fr, …")
@click.option("--query", "queries", multiple=True, metavar="WORDS", help="What to search for, instead of our queries.")
@click.option("--source", "sources", multiple=True, metavar="URL", help="A page to open first.")
@click.option(
    "--condition",
    "conditions",
    multiple=True,
    metavar="TEXT",
    help="What records must meet, instead of what the goal says: 'price < 20 GBP'; 'none' for nothing.",
)
@click.option("--exclude", multiple=True, metavar="THING", help="A host, a URL or a name that must not come back.")
@click.option("--smart", is_flag=True, help="Let a model fill what cheaper methods left missing.")
@click.option("--budget-pages", type=click.IntRange(1), default=DEFAULT.max_pages, show_default=True)
@click.option("--budget-tokens", type=click.IntRange(0), default=DEFAULT.max_tokens, show_default=True)
@click.option("--budget-seconds", type=click.FloatRange(1), default=DEFAULT.max_seconds, show_default=True)
@click.option("--pool", default="", metavar="POOL", help="The pool that remembers the records: its name or id.")
@click.option("--quiet", is_flag=True, help="Of the progress on stderr only what failed.")
def command(
    goal: tuple[str, ...],
    form: str | None,
    out: Path | None,
    plan_only: bool,
    quiet: bool,
    pool: str,
    **asked: Any,
) -> int:
    """Answer a goal, or read a URL and the pages it leads to. No server is needed.

    \b
    forage run "coffee roasters in Bristol with phone and website" --min 20
    forage run https://shop.example/list --fields name,price --out prices.xlsx

    Progress goes to stderr, records to stdout. Exit code 0 with records, 1 without, 2 for what cannot be asked,
    130 cancelled.
    """
    from forage.asking import Asked, make_request
    from forage.output import check_writable, chosen_format
    from forage.process import run_async, settings_now

    request = make_request(goal, Asked(**asked))
    form = chosen_format(form, out)
    if out is not None:
        check_writable(out)
    settings = settings_now()
    if plan_only:
        from forage.local import show_plan

        return run_async(show_plan(request, settings), settings)
    from forage.local import run_to_output

    run = run_async(run_to_output(request, settings, form, out, quiet=quiet, pool=pool), settings)
    if run.status is RunStatus.CANCELLED:
        return 130
    return 0 if run.records_found else 1
