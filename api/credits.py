"""ScrapeHub's credits: what an account has, and what moved."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from api.auth import needs
from api.given import AccountId, ServiceGiven
from api.openapi import answer_of, errors_of
from api.paging import DEFAULT_PAGE, Cursor, Limit, next_link
from api.wire.scrapehub.credits import BalanceOut, TransactionOut, render_balance, render_transaction
from domain.accounts import Scope
from services.credits import get_balance, list_transactions

_BALANCE = {"balance": 1250, "plan": "growth", "monthly_limit": 10000, "used_this_month": 847}


@get(
    "/credits/balance",
    summary="Get the balance",
    opt=needs(Scope.CREDITS_READ),
    responses=errors_of() | {200: answer_of(BalanceOut, "What the account has.", _BALANCE)},
)
async def get_credit_balance(service: ServiceGiven, account_id: AccountId) -> BalanceOut:
    """What the account has, its plan, what that gives a month, and what was used in this one."""
    return render_balance(await get_balance(service, account_id))


@get("/credits/transactions", summary="List transactions", opt=needs(Scope.CREDITS_READ), responses=errors_of(422))
async def list_credit_transactions(
    request: Request[Any, Any, Any],
    service: ServiceGiven,
    account_id: AccountId,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = "",
) -> Response[list[TransactionOut]]:
    """Every movement of credits, newest first. The `Link` header leads to the next page."""
    listing = await list_transactions(service, account_id, limit=limit, cursor=cursor)
    return Response(
        [render_transaction(item) for item in listing.items], headers=next_link(request, listing.next_cursor)
    )


HANDLERS = (get_credit_balance, list_credit_transactions)
