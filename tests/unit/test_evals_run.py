"""The runner: what it reads, what it writes, and what it does with cases that break."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from threading import Event

import msgspec
import pytest
from rich.console import Console

from domain.errors import InvalidInput
from domain.records import Value
from evals.cases import Case, CaseSet, read_sets
from evals.deadlines import CaseTimedOut, deadline
from evals.readers import saved_page
from evals.report import Report, as_table
from evals.run import run_eval
from evals.sites import is_held_back, sites_of

PAGE = (
    "<html><body><main><h1>Mugs</h1><p>A mug keeps coffee warm for as long as it takes to drink it.</p></main></body>"
)
TEXT = "Mugs A mug keeps coffee warm for as long as it takes to drink it."


def write_set(folder: Path, *cases: dict[str, object]) -> Path:
    (folder / "html").mkdir(parents=True)
    (folder / "html" / "a.html.gz").write_bytes(gzip.compress(PAGE.encode()))
    (folder / "html" / "plain.html").write_text(PAGE)
    (folder / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    return folder


def content_case(number: int, **rest: object) -> dict[str, object]:
    return {
        "id": f"c{number}",
        "url": f"https://site{number}.example/",
        "html": "html/a.html.gz",
        "task": "content",
        "kind": "article",
        "gold": {"main_content": TEXT},
        **rest,
    }


def test_a_folder_of_sets_is_read_set_by_set_and_a_set_alone(tmp_path: Path) -> None:
    for name in ("two", "one"):
        write_set(tmp_path / name, content_case(1))
    assert [of_set.name for of_set in read_sets(tmp_path)] == ["one", "two"]
    assert [of_set.name for of_set in read_sets(tmp_path / "two")] == ["two"]


def test_a_folder_without_cases_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        read_sets(tmp_path)


def test_a_line_that_is_no_case_is_named(tmp_path: Path) -> None:
    write_set(tmp_path, content_case(1), {"id": "x"})
    with pytest.raises(InvalidInput, match="line 2"):
        read_sets(tmp_path)


def test_a_page_of_unknown_origin_is_a_case_and_takes_the_address_that_it_gives_itself(tmp_path: Path) -> None:
    (of_set,) = read_sets(write_set(tmp_path, content_case(1, url=None)))
    assert of_set.cases[0].url == ""
    own = "<link rel='canonical' href='https://own.example/a'><p>x</p>"
    assert saved_page("", own).final_url == "https://own.example/a"
    assert saved_page("/a/b", PAGE).final_url.startswith("http://")


def test_a_limit_takes_cases_from_all_over_the_set(tmp_path: Path) -> None:
    write_set(tmp_path, *[content_case(number) for number in range(10)])
    (of_set,) = read_sets(tmp_path, limit=5)
    assert [case.id for case in of_set.cases] == ["c0", "c2", "c4", "c6", "c8"]
    assert of_set.total == 10


def test_a_page_outside_its_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (of_set,) = read_sets(write_set(tmp_path / "set", content_case(1)))
    with pytest.raises(InvalidInput):
        of_set.source("../secret")
    assert of_set.source("html/plain.html") == of_set.source("html/a.html.gz") == PAGE


def test_a_run_scores_every_case_and_writes_json_and_html(tmp_path: Path) -> None:
    write_set(tmp_path / "set", content_case(1), content_case(2))
    report = run_eval(tmp_path / "set", report=tmp_path / "out" / "report.json")
    (told,) = report.sets
    figures = {metric.name: (metric.value, metric.count) for metric in told.metrics}
    assert figures["word F1, article"] == (pytest.approx(1.0, abs=0.1), 2)
    assert told.sites == 2
    assert msgspec.json.decode((tmp_path / "out" / "report.json").read_bytes(), type=Report) == report
    html = (tmp_path / "out" / "report.html").read_text()
    assert "word F1" in html
    assert "http" not in html  # it needs nothing from elsewhere


def test_the_table_has_a_line_for_every_metric(tmp_path: Path) -> None:
    console = Console(width=120, record=True)
    report = run_eval(write_set(tmp_path / "set", content_case(1)))
    console.print(as_table(report))
    shown = console.export_text()
    assert all(metric.name in shown for metric in report.sets[0].metrics)


def test_a_case_without_its_page_is_told_and_unscored_and_the_others_count(tmp_path: Path) -> None:
    write_set(tmp_path, content_case(1), content_case(2, html="html/gone.html.gz"), content_case(3, gold={"a": 1}))
    (told,) = run_eval(tmp_path).sets
    assert [error.id for error in told.errors] == ["c2", "c3"]
    assert {metric.count for metric in told.metrics} == {1}


GOAL = {
    "id": "g1",
    "task": "goal",
    "goal": "all mugs",
    "fields": [{"name": "name", "type": "string"}],
    "pages": [{"url": "https://a.example/", "html": "html/a.html.gz"}],
    "gold": [{"name": "Mugs"}],
}


def test_a_goal_is_run_by_what_is_handed_in_and_its_records_are_scored(tmp_path: Path) -> None:
    def run_goal(case: Case, of_set: CaseSet) -> tuple[dict[str, Value], ...]:
        assert case.goal == "all mugs"
        assert "<h1>Mugs</h1>" in of_set.source(case.pages[0].html)
        return ({"name": "Mugs"}, {"name": "Cups"})

    (told,) = run_eval(write_set(tmp_path / "set", GOAL), run_goal=run_goal).sets
    figures = {metric.name: metric.value for metric in told.metrics}
    assert (figures["record P"], figures["record R"]) == (0.5, 1.0)


def test_a_reading_that_fails_is_told_and_counts_as_nothing_found(tmp_path: Path) -> None:
    def run_goal(case: Case, of_set: CaseSet) -> tuple[dict[str, Value], ...]:
        raise RuntimeError("the web is down")

    (told,) = run_eval(write_set(tmp_path / "set", GOAL), run_goal=run_goal).sets
    assert "the web is down" in told.errors[0].fault
    assert {metric.name: metric.value for metric in told.metrics}["record F1"] == 0.0


def test_a_reading_that_hangs_is_stopped() -> None:
    with pytest.raises(CaseTimedOut), deadline(0.05):
        Event().wait(5)


def test_saved_pages_that_lost_their_origin_are_told_apart_by_id(tmp_path: Path) -> None:
    same = [content_case(number, id=f"court{number}/a", url="https://lost.example/x") for number in range(3)]
    (of_set,) = read_sets(write_set(tmp_path, *same))
    assert sites_of(of_set.cases) == ("court0", "court1", "court2")
    assert is_held_back("court0") == is_held_back("court0")
