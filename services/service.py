"""What use cases work with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from domain.clock import Clock, SystemClock
from domain.egress import EgressPolicy
from services.queue import Doorbell
from services.signals import Signals
from store.blobs import Blobs
from store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times are from the moment that a thing was made."""

    idempotency_keys: dt.timedelta = dt.timedelta(hours=24)  # as Stripe keeps them
    ring_again: dt.timedelta = dt.timedelta(seconds=10)  # a run that nobody took is rung for again
    ring_again_at_most: dt.timedelta = dt.timedelta(seconds=60)  # however often nobody did
    page_size: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The database is the truth, the doorbell only wakes. `policy` says which addresses may be asked for."""

    database: Database
    blobs: Blobs
    doorbell: Doorbell
    policy: EgressPolicy
    clock: Clock = field(default_factory=SystemClock)
    limits: Limits = field(default_factory=Limits)
    signals: Signals = field(default_factory=Signals)
