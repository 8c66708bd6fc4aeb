"""`forage flows`."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from domain.runs import RunStatus


@click.group("flows")
def command() -> None:
    """Pages kept to be read again, and how to drive them: list, show, create, activate, pause, run, delete."""


@command.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def list_(limit: int) -> int:
    """List flows, newest first."""
    from forage.kept_flows import list_kept
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(list_kept(settings, limit), settings)


@command.command("show")
@click.argument("name", metavar="FLOW")
def show(name: str) -> int:
    """Print a flow as JSON, by its id, the beginning of it, or its name."""
    from forage.kept_flows import show_kept
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(show_kept(settings, name), settings)


@command.command("create")
@click.argument("file", type=click.File("rb"))
@click.option("--activate", is_flag=True, help="Active from the start; a monitor is on its schedule then.")
def create(file: BinaryIO, activate: bool) -> int:
    """Create a flow from a JSON file, `-` for stdin: what `POST /flows` takes.

    \b
    echo '{"name": "Kitchen", "url": "https://shop.example/kitchen", "outputSchema": {"name": "string"}}' \\
      | forage flows create -
    """
    from forage.kept_flows import create_kept
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(create_kept(settings, file.read(), activate=activate), settings)


@command.command("activate")
@click.argument("name", metavar="FLOW")
def activate(name: str) -> int:
    """Put a flow into use; also one that is in error."""
    from forage.kept_flows import switch_kept
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(switch_kept(settings, name, on=True), settings)


@command.command("pause")
@click.argument("name", metavar="FLOW")
def pause(name: str) -> int:
    """Keep a flow from running until it is activated."""
    from forage.kept_flows import switch_kept
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(switch_kept(settings, name, on=False), settings)


@command.command("run")
@click.argument("name", metavar="FLOW")
@click.option("--format", "form", type=click.Choice(["table", "json", "jsonl", "csv", "xlsx"]), help="[default: table]")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file; its name says the format."
)
@click.option("--quiet", is_flag=True, help="Of the progress on stderr only what failed.")
def run(name: str, form: str | None, out: Path | None, quiet: bool) -> int:
    """Run a flow here and now. Exit code 0 where it was done or found something, 1 where not, 130 cancelled."""
    from forage.kept_flows import run_kept
    from forage.output import check_writable, chosen_format
    from forage.process import run_async, settings_now

    form = chosen_format(form, out)
    if out is not None:
        check_writable(out)
    settings = settings_now()
    ended = run_async(run_kept(settings, name, form, out, quiet=quiet), settings)
    if ended.status is RunStatus.CANCELLED:
        return 130
    return 1 if ended.status is RunStatus.FAILED else 0


@command.command("delete")
@click.argument("name", metavar="FLOW")
def delete(name: str) -> int:
    """Delete a flow with its schedule. Its runs stay, and so does the pool of a monitor."""
    from forage.kept_flows import delete_kept
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(delete_kept(settings, name), settings)
