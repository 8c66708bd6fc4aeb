"""What becomes of a picture when its run ends, in the transaction that ends it."""

from __future__ import annotations

from domain.captures import CaptureResult
from domain.pictures import Picture
from domain.runs import Run, RunKind
from domain.webhooks import WebhookEvent
from services.blobs import use_blobs
from services.service import Service
from services.webhooks import new_delivery
from store.blobs import Stored
from store.unit import UnitOfWork


async def keep_picture(uow: UnitOfWork, service: Service, run: Run, result: CaptureResult, stored: Stored) -> None:
    """Writes down what was taken, whose bytes are in the blob store."""
    picture = Picture(
        sha256=stored.sha256,
        media_type=result.media_type,
        width=result.width,
        height=result.height,
        size=len(result.image),
        taken_at=service.clock.now(),
        duration_ms=result.elapsed_ms,
        notes=result.notes,
    )
    await release_picture(uow, service, run)  # a run that was sent back to work has one from before
    await uow.captures(run.account_id).put_picture(run.id, picture, picture.taken_at)
    await use_blobs(uow, service, run.account_id, [stored], {stored.sha256: result.image})


async def release_picture(uow: UnitOfWork, service: Service, run: Run) -> None:
    """Lets go of a run's picture, where it has one."""
    if run.kind is not RunKind.CAPTURE:
        return
    capture = await uow.captures(run.account_id).get(run.id)
    if capture is not None and capture.picture is not None:
        await uow.blobs.release(run.account_id, [capture.picture.sha256], service.clock.now())


async def note_capture_end(uow: UnitOfWork, service: Service, run: Run) -> None:
    """Ends the batch of a picture with the last of its pictures, and puts the news on its way."""
    if run.kind is not RunKind.CAPTURE:
        return
    captures, now = uow.captures(run.account_id), service.clock.now()
    capture = await captures.get(run.id)
    if capture is None or not capture.batch_id or not await captures.end_batch(capture.batch_id, now):
        return
    batch = await captures.batch(capture.batch_id)
    if batch is not None and batch.callback_url:
        told = new_delivery(
            run.account_id,
            now,
            type=WebhookEvent.BATCH_ENDED,
            subject_id=batch.id,
            event="1",
            url=batch.callback_url,
        )
        await uow.deliveries(run.account_id).add(told)
