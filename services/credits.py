"""Credits: held at a run's start, settled at its end, charged for requests. Each happens in its caller's transaction,
or not at all."""

from __future__ import annotations

import msgspec
import structlog

from domain.credits import (
    MONTHLY,
    Balance,
    CreditPlan,
    Hold,
    RunCredits,
    Transaction,
    TransactionKind,
    affordable,
    charge,
    grant,
    hold,
    month_of,
    refund,
    settle,
    usage,
)
from domain.errors import Conflict, InvalidInput, NotEnoughCredits, NotFound, StorageFull, StorageUnavailable
from domain.ids import new_id
from domain.prices import Estimate, cost_of, estimate, owed_for
from domain.requests import GoalRequest, Request
from domain.runs import Run
from services.listing import Listing, checked_limit, id_cursor, listed
from services.service import Service
from store.repositories.credits import Ledger, Standing
from store.unit import UnitOfWork

_log = structlog.get_logger("forage.credits")

AUDITED = 100
MOST = 10**15  # credits in one grant: sums of many stay far within a database's integers


async def hold_for_run(
    uow: UnitOfWork,
    service: Service,
    account_id: str,
    run_id: str,
    request: Request,
    *,
    number: int = 1,
    before: int = 0,
    share: int = 1,
) -> Request:
    """Holds what the run may cost, the caller's `max_credits` where that is less, or what the account has where that is
    less still; the request with that as its cap.

    `number` and `before` are for a run that is extended: which hold of it this is, and what it had cost by then.
    `share` is among how many runs what the account has should go round. What is free, and an account without a limit,
    holds nothing; a caller's own cap is kept to all the same. Raises NotEnoughCredits where there is less than
    `prices.least_hold`, and Conflict where somebody else is just holding for the same: then the caller's transaction
    must be given up.
    """
    if request.is_free:
        return request
    ledger = uow.ledger(account_id)
    asked = request.max_credits
    standing = await _opened(service, ledger, lock=True) if service.metered else None
    if standing is None or not _is_limited(service, standing):
        if before:
            await _keep_hold(ledger, run_id, Hold(credits=0, before=before))
        return request if asked is None else msgspec.structs.replace(request, max_credits=before + asked)
    high = _estimate(service, request).high
    wanted, least = high if asked is None else min(high, asked), service.prices.least_hold
    amount = affordable(wanted, standing.books.available, least=least, share=share)
    if amount is None:
        raise NotEnoughCredits(_lacking(min(wanted, least), standing, at_most=wanted))
    await ledger.post(hold(amount, run_id=run_id, number=number), service.clock.now())
    await _keep_hold(ledger, run_id, Hold(credits=amount, before=before))
    return msgspec.structs.replace(request, max_credits=before + amount)


def _lacking(needed: int, standing: Standing, *, at_most: int) -> str:
    """What is needed and what there is, for whoever is refused."""
    range_ = f"at least {needed} credits, and may cost {at_most}" if needed < at_most else f"{needed} credits"
    held = standing.books.held
    coming = f" {held} more are held for what is going on; what that does not use comes back." if held else ""
    return f"This needs {range_}; {standing.books.available} are available.{coming}"


async def _keep_hold(ledger: Ledger, run_id: str, held: Hold) -> None:
    if not await ledger.keep_hold(run_id, held):
        raise Conflict("This run is being extended already.")


async def settle_run(uow: UnitOfWork, service: Service, run: Run, *, ending: int) -> Run:
    """Settles a run in the transaction that ends it, which `ending` tells from its other ends; the run with its cost.

    It pays what it used since it was held for, at most its hold. What failed, or is our fault, gets all of it back.
    """
    ledger = uow.ledger(run.account_id)
    held = await ledger.take_hold(run.id) or Hold(credits=0)
    cost = max(0, owed_for(run, service.prices) - held.before)
    if run.request.max_credits is not None:
        cost = min(cost, max(0, run.request.max_credits - held.before))
    if held.credits:
        movement = settle(held.credits, cost, run_id=run.id, ending=ending)
    elif cost or held.before:  # also nothing: what it had cost before is known no more where this ending comes again
        await _opened(service, ledger)
        movement = usage(cost, key=f"settle:{run.id}:{ending}", run_id=run.id)
    else:
        return run
    if not await ledger.post(movement, service.clock.now()) or not movement.books.spent:
        return run
    await uow.runs(run.account_id).add_credits(run.id, movement.books.spent)
    return msgspec.structs.replace(run, credits=run.credits + movement.books.spent)


async def hold_for_job(uow: UnitOfWork, service: Service, account_id: str, job_id: str, amount: int) -> None:
    """Holds what a bulk job costs where all of its Targets succeed; it has no smaller part that would be of use. An
    account without a limit holds nothing. Raises NotEnoughCredits: then the caller's transaction must be given up."""
    ledger = uow.ledger(account_id)
    standing = await _opened(service, ledger, lock=True) if service.metered else None
    if standing is None or not _is_limited(service, standing):
        return
    if standing.books.available < amount:
        raise NotEnoughCredits(_lacking(amount, standing, at_most=amount))
    await ledger.post(hold(amount, run_id=job_id, number=1), service.clock.now())
    await _keep_hold(ledger, job_id, Hold(credits=amount))


async def settle_job(uow: UnitOfWork, service: Service, account_id: str, job_id: str, cost: int) -> None:
    """Settles a bulk job in the transaction that ends it: it pays for its Targets that succeeded."""
    ledger = uow.ledger(account_id)
    if held := await ledger.take_hold(job_id):
        await ledger.post(settle(held.credits, min(cost, held.credits), run_id=job_id, ending=1), service.clock.now())
    elif cost:
        await _opened(service, ledger)
        await ledger.post(usage(cost, key=f"settle:{job_id}:1", run_id=job_id), service.clock.now())


async def charge_api_request(service: Service, account_id: str, request_id: str) -> None:
    """Charges for a request that has succeeded, once for each `request_id`. What is not there is not asked for."""
    if service.metered and service.prices.api_request:
        async with service.database.write() as uow:
            key = f"request:{request_id}"
            await _charge(uow, service, account_id, service.prices.api_request, key=key, note="API request")


async def charge_answer(service: Service, account_id: str, request_id: str) -> None:
    """`charge_api_request` for an answer that is about to leave: it is given even where the charge cannot be written,
    which the log tells."""
    try:
        await charge_api_request(service, account_id, request_id)
    except (StorageUnavailable, StorageFull) as fault:
        _log.error("request.not_charged", account_id=account_id, why=fault.message)


async def charge_webhook(uow: UnitOfWork, service: Service, delivery_id: str, account_id: str) -> None:
    """Charges for a webhook request that was taken, once for each `delivery_id`, in the transaction that notes it."""
    if service.metered and service.prices.webhook_request:
        key = f"webhook:{delivery_id}"
        await _charge(uow, service, account_id, service.prices.webhook_request, key=key, note="webhook request")


async def _charge(uow: UnitOfWork, service: Service, account_id: str, price: int, *, key: str, note: str) -> None:
    ledger = uow.ledger(account_id)
    standing = await _opened(service, ledger, lock=True)
    if not _is_limited(service, standing):
        await ledger.post(usage(price, key=key, note=note), service.clock.now())
    elif amount := min(price, standing.books.available):
        await ledger.post(charge(amount, key=key, note=note), service.clock.now())


def estimate_real(service: Service, run: Run) -> Estimate:
    """What the run that a preview shows would cost."""
    request = msgspec.structs.replace(run.request, preview=False)
    if isinstance(request, GoalRequest) and run.plan is not None:
        request = msgspec.structs.replace(request, plan=run.plan)
    return estimate(request, service.prices)


def _estimate(service: Service, request: Request) -> Estimate:
    """For the number of records that the goal names, also before it is planned."""
    if isinstance(request, GoalRequest) and request.max_is_default and request.given_plan is None:
        number = request.given_parts().get("count") or service.number_in(request.goal)
        request = msgspec.structs.replace(request, max_results=number or request.max_results)
    return estimate(request, service.prices)


async def credits_of(service: Service, run: Run) -> RunCredits:
    """What a run was thought to cost at most, what is held for it now, and what it has cost so far."""
    thought = estimate(run.request, service.prices) if run.plan else _estimate(service, run.request)
    estimated = thought.high
    if run.status.is_terminal:
        return RunCredits(estimated=estimated, held=0, used=run.credits)
    async with service.database.read() as uow:
        held = await uow.ledger(run.account_id).hold_of(run.id)
    used = 0 if run.request.is_free else cost_of(run.spend, service.prices)
    return RunCredits(estimated=estimated, held=held.credits if held else 0, used=used)


async def get_balance(service: Service, account_id: str) -> Balance:
    """What an account has, this month's credits of its plan among it."""
    async with service.database.read() as uow:
        standing = await uow.ledger(account_id).standing()
    if standing is None or _awaits_grant(service, standing):
        async with service.database.write() as uow:
            standing = await _opened(service, uow.ledger(account_id))
    is_limited = _is_limited(service, standing)
    return Balance(
        plan=standing.plan if service.metered else CreditPlan.UNLIMITED,
        available=standing.books.available,
        held=standing.books.held,
        monthly_limit=MONTHLY[standing.plan] if is_limited else None,
        used_this_month=standing.used if standing.month == month_of(service.clock.now()) else 0,
    )


async def list_transactions(service: Service, account_id: str, *, limit: int, cursor: str = "") -> Listing[Transaction]:
    """Newest first."""
    async with service.database.read() as uow:
        rows = await uow.ledger(account_id).list(checked_limit(limit) + 1, id_cursor(cursor))
    return listed(rows, limit, [row.id for row in rows])


async def grant_credits(service: Service, account_id: str, amount: int, *, note: str = "", key: str = "") -> None:
    """Gives credits beside those of the plan, once for each `key`. Raises InvalidInput, and NotFound for no account."""
    if not 1 <= amount <= MOST:
        raise InvalidInput(fields={"credits": f"between 1 and {MOST}"})
    async with service.database.write() as uow:
        ledger = await _ledger_of(uow, service, account_id)
        movement = grant(amount, key=f"grant:{key or new_id()}", note=note or "granted by the operator")
        await ledger.post(movement, service.clock.now())


async def refund_transaction(service: Service, account_id: str, transaction_id: str) -> None:
    """Takes back what a transaction spent. Raises NotFound; Conflict where it spent nothing or was refunded."""
    now = service.clock.now()
    async with service.database.write() as uow:
        ledger = uow.ledger(account_id)
        transaction = await ledger.get(transaction_id)
        if transaction is None:
            raise NotFound("No such transaction.")
        spent = transaction.movement.books.spent
        if spent <= 0 or transaction.movement.kind is TransactionKind.REFUND:
            raise Conflict("This transaction spent nothing.")
        in_this_month = month_of(transaction.at) == month_of(now)
        if not await ledger.post(refund(transaction), now, used=-spent if in_this_month else 0):
            raise Conflict("This transaction was refunded already.")
        if transaction.movement.run_id:
            await uow.runs(account_id).add_credits(transaction.movement.run_id, -spent)


async def change_plan(service: Service, account_id: str, plan: CreditPlan) -> None:
    """Puts an account on a plan. One that gives more a month gives the difference now. Raises NotFound."""
    now = service.clock.now()
    async with service.database.write() as uow:
        ledger = await _ledger_of(uow, service, account_id)
        standing = await _opened(service, ledger, lock=True)
        await ledger.change_plan(plan)
        given, gives = MONTHLY[standing.plan] or 0, MONTHLY[plan] or 0
        if standing.granted_month == month_of(now) and gives > given:
            movement = grant(gives - given, key=f"month:{month_of(now)}:{plan.value}", note=f"plan {plan.value}")
            await ledger.post(movement, now)


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with the books of all accounts, at most `AUDITED` of each sort; nothing, unless they were tampered
    with. `accounts` whose balance is not the sum of their transactions or whose holds are not what it holds; `runs`
    that are held for and are over."""

    accounts: tuple[str, ...]
    runs: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return not self.accounts and not self.runs


async def audit(service: Service) -> Audit:
    """Adds up all ledgers."""
    async with service.database.read() as uow:
        unsound = await uow.credit_audit.unsound_accounts(AUDITED)
        unheld = await uow.credit_audit.unheld_accounts(AUDITED)
        return Audit(
            accounts=tuple(dict.fromkeys([*unsound, *unheld])),
            runs=tuple(await uow.credit_audit.stray_holds(AUDITED)),
        )


async def _ledger_of(uow: UnitOfWork, service: Service, account_id: str) -> Ledger:
    if await uow.accounts.get(account_id) is None:
        raise NotFound("No such account.")
    ledger = uow.ledger(account_id)
    await _opened(service, ledger)
    return ledger


async def _opened(service: Service, ledger: Ledger, *, lock: bool = False) -> Standing:
    """The account's standing, its books opened and this month's credits given, if that was still to be done.

    `lock` holds it until the transaction ends against others that move credits.
    """
    standing = await ledger.standing(lock=lock)
    if standing is None:
        await ledger.open(service.new_plan)
        standing = await ledger.standing(lock=lock)
        assert standing is not None
    if not _awaits_grant(service, standing):
        return standing
    monthly, month = MONTHLY[standing.plan] or 0, month_of(service.clock.now())
    available = await ledger.take_month(month)
    if available is not None and available < monthly:
        movement = grant(monthly - available, key=f"month:{month}", note=f"plan {standing.plan.value}")
        await ledger.post(movement, service.clock.now())
    given = await ledger.standing()
    assert given is not None
    return given


def _awaits_grant(service: Service, standing: Standing) -> bool:
    return _is_limited(service, standing) and standing.granted_month < month_of(service.clock.now())


def _is_limited(service: Service, standing: Standing) -> bool:
    return service.metered and MONTHLY[standing.plan] is not None
