"""A job's archive as a WARC file, read back by the library that tools read such files with."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from reading_harness import JOBS, job_of, reading
from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord

from domain.ids import new_id
from domain.pages import CapturedResponse, FetchOutcome, Page, Via
from domain.requests import GoalRequest
from forage.cli import main
from services.archive import count_uses, store_bodies
from services.keys import OWNER_ACCOUNT
from services.runs import submit_run
from services.service import Service

LIST = "https://shop.example/lamps"
ROWS = "".join(f'<li><h3>Lámpa {n}</h3><b class="price">£{n}.50</b></li>' for n in range(1, 6))
PAGES = {LIST: f'<html lang="en-GB"><head><title>Lamps</title></head><body><ul>{ROWS}</ul></body></html>'}


def read(body: bytes) -> list[tuple[ArcWarcRecord, bytes]]:
    """Every record with its payload, the digests of both checked."""
    records = ArchiveIterator(io.BytesIO(body), check_digests="raise")
    return [(record, record.content_stream().read()) for record in records]


def header(record: ArcWarcRecord, name: str) -> Any:
    return record.rec_headers.get_header(name)


async def test_the_pages_of_a_job_are_read_back_byte_for_byte(client: httpx.AsyncClient, service: Service) -> None:
    async with reading(service, PAGES):
        job = await job_of(client, url=LIST, fields=["name", "price:number"], max_results=10)
    answer = await client.get(f"{JOBS}/{job['job_id']}/archive.warc.gz")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/gzip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{job["job_id"]}.warc.gz"'
    info, source, metadata, text = read(answer.content)
    assert (info[0].rec_type, info[0].rec_headers.protocol) == ("warcinfo", "WARC/1.1")
    assert (source[0].rec_type, header(source[0], "WARC-Target-URI")) == ("resource", LIST)
    assert source[1].decode() == PAGES[LIST]
    evidence = job["records"][0]["fields"]["name"]["evidence"][0]
    assert hashlib.sha256(source[1]).hexdigest() == evidence["snapshot"]
    assert f"snapshot-sha256: {evidence['snapshot']}\r\n".encode() in metadata[1]
    assert f"page-id: {evidence['page_id']}\r\n".encode() in metadata[1]
    assert header(text[0], "WARC-Refers-To") == header(source[0], "WARC-Record-ID")
    assert text[1].decode()[evidence["start"] : evidence["end"]] == evidence["quote"]


async def test_json_that_a_page_fetched_a_page_that_failed_and_one_that_is_lost_are_told(
    client: httpx.AsyncClient, service: Service, tmp_path: Path
) -> None:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="lamps"))
    empty = await client.get(f"{JOBS}/job_{run.id}/archive.warc.gz")
    assert (empty.status_code, empty.json()["message"]) == (409, "This job has read no page.")

    async def keep(outcome: FetchOutcome, html: str, *responses: CapturedResponse) -> None:
        page = Page(
            id=new_id(),
            url=f"https://shop.example/{outcome}?q={len(html)}",
            final_url="",
            outcome=outcome,
            via=Via.BROWSER,
            fetched_at=service.clock.now(),
            html=html,
            title="two\r\nlines: here",
            responses=responses,
        )
        archived = await store_bodies(service, OWNER_ACCOUNT, page)
        async with service.database.write() as uow:
            await uow.pages(OWNER_ACCOUNT).add(run.id, new_id(), page, archived.layers)
            await count_uses(uow, service, OWNER_ACCOUNT, archived)

    await keep(FetchOutcome.OK, "<p>a \ud800 half</p>", CapturedResponse(url="https://shop.example/api", body="[1]"))
    await keep(FetchOutcome.BLOCKED, "")
    await keep(FetchOutcome.OK, "<p>lost</p>")
    lost = hashlib.sha256(b"<p>lost</p>").hexdigest()
    next((tmp_path / "blobs").rglob(f"{lost}.zst")).unlink()
    told = read((await client.get(f"{JOBS}/job_{run.id}/archive.warc.gz")).content)[1:]
    assert [record.rec_type for record, _ in told] == ["resource", "metadata", "resource", "metadata", "metadata"]
    assert told[0][1] == "<p>a \ud800 half</p>".encode("utf-8", "surrogatepass")
    assert (header(told[2][0], "WARC-Target-URI"), told[2][1]) == ("https://shop.example/api", b"[1]")
    assert b"title: two lines: here\r\n" in told[1][1]
    assert b"outcome: blocked\r\n" in told[3][1]
    assert b"archive: gone\r\n" in told[4][1]


def test_the_command_asks_where_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["archive", "last"])
    assert ended.value.code == 2
    assert "--out" in capsys.readouterr().err
