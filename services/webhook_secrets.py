"""The secret that signs an account's webhooks: rotated, and shown at no other time."""

from __future__ import annotations

import base64
import datetime as dt
import secrets
from collections.abc import Sequence

from domain.errors import Conflict
from domain.ids import new_id
from domain.webhooks import SECRET_PREFIX, NewSecret
from services.service import Service

SECRET_BYTES = 24  # Standard Webhooks: 24 to 64
SIGNS_ALONG = dt.timedelta(hours=24)  # how long the secret before signs beside a new one
MAX_RETIRED = 5  # that sign along at once: each is one more signature in the header of every delivery


def make_secret() -> str:
    """`whsec_` and random bytes in Base64, as Standard Webhooks writes them."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


async def signing_secrets(service: Service, account_id: str) -> Sequence[str]:
    """The secrets that sign now: the account's, and those that it had within the last day."""
    async with service.database.read() as uow:
        return await uow.webhook_secrets(account_id).signing(service.clock.now())


async def rotate_secret(service: Service, account_id: str) -> NewSecret:
    """Signs with a new secret from now on, and for a day with the one before too.

    Raises Conflict where too many still sign along.
    """
    now = service.clock.now()
    until = now + SIGNS_ALONG
    made = NewSecret(secret=make_secret(), previous_expires_at=until)
    async with service.database.write() as uow:
        await uow.accounts.lock(account_id)
        kept = uow.webhook_secrets(account_id)
        if await kept.count_retired(now) >= MAX_RETIRED:
            raise Conflict(f"The secret can be rotated {MAX_RETIRED} times in 24 hours; the earlier ones still sign.")
        await kept.rotate(made.secret, new_id(), now, until)
    return made
