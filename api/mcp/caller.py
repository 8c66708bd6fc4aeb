"""Who calls a tool, and what a tool may do for them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from domain.accounts import Scope
from domain.errors import Conflict
from domain.requests import Request
from domain.runs import Run
from services.runs import submit_run
from services.service import Service

Start = Callable[[Request], Awaitable[Run]]
# How far a call has come, from 0 to 100 and never less than before, and a line that says what it just did.
Report = Callable[[float, str], Awaitable[None]]


class NoAnswer(Conflict):
    """This call has no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture that goes beside an answer."""

    media_type: str
    image: bytes


async def report_nothing(percent: float, text: str) -> None:
    """For callers that asked for no progress."""


def always() -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """`start` accepts a run and sees to it that somebody works on it.

    `gives_up` is asked when the call is cancelled: True where its caller wants no more of it, so that the run it
    started is cancelled too; False where this process is going down, and another one goes on with the run.
    """

    service: Service
    account_id: str
    allows: Callable[[Scope], bool]
    start: Start
    report: Report = report_nothing
    gives_up: Callable[[], bool] = always


def noting(caller: Caller, started: list[str]) -> Caller:
    """The same caller, whose new runs are put down in `started`."""

    async def start(request: Request) -> Run:
        run = await caller.start(request)
        started.append(run.id)
        return run

    return replace(caller, start=start)


def starter(service: Service, account_id: str) -> Start:
    """Runs for the workers that this service's doorbell wakes."""

    async def start(request: Request) -> Run:
        return await submit_run(service, account_id, request)

    return start
