"""`forage runs`."""

from __future__ import annotations

import click


@click.command("runs")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
def command(limit: int) -> int:
    """List past runs, newest first."""
    from forage.past import list_past
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(list_past(settings, limit), settings)
