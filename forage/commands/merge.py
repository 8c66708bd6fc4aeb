"""`forage merge`."""

from __future__ import annotations

import click


@click.command("merge")
@click.argument("run_id", metavar="RUN")
@click.argument("number", metavar="RECORD", type=click.IntRange(1))
@click.argument("other", metavar="OTHER", type=click.IntRange(1))
def command(run_id: str, number: int, other: int) -> int:
    """Make two records of a past run one, whatever their pages say; `last` is the newest run.

    \b
    forage merge last 3 7

    RECORD and OTHER are their numbers in the table. `forage split` undoes it.
    """
    from forage.decided import merge
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(merge(settings, run_id, number, other), settings)
