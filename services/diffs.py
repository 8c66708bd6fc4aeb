"""Two pictures of an account compared; what was found is kept, so that a pair is compared once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from domain.diffs import COMPARABLE, Diff, Mask, checked_masks, checked_threshold, diff_key
from domain.errors import Conflict, Gone, InvalidInput, NotFound
from domain.pictures import Capture, CaptureStatus
from services.blobs import use_blobs
from services.captures import get_capture, read_picture
from services.service import Service

MAX_KEPT = 1_000  # comparisons of an account; the oldest ones go first


class Compared(msgspec.Struct, frozen=True):
    """`image` is a PNG that shows where they differ; `cached`: it was known before."""

    diff: Diff
    image: bytes
    cached: bool


async def compare_captures(
    service: Service,
    account_id: str,
    first_id: str,
    second_id: str,
    *,
    threshold: float,
    masks: Sequence[Mask] = (),
    force: bool = False,
) -> Compared:
    """Compares two pictures of the account; `force` does so even where it is known how they differ.

    Raises InvalidInput; NotFound, for another account's too; Gone where one's has expired; Conflict where one has none
    (yet); TookTooLong.
    """
    threshold, masks = checked_threshold(threshold), checked_masks(masks)
    first = await _taken(service, account_id, "request_id_1", first_id)
    second = await _taken(service, account_id, "request_id_2", second_id)
    assert first.picture is not None
    assert second.picture is not None
    key = diff_key(first.picture.sha256, second.picture.sha256, threshold, masks)
    if not force and (known := await _known(service, account_id, key)) is not None:
        return known
    pictures = [await read_picture(service, capture) for capture in (first, second)]
    comparison, image = await service.pixels.compare(*pictures, threshold, masks)
    stored = await service.blobs.put(account_id, image)
    now = service.clock.now()
    async with service.database.write() as uow:
        diffs = uow.diffs(account_id)
        before = await diffs.get(key)
        diff = await diffs.put(key, comparison, threshold, stored.sha256, now)
        await use_blobs(uow, service, account_id, [stored], {stored.sha256: image})
        gone = [*([before.image] if before else []), *await diffs.trim(MAX_KEPT)]
        await uow.blobs.release(account_id, gone, now)
    return Compared(diff, image, cached=False)


async def _taken(service: Service, account_id: str, name: str, capture_id: str) -> Capture:
    try:
        capture = await get_capture(service, account_id, capture_id)
    except NotFound:
        raise NotFound(f"{name}: no such screenshot.") from None
    if capture.is_expired:
        raise Gone(f"{name}: this picture has expired.")
    if capture.picture is None or capture.status is not CaptureStatus.COMPLETED:
        raise Conflict(f"{name}: this screenshot is {capture.status.value}; only completed ones can be compared.")
    if capture.picture.media_type not in COMPARABLE:
        raise InvalidInput(fields={name: "a pdf has no pixels; compare png, jpg or webp"})
    return capture


async def _known(service: Service, account_id: str, key: str) -> Compared | None:
    async with service.database.read() as uow:
        diff = await uow.diffs(account_id).get(key)
    if diff is None:
        return None
    try:
        return Compared(diff, await service.blobs.get(account_id, diff.image), cached=True)
    except NotFound:  # its picture was damaged: it is made anew
        return None
