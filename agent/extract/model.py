"""The last step of the cascade: a model reads what no cheaper method could, and copies; it never writes a value.

Its answer names rows and quotes. A quote that does not stand in its row is dropped, whatever the model says of it; the
others are normalised and located like any other method's values.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Limited

from agent.extract.asking import CALLS_A_PAGE, answers_of, described
from agent.extract.chunks import OVERLAP_LINES, Row, chunks_of, lines_of, rows_of, written
from agent.extract.list_value import list_value
from agent.extract.reading import Ask, PageReading, PageShape
from agent.extract.setting import PageSetting, page_setting
from agent.meter import Meter
from agent.models import ModelChain
from domain.budgets import Spend
from domain.events import WarningKind
from domain.evidence import Method
from domain.fields import Field, FieldKind
from domain.folding import fold
from domain.grounding import ground
from domain.normal import normalise
from domain.pages import Page
from domain.records import Candidate, FieldValue, Value, is_told
from fetch.dom import parse
from fetch.offload import Offloader, WorkerDied
from prompts import Prompt, render

GROUND_DEADLINE_S = 15.0
CONFIDENCE = 0.6  # one family alone is right half of the time; that the quote stands in its row adds a little
_NOT_IN_TEXT = frozenset({FieldKind.URL, FieldKind.IMAGE})  # addresses are not in what is seen: the model has no say


class Cell(BaseModel):
    model_config = ConfigDict(extra="ignore")

    field: str
    quotes: Annotated[list[str], Limited(max_length=200)]


class FilledRow(BaseModel):
    model_config = ConfigDict(extra="ignore")

    row: int
    values: list[Cell]


class Filled(BaseModel):
    """What a model answers: rows by number, fields by name, values by quotation."""

    model_config = ConfigDict(extra="ignore")

    rows: list[FilledRow]


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """The quotes for one field of one row; `chunk` is the piece that the model saw."""

    row: int
    field: str
    quotes: tuple[str, ...]
    chunk: int = 0


class ModelReading(msgspec.Struct, frozen=True, kw_only=True):
    """All candidates of the page, those that the cheaper steps found first. `dropped` quotes stood nowhere;
    `is_whole`: the model was asked about all of the page, and answered."""

    candidates: tuple[Candidate, ...]
    spend: Spend = Spend()
    dropped: int = 0
    warnings: tuple[tuple[WarningKind, str], ...] = ()
    is_whole: bool = False


async def fill(
    page: Page,
    ask: Ask,
    reading: PageReading,
    models: ModelChain,
    offload: Offloader,
    *,
    fields: tuple[Field, ...] | None = None,
    meter: Meter | None = None,
) -> ModelReading:
    """Fills `fields` (all asked ones, if not given) of the reading's candidates; where it has none, looks for records.

    Never raises for a model's faults: what was read until then is kept, and a warning says what happened.
    """
    wanted = tuple(field for field in (fields or ask.fields) if field.kind not in _NOT_IN_TEXT)
    if not wanted:
        return ModelReading(candidates=reading.candidates)
    finds = not reading.candidates
    chunks = _chunks(page, reading, wanted)
    prompts = [_prompt(ask, wanted, chunk, finds=finds) for chunk in chunks[:CALLS_A_PAGE]]
    answers = await answers_of(models, prompts, Filled, meter, did=f"read {page.url}")
    warnings = list(answers.warnings)
    quoted = [each for number, value in enumerate(answers.values) for each in _quoted(value, number)]
    job = Grounding(page=page, ask=ask, fields=wanted, chunks=chunks, quoted=tuple(quoted), finds=finds)
    grounded = Grounded(candidates=reading.candidates)
    if quoted:
        try:
            grounded = await offload.run(ground_quotes, job, reading.candidates, deadline_s=GROUND_DEADLINE_S)
        except (TimeoutError, WorkerDied):
            warnings.append((WarningKind.PAGE_UNREADABLE, f"{page.url}: the model's answer could not be checked"))
    failed = any(kind is not WarningKind.MODEL_DEGRADED for kind, _ in warnings)
    return ModelReading(
        candidates=grounded.candidates,
        spend=answers.spend,
        dropped=grounded.dropped,
        warnings=tuple(warnings),
        is_whole=not failed and len(chunks) <= CALLS_A_PAGE,
    )


def _chunks(page: Page, reading: PageReading, fields: tuple[Field, ...]) -> tuple[tuple[Row, ...], ...]:
    """The rows of candidates that lack a field; the whole page where it is about one thing, or nothing was found."""
    if not reading.candidates:
        return chunks_of(lines_of(page), overlap=OVERLAP_LINES)
    if reading.shape is not PageShape.LIST:
        return chunks_of(msgspec.structs.replace(line, number=0) for line in lines_of(page))
    lacking = [each for each in reading.candidates if _lacks(each, fields)]
    positions = {each.position for each in lacking}
    return chunks_of(row for row in rows_of(page, reading.candidates) if row.number in positions)


def _lacks(candidate: Candidate, fields: tuple[Field, ...]) -> bool:
    return any((found := candidate.fields.get(field.name)) is None or not is_told(found) for field in fields)


def _prompt(ask: Ask, fields: tuple[Field, ...], chunk: tuple[Row, ...], *, finds: bool) -> Prompt:
    wanted = "\n".join(f"- {described(field)}" for field in fields)
    entity = ask.entity or "thing"
    if finds:
        return render("find_records", goal=ask.goal, entity=entity, fields=wanted, rows=written(chunk))
    return render("fill_rows", entity=entity, fields=wanted, rows=written(chunk))


def _quoted(filled: Filled, chunk: int) -> list[Quoted]:
    return [
        Quoted(
            row=row.row, field=cell.field, quotes=tuple(quote for quote in cell.quotes if quote.strip()), chunk=chunk
        )
        for row in filled.rows
        for cell in row.values
    ]


class Grounding(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be checked. `finds`: rows are lines where records begin, not known candidates."""

    page: Page
    ask: Ask
    fields: tuple[Field, ...]
    chunks: tuple[tuple[Row, ...], ...]
    quoted: tuple[Quoted, ...]
    finds: bool


class Grounded(msgspec.Struct, frozen=True, kw_only=True):
    candidates: tuple[Candidate, ...]
    dropped: int = 0


def ground_quotes(job: Grounding, candidates: tuple[Candidate, ...]) -> Grounded:
    """Every quote that stands in its row, as a checked value of its candidate. Pure; for `Offload`."""
    setting = page_setting(job.page, parse(job.page.html), job.ask)
    by_name = {field.name: field for field in job.fields}
    values: dict[int, dict[str, FieldValue]] = {}
    dropped = 0
    for quoted in job.quoted:
        stretch = _stretch(job, quoted)
        field = by_name.get(quoted.field)
        value = _value(quoted, field, stretch, setting) if field and stretch else None
        if value is None:
            dropped += 1
        else:
            values.setdefault(quoted.row, {}).setdefault(quoted.field, value)
    if job.finds:
        return Grounded(candidates=_found(job.page, values), dropped=dropped)
    filled = tuple(_completed(each, values.get(each.position, {})) for each in candidates)
    return Grounded(candidates=filled, dropped=dropped)


def _stretch(job: Grounding, quoted: Quoted) -> tuple[int, int] | None:
    """Start and end, in the page's text, of what the model may have quoted from. None for a row that it did not see."""
    chunk = job.chunks[quoted.chunk]
    own = [row for row in chunk if row.number == quoted.row]
    if not own:
        return None
    if not job.finds:
        return own[0].start, own[-1].end
    later = [each.row for each in job.quoted if each.chunk == quoted.chunk and each.row > quoted.row]
    following = min(later, default=None)
    ends = [row.start for row in chunk if row.number == following]
    return own[0].start, ends[0] if ends else chunk[-1].end


def _value(quoted: Quoted, field: Field, stretch: tuple[int, int], setting: PageSetting) -> FieldValue | None:
    items = [
        found
        for quote in (quoted.quotes if field.many else quoted.quotes[:1])
        if (found := _item(quote, field, stretch, setting)) is not None
    ]
    if not field.many:
        return items[0] if items else None
    proofs = [
        msgspec.structs.replace(evidence, part=f"[{place}]")
        for place, found in enumerate(items)
        for evidence in found.evidence
    ]
    values: list[Value] = [found.value for found in items]
    return list_value(values, proofs, [found.confidence for found in items], raw=" | ".join(quoted.quotes))


def _item(quote: str, field: Field, stretch: tuple[int, int], setting: PageSetting) -> FieldValue | None:
    start, end = stretch
    text = setting.page.text
    if fold(quote) not in fold(text[start:end]):
        return None
    normal = normalise(quote, field, base_url=setting.base_url, locale=setting.tag, year=setting.year)
    if normal is None:
        return None
    place = text.find(quote, start, end)
    evidence = ground(
        normal.value,
        quote,
        field,
        setting.page,
        method=Method.MODEL,
        source_path=f"text[{start}:{end}]",
        near=place if place >= 0 else start,
        locale=setting.tag,
    )
    found = FieldValue(
        value=normal.value,
        verdict=evidence.verdict,
        evidence=(evidence,),
        raw=quote,
        unit=normal.unit,
        confidence=CONFIDENCE,
    )
    return found if is_told(found) else None


def _completed(candidate: Candidate, values: dict[str, FieldValue]) -> Candidate:
    """What the cheaper methods told stays: the model only fills what they did not."""
    lacking = {
        name: value
        for name, value in values.items()
        if name not in candidate.fields or not is_told(candidate.fields[name])
    }
    return msgspec.structs.replace(candidate, fields={**candidate.fields, **lacking}) if lacking else candidate


def _found(page: Page, values: dict[int, dict[str, FieldValue]]) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(page_id=page.id, url=page.final_url or page.url, position=position, fields=values[row])
        for position, row in enumerate(sorted(values))
    )
