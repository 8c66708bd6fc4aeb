"""What every request for a run says, whatever its kind."""

from __future__ import annotations

import msgspec

from domain.budgets import Budget
from domain.fields import Field


class RunRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """What every request says.

    `goal` says in plain words what is wanted, `url` where; `fields` are those of a record. `pool_id` names the pool
    that the run's records go into, `schedule_id` the schedule that started it. `max_credits` is the hold: a metered
    run stops with what it has when it has cost so much; None means that nothing is held. One that `is_free` costs its
    account nothing. `max_is_default`: the caller left the number of records open, and one that the goal names counts in
    place of `max_results`.
    """

    goal: str = ""
    url: str = ""
    fields: tuple[Field, ...] = ()
    max_results: int = 10
    max_is_default: bool = False
    min_results: int | None = None
    output_format: str = "json"
    webhook_url: str = ""
    pool_id: str = ""
    schedule_id: str = ""
    preview: bool = False  # stop once sources are known: nothing but the search is spent
    budget: Budget = Budget()
    max_credits: int | None = None
    is_free: bool = False

    @property
    def wanted(self) -> int:
        """How many records the run works for: it opens new sources until it has these."""
        return self.min_results or self.max_results

    @property
    def title(self) -> str:
        """What it is called in a list of runs."""
        return self.goal or self.url
