"""What a run may use, and what it has used."""

from __future__ import annotations

import msgspec


class Spend(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Counted as it happens. `worked_ms` is the time that a worker was at it, `browser_ms` the time that pages held a
    browser; tokens are the provider's own count, or our estimate where it gave none (then `tokens_estimated`)."""

    worked_ms: int = 0
    pages: int = 0
    browser_ms: int = 0
    searches: int = 0
    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    tokens_estimated: bool = False

    def __add__(self, other: Spend) -> Spend:
        return Spend(
            worked_ms=self.worked_ms + other.worked_ms,
            pages=self.pages + other.pages,
            browser_ms=self.browser_ms + other.browser_ms,
            searches=self.searches + other.searches,
            model_calls=self.model_calls + other.model_calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            tokens_estimated=self.tokens_estimated or other.tokens_estimated,
        )

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


class Budget(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Caps on one run. A run that reaches one stops with what it has."""

    max_pages: int = 200
    max_tokens: int = 200_000
    max_seconds: float = 600.0

    def is_spent(self, spend: Spend) -> bool:
        return spend.pages >= self.max_pages or spend.tokens >= self.max_tokens
