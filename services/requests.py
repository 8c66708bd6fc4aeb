"""What may be asked of a run: checked before anything is stored."""

from __future__ import annotations

import msgspec

from domain.egress import EgressPolicy, check_url
from domain.errors import InvalidInput, UnsafeUrl
from domain.fields import checked_fields
from domain.plans import Plan
from domain.runs import GoalRequest

MAX_RESULTS = 1_000
MIN_RESULTS = 500  # the most that can be asked for as a minimum
MAX_GOAL = 2_000  # characters; a page of prose
MAX_EXCLUDED = 500
MAX_EXCLUDED_CHARACTERS = 2_048
OUTPUT_FORMATS = ("json", "jsonl", "csv", "xlsx")


def checked_request(request: GoalRequest, policy: EgressPolicy) -> GoalRequest:
    """The request with canonical URLs. Raises InvalidInput, naming each field that is off; UnsafeUrl for its URLs."""
    problems = {**_what(request), **_how_many(request.max_results, request.min_results)}
    if request.output_format not in OUTPUT_FORMATS:
        problems["output_format"] = f"one of {', '.join(OUTPUT_FORMATS)}"
    if len(request.exclude) > MAX_EXCLUDED or any(len(item) > MAX_EXCLUDED_CHARACTERS for item in request.exclude):
        problems["exclude"] = f"at most {MAX_EXCLUDED} entries of {MAX_EXCLUDED_CHARACTERS} characters"
    budget = request.budget
    if budget.max_pages < 1 or budget.max_tokens < 0 or not budget.max_seconds > 0:
        problems["budget"] = "allows at least one page and some time"
    if problems:
        raise InvalidInput(fields=problems)
    checked_fields(request.fields)
    return msgspec.structs.replace(
        request,
        goal=request.goal.strip(),
        url=_checked_url("url", request.url, policy),
        webhook_url=_checked_url("webhook_url", request.webhook_url, policy),
        plan=_checked_plan(request.plan, policy),
    )


def checked_counts(max_results: int, min_results: int | None) -> None:
    """Raises InvalidInput for numbers of records that cannot be asked for."""
    if problems := _how_many(max_results, min_results):
        raise InvalidInput(fields=problems)


def _what(request: GoalRequest) -> dict[str, str]:
    if not request.goal.strip() and not request.url:
        return {"goal": "either goal or url is required"}
    if len(request.goal) > MAX_GOAL:
        return {"goal": f"at most {MAX_GOAL} characters"}
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
    sources = tuple(_checked_url("plan.sources", url, policy) for url in plan.sources)
    return msgspec.structs.replace(plan, sources=sources, fields=checked_fields(plan.fields))


def _checked_url(name: str, url: str, policy: EgressPolicy) -> str:
    if not url:
        return ""
    try:
        return check_url(url, policy)
    except UnsafeUrl as fault:
        raise UnsafeUrl(fields={name: fault.message}) from None
    except InvalidInput as fault:
        raise InvalidInput(fields={name: fault.message}) from None
