"""Ids of tasks and of their results, as the other documents spell them."""

from __future__ import annotations

import re

from domain.errors import NotFound
from domain.webhooks import TaskKind, WatchedTask

_TASK = re.compile(r"(?P<prefix>flow-|run-|job_|sched_)(?P<id>[0-9a-f]{32})")
_KINDS = {"flow-": TaskKind.FLOW, "run-": TaskKind.RUN, "job_": TaskKind.RUN, "sched_": TaskKind.SCHEDULE}


def task_of(name: str) -> WatchedTask:
    """The task that an id names: a flow, a run, a goal job or a schedule. Raises NotFound for what can name none."""
    found = _TASK.fullmatch(name)
    if found is None:
        raise NotFound("No such task.")
    return WatchedTask(kind=_KINDS[found["prefix"]], id=found["id"], name=name)


def result_id_of(run_id: str) -> str:
    """A run's id as a result's."""
    return f"run-{run_id}"


def run_of_result(result_id: str) -> str:
    """The run that a result's id names. Raises NotFound for what can name none."""
    task = task_of(result_id)
    if task.kind is not TaskKind.RUN:
        raise NotFound("No such result.")
    return task.id
