"""Idempotency-Keys of pictures and their batches: a repeat of the same request gives what it gave before.

They are kept with those of runs: a batch's key leads to its first picture. The caller holds its account's lock.
"""

from __future__ import annotations

import hashlib

import msgspec

from domain.errors import IdempotencyMismatch, InvalidInput
from domain.pictures import Capture
from domain.runs import Run, RunStatus
from services.runs import MAX_IDEMPOTENCY_KEY
from store.columns import encode
from store.unit import UnitOfWork


class RequestKey(msgspec.Struct, frozen=True):
    """A caller's key, empty for none, and the hash of what was asked under it."""

    key: str
    fingerprint: str

    async def earlier(self, uow: UnitOfWork, account_id: str) -> Capture | None:
        """The picture that the same request gave before; one that was given up, as nobody took it in time, may be asked
        for again. Raises IdempotencyMismatch where it was another request."""
        keys = uow.idempotency(account_id)
        kept = await keys.get(self.key) if self.key else None
        if kept is None:
            return None
        if kept.request_sha256 != self.fingerprint:
            raise IdempotencyMismatch
        capture = await uow.captures(account_id).get(kept.run_id)
        if capture is not None and not capture.batch_id and capture.run.status is RunStatus.CANCELLED:
            await keys.forget(self.key)
            return None
        return capture

    async def keep(self, uow: UnitOfWork, run: Run) -> None:
        """Raises IdempotencyMismatch where a run of another sort has just taken the key."""
        keys = uow.idempotency(run.account_id)
        if self.key and not await keys.keep(self.key, self.fingerprint, run.id, run.created_at):
            raise IdempotencyMismatch


def request_key(key: str, asked: object) -> RequestKey:
    """Raises InvalidInput for what is no key."""
    if len(key) > MAX_IDEMPOTENCY_KEY or not key.isprintable():
        raise InvalidInput(fields={"Idempotency-Key": f"at most {MAX_IDEMPOTENCY_KEY} printable characters"})
    return RequestKey(key, hashlib.sha256(encode(asked)).hexdigest() if key else "")
