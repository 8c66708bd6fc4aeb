"""One picture of a page."""

from __future__ import annotations

import asyncio

from agent.reading import FETCH_GRACE_S
from agent.state import Ending, Journal, RunState, Tools
from agent.stop import reason_of
from agent.watch import Watch
from domain.captures import CaptureRequest, CaptureResult
from domain.errors import InvalidInput, LeaseLost, RunStopped
from domain.pages import FetchOutcome
from domain.runs import TerminationReason


async def pursue(state: RunState, tools: Tools, journal: Journal) -> Ending:
    """Takes the picture. Raises LeaseLost, and what the journal raises when it cannot write."""
    request = state.request
    assert isinstance(request, CaptureRequest)
    watch = Watch(state, journal, tools.clock)
    try:
        result = await watch.over(_taken(state.account_id, request, tools, watch.seconds_left()))
    except LeaseLost:
        raise
    except InvalidInput as fault:  # what this worker, unlike the one who accepted it, cannot do
        return Ending(reason=TerminationReason.SOURCES_FAILED, detail=fault.message)
    except RunStopped as stopped:
        return Ending(reason=reason_of(stopped), detail=stopped.message)
    if not result.ok:
        why = result.detail or result.outcome.value.replace("_", " ")
        return Ending(reason=TerminationReason.SOURCES_FAILED, detail=why)
    await journal.captured(result)
    return Ending(reason=TerminationReason.CAPTURED)


async def _taken(account_id: str, request: CaptureRequest, tools: Tools, left_s: float) -> CaptureResult:
    deadline_s = min(left_s, request.deadline_s)
    try:
        async with asyncio.timeout(deadline_s + FETCH_GRACE_S):
            return await tools.fetcher.capture(request, account_id, deadline_s)
    except TimeoutError:
        return CaptureResult(outcome=FetchOutcome.TIMED_OUT, detail=f"The page took longer than {deadline_s:g} s.")
