"""What a run does, by what was asked of it."""

from __future__ import annotations

from agent import capture, flow, goal, scrape
from agent.state import Ending, Journal, RunState, Tools
from domain.captures import CaptureRequest
from domain.requests import FlowRequest, GoalRequest, ScrapeRequest


async def pursue(state: RunState, tools: Tools, journal: Journal) -> Ending:
    """Runs, or takes up again, whatever was asked. Whatever stops it, what was found is in the ending.

    Raises LeaseLost, and what the journal raises when it cannot write: then nothing more may be told of this run.
    """
    match state.request:
        case GoalRequest():
            return await goal.pursue(state, tools, journal)
        case FlowRequest():
            return await flow.pursue(state, tools, journal)
        case ScrapeRequest():
            return await scrape.pursue(state, tools, journal)
        case CaptureRequest():
            return await capture.pursue(state, tools, journal)
