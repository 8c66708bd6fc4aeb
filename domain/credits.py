"""Credits: plans, and the movements of a double-entry ledger in whole numbers.

An account has four books that always sum to zero. `issued` is what it was ever given, counted below zero; the others
say where that is: `available` to spend, `held` for runs that are going, or `spent`. A transaction moves credits between
books.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec


class CreditPlan(StrEnum):
    FREE = "free"
    STARTER = "starter"
    GROWTH = "growth"
    UNLIMITED = "unlimited"  # nothing is refused or held; what is used is written down all the same


# Credits that a plan gives in a calendar month; None: no limit.
MONTHLY: dict[CreditPlan, int | None] = {
    CreditPlan.FREE: 1_000,
    CreditPlan.STARTER: 5_000,
    CreditPlan.GROWTH: 10_000,
    CreditPlan.UNLIMITED: None,
}


class TransactionKind(StrEnum):
    GRANT = "grant"  # given: by the plan, each month, or by the operator
    HOLD = "hold"  # set aside at the start of a run
    SETTLE = "settle"  # a run has ended: what it cost is spent, the rest is available again
    VOID = "void"  # a run has ended and costs nothing: all of its hold is available again
    CHARGE = "charge"  # spent at once
    REFUND = "refund"  # a charge or settlement taken back by the operator


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """Credits by book: what an account has, or what a transaction moves. They sum to zero; raises ValueError else."""

    issued: int = 0
    available: int = 0
    held: int = 0
    spent: int = 0

    def __post_init__(self) -> None:
        if self.issued + self.available + self.held + self.spent:
            raise ValueError(f"books that do not sum to zero: {self}")

    def __add__(self, other: Books) -> Books:
        return Books(
            issued=self.issued + other.issued,
            available=self.available + other.available,
            held=self.held + other.held,
            spent=self.spent + other.spent,
        )

    @property
    def is_sound(self) -> bool:
        """Whether an account may have these: nobody spends what was not given."""
        return self.issued <= 0 <= min(self.available, self.held, self.spent)


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction to be made. `key` names what it is for, once in an account: a second one of the same key is none.

    `run_id` is the run that it is about, empty where it is about none; `note` is a line for people.
    """

    kind: TransactionKind
    key: str
    books: Books
    run_id: str = ""
    note: str = ""


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """A movement that was made."""

    id: str
    at: dt.datetime
    movement: Movement


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What an account has. `monthly_limit` None: its plan has none, and `available` counts for nothing."""

    plan: CreditPlan
    available: int
    held: int
    monthly_limit: int | None
    used_this_month: int


class RunCredits(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was thought to cost at most, what is held for it now, and what it has cost so far."""

    estimated: int
    held: int
    used: int


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """What is held for a run that is going. `before` is what it had cost when this was held: it may have ended earlier,
    and been extended."""

    credits: int
    before: int = 0


def affordable(wanted: int, available: int, *, least: int, share: int = 1) -> int | None:
    """What is held of `wanted`, which is what a run may cost: all of it, or as much as there is. None where that is
    less than `least`.

    `share` is among how many what there is has to go round; none of them gets less than `least`.
    """
    if available < min(wanted, least):
        return None
    return min(wanted, max(least, available // share), available)


def month_of(moment: dt.datetime) -> int:
    """The calendar month in UTC, as a number that grows: 202611."""
    moment = moment.astimezone(dt.UTC)
    return moment.year * 100 + moment.month


def grant(amount: int, *, key: str, note: str) -> Movement:
    return Movement(kind=TransactionKind.GRANT, key=key, books=Books(issued=-amount, available=amount), note=note)


def hold(amount: int, *, run_id: str, number: int) -> Movement:
    """`number` tells the holds of one run apart: it is held for anew when it is extended."""
    books = Books(available=-amount, held=amount)
    return Movement(kind=TransactionKind.HOLD, key=f"hold:{run_id}:{number}", books=books, run_id=run_id)


def settle(held: int, cost: int, *, run_id: str, ending: int) -> Movement:
    """The end of a hold, at the run's `ending`: the part that it cost is spent, at most all of it."""
    cost = min(cost, held)
    return Movement(
        kind=TransactionKind.SETTLE if cost else TransactionKind.VOID,
        key=f"settle:{run_id}:{ending}",
        books=Books(held=-held, available=held - cost, spent=cost),
        run_id=run_id,
    )


def usage(cost: int, *, key: str, run_id: str = "", note: str = "") -> Movement:
    """What an account without a limit has used: given and spent in one."""
    books = Books(issued=-cost, spent=cost)
    return Movement(kind=TransactionKind.CHARGE, key=key, books=books, run_id=run_id, note=note)


def charge(amount: int, *, key: str, note: str) -> Movement:
    books = Books(available=-amount, spent=amount)
    return Movement(kind=TransactionKind.CHARGE, key=key, books=books, note=note)


def refund(transaction: Transaction) -> Movement:
    """What a transaction spent goes back to where it came from."""
    spent = transaction.movement.books.spent
    was_given = transaction.movement.books.issued < 0
    return Movement(
        kind=TransactionKind.REFUND,
        key=f"refund:{transaction.id}",
        books=Books(spent=-spent, issued=spent) if was_given else Books(spent=-spent, available=spent),
        run_id=transaction.movement.run_id,
    )
