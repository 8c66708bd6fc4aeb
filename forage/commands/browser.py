"""`forage browser`."""

from __future__ import annotations

import click


@click.command("browser")
@click.option("--install", is_flag=True, help="Install one where none is found, and fonts for every script.")
def command(install: bool) -> int:
    """Say which Chromium is used. Without one, pages come by HTTP alone."""
    from forage.browsers import find_browser, install_browser
    from forage.fonts import install_fonts, missing_scripts
    from forage.process import settings_now

    settings = settings_now()
    found = find_browser(settings.browser)
    if not found and install:
        found = install_browser()
    click.echo(f"browser: {found}" if found else "browser: none found; pages that need one will say so", err=not found)
    if found and install:
        install_fonts()
    if found and (missing := missing_scripts()):
        click.echo(f"fonts: none for {', '.join(missing)}; in pictures they are boxes", err=True)
    # Without a browser most of Forage works: `make demo` on a machine that cannot have one goes on.
    return 0 if found or install else 1
