"""What can go wrong, as the caller should understand it. The docstring is the default message.

ForageError
├── InvalidInput            the caller's words are off: 4xx, names the field and the limit
│   ├── UnsafeUrl           a URL that may not be fetched
│   └── NotConfigured       a wish that needs what the operator has not set up
├── NotFound                no such thing, or not yours
├── Conflict                the thing is in a state that forbids this
│   ├── IdempotencyMismatch
│   └── LimitReached        the account has as many of these as it may
├── Unauthenticated
├── Forbidden
├── RateLimited
│   └── TooManyWaiting      the account has as much on its way as it may
├── NotEnoughCredits        a metered account cannot pay for what it asks
├── RunStopped              raised inside a run to end it; what was found is kept
│   ├── RunCancelled
│   ├── BudgetSpent
│   ├── DeadlinePassed
│   └── LeaseLost           another worker owns this run now; write nothing more
├── ModelFailed             one model could not answer; the next in the chain may
│   └── NoModelAnswered     the whole chain failed
├── SearchFailed            one provider could not answer; the next in the chain may
│   └── SearchUnavailable   no provider answered
├── PageUnreadable          the one page that a caller waits for could not be read
├── TookTooLong             the caller waited as long as it may; the run goes on
├── NoWorker                the caller waited, and nobody took the work
├── StorageFull
└── StorageUnavailable      the database or blob store cannot be reached; safe to retry
"""

from __future__ import annotations

from collections.abc import Mapping


class ForageError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        self.message = message or (self.__doc__ or "").strip()
        super().__init__(self.message)


class InvalidInput(ForageError):
    """The request is not valid."""

    def __init__(self, message: str | None = None, *, fields: Mapping[str, str] | None = None) -> None:
        self.fields = dict(fields or {})
        super().__init__(message or "; ".join(f"{name}: {why}" for name, why in self.fields.items()) or None)


class UnsafeUrl(InvalidInput):
    """This URL may not be fetched."""


class NotConfigured(InvalidInput):
    """This needs something that the operator of this service has not set up."""


class NotFound(ForageError):
    """Not found."""


class Gone(NotFound):
    """It was kept for its time, and is no more."""


class Conflict(ForageError):
    """The resource is in a state that does not allow this."""


class IdempotencyMismatch(Conflict):
    """This Idempotency-Key was used with a different request."""


class LimitReached(Conflict):
    """The account has as many of these as it may."""


class Unauthenticated(ForageError):
    """Invalid or missing API key."""


class Forbidden(ForageError):
    """This API key lacks the scope for this operation."""


class RateLimited(ForageError):
    """Rate limit exceeded."""

    def __init__(self, message: str | None = None, *, retry_after_s: int = 1) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class TooManyWaiting(RateLimited):
    """The account has as much on its way as it may."""


class NotEnoughCredits(ForageError):
    """The balance does not cover this."""


class RunStopped(ForageError):
    """The run was stopped."""


class RunCancelled(RunStopped):
    """The run was cancelled."""


class BudgetSpent(RunStopped):
    """The run's budget is spent."""


class DeadlinePassed(RunStopped):
    """The run's deadline has passed."""


class LeaseLost(RunStopped):
    """Another worker owns this run now."""


class ModelFailed(ForageError):
    """The model could not answer."""


class NoModelAnswered(ModelFailed):
    """No model in the chain could answer."""


class SearchFailed(ForageError):
    """The search provider could not answer."""


class SearchUnavailable(SearchFailed):
    """No search provider answered."""


class PageUnreadable(ForageError):
    """The page could not be read."""


class TookTooLong(ForageError):
    """This takes longer than a request may wait."""


class NoWorker(ForageError):
    """No worker is free for this now; it was given up, and may be asked for again."""


class StorageFull(ForageError):
    """The disk is full: reads still work, nothing was charged."""


class StorageUnavailable(ForageError):
    """The database cannot be reached right now; it is safe to try again."""
