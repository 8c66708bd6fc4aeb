"""`forage verify`."""

from __future__ import annotations

import click


@click.command("verify")
@click.argument("run_id", metavar="RUN")
def command(run_id: str) -> int:
    """Check every value of a past run again, in its archived pages; `last` is the newest run.

    Exit code 0 where every place still says its value, 1 where one does not.
    """
    from forage.process import run_async, settings_now
    from forage.verified import verify

    settings = settings_now()
    return run_async(verify(settings, run_id), settings)
