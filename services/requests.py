"""What may be asked of a run: checked before anything is stored."""

from __future__ import annotations

import msgspec

from domain.actions import Navigate, Step
from domain.captures import CaptureRequest, capture_problems, check_country
from domain.egress import EgressPolicy, check_url
from domain.errors import InvalidInput, UnsafeUrl
from domain.fields import checked_fields
from domain.plans import Plan
from domain.proxies import ProxyTable
from domain.requests import FlowRequest, GoalRequest, Request, ScrapeRequest

NO_PROXIES = ProxyTable()
MAX_RESULTS = 1_000
MIN_RESULTS = 500  # the most that can be asked for as a minimum
MAX_GOAL = 2_000  # characters; a page of prose
MAX_EXCLUDED = 500
MAX_STEPS = 100  # of a flow
MAX_EXCLUDED_CHARACTERS = 2_048
OUTPUT_FORMATS = ("json", "jsonl", "csv", "xlsx")


def checked_request(request: Request, policy: EgressPolicy, proxies: ProxyTable = NO_PROXIES) -> Request:
    """The request with canonical URLs. Raises InvalidInput, naming each field that is off; UnsafeUrl for its URLs;
    NotConfigured for a country that none of the `proxies` is in."""
    problems = {**_what(request), **_how_many(request.max_results, request.min_results)}
    if request.output_format not in OUTPUT_FORMATS:
        problems["output_format"] = f"one of {', '.join(OUTPUT_FORMATS)}"
    budget = request.budget
    if budget.max_pages < 1 or budget.max_tokens < 0 or not budget.max_seconds > 0:
        problems["budget"] = "allows at least one page and some time"
    if isinstance(request, GoalRequest):
        problems |= _exclusions(request)
    if problems:
        raise InvalidInput(fields=problems)
    if isinstance(request, CaptureRequest):
        check_country(request, proxies)
    checked_fields(request.fields)
    request = msgspec.structs.replace(
        request,
        goal=request.goal.strip(),
        url=checked_target("url", request.url, policy),
        webhook_url=checked_target("webhook_url", request.webhook_url, policy),
    )
    match request:
        case GoalRequest():
            return msgspec.structs.replace(request, plan=_checked_plan(request.plan, policy))
        case FlowRequest():
            return msgspec.structs.replace(request, steps=checked_steps(request.steps, policy))
        case ScrapeRequest() | CaptureRequest():
            return request


def checked_steps(steps: tuple[Step, ...], policy: EgressPolicy) -> tuple[Step, ...]:
    """The steps with canonical URLs. Raises InvalidInput and UnsafeUrl, naming the step."""
    if len(steps) > MAX_STEPS:
        raise InvalidInput(fields={"steps": f"at most {MAX_STEPS} steps, got {len(steps)}"})
    return tuple(
        msgspec.structs.replace(step, url=checked_target(f"steps[{at}].url", step.url, policy))
        if isinstance(step, Navigate)
        else step
        for at, step in enumerate(steps)
    )


def checked_target(name: str, url: str, policy: EgressPolicy) -> str:
    """The canonical form of a URL that `name` gave, "" for none. Raises UnsafeUrl where it may not be fetched."""
    if not url:
        return ""
    try:
        return check_url(url, policy)
    except UnsafeUrl as fault:
        raise UnsafeUrl(fields={name: fault.message}) from None
    except InvalidInput as fault:
        raise InvalidInput(fields={name: fault.message}) from None


def checked_counts(max_results: int, min_results: int | None) -> None:
    """Raises InvalidInput for numbers of records that cannot be asked for."""
    if problems := _how_many(max_results, min_results):
        raise InvalidInput(fields=problems)


def _what(request: Request) -> dict[str, str]:
    if isinstance(request, CaptureRequest):
        return capture_problems(request)
    if not request.goal.strip() and not request.url:
        return {"goal": "either goal or url is required"}
    if len(request.goal) > MAX_GOAL:
        return {"goal": f"at most {MAX_GOAL} characters"}
    return {}


def _exclusions(request: GoalRequest) -> dict[str, str]:
    if len(request.exclude) > MAX_EXCLUDED or any(len(item) > MAX_EXCLUDED_CHARACTERS for item in request.exclude):
        return {"exclude": f"at most {MAX_EXCLUDED} entries of {MAX_EXCLUDED_CHARACTERS} characters"}
    return {}


def _how_many(max_results: int, min_results: int | None) -> dict[str, str]:
    problems = {}
    if not 1 <= max_results <= MAX_RESULTS:
        problems["max_results"] = f"between 1 and {MAX_RESULTS}"
    if min_results is not None:
        if not 1 <= min_results <= MIN_RESULTS:
            problems["min_results"] = f"between 1 and {MIN_RESULTS}"
        elif min_results > max_results:
            problems["min_results"] = "at most max_results"
    return problems


def _checked_plan(plan: Plan | None, policy: EgressPolicy) -> Plan | None:
    if plan is None:
        return None
    sources = tuple(checked_target("plan.sources", url, policy) for url in plan.sources)
    return msgspec.structs.replace(plan, sources=sources, fields=checked_fields(plan.fields))
