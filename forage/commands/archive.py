"""`forage archive`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("archive")
@click.argument("run_id", metavar="RUN")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file: pages.warc.gz.",
)
def command(run_id: str, out: Path) -> int:
    """Write the archived pages of a past run to a WARC file; `last` is the newest run."""
    from forage.archived import write_archive
    from forage.output import check_writable
    from forage.process import run_async, settings_now

    check_writable(out)
    settings = settings_now()
    return run_async(write_archive(settings, run_id, out), settings)
