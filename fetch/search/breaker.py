"""A circuit breaker: leaves a failing thing alone for a while, then lets one call try it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

FAILURES_TO_OPEN = 3  # in a row: one lost packet is no outage
FIRST_REST_S = 15.0
LONGEST_REST_S = 600.0  # a provider that is back is found within ten minutes


class BreakerState(StrEnum):
    CLOSED = "closed"  # calls go through
    OPEN = "open"  # calls are refused
    HALF_OPEN = "half_open"  # the rest is over; one call at a time may try


class Breaker:
    """`monotonic` gives seconds that only grow."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._rest_s = FIRST_REST_S
        self._open_until = 0.0
        self._is_open = False
        self._probing = False
        self.failures = 0

    @property
    def state(self) -> BreakerState:
        if not self._is_open:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self.rests_s > 0 else BreakerState.HALF_OPEN

    @property
    def rests_s(self) -> float:
        """Seconds until a call may try again; 0 when one may."""
        return max(0.0, self._open_until - self._monotonic()) if self._is_open else 0.0

    def admit(self) -> bool:
        """Whether a call may go through now. One that may must report `succeeded`, `failed` or `abandoned`."""
        if self.state is BreakerState.CLOSED:
            return True
        if self.state is BreakerState.OPEN or self._probing:
            return False
        self._probing = True
        return True

    def succeeded(self) -> None:
        self._is_open = self._probing = False
        self.failures, self._rest_s = 0, FIRST_REST_S

    def failed(self, *, at_least_s: float = 0.0, at_once: bool = False) -> None:
        """Count a failure. `at_once` opens without waiting for more; `at_least_s` is how long the other side asked."""
        self.failures += 1
        if self._is_open or at_once or at_least_s > 0 or self.failures >= FAILURES_TO_OPEN:
            self._is_open, self._probing = True, False
            self._open_until = self._monotonic() + max(self._rest_s, at_least_s)
            self._rest_s = min(self._rest_s * 2, LONGEST_REST_S)

    def abandoned(self) -> None:
        """The call ended with no verdict: it was cancelled."""
        self._probing = False
