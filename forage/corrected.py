"""A past run's record put right, from the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.errors import InvalidInput
from domain.fields import Field
from domain.records import Value
from forage.compose import open_service
from forage.output import all_records
from forage.past import find_run
from forage.settings import Settings
from forage.tables import console, evidence_view
from services.corrections import correct_record
from services.keys import ensure_account
from services.verification import fields_of


async def correct(settings: Settings, name: str, number: int, given: Sequence[str]) -> int:
    """Raises InvalidInput for what was typed, and what `correct_record` does."""
    async with open_service(settings) as service:
        account_id = await ensure_account(service)
        run = await find_run(service, account_id, name)
        records = await all_records(service, run)
        if number > len(records):
            raise InvalidInput(f"record {number}: this run has {len(records)}")
        values = _values(given, fields_of(run))
        record = await correct_record(service, account_id, run.id, records[number - 1].id, values)
    console().print(evidence_view(record))
    return 0


def _values(given: Sequence[str], fields: Mapping[str, Field]) -> dict[str, Value]:
    """`author=Ada tags=red tags=blue` -> the values by field; what is given twice, or is a list's, is a list."""
    told: dict[str, list[Value]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InvalidInput(f"{text!r}: write FIELD=VALUE")
        told.setdefault(name.strip(), []).append(value)
    return {
        name: values if len(values) > 1 or (name in fields and fields[name].many) else values[0]
        for name, values in told.items()
    }
