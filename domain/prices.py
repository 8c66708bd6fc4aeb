"""What things cost, in credits: every price is in this file. Credits are whole numbers; nothing here rounds down."""

from __future__ import annotations

import math

import msgspec

from domain.actions import Paginate, Step, Wait
from domain.budgets import Budget, Spend
from domain.bulk import TargetOptions
from domain.captures import CaptureRequest
from domain.requests import FlowRequest, GoalRequest, Request, ScrapeRequest
from domain.runs import Run, RunStatus, TerminationReason

# At this price of a credit, the run of 12.4 s that scraper.bot's document shows costs what it says: 0.003.
DEFAULT_CREDIT_PRICE = 0.000_01


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """Credits by Screpto's list, tokens by 1,000. `credit` is what one credit is worth in the operator's currency.

    `rendered_second` is the price of each second of a run that rendered JavaScript. Targets of bulk jobs have prices of
    their own, for one that succeeds: plain, in a browser, over a residential or mobile proxy, and both.
    """

    second: int = 10
    rendered_second: int = 20
    api_request: int = 20  # one that succeeds
    webhook_request: int = 20  # one that is taken
    input_tokens: int = 10
    output_tokens: int = 40
    target: int = 1
    rendered_target: int = 5
    super_target: int = 10
    super_rendered_target: int = 25
    least_hold: int = 60  # three seconds with JavaScript: most single pages and pictures are done by then
    credit: float = DEFAULT_CREDIT_PRICE


# What is ours to answer for costs nothing, whatever was found by then.
OUR_FAULTS = frozenset({TerminationReason.WORKER_CRASHED, TerminationReason.INTERNAL_ERROR})


def cost_of(spend: Spend, prices: Prices) -> int:
    """The credits for what was spent: begun seconds of work, and tokens. Grows with the spend, never shrinks."""
    rate = prices.rendered_second if spend.browser_ms else prices.second
    return _up(spend.worked_ms, 1_000) * rate + _tokens(spend.input_tokens, spend.output_tokens, prices)


def owed_for(run: Run, prices: Prices) -> int:
    """What a run that is over has cost: nothing where it failed or the fault is ours, else all that it used."""
    if run.request.is_free or run.status is RunStatus.FAILED or run.termination_reason in OUR_FAULTS:
        return 0
    return cost_of(run.spend, prices)


def price_of_target(options: TargetOptions, prices: Prices) -> int:
    """What one Target costs that succeeds."""
    if options.super_proxy:
        return prices.super_rendered_target if options.render else prices.super_target
    return prices.rendered_target if options.render else prices.target


def is_used_up(max_credits: int | None, spend: Spend, prices: Prices) -> bool:
    """Whether a run has used its hold, and must stop with what it has. None: nothing is held."""
    return max_credits is not None and cost_of(spend, prices) > max_credits


def in_currency(amount: int, prices: Prices) -> float:
    """What credits are worth in the operator's currency, to a millionth."""
    return round(amount * prices.credit, 6)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an estimate: what is paid for, and between how many credits it costs."""

    what: str
    low: int
    high: int


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a run may cost. `high` is held at its start; what it does not use is given back."""

    parts: tuple[Part, ...]

    @property
    def low(self) -> int:
        return sum(part.low for part in self.parts)

    @property
    def high(self) -> int:
        return sum(part.high for part in self.parts)


class _Range(msgspec.Struct, frozen=True):
    low: float
    high: float


# Seconds, measured on small machines: a page by HTTP takes under one and a rendered one about two, and several are read
# at once; a search or a plan takes some.
_PREVIEW_S = _Range(1, 10)
_SCRAPE_S = _Range(1, 10)
_START_S = _Range(1, 10)
_PAGE_S = _Range(0.2, 1)
_STEP_S = _Range(0.2, 2)
_PAGED_S = _Range(1, 3)
_PAGES_IN_VAIN = 10  # read and left, before enough is found
_RECORDS_A_PAGE = 20  # of a listing, where one page tells all
# Tokens of one model call.
_PLAN_TOKENS = (2_000, 500)
_PAGE_TOKENS = (4_000, 500)


def estimate(request: Request, prices: Prices) -> Estimate:
    """What a run of this request may cost: execution at the lower price to that with JavaScript, and model tokens."""
    if request.is_free:
        return Estimate(parts=())
    if request.preview:
        return Estimate(parts=(_execution(_PREVIEW_S, prices.second, prices.second), _planning(prices)))
    match request:
        case ScrapeRequest():
            low = prices.rendered_second if request.render else prices.second
            high = prices.second if request.render is False else prices.rendered_second
            return Estimate(parts=(_execution(_within(_SCRAPE_S, request.budget), low, high),))
        case CaptureRequest():
            seconds = _within(_Range(1, request.deadline_s), request.budget)
            return Estimate(parts=(_execution(seconds, prices.rendered_second, prices.rendered_second),))
        case FlowRequest() if request.steps:
            seconds = _within(_of_steps(request.steps), request.budget)
            return Estimate(parts=(_execution(seconds, prices.rendered_second, prices.rendered_second),))
        case FlowRequest():
            return Estimate(parts=(_reading(request, prices),))
        case GoalRequest():
            parts = (_reading(request, prices), _planning(prices))
            return Estimate(parts=(*parts, _filling(request, prices)) if request.use_smart_cascade else parts)


def _reading(request: Request, prices: Prices) -> Part:
    """Pages, from a listing that tells all to a page for each record."""
    seconds = _Range(
        _START_S.low + _PAGE_S.low * _up(_wanted(request), _RECORDS_A_PAGE),
        _START_S.high + _PAGE_S.high * _most_pages(request),
    )
    return _execution(_within(seconds, request.budget), prices.second, prices.rendered_second)


def _of_steps(steps: tuple[Step, ...]) -> _Range:
    low, high = _START_S.low, _START_S.high
    for step in steps:
        match step:
            case Wait(selector="", ms=ms):
                low, high = low + ms / 1_000, high + ms / 1_000
            case Wait(timeout_ms=timeout_ms):
                high += timeout_ms / 1_000
            case Paginate(max_pages=pages):
                low, high = low + _PAGED_S.low, high + _PAGED_S.high * pages
            case _:
                low, high = low + _STEP_S.low, high + _STEP_S.high
    return _Range(low, high)


def _planning(prices: Prices) -> Part:
    """A plan by rules costs no tokens."""
    return Part(what="model tokens to plan, where a model plans", low=0, high=_tokens(*_PLAN_TOKENS, prices))


def _filling(request: GoalRequest, prices: Prices) -> Part:
    pages, (read, written) = _most_pages(request), _PAGE_TOKENS
    share = min(1.0, request.budget.max_tokens / (pages * (read + written)))
    most = _tokens(math.ceil(pages * read * share), math.ceil(pages * written * share), prices)
    return Part(what="model tokens to fill what cheaper methods miss", low=0, high=most)


def _execution(seconds: _Range, low: int, high: int) -> Part:
    least, most = math.ceil(seconds.low), math.ceil(seconds.high)
    rates = f"{low}" if low == high else f"{low}, or {high} with JavaScript"
    return Part(what=f"execution, {least} to {most} s at {rates}", low=least * low, high=most * high)


def _within(seconds: _Range, budget: Budget) -> _Range:
    return _Range(min(seconds.low, budget.max_seconds), min(seconds.high, budget.max_seconds))


def _most_pages(request: Request) -> int:
    return min(request.budget.max_pages, _PAGES_IN_VAIN + _wanted(request))


def _wanted(request: Request) -> int:
    """A goal that says how many counts where the caller left it open, as it does in the run."""
    if isinstance(request, GoalRequest) and request.plan is not None and request.plan.count:
        return request.plan.count if request.max_is_default else request.wanted
    return request.wanted


def _tokens(read: int, written: int, prices: Prices) -> int:
    return _up(read * prices.input_tokens + written * prices.output_tokens, 1_000)


def _up(amount: int, unit: int) -> int:
    """Begun units: `_up(1, 1_000)` is 1."""
    return -(-amount // unit)
