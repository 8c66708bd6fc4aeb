"""`forage pools`."""

from __future__ import annotations

from pathlib import Path

import click

POOL = click.argument("name", metavar="POOL")
LIMIT = click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)


@click.group("pools")
def command() -> None:
    """What jobs found, remembered: list, create, show, records, changes, download, delete."""


@command.command("list")
@LIMIT
def list_(limit: int) -> int:
    """List pools, newest first."""
    from forage.pools import show_pools
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(show_pools(settings, limit), settings)


@command.command("create")
@click.argument("name")
@click.option("--description", default="")
@click.option("--condition", default="", help='Which changes go to the webhook: "added or price < 20".')
@click.option("--webhook", default="", help="The URL that hears of them.")
@click.option("--sort-fields", default="", help="Fields to sort by, as `name,price`; left out, the first run's.")
def create(name: str, description: str, condition: str, webhook: str, sort_fields: str) -> int:
    """Make a pool and print its id."""
    from forage.pools import make_pool
    from forage.process import run_async, settings_now

    settings = settings_now()
    fields = tuple(filter(None, (field.strip() for field in sort_fields.split(","))))
    return run_async(make_pool(settings, name, description, condition, webhook, fields), settings)


@command.command("show")
@POOL
def show(name: str) -> int:
    """Show a pool, by its id, the beginning of it, or its name."""
    from forage.pools import show_pool
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(show_pool(settings, name), settings)


@command.command("records")
@POOL
@click.option("--sort", default="", help="first_seen, last_seen or a field; with a minus sign from the top down.")
@click.option("--filter", "filters", multiple=True, help='Such as "price<20" or "name~garlic"; several must all hold.')
@click.option("--removed", is_flag=True, help="Those that were removed.")
@LIMIT
def records(name: str, sort: str, filters: tuple[str, ...], removed: bool, limit: int) -> int:
    """List a pool's records."""
    from forage.pools import show_records
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(show_records(settings, name, sort, filters, limit, removed=removed), settings)


@command.command("changes")
@POOL
@click.option("--since", default="", help="The number of a change, or a time such as 2026-11-21T09:00:00Z.")
@LIMIT
def changes(name: str, since: str, limit: int) -> int:
    """List what was added, changed and removed, in the order in which it happened."""
    from forage.pools import show_changes
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(show_changes(settings, name, since, limit), settings)


@command.command("download")
@POOL
@click.option("--format", "form", type=click.Choice(["json", "jsonl", "csv", "xlsx"]), help="[default: json]")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file; else it is printed.")
def download(name: str, form: str | None, out: Path | None) -> int:
    """Write all that a pool holds."""
    from forage.output import chosen_format
    from forage.pools import write_pool
    from forage.process import run_async, settings_now

    settings = settings_now()
    chosen = chosen_format(form, out)
    return run_async(write_pool(settings, name, "json" if chosen == "table" else chosen, out), settings)


@command.command("delete")
@POOL
def delete(name: str) -> int:
    """Delete a pool with all that it remembers."""
    from forage.pools import remove_pool
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(remove_pool(settings, name), settings)
