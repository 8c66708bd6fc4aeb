"""Pictures past the time for which they are kept. What tells of them stays."""

from __future__ import annotations

from collections import defaultdict

from services.service import Service

AT_ONCE = 100  # pictures of one sweep; the next one comes soon


async def sweep_pictures(service: Service) -> int:
    """Lets go of pictures past their time; how many."""
    if service.limits.pictures is None:
        return 0
    now = service.clock.now()
    async with service.database.write() as uow:
        expired = await uow.expiring_captures.expire(now - service.limits.pictures, AT_ONCE)
        by_account: defaultdict[str, list[str]] = defaultdict(list)
        for account_id, sha256 in expired:
            by_account[account_id].append(sha256)
        for account_id, hashes in sorted(by_account.items()):
            await uow.blobs.release(account_id, hashes, now)
    return len(expired)
