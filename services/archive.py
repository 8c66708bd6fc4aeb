"""The archive of pages: every form that evidence counts offsets in, kept byte for byte."""

from __future__ import annotations

import asyncio

import msgspec

from domain.pages import CapturedResponse, Page
from services.blobs import use_blobs
from services.service import Service
from store.blobs import Stored
from store.columns import encode
from store.repositories.pages import Layers
from store.unit import UnitOfWork

_RESPONSES = msgspec.json.Decoder(tuple[CapturedResponse, ...])


class Archived(msgspec.Struct, frozen=True):
    """A page whose bodies are in the blob store, not yet in the database. `bodies` are by hash, `sizes` packed."""

    layers: Layers
    bodies: dict[str, bytes]
    sizes: dict[str, int]


async def store_bodies(service: Service, account_id: str, page: Page) -> Archived:
    """Puts a page's bodies into the blob store, before the transaction that tells of it. Raises StorageFull."""
    html, text, responses = (_html(page), _text(page), _responses(page))
    layers: dict[str, str] = {}
    bodies: dict[str, bytes] = {}
    sizes: dict[str, int] = {}
    present = {name: body for name, body in (("html", html), ("text", text), ("responses", responses)) if body}
    stored = await asyncio.gather(*(service.blobs.put(account_id, body) for body in present.values()))
    for (name, body), kept in zip(present.items(), stored, strict=True):
        layers[name] = kept.sha256
        bodies[kept.sha256] = body
        sizes[kept.sha256] = kept.size
    return Archived(Layers(**layers), bodies, sizes)


async def count_uses(uow: UnitOfWork, service: Service, account_id: str, archived: Archived) -> None:
    """Counts the page's uses of its blobs, in the transaction that tells of it."""
    stored = [Stored(sha256, archived.sizes[sha256]) for sha256 in archived.layers.present()]
    await use_blobs(uow, service, account_id, stored, archived.bodies)


async def load_bodies(service: Service, account_id: str, page: Page, layers: Layers) -> Page:
    """The page with its bodies. Raises NotFound where one is gone."""
    return msgspec.structs.replace(
        page,
        html=(await _load(service, account_id, layers.html)).decode("utf-8", "surrogatepass"),
        text=(await _load(service, account_id, layers.text)).decode("utf-8", "surrogatepass"),
        responses=_RESPONSES.decode(await _load(service, account_id, layers.responses) or b"[]"),
    )


async def _load(service: Service, account_id: str, sha256: str) -> bytes:
    return await service.blobs.get(account_id, sha256) if sha256 else b""


def _html(page: Page) -> bytes:
    return page.html.encode("utf-8", "surrogatepass")


def _text(page: Page) -> bytes:
    return page.text.encode("utf-8", "surrogatepass")


def _responses(page: Page) -> bytes:
    return encode(page.responses) if page.responses else b""
