"""`forage`: the command line. Each subcommand is imported when it is called, so that help stays instant."""

from __future__ import annotations

import importlib
import os
import sys

import click

from domain.errors import ForageError, InvalidInput, UnsafeUrl

# Name, module under forage.commands, and its help line: known here so that `forage --help` imports none of them.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("run", "Answer a goal or read a URL, here and now."),
    "screenshot": ("screenshot", "Take a picture of a page."),
    "show": ("show", "Show a past run, with its evidence."),
    "runs": ("runs", "List past runs."),
    "correct": ("correct", "Put values of a past run's record right; the next runs learn from it."),
    "merge": ("merge", "Make two records of a past run one; later runs of its pool heed it."),
    "split": ("split", "Take a past run's record apart; later runs of its pool heed it."),
    "archive": ("archive", "Write a past run's archived pages to a WARC file."),
    "reextract": ("reextract", "Read a past run's archived pages for other fields."),
    "verify": ("verify", "Check a past run again, in its archived pages."),
    "goals": ("goals", "Ready-made goals: list, show, run."),
    "flows": ("flows", "Pages kept to be read again, and how to drive them: list, create, run, delete."),
    "schedules": ("schedules", "Jobs that start by themselves: list, create, pause, run, delete."),
    "pools": ("pools", "What jobs found, remembered: list, records, changes, download."),
    "templates": ("templates", "What was learned of sites: list, show, delete, export, import."),
    "webhooks": ("webhooks", "Webhooks: list, deliveries, replay, ping, rotate the secret."),
    "demo": ("demo", "See it work on a small web that ships with Forage."),
    "mcp": ("mcp", "Offer the tools to a chat client, over stdin and stdout."),
    "serve": ("serve", "Run the service: API, worker and scheduler in one process."),
    "worker": ("worker", "Run a worker alone, for the scaled mode."),
    "accounts": ("accounts", "Accounts: list, create, limit."),
    "keys": ("keys", "API keys: list, create, revoke."),
    "credits": ("credits", "Credits: balance, transactions, grant, refund, plan, check."),
    "migrate": ("migrate", "Bring the database up to date."),
    "doctor": ("doctor", "Say what is set, reachable and missing, and how to mend it."),
    "eval": ("evaluate", "Measure quality on cases with known answers."),
    "browser": ("browser", "Find a Chromium, or install one."),
    "version": ("version", "Print the version."),
}
BAD_INPUT = 2  # the exit code that click uses for usage errors


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return importlib.import_module(f"forage.commands.{COMMANDS[cmd_name][0]}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog='Begin with `forage demo`, or `forage run "coffee roasters in Bristol with phone and website"`.',
)
def cli() -> None:
    """A goal in plain words, or a URL, into records whose every value can be checked."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 bad input, 130 interrupted."""
    try:
        code = cli.main(args=arguments, prog_name="forage", standalone_mode=False)
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away (`forage runs | head`): nothing to tell it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as fault:  # noqa: BLE001 - the last door: people get one line, `FORAGE_LOG=debug` the traceback
        _fail(fault)
    else:
        sys.exit(code if isinstance(code, int) else 0)


def _fail(fault: Exception) -> None:
    while isinstance(fault, ExceptionGroup):  # of several loops that ended together, the first one is the cause
        fault = fault.exceptions[0]
    if os.environ.get("FORAGE_LOG", "").lower() == "debug":
        raise fault
    text = fault.message if isinstance(fault, ForageError) else f"{type(fault).__name__}: {fault}".splitlines()[0]
    hint = "" if isinstance(fault, ForageError) else " (FORAGE_LOG=debug tells more)"
    if isinstance(fault, UnsafeUrl):  # who sits at the command line may allow it; a caller of the API is not told how
        hint = " If you trust it, name its host and port in FORAGE_EGRESS_ALLOW."
    click.echo(f"forage: {text}{hint}", err=True)
    sys.exit(BAD_INPUT if isinstance(fault, InvalidInput) else 1)


if __name__ == "__main__":
    main()
