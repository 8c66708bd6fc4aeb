"""`forage mcp`."""

from __future__ import annotations

import click


@click.command("mcp")
def command() -> int:
    """Offer the tools to a chat client over stdin and stdout (Model Context Protocol).

    The client starts this command itself: name it in its list of servers. No service has to run; pages are read by
    this process, and runs are kept where those of `forage run` are. A service offers the same tools at `/mcp`.
    """
    from forage.chat import chat
    from forage.process import run_async, settings_now

    settings = settings_now()
    run_async(chat(settings), settings)
    return 0
