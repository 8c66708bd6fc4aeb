"""Credits as ScrapeHub's document writes them."""

from __future__ import annotations

import msgspec

from api.wire.times import iso_seconds
from domain.credits import Balance, RunCredits, Transaction, TransactionKind
from domain.ids import prefixed
from domain.prices import Estimate

# The document has numbers where an unlimited plan has none: what is left of this many, which nobody uses up in a month.
UNLIMITED = 1_000_000_000

_SAYS = {
    TransactionKind.GRANT: "credits granted",
    TransactionKind.HOLD: "held for a job",
    TransactionKind.SETTLE: "job ended",
    TransactionKind.VOID: "job ended at no cost",
    TransactionKind.CHARGE: "charged",
    TransactionKind.REFUND: "refunded",
}


class BalanceOut(msgspec.Struct, frozen=True, kw_only=True):
    """What an account has. The unlimited plan's `monthly_limit` is a thousand million, and `balance` what is left."""

    balance: int
    plan: str
    monthly_limit: int
    used_this_month: int


class TransactionOut(msgspec.Struct, frozen=True, kw_only=True):
    """A movement of credits: what it adds to the balance (`amount`), to what is held, to what is spent."""

    id: str
    type: TransactionKind
    amount: int
    held: int
    spent: int
    description: str
    job_id: str | None
    created_at: str


class CreditsOut(msgspec.Struct, frozen=True, kw_only=True):
    """The credits of a job: estimated at most, held while it is going, used so far. Of a job that failed none are."""

    estimated: int
    held: int
    used: int


class EstimatePart(msgspec.Struct, frozen=True, kw_only=True):
    what: str
    low: int
    high: int


class EstimateOut(msgspec.Struct, frozen=True, kw_only=True):
    """Credits that the job may cost, and how they come about. A metered account must have `high`, or send a lower
    `max_credits` with the job."""

    low: int
    high: int
    parts: list[EstimatePart]


def render_balance(balance: Balance) -> BalanceOut:
    limit = balance.monthly_limit
    return BalanceOut(
        balance=max(0, UNLIMITED - balance.used_this_month) if limit is None else balance.available,
        plan=balance.plan.value,
        monthly_limit=UNLIMITED if limit is None else limit,
        used_this_month=balance.used_this_month,
    )


def render_transaction(transaction: Transaction) -> TransactionOut:
    movement = transaction.movement
    return TransactionOut(
        id=prefixed("txn", transaction.id),
        type=movement.kind,
        amount=movement.books.available,
        held=movement.books.held,
        spent=movement.books.spent,
        description=movement.note or _SAYS[movement.kind],
        job_id=prefixed("job", movement.run_id) if movement.run_id else None,
        created_at=iso_seconds(transaction.at),
    )


def render_credits(told: RunCredits) -> CreditsOut:
    return CreditsOut(estimated=told.estimated, held=told.held, used=told.used)


def render_estimate(told: Estimate) -> EstimateOut:
    parts = [EstimatePart(what=part.what, low=part.low, high=part.high) for part in told.parts]
    return EstimateOut(low=told.low, high=told.high, parts=parts)
