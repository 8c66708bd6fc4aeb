"""A run's archive as a WARC file (ISO 28500, version 1.1), for the tools that read such files.

The archive keeps pages as they were read: decoded source, or the document after rendering. So they are `resource`
records, not `response` ones, which would claim headers and bytes that nobody has. What is known of each page is in a
`metadata` record, its visible text in a `conversion`, and JSON that it fetched while rendering in a `resource` each.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

from warcio.recordloader import ArcWarcRecord
from warcio.warcwriter import WARCWriter

from domain.clock import iso_seconds
from domain.errors import Conflict, NotFound
from domain.ids import prefixed
from domain.pages import Page
from services.archive import load_bodies
from services.exports import Export
from services.runs import get_run
from services.service import Service
from store.repositories.pages import ArchivedPage

VERSION = "WARC/1.1"
PAGES_AT_ONCE = 50  # rows; of bodies one page is in memory
CONTENT_TYPE = "application/gzip"
_FIELDS = "application/warc-fields"
_UTF8 = "charset=utf-8"


async def export_archive(service: Service, account_id: str, run_id: str) -> Export:
    """The pages of a run, also while it is running, in the order in which they were read. Raises NotFound; Conflict
    where there is none."""
    run = await get_run(service, account_id, run_id)
    async with service.database.read() as uow:
        if not await uow.pages(account_id).list(run_id, 1):
            raise Conflict("This job has read no page.")

    async def chunks() -> AsyncIterator[bytes]:
        name = f"{prefixed('job', run.id)}.warc.gz"
        yield await asyncio.to_thread(_beginning, name, run.request.title)
        after: str | None = ""
        while after is not None:
            async with service.database.read() as uow:
                pages = await uow.pages(account_id).list(run_id, PAGES_AT_ONCE, after)
            for archived in pages:
                yield await _written(service, account_id, archived)
            after = pages[-1].page.id if len(pages) == PAGES_AT_ONCE else None

    return Export(f"{prefixed('job', run.id)}.warc.gz", CONTENT_TYPE, chunks())


async def _written(service: Service, account_id: str, archived: ArchivedPage) -> bytes:
    try:
        page, is_gone = await load_bodies(service, account_id, archived.page, archived.layers), False
    except NotFound:
        page, is_gone = archived.page, True
    return await asyncio.to_thread(_records_of, page, archived.layers.html, is_gone)


def _beginning(name: str, title: str) -> bytes:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version=VERSION)
    told = {
        "software": "Forage",
        "format": "WARC File Format 1.1",
        "description": " ".join(title.split()),
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    writer.write_record(writer.create_warcinfo_record(name, told))
    return out.getvalue()


def _records_of(page: Page, snapshot: str, is_gone: bool) -> bytes:
    """One page, each record compressed by itself, as the format wants it. `snapshot` is the hash of its source."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version=VERSION)
    source = None
    if page.html:
        source = _record(writer, page, page.html, f"text/html; {_UTF8}")
        writer.write_record(source)
    headers = {} if source is None else {"WARC-Concurrent-To": _id_of(source)}
    writer.write_record(_metadata(writer, page, snapshot, is_gone, headers))
    if page.text:
        told = {"WARC-Refers-To": _id_of(source)} if source else {}
        kind = "conversion" if source else "resource"
        writer.write_record(_record(writer, page, page.text, f"text/plain; {_UTF8}", kind, told))
    for response in page.responses:
        writer.write_record(
            _record(writer, page, response.body, f"application/json; {_UTF8}", "resource", headers, response.url)
        )
    return out.getvalue()


def _record(
    writer: WARCWriter,
    page: Page,
    body: str,
    content_type: str,
    kind: str = "resource",
    headers: dict[str, str] | None = None,
    url: str = "",
) -> ArcWarcRecord:
    payload = body.encode("utf-8", "surrogatepass")  # the bytes whose hash is the snapshot
    return writer.create_warc_record(
        url or page.final_url or page.url,
        kind,
        payload=io.BytesIO(payload),
        length=len(payload),
        warc_content_type=content_type,
        warc_headers_dict={"WARC-Date": iso_seconds(page.fetched_at), **(headers or {})},
    )


def _metadata(writer: WARCWriter, page: Page, snapshot: str, is_gone: bool, headers: dict[str, str]) -> ArcWarcRecord:
    told = {
        "page-id": page.id,
        "asked-url": page.url,
        "via": page.via.value,
        "outcome": page.outcome.value,
        "http-status": str(page.status or ""),
        "http-content-type": page.content_type,
        "title": page.title,
        "language": page.language,
        "snapshot-sha256": snapshot,
        "archive": "gone" if is_gone else "",
        "detail": page.detail,
    }
    lines = "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in told.items() if value)
    return _record(writer, page, lines, _FIELDS, "metadata", headers)


def _id_of(record: ArcWarcRecord) -> str:
    return str(record.rec_headers.get_header("WARC-Record-ID"))
