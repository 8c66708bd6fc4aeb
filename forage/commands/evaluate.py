"""`forage eval`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("eval")
@click.option("--cases", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option("--limit", type=click.IntRange(1), help="This many cases of each set alone.")
@click.option("--report", type=click.Path(path_type=Path), help="Write FILE.json and FILE.html.", metavar="FILE")
def command(cases: Path, limit: int | None, report: Path | None) -> int:
    """Measure quality on cases with known answers: recorded pages, or your own goals live."""
    from evals.report import as_table
    from evals.run import run_eval
    from forage.goal_cases import goal_runner
    from forage.process import set_up_log, settings_now
    from forage.tables import console

    settings = settings_now()
    set_up_log(settings.log)
    result = run_eval(cases, limit, report, run_goal=goal_runner(settings))
    console().print(as_table(result))
    return 1 if result.has_errors else 0
