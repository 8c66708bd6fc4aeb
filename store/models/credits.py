"""The ledger of credits: transactions, which are only ever added, what they come to, and the holds that are open."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.models.base import Base, Id, Moment, Outside, Word

MAX_KEY = 160
_ZERO = "issued + available + held + spent = 0"


class CreditTransactionRow(Base):
    """One movement: a column for each book that it may move. The database itself refuses one that does not sum to zero,
    and a second one of the same key."""

    __tablename__ = "credit_transactions"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        Index(None, "account_id", "id"),
        CheckConstraint(_ZERO, name="zero"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id"))
    key: Mapped[str] = mapped_column(String(MAX_KEY))
    kind: Mapped[Word]
    issued: Mapped[int] = mapped_column(BigInteger)
    available: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger)
    spent: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[Id]
    note: Mapped[Outside]
    at: Mapped[Moment]


class CreditBalanceRow(Base):
    """The sum of an account's transactions. `used` is what was spent in `month` (as 202611), `granted_month` the last
    one that its plan has given for; 0: none yet."""

    __tablename__ = "credit_balances"
    __table_args__ = (
        CheckConstraint(_ZERO, name="zero"),
        CheckConstraint("issued <= 0 AND available >= 0 AND held >= 0 AND spent >= 0", name="sound"),
    )

    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    plan: Mapped[Word]
    issued: Mapped[int] = mapped_column(BigInteger)
    available: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger)
    spent: Mapped[int] = mapped_column(BigInteger)
    month: Mapped[int]
    used: Mapped[int] = mapped_column(BigInteger)
    granted_month: Mapped[int]


class CreditHoldRow(Base):
    """What is held for a run until it ends. No foreign key binds it: a run's end takes it away, nothing else may."""

    __tablename__ = "credit_holds"
    __table_args__ = (Index(None, "account_id"),)

    run_id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("accounts.id"))
    credits: Mapped[int] = mapped_column(BigInteger)
    before: Mapped[int] = mapped_column(BigInteger)
