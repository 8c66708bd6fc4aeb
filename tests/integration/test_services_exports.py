"""Files of records, read back with other libraries."""

from __future__ import annotations

import csv
import io
import json

import msgspec
import openpyxl
import pytest
from store_support import executor_of, record, source, value

from agent.state import Ending, TaskResult
from domain.budgets import Spend
from domain.errors import InvalidInput, NotFound
from domain.evidence import Verdict
from domain.fields import make_field
from domain.records import Record
from domain.requests import GoalRequest
from domain.runs import TerminationReason
from domain.tasks import TaskStatus
from services.exports import csv_cell, export_records
from services.keys import OWNER_ACCOUNT
from services.runs import submit_run
from services.service import Service

ASKED = (make_field("name"), make_field("price", "number"), make_field("never", "string"))
FORMULAS = [
    '=HYPERLINK("http://x")',
    "+44 20 7946 0958",
    "-1+1",
    "@SUM(1)",
    "\tx",
    "\rx",
    "\nx",
    "\uff1d1+1",
    "\uff20SUM(1)",
    "\u200b=1+1",
    "\u202e=1+1",
]


async def run_with(service: Service, records: tuple[Record, ...]) -> str:
    async def agent(state, tools, journal):
        task = msgspec.structs.replace(source(state.run_id, 0), status=TaskStatus.DONE)
        await journal.sources_found((task,), (), Spend())
        await journal.task_done(TaskResult(task=task, records=records))
        return Ending(reason=TerminationReason.SOURCES_EXHAUSTED, records=records)

    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="x", fields=ASKED, max_results=1000))
    await executor_of(service, agent).execute(OWNER_ACCOUNT, run.id)
    return run.id


async def exported(service: Service, run_id: str, form: str) -> bytes:
    export = await export_records(service, OWNER_ACCOUNT, run_id, form)
    assert export.filename == f"job_{run_id}.{form}"
    return b"".join([chunk async for chunk in export.chunks])


async def rows_of(service: Service, run_id: str, form: str) -> list[list[object]]:
    body = await exported(service, run_id, form)
    if form == "csv":
        assert body.startswith(b"\xef\xbb\xbf")
        return [list(row) for row in csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))]
    sheet = openpyxl.load_workbook(io.BytesIO(body)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_columns_are_the_asked_fields_in_order_and_then_the_others(service: Service, form: str):
    run_id = await run_with(service, (record(1, zeta=1, name="a"), record(2, name="b", price=2.5, alpha="x")))
    rows = await rows_of(service, run_id, form)
    assert rows[0] == ["name", "price", "never", "zeta", "alpha"]
    assert [str(cell or "") for cell in rows[2]] == ["b", "2.5", "", "", "x"]


@pytest.mark.parametrize("text", FORMULAS)
async def test_a_cell_that_begins_like_a_formula_is_text(service: Service, text: str):
    run_id = await run_with(service, (record(1, name=text, price=-5.5),))
    body = await exported(service, run_id, "xlsx")
    cell = openpyxl.load_workbook(io.BytesIO(body)).active["A2"]
    assert cell.data_type == "s"
    assert cell.value.replace("_x000D_", "\r") == text
    [_, row] = await rows_of(service, run_id, "csv")
    assert row[:2] == ["'" + text, "-5.5"]


def test_real_numbers_stay_numbers_and_lists_are_joined():
    assert csv_cell(-3) == "-3"
    assert csv_cell(True) == "true"
    assert csv_cell(["a", 2, True]) == "a; 2; true"
    assert csv_cell(["=x"]) == "'=x"
    assert csv_cell({"a": ["b"]}) == '{"a":["b"]}'
    assert csv_cell(None) == ""


async def test_a_sheet_keeps_numbers_truth_and_lists(service: Service):
    run_id = await run_with(service, (record(1, name=["a", "b"], price=-5.5, stock=True, big=10**18),))
    [_, row] = await rows_of(service, run_id, "xlsx")
    assert row == ["a; b", -5.5, None, True, str(10**18)]


async def test_json_is_an_array_and_jsonl_a_record_a_line(service: Service):
    run_id = await run_with(service, tuple(record(number, name=f"n{number}") for number in range(450)))
    told = [{"name": f"n{number}"} for number in range(450)]
    assert json.loads(await exported(service, run_id, "json")) == told
    assert [json.loads(line) for line in (await exported(service, run_id, "jsonl")).splitlines()] == told


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "xlsx"])
async def test_a_run_with_nothing_still_gives_a_file(service: Service, form: str):
    body = await exported(service, await run_with(service, ()), form)
    if form == "json":
        assert json.loads(body) == []
    if form in {"csv", "xlsx"}:
        assert (await rows_of(service, await run_with(service, ()), form))[0] == ["name", "price", "never"]


async def test_a_value_that_no_page_supports_is_not_exported(service: Service):
    doubtful = msgspec.structs.replace(value("made up"), verdict=Verdict.UNSUPPORTED)
    kept = record(1, name="a")
    run_id = await run_with(service, (msgspec.structs.replace(kept, fields={**kept.fields, "price": doubtful}),))
    assert json.loads(await exported(service, run_id, "json")) == [{"name": "a"}]


async def test_an_unknown_format_and_an_unknown_run_are_refused(service: Service):
    run_id = await run_with(service, ())
    with pytest.raises(InvalidInput):
        await export_records(service, OWNER_ACCOUNT, run_id, "pdf")
    with pytest.raises(NotFound):
        await export_records(service, OWNER_ACCOUNT, "0" * 32, "csv")
    with pytest.raises(NotFound):
        await export_records(service, "f" * 32, run_id, "csv")
