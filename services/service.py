"""What use cases work with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from domain.clock import Clock, SystemClock
from domain.credits import CreditPlan
from domain.egress import EgressPolicy
from domain.prices import Prices
from domain.proxies import ProxyTable
from services.claim_process import ClaimProcesses
from services.key_uses import KeyUses
from services.passwords import Passwords
from services.pixel_process import PixelProcesses
from services.queue import Doorbell
from services.rates import LocalRates, Rates
from services.signals import Signals
from store.blobs import Blobs
from store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """For how long things are kept once they are over; None: until somebody deletes them."""

    runs: dt.timedelta | None = None
    previews: dt.timedelta | None = dt.timedelta(days=7)
    events: dt.timedelta | None = dt.timedelta(days=90)  # what a run told as it went; its end and its steps stay
    deliveries: dt.timedelta | None = dt.timedelta(days=30)
    bulk_jobs: dt.timedelta | None = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times are from the moment that a thing was made."""

    idempotency_keys: dt.timedelta = dt.timedelta(hours=24)  # as Stripe keeps them
    ring_again: dt.timedelta = dt.timedelta(seconds=10)  # a run that nobody took is rung for again
    ring_lost: dt.timedelta = dt.timedelta(seconds=5)  # who took a run to ring for it, and was killed before it rang
    ring_again_at_most: dt.timedelta = dt.timedelta(seconds=60)  # however often nobody did
    page_size: int = 100
    max_concurrent_runs: int = 10  # of an account, when it is made
    # The most of an account.
    flows: int = 1_000
    pools: int = 1_000
    schedules: int = 1_000
    webhooks: int = 1_000
    waiting_runs: int = 10_000
    run_bytes: int = 64_000_000  # of a run's records, their evidence included: several answers read them as a whole
    bulk_jobs: int = 100  # going at once, of a thousand Targets each
    pictures: dt.timedelta | None = dt.timedelta(days=90)  # None: as long as their runs
    keep: Keep = Keep()


def _no_number(goal: str) -> int | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The database is the truth, the doorbell only wakes. `policy` says which addresses may be asked for. `number_in`
    is how many things a goal in words asks for, as its plan by rules will say; None where it does not tell.

    `metered`: accounts pay in credits by their plan, `new_plan` at first; else all of them are unlimited.
    """

    database: Database
    blobs: Blobs
    doorbell: Doorbell
    policy: EgressPolicy
    clock: Clock = field(default_factory=SystemClock)
    limits: Limits = field(default_factory=Limits)
    signals: Signals = field(default_factory=Signals)
    rates: Rates = field(default_factory=LocalRates)
    passwords: Passwords = field(default_factory=Passwords)
    key_uses: KeyUses = field(default_factory=KeyUses)
    pixels: PixelProcesses = field(default_factory=PixelProcesses)
    claims: ClaimProcesses = field(default_factory=ClaimProcesses)
    prices: Prices = field(default_factory=Prices)
    proxies: ProxyTable = field(default_factory=ProxyTable)
    number_in: Callable[[str], int | None] = _no_number
    metered: bool = False
    new_plan: CreditPlan = CreditPlan.UNLIMITED
