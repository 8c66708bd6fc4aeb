"""`forage migrate`."""

from __future__ import annotations

import click


@click.command("migrate")
def command() -> None:
    """Bring the database up to date. Safe to run at any time, by several at once."""
    from forage.compose import prepare_home
    from forage.process import run_async, settings_now
    from forage.settings import masked_url
    from store.migrations import migrate

    settings = settings_now()
    prepare_home(settings)
    run_async(migrate(settings.database), settings)
    click.echo(f"{masked_url(settings.database)} is up to date")
