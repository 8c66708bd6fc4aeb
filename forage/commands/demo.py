"""`forage demo`."""

from __future__ import annotations

import click


@click.command("demo")
@click.option("--goal", multiple=True, metavar="GOAL", help="This goal, or URL, instead of the demo's own.")
@click.option("--fields", default="", metavar="LIST", help="With --goal: what to find out.")
@click.option("--serve", is_flag=True, help="Only serve the demo web, for commands of your own, until Ctrl-C.")
@click.option(
    "--port", type=click.IntRange(1024, 65000), default=8101, show_default=True, help="First port of --serve."
)
def command(goal: tuple[str, ...], fields: str, serve: bool, port: int) -> int:
    """See it work on a small web that ships with Forage: two directories that overlap, a shop, a page of JavaScript.

    The pages are served on this machine, the runs are kept in a directory that is removed afterwards, and nothing
    else is fetched.
    """
    if serve:
        from forage.demo.show import serve_until_stopped

        return serve_until_stopped(port)
    from forage.demo.show import show_demo

    return show_demo(goal, fields)
