"""`forage worker`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("worker")
@click.option("--slots", type=click.IntRange(1, 64), help="Runs worked on at once. [default: FORAGE_WORKER_SLOTS]")
@click.option(
    "--beat",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Touch this file every few seconds, for a health check.",
)
def command(slots: int | None, beat: Path | None) -> int:
    """Run a worker alone, for the scaled mode: start as many as you like, on as many machines.

    It needs DATABASE_URL and REDIS_URL, and opens no port. SIGTERM and Ctrl-C stop it in order; after kill -9 another
    worker takes its runs up where they were.
    """
    from forage.process import run_async, settings_now
    from forage.serving import work

    settings = settings_now()
    run_async(work(settings, slots or settings.worker_slots, beat), settings)
    return 0
