"""Which sources of a run may say that a thing is gone."""

from __future__ import annotations

import datetime as dt

from domain.events import EventType, RunEvent, WarningKind
from domain.pages import FetchOutcome, PageShape
from domain.records import Candidate
from domain.tasks import FoundBy, Task, TaskStatus
from services.pool_sources import page_told, sources_of

LIST = "https://shop.example/kettles"
KEY = "shop.example/kettles"


def page(
    number: int = 0,
    *,
    status: TaskStatus = TaskStatus.DONE,
    outcome: FetchOutcome | None = None,
    shape: PageShape | None = PageShape.LIST,
) -> Task:
    return Task(
        id=f"t{number}",
        url=f"{LIST}?page={number}" if number else LIST,
        position=number,
        found_by=FoundBy.PAGINATION if number else FoundBy.CALLER,
        source_id="t0",
        status=status,
        outcome=outcome or (FetchOutcome.OK if status is TaskStatus.DONE else None),
        shape=shape,
    )


def warning(kind: WarningKind) -> RunEvent:
    at = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    return RunEvent(run_id="r", sequence=1, type=EventType.WARNING, at=at, data={"kind": kind.value})


def test_a_list_that_says_it_is_empty_answered():
    found = sources_of([page(), page(1)], {})
    assert (found.answered, found.failed) == ({KEY}, frozenset())


def test_a_wall_that_a_flow_read_is_a_source_that_failed():
    found = sources_of([page(outcome=FetchOutcome.BLOCKED)], {})
    assert (found.answered, found.failed) == (frozenset(), {KEY, f"{KEY} detail"})


def test_one_page_of_a_list_that_was_not_read_keeps_it_from_answering():
    assert not sources_of([page(), page(1, status=TaskStatus.PENDING)], {}).answered
    failed = sources_of([page(), page(1, status=TaskStatus.FAILED)], {})
    assert (failed.answered, failed.failed) == (frozenset(), {KEY, f"{KEY} detail"})


def test_without_the_model_that_it_called_for_only_a_source_that_told_something_answered():
    out = [warning(WarningKind.MODEL_UNAVAILABLE)]
    assert not sources_of([page()], {}, out).answered
    told = {"t0": page_told((Candidate(page_id="p", url=LIST, position=0, fields={}),))}
    assert sources_of([page()], told, out).answered == {KEY}
    assert sources_of([page()], {}, [warning(WarningKind.COUNT_NOT_REACHED)]).answered == {KEY}


def test_a_page_that_does_not_look_like_the_list_answers_for_nothing_of_it():
    for shape in (PageShape.ARTICLE, PageShape.EMPTY, None):
        assert not sources_of([page(shape=shape)], {}).answered


def test_a_list_that_is_read_as_about_one_thing_answers_for_that_thing_alone():
    found = sources_of([page(shape=PageShape.DETAIL)], {})
    assert found.answered == {f"{KEY} detail"}
    assert found.roots_of([LIST]) == (f"{KEY} detail",)
    assert sources_of([page()], {}).roots_of([LIST]) == (KEY,)
