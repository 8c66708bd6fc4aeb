"""`forage schedules`."""

from __future__ import annotations

import click


@click.group("schedules")
def command() -> None:
    """Jobs that start by themselves: list, show, create, pause, resume, run, delete.

    `forage serve` and every `forage worker` start what is due.
    """


@command.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def list_(limit: int) -> int:
    """List schedules, newest first."""
    from forage.process import run_async, settings_now
    from forage.scheduled import list_scheduled

    settings = settings_now()
    return run_async(list_scheduled(settings, limit), settings)


@command.command("create")
@click.argument("name")
@click.argument("goal", nargs=-1, required=True, metavar="GOAL|URL [WORDS]")
@click.option("--schedule", "cron", required=True, metavar="CRON", help='Five fields, as "0 9 * * 1-5".')
@click.option("--timezone", default="UTC", show_default=True, metavar="ZONE", help="Whose clocks, as Europe/Berlin.")
@click.option("--fields", default="", metavar="LIST", help="What to find out: name,price:number,tags:list.")
@click.option("--min", "min_results", type=click.IntRange(1, 500), help="Go on until there are this many records.")
@click.option(
    "--max",
    "max_results",
    type=click.IntRange(1, 1000),
    help="Stop here. [default: the number in the goal, else 10; of a URL, all]",
)
@click.option("--exclude", multiple=True, metavar="THING", help="A host, a URL or a name that must not come back.")
@click.option("--pool", default="", metavar="POOL", help="The pool that its records go into, by its id.")
@click.option("--paused", is_flag=True, help="Not due until it is resumed.")
def create(
    name: str,
    goal: tuple[str, ...],
    cron: str,
    timezone: str,
    fields: str,
    min_results: int | None,
    max_results: int | None,
    exclude: tuple[str, ...],
    pool: str,
    paused: bool,
) -> int:
    """Start a goal, or read a URL, at every time that the cron says.

    \b
    forage schedules create "Kitchen prices" https://shop.example/kitchen --fields name,price --schedule "0 9 * * *"
    """
    from forage.asking import Asked, make_request
    from forage.process import run_async, settings_now
    from forage.scheduled import create_scheduled
    from services.schedules import NewSchedule

    asked = Asked(fields=fields, min_results=min_results, max_results=max_results, exclude=exclude)
    new = NewSchedule(
        name=name,
        cron=cron,
        timezone=timezone,
        request=make_request(goal, asked),
        pool_id=pool.removeprefix("pool_"),
        enabled=not paused,
    )
    settings = settings_now()
    return run_async(create_scheduled(settings, new), settings)


@command.command("show")
@click.argument("name", metavar="SCHEDULE")
def show(name: str) -> int:
    """Show a schedule, its next times and what became of its last ones; by its id or the beginning of it."""
    from forage.process import run_async, settings_now
    from forage.scheduled import show_scheduled

    settings = settings_now()
    return run_async(show_scheduled(settings, name), settings)


@command.command("pause")
@click.argument("name", metavar="SCHEDULE")
def pause(name: str) -> int:
    """Let a schedule rest; what is due meanwhile is not made up for."""
    from forage.process import run_async, settings_now
    from forage.scheduled import switch_scheduled

    settings = settings_now()
    return run_async(switch_scheduled(settings, name, on=False), settings)


@command.command("resume")
@click.argument("name", metavar="SCHEDULE")
def resume(name: str) -> int:
    """Let a paused schedule be due again."""
    from forage.process import run_async, settings_now
    from forage.scheduled import switch_scheduled

    settings = settings_now()
    return run_async(switch_scheduled(settings, name, on=True), settings)


@command.command("run")
@click.argument("name", metavar="SCHEDULE")
def run(name: str) -> int:
    """Start a schedule's job now, paused or not. A running service takes it up."""
    from forage.process import run_async, settings_now
    from forage.scheduled import run_scheduled

    settings = settings_now()
    return run_async(run_scheduled(settings, name), settings)


@command.command("delete")
@click.argument("name", metavar="SCHEDULE")
def delete(name: str) -> int:
    """Delete a schedule. The runs that it started stay."""
    from forage.process import run_async, settings_now
    from forage.scheduled import delete_scheduled

    settings = settings_now()
    return run_async(delete_scheduled(settings, name), settings)
