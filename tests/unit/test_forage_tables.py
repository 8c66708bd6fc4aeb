import datetime as dt
import io

import msgspec
import pytest
from rich.console import Console

from domain.budgets import Spend
from domain.checks import Check, Meets
from domain.events import EventType, RunEvent
from domain.evidence import Evidence, Layer, MatchKind, Method, Verdict
from domain.fields import Field
from domain.plans import Comparison, Condition, Plan, PlannedBy
from domain.records import Conflict, FieldValue, Record
from domain.requests import GoalRequest
from domain.runs import Run, RunKind, RunStatus, TerminationReason
from forage.progress import event_text
from forage.tables import (
    evidence_view,
    field_names,
    footer,
    found_nowhere,
    plan_view,
    records_table,
    records_view,
    runs_table,
)

URL = "https://shop.example/list"
NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)


def proof(quote: str, verdict: Verdict = Verdict.SUPPORTED, start: int | None = 10) -> Evidence:
    return Evidence(
        page_id="p",
        url=URL,
        snapshot="s",
        method=Method.TABLE,
        layer=Layer.TEXT,
        quote=quote,
        start=start,
        end=None if start is None else start + len(quote),
        match=MatchKind.EXACT,
        verdict=verdict,
    )


def value(given, verdict: Verdict = Verdict.SUPPORTED, unit: str = "", **more) -> FieldValue:
    return FieldValue(value=given, verdict=verdict, evidence=(proof(str(given), verdict),), unit=unit, **more)


def record(position: int = 0, **fields: FieldValue) -> Record:
    return Record(id=f"r{position}", position=position, fields=fields, sources=(URL, "https://other.example/x"))


def run(**more) -> Run:
    given = {
        "id": "a" * 32,
        "account_id": "b" * 32,
        "kind": RunKind.GOAL,
        "status": RunStatus.COMPLETED,
        "request": GoalRequest(goal="things", fields=(Field(name="name"), Field(name="price"))),
        "created_at": NOW,
        "started_at": NOW,
        "completed_at": NOW + dt.timedelta(seconds=2),
        "termination_reason": TerminationReason.SOURCES_EXHAUSTED,
        "records_found": 1,
    }
    return Run(**(given | more))


def printed(renderable, width: int = 200) -> str:
    out = io.StringIO()
    Console(file=out, width=width, highlight=False).print(renderable)
    return out.getvalue()


def test_a_value_that_the_page_does_not_say_is_never_printed_as_found():
    told = printed(records_table([record(name=value("Kettle"), price=value(99.0, Verdict.UNSUPPORTED))], run()))
    assert "99" not in told
    assert "1 supported, 1 unsupported" in told


def test_markup_in_a_page_is_text_in_the_terminal():
    told = printed(records_table([record(name=value("[bold red]Kettle[/] [link=x]"))], run()))
    assert "[bold red]Kettle[/] [link=x]" in told
    assert "[b]" in printed(plan_view(Plan(goal="[b]x[/b] [/", fields=(), planned_by=PlannedBy.RULES)))


def test_columns_are_the_asked_fields_first_and_none_that_is_empty():
    found = [record(extra=value("x"), price=value(1.5)), record(1, name=value("n"))]
    assert field_names(found, run()) == ["name", "price", "extra"]
    assert field_names(found[:1], run()) == ["price", "extra"]


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (value(12.5, unit="USD"), "12.50 USD"),
        (value(4.0), "4"),
        (value(True), "yes"),
        (value(["a", "b"]), "a, b"),
        (value("https://www.kettle.example/"), "kettle.example"),
        (value("x" * 200), "x" * 59 + "…"),
    ],
)
def test_values_are_printed_as_people_write_them(found, shown):
    assert shown in printed(records_table([record(name=found)], run()))


def test_evidence_shows_quote_offsets_and_what_other_sources_say():
    conflict = Conflict(value=13.0, evidence=(proof("$13"),))
    told = printed(evidence_view(record(price=value(12.5, conflicts=(conflict,)))))
    for word in ("“12.5”", "text 10–14", "table", "another source says: 13", URL):
        assert word in told, word


def test_a_narrow_terminal_breaks_no_words():
    names = ("name", "phone", "email", "website")
    records = [record(0, **{name: value(f"{name}-of-the-Brightwater-Dental") for name in names})]
    out = io.StringIO()
    narrow = Console(file=out, width=80, highlight=False)
    narrow.print(records_view(records, run(), narrow))
    assert all(f"{name}-of-the-Brightwater-Dental" in out.getvalue() for name in names)
    assert max(map(len, out.getvalue().splitlines())) <= 80


def test_an_asked_field_that_no_page_tells_is_named():
    records = [record(name=value("Kettle"), price=value(99.0, Verdict.UNSUPPORTED))]
    assert found_nowhere(records, run()) == ["price"]


def test_a_list_of_runs_keeps_goals_readable_in_a_narrow_terminal():
    told = printed(runs_table([run(request=GoalRequest(goal="coffee roasters in Bristol with phone"))], 80), width=80)
    assert "coffee" in told
    assert "roasters" in told


def test_an_end_is_told_once():
    ended = run(termination_reason=TerminationReason.SOURCES_FAILED, error="None of the pages could be read.")
    assert "None of the pages" not in printed(footer(ended))
    assert "engines" in printed(footer(run(termination_reason=TerminationReason.SEARCH_UNAVAILABLE, error="engines")))


@pytest.mark.parametrize("reason", TerminationReason)
def test_every_end_of_a_run_has_its_words(reason):
    assert str(reason) in printed(footer(run(termination_reason=reason)))


def test_the_footer_counts_and_says_when_tokens_were_estimated():
    spend = Spend(pages=1, searches=2, input_tokens=900, output_tokens=100, tokens_estimated=True)
    told = printed(footer(run(spend=spend, sources_total=2, sources_completed=1)))
    for word in ("1 record;", "1 of 2 sources", "1 page,", "2 searches", "about 1000 tokens", "2.0 s", "forage show"):
        assert word in told, word


def test_conditions_of_a_plan_are_shown_as_they_were_understood():
    conditions = (
        Condition(field="price", comparison=Comparison.BETWEEN, value=(5.0, 10.0)),
        Condition(field="name", comparison=Comparison.CONTAINS, value="kettle"),
    )
    told = printed(plan_view(Plan(goal="g", fields=(), planned_by=PlannedBy.RULES, conditions=conditions)))
    assert "price between 5 and 10; name contains kettle" in told


def test_a_list_of_runs_names_a_url_where_there_is_no_goal():
    assert URL in printed(runs_table([run(request=GoalRequest(url=URL))]))


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        (EventType.SOURCE_READ, {"url": URL, "title": "List", "records_found": 1}, f"read {URL} (List): 1 record"),
        (EventType.SOURCE_FAILED, {"url": URL, "outcome": "blocked", "reason": ""}, f"could not read {URL}: blocked"),
        (EventType.SOURCES_FOUND, {"added": 2}, "2 sources found"),
        (EventType.PLANNED, {"planned_by": "rules", "fields": ["a", "b"]}, "planned by rules: a, b"),
        (EventType.QUEUED, {}, ""),
    ],
)
def test_events_are_one_line_each(kind, data, told):
    assert event_text(RunEvent(run_id="r", sequence=1, type=kind, at=NOW, data=data)) == told


def test_a_record_that_is_kept_apart_says_why_and_the_footer_says_where_to_see_it():
    missing = Check(condition="under £20", field="price", verdict=Meets.UNCLEAR, reason="no price was found")
    apart = msgspec.structs.replace(record(name=value("Kettle")), checks=(missing,))
    for width in (300, 40):
        assert "no price was found" in printed(records_view([apart], run(), Console(width=width)), 300)
    assert "unclear" in printed(evidence_view(apart))
    assert "--unclear" in printed(footer(run(), apart=3))
    assert "--unclear" not in printed(footer(run()))
