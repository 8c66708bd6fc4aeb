"""From the domain's values to the tools' answers, with what is long cut short."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from api.mcp.answers import (
    ChangesAnswer,
    ChangeShown,
    PageAnswer,
    Proof,
    RecordsAnswer,
    RecordShown,
    RunAnswer,
    ScreenshotAnswer,
    StatusAnswer,
)
from api.mcp.asked import SHOWN_CHARACTERS
from api.wire.goscreen.captures import signed_url
from api.wire.scrapehub.jobs import job_id_of
from api.wire.times import iso_seconds
from domain.fields import Field
from domain.ids import prefixed
from domain.pictures import Capture, SignedLink
from domain.pools import Change, Pool
from domain.records import FieldValue, Record, is_told, plain_values
from domain.runs import Run, RunKind
from domain.schemas import shape
from services.listing import Listing
from services.records import cursor_of

ANSWER_CHARACTERS = 20_000  # of records as JSON in one answer: some 6,000 tokens
SHOWN_ITEMS = 20  # of a list inside a value
SHOWN_SOURCES = 3
SHOWN_PROOFS = 2  # of one value
QUOTE_CHARACTERS = 300


class Shown(msgspec.Struct, frozen=True):
    """Records that fit into one answer, and where to go on."""

    records: list[RecordShown]
    next_cursor: str | None


def show_records(run: Run, listing: Listing[Record], *, characters: int, proofs: bool = False) -> Shown:
    """The records of a listing, each text cut at `characters`: as many as one answer holds, at least one."""
    # Of a page, the records have the shape that was asked for; of a goal, whatever was told of each thing.
    fields = run.request.fields if run.request.url else ()
    shown: list[RecordShown] = []
    used = 0
    for place, record in enumerate(listing.items):
        one = _show_record(record, fields, characters=characters, proofs=proofs)
        used += len(msgspec.json.encode(one))
        if shown and used > ANSWER_CHARACTERS:
            return Shown(shown, cursor_of(listing.items[place - 1]))
        shown.append(one)
    return Shown(shown, listing.next_cursor)


def _show_record(record: Record, fields: tuple[Field, ...], *, characters: int, proofs: bool) -> RecordShown:
    told = {name: found for name, found in record.fields.items() if is_told(found)}
    shortened = {name: _shortened(value, characters) for name, value in shape(record.values(), fields).items()}
    return RecordShown(
        id=record.id,
        values={name: value for name, (value, _) in shortened.items()},
        sources=list(record.sources[:SHOWN_SOURCES]),
        cut=[name for name, (_, is_cut) in shortened.items() if is_cut],
        proofs={name: _proofs(found) for name, found in told.items()} if proofs else {},
    )


def _proofs(found: FieldValue) -> list[Proof]:
    return [
        Proof(url=one.url, quote=one.quote[:QUOTE_CHARACTERS], verdict=one.verdict)
        for one in found.evidence[:SHOWN_PROOFS]
    ]


def _shortened(value: object, characters: int) -> tuple[object, bool]:
    """The value with its texts and lists cut, and whether anything was."""
    if isinstance(value, str):
        return (value, False) if len(value) <= characters else (f"{value[:characters]}…", True)
    if isinstance(value, list):
        items = [_shortened(item, characters) for item in value[:SHOWN_ITEMS]]
        return [item for item, _ in items], len(value) > SHOWN_ITEMS or any(is_cut for _, is_cut in items)
    if isinstance(value, dict):
        parts = {str(name): _shortened(item, characters) for name, item in value.items()}
        return {name: item for name, (item, _) in parts.items()}, any(is_cut for _, is_cut in parts.values())
    return value, False


def answer_of_run(run: Run, listing: Listing[Record], *, characters: int) -> RunAnswer:
    shown = show_records(run, listing, characters=characters)
    return RunAnswer(
        run_id=job_id_of(run.id),
        status=run.status,
        records_found=run.records_found,
        records=shown.records,
        next_cursor=shown.next_cursor,
        sources_read=run.sources_completed,
        sources_known=run.sources_total,
        termination_reason=run.termination_reason,
        error=run.error or None,
        next_step=_next_of_run(run, shown),
    )


def answer_of_records(run: Run, shown: Shown) -> RecordsAnswer:
    return RecordsAnswer(
        run_id=job_id_of(run.id),
        status=run.status,
        records_found=run.records_found,
        records=shown.records,
        next_cursor=shown.next_cursor,
        next_step=_next_of_run(run, shown),
    )


def answer_of_status(run: Run, steps: Sequence[str]) -> StatusAnswer:
    return StatusAnswer(
        run_id=job_id_of(run.id),
        kind=run.kind,
        about=run.request.title,
        status=run.status,
        progress=run.progress,
        records_found=run.records_found,
        sources_read=run.sources_completed,
        sources_known=run.sources_total,
        steps=list(steps),
        termination_reason=run.termination_reason,
        error=run.error or None,
        next_step=_next_of_status(run),
    )


def answer_of_page(run: Run, record: Record, *, offset: int, characters: int) -> PageAnswer:
    values = record.values()
    content = str(values.get("content", ""))
    end = offset + characters
    more = end < len(content)
    return PageAnswer(
        run_id=job_id_of(run.id),
        status=run.status,
        url=str(values.get("url", run.request.url)),
        title=str(values.get("title", "")),
        language=str(values.get("language", "")),
        content=content[offset:end],
        offset=offset,
        total_characters=len(content),
        next_offset=end if more else None,
        next_step=f"To read on: forage_scrape with run_id and offset {end}."
        if more
        else "This is the end of the page.",
    )


def answer_of_unread_page(run: Run) -> PageAnswer:
    return PageAnswer(
        run_id=job_id_of(run.id),
        status=run.status,
        url=run.request.url,
        title="",
        language="",
        content="",
        offset=0,
        total_characters=0,
        next_offset=0,
        next_step="The page is still being read: call forage_scrape with this run_id.",
    )


def answer_of_capture(capture: Capture, link: SignedLink | None) -> ScreenshotAnswer:
    picture = capture.picture
    if not capture.status.is_over:
        step = "The picture is still being taken: call forage_screenshot with this run_id."
    elif picture is None:
        step = "There is no picture: the error says why. forage_scrape may still read the page."
    else:
        step = "To read the page: forage_scrape. The whole of it as a picture: full_page. One part of it: selector."
    return ScreenshotAnswer(
        run_id=job_id_of(capture.id),
        status=capture.status,
        url=capture.request.url,
        image_path=signed_url(capture, link, "") if link else None,
        media_type=picture.media_type if picture else None,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        bytes=picture.size if picture else None,
        notes=list(picture.notes) if picture else [],
        error=capture.why_not or None,
        next_step=step,
    )


def answer_of_changes(pool: Pool, listing: Listing[Change], since: str) -> ChangesAnswer:
    shown: list[ChangeShown] = []
    used = 0
    for change in listing.items:
        one = _show_change(change)
        used += len(msgspec.json.encode(one))
        if shown and used > ANSWER_CHARACTERS:
            break
        shown.append(one)
    more = len(shown) < len(listing.items) or listing.next_cursor is not None
    return ChangesAnswer(
        pool_id=prefixed("pool", pool.id),
        name=pool.name,
        records=pool.records,
        changes=shown,
        next_since=str(shown[-1].sequence) if shown else since or str(pool.last_change),
        more=more,
        next_step="There are more: call again with since next_since."
        if more
        else "These are all. To hear of later ones: call again with since next_since.",
    )


def _show_change(change: Change) -> ChangeShown:
    values = {name: _shortened(value, SHOWN_CHARACTERS)[0] for name, value in plain_values(change.values).items()}
    return ChangeShown(
        sequence=change.sequence,
        type=change.type,
        record_id=change.record_id,
        run_id=job_id_of(change.run_id),
        at=iso_seconds(change.at),
        field=change.field or None,
        old=_shortened(change.old, SHOWN_CHARACTERS)[0],
        new=_shortened(change.new.value, SHOWN_CHARACTERS)[0] if change.new else None,
        values=values or None,
    )


def _next_of_run(run: Run, shown: Shown) -> str:
    if not run.status.is_terminal:
        return "Still running. To wait for more: forage_run_status with this run_id and wait_seconds."
    if shown.next_cursor:
        return "There are more records: forage_run_records with this run_id and cursor next_cursor."
    if any(record.cut for record in shown.records):
        return "Values named in `cut` are whole in forage_run_records with a higher max_characters."
    if not run.records_found:
        return "Nothing was found: say it in other words, ask for fewer conditions, or give a URL to forage_extract."
    return "These are all the records. Their proof: forage_run_records with evidence true."


def _next_of_status(run: Run) -> str:
    if not run.status.is_terminal:
        return "Still running: ask again with wait_seconds."
    if run.kind is RunKind.FETCH and run.records_found:
        return "Its page: forage_scrape with this run_id."
    if run.records_found:
        return "Its records: forage_run_records with this run_id."
    return "It ended without records."
