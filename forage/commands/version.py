"""`forage version`."""

from __future__ import annotations

import importlib.metadata
import platform

import click


@click.command("version")
def command() -> None:
    """Print the version."""
    click.echo(f"forage {importlib.metadata.version('forage')}, Python {platform.python_version()}")
