"""A past run checked again, told on the terminal."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from domain.verification import Problem, Standing, Verification
from forage.compose import open_service
from forage.past import find_run
from forage.settings import Settings
from forage.tables import VERDICT_STYLE, console, count, plain
from services.keys import ensure_account
from services.verification import verify_run

_SAYS = {
    Standing.NOT_FOUND: "its page does not say it",
    Standing.PAGE_CHANGED: "its page is not what was read",
    Standing.PAGE_GONE: "its page is gone",
}


async def verify(settings: Settings, name: str) -> int:
    async with open_service(settings) as service:
        account_id = await ensure_account(service)
        run = await find_run(service, account_id, name)
        told = await verify_run(service, account_id, run.id)
    shown = console()
    if told.problems:
        shown.print(_problems(told.problems))
        if told.problems_total > len(told.problems):
            shown.print(f"and {told.problems_total - len(told.problems)} more")
    shown.print(_summary(told))
    return 0 if told.holds else 1


def _summary(told: Verification) -> Text:
    line = Text()
    for verdict, checked in told.checked.items():
        line.append(f"{told.found[verdict]} of {checked} {verdict} found again; ", VERDICT_STYLE[verdict])
    if told.by_user:
        line.append(f"{told.by_user} given by you; ")
    pages = told.pages[Standing.FOUND]
    line.append(f"{count(pages, 'page')} as read")
    for standing in (Standing.PAGE_CHANGED, Standing.PAGE_GONE):
        if told.pages[standing]:
            line.append(f", {told.pages[standing]} {standing.removeprefix('page_')}", "red")
    return line


def _problems(problems: tuple[Problem, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in ("record", "field", "value", "verdict", "what is wrong", "where"):
        table.add_column(name, overflow="fold")
    for problem in problems:
        says = _SAYS[problem.standing] + (" (another does)" if problem.still_found else "")
        table.add_row(
            problem.record_id[:12],
            Text(f"{problem.field}{problem.part}"),
            Text(plain(problem.value)),
            Text(problem.verdict, VERDICT_STYLE[problem.verdict]),
            Text(says, "red"),
            Text(problem.url),
        )
    return table
