"""`forage webhooks`."""

from __future__ import annotations

import click


@click.group("webhooks")
def command() -> None:
    """Webhooks: list them, see what was sent, send it again, test a receiver."""


@command.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
def list_(limit: int) -> int:
    """List the webhooks of tasks, newest first."""
    from forage.hooks import list_hooks
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(list_hooks(settings, limit), settings)


@command.command("deliveries")
@click.option("--status", type=click.Choice(["pending", "delivered", "dead"]), help="Those that are so.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
def deliveries(status: str | None, limit: int) -> int:
    """List what is on its way, was taken, or is dead, newest first."""
    from forage.hooks import list_sent
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(list_sent(settings, status or "", limit), settings)


@command.command("show")
@click.argument("name", metavar="DELIVERY")
def show(name: str) -> int:
    """Show each try of a delivery."""
    from forage.hooks import show_sent
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(show_sent(settings, name), settings)


@command.command("replay")
@click.argument("name", metavar="DELIVERY")
def replay(name: str) -> int:
    """Send a delivery again that was taken or is dead: by the worker of `forage serve`, as all others."""
    from forage.hooks import replay_sent
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(replay_sent(settings, name), settings)


@command.command("ping")
@click.argument("url", metavar="URL")
def ping(url: str) -> int:
    """Send a signed test event to a URL from here, and say how it was taken: exit code 1 where it was not."""
    from forage.hooks import ping_url
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(ping_url(settings, url), settings)


@command.command("rotate")
def rotate() -> int:
    """Make a new signing secret and print it, this once; the one before signs along for 24 hours."""
    from forage.hooks import rotate_hook_secret
    from forage.process import run_async, settings_now

    settings = settings_now()
    return run_async(rotate_hook_secret(settings), settings)
