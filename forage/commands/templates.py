"""`forage templates`."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("templates")
def command() -> None:
    """What was learned of sites: list, show, delete, export, import."""


@command.command("list")
@click.option("--site", default="", help="Of this site alone, as `shop.example`.")
def list_(site: str) -> int:
    """List templates, those changed last first."""
    from forage.learned import list_learned
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(list_learned(settings, site), settings)


@command.command("show")
@click.argument("name", metavar="TEMPLATE")
def show(name: str) -> int:
    """Show where a template finds each field, by its id or the beginning of it."""
    from forage.learned import show_learned
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(show_learned(settings, name), settings)


@command.command("delete")
@click.argument("name", metavar="TEMPLATE", default="")
@click.option("--site", default="", help="All of this site.")
def delete(name: str, site: str) -> int:
    """Forget a template, or all of a site: its next pages are learned anew."""
    from forage.learned import forget_learned
    from forage.process import run_async, settings_now

    if bool(name) == bool(site):
        raise click.UsageError("name one TEMPLATE, or a --site")
    settings = settings_now()
    return run_async(forget_learned(settings, name, site), settings)


@command.command("export")
@click.option("--site", default="", help="Of this site alone.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file; else they are printed.")
def export(site: str, out: Path | None) -> int:
    """Write templates as JSON lines."""
    from forage.learned import export_learned
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(export_learned(settings, site, out), settings)


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> int:
    """Take in templates that `export` wrote, here or elsewhere."""
    from forage.learned import import_learned
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(import_learned(settings, file), settings)
