"""`forage doctor`."""

from __future__ import annotations

import click


@click.command("doctor")
@click.option("--settings", "only_settings", is_flag=True, help="Print the settings and look at nothing.")
@click.option(
    "--claim-store", is_flag=True, help="Say that FORAGE_BLOBS is this database's alone; workers tidy it then."
)
def command(only_settings: bool, claim_store: bool) -> int:
    """Say what is set, reachable and missing, and how to mend it. Exit code 1 where something is broken."""
    from forage.process import run_async, settings_now

    settings = settings_now()
    from forage.doctor import State, claim, examine, findings_table, settings_table
    from forage.tables import console

    shown = console()
    shown.print(settings_table(settings))
    if only_settings:
        return 0
    if claim_store:
        run_async(claim(settings), settings)
    findings = run_async(examine(settings), settings)
    shown.print(findings_table(findings))
    return 1 if any(finding.state is State.BROKEN for finding in findings) else 0
