"""Prices: what a run costs, and what it is thought to cost before."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_support import START

from domain.actions import Click, Paginate, Wait
from domain.budgets import Budget, Spend
from domain.prices import Prices, cost_of, estimate, in_currency, is_used_up, owed_for
from domain.requests import FlowMode, FlowRequest, GoalRequest, Request, ScrapeRequest
from domain.runs import Run, RunStatus, TerminationReason, kind_of

PRICES = Prices()
GOAL = GoalRequest(goal="things of the shop")
spends = st.builds(
    Spend,
    worked_ms=st.integers(0, 10**7),
    browser_ms=st.integers(0, 10**7),
    input_tokens=st.integers(0, 10**7),
    output_tokens=st.integers(0, 10**6),
)


def flow(**changes: object) -> FlowRequest:
    return msgspec.structs.replace(
        FlowRequest(goal="x", url="https://shop.example/", flow_id="f", flow_name="f", mode=FlowMode.INTERACT),
        **changes,
    )


def ended(status: RunStatus, reason: TerminationReason) -> Run:
    return Run(
        id="1" * 32,
        account_id="2" * 32,
        kind=kind_of(GOAL),
        status=status,
        request=GOAL,
        created_at=START,
        termination_reason=reason,
        spend=Spend(worked_ms=3_200),
    )


@pytest.mark.parametrize(
    ("spend", "owed"),
    [
        (Spend(), 0),
        (Spend(worked_ms=1), 10),
        (Spend(worked_ms=1_000), 10),
        (Spend(worked_ms=1_001), 20),
        (Spend(worked_ms=12_400, browser_ms=1), 260),
        (Spend(input_tokens=1), 1),
        (Spend(input_tokens=1_000, output_tokens=1_000), 50),
        (Spend(worked_ms=500, pages=200, searches=40), 10),
    ],
)
def test_a_begun_second_is_a_second_and_javascript_doubles_it(spend: Spend, owed: int):
    assert cost_of(spend, PRICES) == owed


@given(spends, spends)
def test_what_a_run_costs_never_shrinks_as_it_goes_on(before: Spend, more: Spend):
    assert cost_of(before + more, PRICES) >= cost_of(before, PRICES) >= 0


def test_tokens_are_priced_as_the_operator_says():
    free = Prices(input_tokens=0, output_tokens=0)
    assert cost_of(Spend(worked_ms=10, input_tokens=10**6, output_tokens=10**6), free) == 10


@pytest.mark.parametrize(
    ("status", "reason", "owed"),
    [
        (RunStatus.COMPLETED, TerminationReason.MAX_RESULTS, 40),
        (RunStatus.PARTIAL, TerminationReason.BUDGET, 40),
        (RunStatus.CANCELLED, TerminationReason.CANCELLED, 40),
        (RunStatus.FAILED, TerminationReason.NOTHING_FOUND, 0),
        (RunStatus.FAILED, TerminationReason.WORKER_CRASHED, 0),
        (RunStatus.PARTIAL, TerminationReason.WORKER_CRASHED, 0),
        (RunStatus.PARTIAL, TerminationReason.INTERNAL_ERROR, 0),
    ],
)
def test_what_failed_or_was_our_fault_costs_nothing(status: RunStatus, reason: TerminationReason, owed: int):
    assert owed_for(ended(status, reason), PRICES) == owed


def test_the_documents_own_run_costs_what_the_document_says():
    cost = cost_of(Spend(worked_ms=12_400, browser_ms=9_000), PRICES)
    assert round(in_currency(cost, PRICES), 3) == 0.003
    assert in_currency(0, PRICES) == 0


def test_a_hold_is_used_to_its_last_credit_and_not_beyond():
    assert not is_used_up(None, Spend(worked_ms=10**9), PRICES)
    assert not is_used_up(20, Spend(worked_ms=2_000), PRICES)
    assert is_used_up(20, Spend(worked_ms=2_001), PRICES)
    assert is_used_up(20, Spend(worked_ms=1_001, browser_ms=1), PRICES)


@pytest.mark.parametrize(
    "request_",
    [
        GOAL,
        GoalRequest(goal="x", preview=True),
        GoalRequest(url="https://shop.example/", max_results=1000, use_smart_cascade=True),
        ScrapeRequest(url="https://shop.example/", render=True),
        ScrapeRequest(url="https://shop.example/", render=False),
        flow(mode=FlowMode.EXTRACT),
        flow(steps=(Click(selector="a"), Wait(ms=2_000), Wait(selector="b"), Paginate(max_pages=3))),
    ],
)
def test_an_estimate_is_a_range_that_says_what_it_is_made_of(request_: Request):
    told = estimate(request_, PRICES)
    assert 0 < told.low <= told.high
    assert (told.low, told.high) == (sum(p.low for p in told.parts), sum(p.high for p in told.parts))
    assert all(part.what and 0 <= part.low <= part.high for part in told.parts)


def test_more_results_and_a_model_cost_more_and_a_budget_bounds_it():
    few, many = GoalRequest(goal="x", max_results=5), GoalRequest(goal="x", max_results=100)
    smart = GoalRequest(goal="x", max_results=100, use_smart_cascade=True)
    short = GoalRequest(goal="x", max_results=100, budget=Budget(max_seconds=3))
    high = [estimate(request, PRICES).high for request in (few, many, smart)]
    assert high == sorted(set(high))
    assert estimate(short, PRICES).parts[0].high == 3 * PRICES.rendered_second


def test_tokens_of_an_estimate_stay_within_the_runs_budget():
    smart = GoalRequest(goal="x", max_results=1000, use_smart_cascade=True, budget=Budget(max_tokens=9_000))
    assert estimate(smart, PRICES).parts[-1].high == cost_of(Spend(input_tokens=8_000, output_tokens=1_000), PRICES)


def test_a_page_that_is_asked_for_without_a_browser_is_not_estimated_with_one():
    plain, rendered = (estimate(ScrapeRequest(url="https://x.example/", render=on), PRICES) for on in (False, True))
    assert plain.high * 2 == rendered.high
    assert rendered.low == PRICES.rendered_second


def test_waiting_is_estimated_as_the_time_that_it_takes():
    quick, slow = (estimate(flow(steps=(Wait(ms=ms),)), PRICES) for ms in (0, 30_000))
    assert slow.low - quick.low == slow.high - quick.high == 30 * PRICES.rendered_second
