"""`forage correct`."""

from __future__ import annotations

import click


@click.command("correct")
@click.argument("run_id", metavar="RUN")
@click.argument("number", metavar="RECORD", type=click.IntRange(1))
@click.argument("values", metavar="FIELD=VALUE...", nargs=-1, required=True)
def command(run_id: str, number: int, values: tuple[str, ...]) -> int:
    """Put values of a past run's record right; `last` is the newest run. The next runs learn from it.

    \b
    forage correct last 3 author="Ada Lovelace" price=12.50

    RECORD is its number in the table. A list is given item by item: tags=red tags=blue.
    """
    from forage.corrected import correct
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(correct(settings, run_id, number, values), settings)
