"""`forage serve`."""

from __future__ import annotations

import click


@click.command("serve")
@click.option("--host", help="Address to listen on. [default: FORAGE_HOST]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0: a free one. [default: FORAGE_PORT]")
@click.option(
    "--workers",
    "slots",
    type=click.IntRange(0, 64),
    help="Runs worked on at once in this process; 0: API alone. [default: FORAGE_WORKER_SLOTS, with REDIS_URL 0]",
)
def command(host: str | None, port: int | None, slots: int | None) -> int:
    """Run the service: API, worker and scheduler in one process, on SQLite.

    With DATABASE_URL and REDIS_URL it serves the API, and `forage worker` does the work. The database is brought up to
    date first. SIGTERM and Ctrl-C stop it in order: runs that are going are given back and go on at the next start.
    """
    from forage.process import run_async, settings_now
    from forage.serving import serve

    settings = settings_now()
    if slots is None:
        slots = settings.worker_slots if settings.is_embedded else 0
    run_async(serve(settings, host or settings.host, settings.port if port is None else port, slots), settings)
    return 0
