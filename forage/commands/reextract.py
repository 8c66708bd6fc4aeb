"""`forage reextract`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("reextract")
@click.argument("run_id", metavar="RUN")
@click.option("--fields", default="", metavar="LIST", help="What to find out: name,price:number,tags:list.")
@click.option("--goal", default="", help="What is wanted, in other words. [default: as before]")
@click.option("--max", "max_results", type=click.IntRange(1, 1000), help="Stop here. [default: as before]")
@click.option("--smart", is_flag=True, help="Let a model fill what cheaper methods left missing.")
@click.option("--format", "form", type=click.Choice(["table", "json", "jsonl", "csv", "xlsx"]), help="[default: table]")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file; its name says the format."
)
@click.option("--quiet", is_flag=True, help="Of the progress on stderr only what failed.")
def command(
    run_id: str,
    fields: str,
    goal: str,
    max_results: int | None,
    smart: bool,
    form: str | None,
    out: Path | None,
    quiet: bool,
) -> int:
    """Read the archived pages of a past run for other fields; `last` is the newest run. Nothing is fetched.

    \b
    forage reextract last --fields name,sku,availability
    """
    from domain.fields import parse_fields
    from forage.output import check_writable, chosen_format
    from forage.process import run_async, settings_now
    from forage.reextracted import reextract
    from services.reextraction import Question

    question = Question(fields=parse_fields(fields), goal=goal, max_results=max_results, use_smart_cascade=smart)
    form = chosen_format(form, out)
    if out is not None:
        check_writable(out)
    settings = settings_now()
    run = run_async(reextract(settings, run_id, question, form, out, quiet=quiet), settings)
    return 0 if run.records_found else 1
