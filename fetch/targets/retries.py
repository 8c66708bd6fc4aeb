"""Whether a try's end is the Target's end. Pure: what to do is decided here and done elsewhere."""

from __future__ import annotations

import datetime as dt

import msgspec

from domain.bulk import TargetOptions
from domain.pages import FetchOutcome
from fetch.politeness import retry_after_s

MAX_TRIES = 4
MAX_WAIT_S = 10.0  # a Retry-After beyond it is not waited for
FIRST_WAIT_S = 0.5  # then twice as long each time

# What another try, or another address of ours, may do better with.
PASSING = frozenset({FetchOutcome.UNREACHABLE, FetchOutcome.TIMED_OUT})
_RETRIED = frozenset({401, 403, 407, 408, 425, 429})


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """How a try ended: with a status (0: no answer, and `outcome` says why), or before a wall, which `wall` names."""

    number: int
    outcome: FetchOutcome = FetchOutcome.OK
    status: int = 0
    retry_after: str = ""
    wall: str = ""

    @property
    def is_refused(self) -> bool:
        return bool(self.wall) or self.status in _RETRIED or self.status >= 500


class Verdict(msgspec.Struct, frozen=True):
    """`again_in_s` None: this is the end. `is_good`: the answer is what was asked for."""

    is_good: bool
    again_in_s: float | None = None


def judge(options: TargetOptions, tried: Try, now: dt.datetime) -> Verdict:
    """An answer is good unless it refuses us or its server failed: a 404 tells what is there as well as a 200 does.
    With `transparent_response` every answer is."""
    if tried.status and (options.transparent_response or not tried.is_refused):
        return Verdict(True)
    may_help = tried.is_refused if tried.status else tried.outcome in PASSING
    if not may_help or options.disable_retry or tried.number >= MAX_TRIES:
        return Verdict(False)
    wait_s = FIRST_WAIT_S * 2 ** (tried.number - 1)
    asked_s = retry_after_s(tried.retry_after, now) if tried.retry_after else None
    if asked_s is not None:
        if asked_s > MAX_WAIT_S:
            return Verdict(False)
        wait_s = max(wait_s, asked_s)
    return Verdict(False, wait_s)
