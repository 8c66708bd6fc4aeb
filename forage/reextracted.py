"""A past run's pages read for other fields, in this process."""

from __future__ import annotations

from pathlib import Path

from domain.runs import Run
from forage.compose import open_service
from forage.local import run_submitted
from forage.past import find_run
from forage.settings import Settings
from services.keys import ensure_account
from services.reextraction import Question, reextract_run


async def reextract(
    settings: Settings, name: str, question: Question, form: str, out: Path | None, *, quiet: bool
) -> Run:
    async with open_service(settings) as service:
        account_id = await ensure_account(service)
        first = await find_run(service, account_id, name)
        run = await reextract_run(service, account_id, first.id, question, claim_by="this process")
        return await run_submitted(service, run, settings, form, out, quiet=quiet)
