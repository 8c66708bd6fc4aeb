"""`forage split`."""

from __future__ import annotations

import click


@click.command("split")
@click.argument("run_id", metavar="RUN")
@click.argument("number", metavar="RECORD", type=click.IntRange(1))
@click.option(
    "--source", "sources", metavar="URL", multiple=True, help="Take out what this page told; may be repeated."
)
@click.option("--from", "unmerged", metavar="ID", default="", help="Part it from the record it was merged with.")
def command(run_id: str, number: int, sources: tuple[str, ...], unmerged: str) -> int:
    """Take a past run's record apart; `last` is the newest run.

    \b
    forage split last 3
    forage split last 3 --source https://example.com/list

    RECORD is its number in the table. Without an option, what each page told of it becomes a record of its own.
    """
    from forage.decided import split
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(split(settings, run_id, number, sources, unmerged), settings)
