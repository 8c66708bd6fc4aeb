"""Reading a case as the service reads a page: the same functions, no model, no network."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from agent.extract.tables import table_rows
from domain.errors import NotConfigured
from domain.pages import FetchOutcome, Page, Via
from domain.records import Value, plain_values
from domain.urls import is_http
from evals.cases import Case, CaseSet, ContentGold, PaginationGold, Scalar, TaskName
from evals.deadlines import deadline
from evals.scorers import score_content, score_detail, score_pagination, score_records, score_table
from evals.tally import Tally
from fetch.dom import describe, parse
from fetch.markdown import main_text

FETCHED_AT = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)  # saved pages are read as of one day, so that runs compare

_OWN_ADDRESS = "//link[@rel='canonical']/@href | //meta[@property='og:url']/@content"

GoalRunner = Callable[[Case, CaseSet], tuple[Mapping[str, Value], ...]]
"""Runs a goal case, live or on its recorded pages, and gives its records as plain data."""


class Scored(NamedTuple):
    """`fault` is empty unless the reading failed: then the tallies are those of having read nothing."""

    tallies: tuple[Tally, ...]
    elapsed_ms: float
    fault: str = ""


class Reader(NamedTuple):
    """A task: how a page is read for it, how that is scored, and what a failed reading counts as."""

    read: Callable[[Case, Page], Any]
    score: Callable[[Case, Page, Any], tuple[Tally, ...]]
    nothing: object


def saved_page(url: str, html: str) -> Page:
    """A saved page as the fetch tiers would have filed it. A page saved without a whole address has the one that it
    gives itself."""
    if not is_http(url):
        url = next((own for own in parse(html).xpath(_OWN_ADDRESS) if is_http(own)), f"http://saved.invalid/{url}")
    facts = describe(html, url)
    return Page(
        id="saved",
        url=url,
        final_url=url,
        outcome=FetchOutcome.OK,
        via=Via.FILE,
        fetched_at=FETCHED_AT,
        status=200,
        content_type="text/html",
        html=html,
        text=facts.text,
        title=facts.title,
        language=facts.language,
    )


def score_case(case: Case, of_set: CaseSet, run_goal: GoalRunner | None, deadline_s: float) -> Scored:
    """One case, read and scored. The time is that of the reading alone: a tier has parsed for the text before.

    Raises what is wrong with the case itself (no such file, gold of the wrong form); a failed reading is a result.
    """
    reader = _goal_reader(of_set, run_goal) if case.task is TaskName.GOAL else _READERS[case.task]
    page = saved_page(case.url, of_set.source(case.html)) if case.html else saved_page(case.url, "")
    given, fault = reader.nothing, ""
    began = time.perf_counter()
    try:
        with deadline(deadline_s):
            given = reader.read(case, page)
    except Exception as died_of:  # noqa: BLE001 (whatever a reading dies of is its result, and the others go on)
        fault = f"{type(died_of).__name__}: {died_of}"[:500]
    elapsed_ms = (time.perf_counter() - began) * 1000
    return Scored(reader.score(case, page, given), elapsed_ms, fault)


def _read_detail(case: Case, page: Page) -> Mapping[str, Value]:
    reading = read_page(page, Ask(fields=case.asked, many=False))
    return plain_values(reading.candidates[0].fields) if reading.candidates else {}


def _score_detail(case: Case, page: Page, given: Mapping[str, Value]) -> tuple[Tally, ...]:
    del page
    gold = case.records()
    return score_detail(given, gold[0] if gold else {}, case.asked)


def _read_list(case: Case, page: Page) -> list[dict[str, Value]]:
    reading = read_page(page, Ask(fields=case.asked, many=True))
    return [plain_values(candidate.fields) for candidate in reading.candidates]


def _score_list(case: Case, page: Page, given: list[dict[str, Value]]) -> tuple[Tally, ...]:
    return score_records(given, case.records(), case.asked, page.text)


def _score_pagination(case: Case, page: Page, given: str) -> tuple[Tally, ...]:
    gold = msgspec.json.decode(case.gold, type=PaginationGold)
    return score_pagination(given, gold, parse(page.html), page.final_url)


def _score_content(case: Case, page: Page, given: str) -> tuple[Tally, ...]:
    del page
    return score_content(given, msgspec.json.decode(case.gold, type=ContentGold), case.kind)


def _score_table(case: Case, page: Page, given: list[list[str]]) -> tuple[Tally, ...]:
    del page
    return score_table(given, msgspec.json.decode(case.gold, type=list[list[Scalar]]))


_READERS: Mapping[TaskName, Reader] = {
    TaskName.DETAIL: Reader(_read_detail, _score_detail, {}),
    TaskName.LIST: Reader(_read_list, _score_list, []),
    TaskName.PAGINATION: Reader(lambda _case, page: read_page(page, Ask(many=True)).next_url, _score_pagination, ""),
    TaskName.CONTENT: Reader(lambda _case, page: main_text(page.html), _score_content, ""),
    TaskName.TABLE: Reader(lambda _case, page: table_rows(parse(page.html)), _score_table, []),
}


def _goal_reader(of_set: CaseSet, run_goal: GoalRunner | None) -> Reader:
    def read(case: Case, _page: Page) -> list[Mapping[str, Value]]:
        if run_goal is None:
            raise NotConfigured("goal cases need something that runs goals")
        return list(run_goal(case, of_set))

    def score(case: Case, _page: Page, given: list[dict[str, Value]]) -> tuple[Tally, ...]:
        texts = [saved_page(page.url, of_set.source(page.html)).text for page in case.pages]
        gold = case.records()
        # A live run has no saved text to judge titles by: the gold's own words stand for it, so that all are judged.
        seen = "\n".join(texts) or " ".join(str(value) for record in gold for value in record.values())
        return score_records(given, gold, case.asked, seen)

    return Reader(read, score, [])
