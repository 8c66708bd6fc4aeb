"""What a run ran out of that ends with fewer records than it was asked for, and what gives it more."""

from __future__ import annotations

import msgspec

from domain.budgets import Budget, Spend
from domain.runs import TerminationReason

_MORE = "more with --{option}, with {cause} in the budget, or by extending the job"


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    """`cause` is the name of the cap that was reached: that of a Budget's field, or "budget" for another."""

    cause: str
    message: str


def shortfall_of(
    reason: TerminationReason, detail: str, budget: Budget, spend: Spend, *, tokens_refused: bool
) -> Shortfall | None:
    """None where the run ended for another reason than its caps. `detail` is what stopped it, in its own words."""
    if reason is TerminationReason.DEADLINE:
        return _used_up(f"the {budget.max_seconds:g} seconds", "max_seconds")
    if reason is not TerminationReason.BUDGET:
        return None
    if spend.pages >= budget.max_pages:
        return _used_up(f"the {budget.max_pages} pages", "max_pages")
    if tokens_refused or spend.tokens >= budget.max_tokens:
        return _used_up(f"the {budget.max_tokens} tokens", "max_tokens")
    return Shortfall(cause="budget", message=detail.strip(" .") or "its budget is used up")


def _used_up(what: str, cause: str) -> Shortfall:
    more = _MORE.format(option=cause.replace("max_", "budget-"), cause=cause)
    return Shortfall(cause=cause, message=f"{what} that it may use are used up ({more})")
