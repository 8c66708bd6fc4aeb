"""`forage show`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("show")
@click.argument("run_id", metavar="RUN")
@click.option("--evidence", is_flag=True, help="Every value with its page, quote, offsets and verdict.")
@click.option("--record", "number", type=click.IntRange(1), help="This record alone, by its number in the table.")
@click.option("--unclear", is_flag=True, help="The records that a condition of the goal could not be checked on.")
@click.option("--format", "form", type=click.Choice(["table", "json", "jsonl", "csv", "xlsx"]), help="[default: table]")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file; its name says the format."
)
def command(run_id: str, evidence: bool, number: int | None, unclear: bool, form: str | None, out: Path | None) -> int:
    """Show a past run, by its id or the beginning of it; `last` is the newest."""
    from forage.output import chosen_format
    from forage.past import show
    from forage.process import run_async, settings_now

    settings = settings_now()
    wanted = show(settings, run_id, chosen_format(form, out), out, evidence, number, unclear=unclear)
    return run_async(wanted, settings)
