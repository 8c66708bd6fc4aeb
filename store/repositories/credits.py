"""Ledgers of accounts: nothing in them is ever changed or taken away, and no key is used twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, case, delete, func, or_, select, update

from domain.credits import Books, CreditPlan, Hold, Movement, Transaction, TransactionKind, month_of
from domain.errors import NotEnoughCredits
from domain.ids import new_id
from domain.runs import ACTIVE
from store.models import BulkJobRow, CreditBalanceRow, CreditHoldRow, CreditTransactionRow, RunRow
from store.repositories.base import OwnedRepository, Repository

_BALANCE = CreditBalanceRow.__table__.c


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An account as its ledger has it. `used` was spent in `month`; its plan gave for `granted_month` last."""

    plan: CreditPlan
    books: Books
    month: int
    used: int
    granted_month: int


def _transaction(row: CreditTransactionRow) -> Transaction:
    return Transaction(
        id=row.id,
        at=row.at,
        movement=Movement(
            kind=TransactionKind(row.kind),
            key=row.key,
            books=Books(issued=row.issued, available=row.available, held=row.held, spent=row.spent),
            run_id=row.run_id,
            note=row.note,
        ),
    )


class Ledger(OwnedRepository):
    async def open(self, plan: CreditPlan) -> None:
        """Opens the account's books with nothing in them; does nothing where they are open."""
        await self._session.execute(
            self._insert(CreditBalanceRow)
            .values(
                account_id=self._account_id,
                plan=plan.value,
                issued=0,
                available=0,
                held=0,
                spent=0,
                month=0,
                used=0,
                granted_month=0,
            )
            .on_conflict_do_nothing()
        )

    async def standing(self, *, lock: bool = False) -> Standing | None:
        """None where the books were never opened. `lock` holds it until this transaction ends against other posts."""
        query = select(*_BALANCE).where(_BALANCE.account_id == self._account_id)
        row = (await self._session.execute(query.with_for_update() if lock else query)).one_or_none()
        if row is None:
            return None
        return Standing(
            plan=CreditPlan(row.plan),
            books=Books(issued=row.issued, available=row.available, held=row.held, spent=row.spent),
            month=row.month,
            used=row.used,
            granted_month=row.granted_month,
        )

    async def take_month(self, month: int) -> int | None:
        """What is available, for the one transaction that may give this month's credits; None for all others."""
        return await self._session.scalar(
            update(CreditBalanceRow)
            .where(self._owned, _BALANCE.granted_month < month)
            .values(granted_month=month)
            .returning(CreditBalanceRow.available),
            execution_options={"synchronize_session": False},
        )

    async def change_plan(self, plan: CreditPlan) -> None:
        await self._changed(update(CreditBalanceRow).where(self._owned).values(plan=plan.value))

    async def post(self, movement: Movement, at: dt.datetime, *, used: int | None = None) -> bool:
        """Makes a movement on books that are open. False where its key was used before: then nothing moves.

        `used` is what it adds to the month's use, if not all that it spends. Raises NotEnoughCredits where the account
        has not got what is to be moved: the transaction must then be given up.
        """
        books = movement.books
        added = await self._changed(
            self._insert(CreditTransactionRow)
            .values(
                id=new_id(),
                account_id=self._account_id,
                key=movement.key,
                kind=movement.kind.value,
                issued=books.issued,
                available=books.available,
                held=books.held,
                spent=books.spent,
                run_id=movement.run_id,
                note=movement.note,
                at=at,
            )
            .on_conflict_do_nothing(index_elements=["account_id", "key"])
        )
        if not added:
            return False
        month, used = month_of(at), books.spent if used is None else used
        moved = await self._changed(
            update(CreditBalanceRow)
            .where(
                self._owned,
                _BALANCE.issued + books.issued <= 0,
                _BALANCE.available + books.available >= 0,
                _BALANCE.held + books.held >= 0,
                _BALANCE.spent + books.spent >= 0,
            )
            .values(
                issued=_BALANCE.issued + books.issued,
                available=_BALANCE.available + books.available,
                held=_BALANCE.held + books.held,
                spent=_BALANCE.spent + books.spent,
                used=case((_BALANCE.month == month, _BALANCE.used + used), else_=max(0, used)),
                month=month,
            )
        )
        if not moved:
            raise NotEnoughCredits
        return True

    async def list(self, limit: int, before: str = "") -> Sequence[Transaction]:
        """Newest first, those with an id under `before`."""
        query = select(CreditTransactionRow).where(CreditTransactionRow.account_id == self._account_id)
        if before:
            query = query.where(CreditTransactionRow.id < before)
        rows = await self._session.scalars(query.order_by(CreditTransactionRow.id.desc()).limit(limit))
        return [_transaction(row) for row in rows]

    async def get(self, transaction_id: str) -> Transaction | None:
        row = await self._session.scalar(
            select(CreditTransactionRow).where(
                CreditTransactionRow.account_id == self._account_id, CreditTransactionRow.id == transaction_id
            )
        )
        return None if row is None else _transaction(row)

    # Holds that are open

    async def keep_hold(self, run_id: str, held: Hold) -> bool:
        """False where one is open for this run."""
        added = await self._changed(
            self._insert(CreditHoldRow)
            .values(run_id=run_id, account_id=self._account_id, credits=held.credits, before=held.before)
            .on_conflict_do_nothing()
        )
        return added == 1

    async def hold_of(self, run_id: str) -> Hold | None:
        query = select(CreditHoldRow.credits, CreditHoldRow.before).where(self._holds(run_id))
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else Hold(credits=row.credits, before=row.before)

    async def take_hold(self, run_id: str) -> Hold | None:
        """The hold of a run, which is open no longer: one caller gets it."""
        row = (
            await self._session.execute(
                delete(CreditHoldRow).where(self._holds(run_id)).returning(CreditHoldRow.credits, CreditHoldRow.before),
                execution_options={"synchronize_session": False},
            )
        ).one_or_none()
        return None if row is None else Hold(credits=row.credits, before=row.before)

    @property
    def _owned(self) -> ColumnElement[bool]:
        return _BALANCE.account_id == self._account_id

    def _holds(self, run_id: str) -> ColumnElement[bool]:
        return (CreditHoldRow.run_id == run_id) & (CreditHoldRow.account_id == self._account_id)


class CreditAudit(Repository):
    """Looks over the books of all accounts for what must never be."""

    async def unsound_accounts(self, limit: int) -> Sequence[str]:
        """Accounts whose balance is not what their transactions come to."""
        books = (CreditBalanceRow.issued, CreditBalanceRow.available, CreditBalanceRow.held, CreditBalanceRow.spent)
        moved = (
            CreditTransactionRow.issued,
            CreditTransactionRow.available,
            CreditTransactionRow.held,
            CreditTransactionRow.spent,
        )
        differs = (func.coalesce(func.sum(each), 0) != book for book, each in zip(books, moved, strict=True))
        query = (
            select(CreditBalanceRow.account_id)
            .outerjoin(CreditTransactionRow, CreditTransactionRow.account_id == CreditBalanceRow.account_id)
            .group_by(CreditBalanceRow.account_id, *books)
            .having(or_(*differs))
            .limit(limit)
        )
        return list(await self._session.scalars(query))

    async def unheld_accounts(self, limit: int) -> Sequence[str]:
        """Accounts whose open holds do not come to what their balance holds."""
        query = (
            select(CreditBalanceRow.account_id)
            .outerjoin(CreditHoldRow, CreditHoldRow.account_id == CreditBalanceRow.account_id)
            .group_by(CreditBalanceRow.account_id, CreditBalanceRow.held)
            .having(func.coalesce(func.sum(CreditHoldRow.credits), 0) != CreditBalanceRow.held)
            .limit(limit)
        )
        return list(await self._session.scalars(query))

    async def stray_holds(self, limit: int) -> Sequence[str]:
        """Runs and bulk jobs that are held for and are over, or are no more."""
        query = (
            select(CreditHoldRow.run_id)
            .outerjoin(RunRow, RunRow.id == CreditHoldRow.run_id)
            .outerjoin(BulkJobRow, BulkJobRow.id == CreditHoldRow.run_id)
            .where(
                or_(RunRow.id.is_(None), RunRow.status.not_in([status.value for status in ACTIVE])),
                or_(BulkJobRow.id.is_(None), BulkJobRow.is_open.is_(False)),
            )
            .limit(limit)
        )
        return list(await self._session.scalars(query))
