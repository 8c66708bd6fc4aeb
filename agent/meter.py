"""What a run has spent and what is held for calls in flight, so that several at once cannot overrun its budget."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from domain.budgets import Budget, Spend
from domain.errors import BudgetSpent


class Meter:
    """`spend` is what is known to be used; holds are set aside until the call that made them settles."""

    def __init__(self, budget: Budget, spend: Spend) -> None:
        self.budget = budget
        self.spend = spend
        self._told = spend
        self.refused_tokens = False  # a model call did not fit: the run ends knowing less than it could
        self._held_tokens = 0

    @property
    def tokens_left(self) -> int:
        return max(0, self.budget.max_tokens - self.spend.tokens - self._held_tokens)

    def settle(self, spend: Spend) -> None:
        """Counts what was used, as soon as it is known."""
        self.spend += spend

    def tell(self, spend: Spend) -> None:
        """Notes that the journal was told of this much."""
        self._told += spend

    def untold(self) -> Spend:
        """What was used by work that was given up, and that no result carried."""
        used, told = self.spend, self._told
        return Spend(
            pages=max(0, used.pages - told.pages),
            browser_ms=max(0, used.browser_ms - told.browser_ms),
            searches=max(0, used.searches - told.searches),
            model_calls=max(0, used.model_calls - told.model_calls),
            input_tokens=max(0, used.input_tokens - told.input_tokens),
            output_tokens=max(0, used.output_tokens - told.output_tokens),
            tokens_estimated=used.tokens > told.tokens and used.tokens_estimated,
        )

    @contextmanager
    def hold_tokens(self, tokens: int) -> Generator[None]:
        """Set `tokens` aside for one model call. Raises BudgetSpent where they do not fit: then nothing is sent."""
        if tokens > self.tokens_left:
            self.refused_tokens = True
            raise BudgetSpent(f"a model call of about {tokens} tokens does not fit into the {self.tokens_left} left")
        self._held_tokens += tokens
        try:
            yield
        finally:
            self._held_tokens -= tokens
