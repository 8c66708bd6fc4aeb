"""A page read as being about one thing: by a proven template of its site, and the rest by data and cues."""

from __future__ import annotations

import time
from typing import NamedTuple

import lxml.html
import msgspec

from agent.extract.detail import read_detail
from agent.extract.embedded import Entity
from agent.extract.grounder import Grounder
from agent.extract.reading import Ask, FoundValue, PageReading, PageShape, StepReport
from agent.extract.remembered import remembered
from agent.extract.replay import DetailReplay, detail_lesson, details_agree, replay_detail, told_detail
from agent.extract.reports import disproved, of_replay, shape_without_records, stray_steps
from agent.extract.setting import PageSetting
from agent.extract.templates import is_audited
from domain.evidence import Method
from domain.fields import Field, FieldKind, make_field
from domain.normal import normalise
from domain.pages import Page
from domain.records import Candidate, is_told


class Detail(NamedTuple):
    candidate: Candidate | None
    found: dict[str, FoundValue]
    elapsed_ms: float
    replay: DetailReplay


def read_as_detail(
    root: lxml.html.HtmlElement, page: Page, ask: Ask, setting: PageSetting, entities: tuple[Entity, ...]
) -> Detail:
    """By a template as far as a proven one fits, the rest by data and cues; audited pages by both."""
    began = time.perf_counter()
    replay = replay_detail(root, ask, setting)
    is_checked = replay.template is not None and is_audited(page.snapshot)
    open_fields = tuple(field for field in ask.fields if is_checked or field.name not in replay.found)
    found: dict[str, FoundValue] = {}
    if open_fields or not ask.fields:
        found = read_detail(root, page, msgspec.structs.replace(ask, fields=open_fields), entities)
    if is_checked and replay.template and not details_agree(replay.found, found, replay.template):
        replay = DetailReplay({}, strayed=(*replay.strayed, disproved(replay.template)))
    found = told_detail(root, ask, setting) | found | replay.found
    if ask.before:
        found |= remembered(root, ask, setting, found)
    fields = ask.fields or tuple(_field_of(name, value, setting) for name, value in found.items())
    values = Grounder(setting).row(found, fields)
    candidate = None
    if any(is_told(value) for value in values.values()):
        url = page.final_url or page.url
        candidate = Candidate(page_id=page.id, url=url, position=0, fields=values, detail_url=url)
    return Detail(candidate, found, (time.perf_counter() - began) * 1000, replay)


def _lacks_its_data(candidate: Candidate, page: Page, ask: Ask) -> bool:
    """Whether a page whose data was refused tells no more than its headline, which may be that of a list."""
    told = sum(is_told(value) for value in candidate.fields.values())
    is_one_fact = len(ask.fields) == 1 and ask.fields[0].kind is not FieldKind.TITLE
    return bool(page.refused) and told < 2 and not is_one_fact


def _field_of(name: str, value: FoundValue, setting: PageSetting) -> Field:
    """A field for a value that nobody asked for: of the kind that its name suggests, where the value is of it."""
    field = make_field(name, "list" if value.items else None)
    raws = [item.raw for item in value.items] or [value.raw]
    is_of_kind = value.value is not None or all(
        normalise(raw, field, base_url=setting.base_url, locale=setting.tag, year=setting.year) for raw in raws
    )
    return field if is_of_kind else msgspec.structs.replace(field, kind=FieldKind.TEXT)


def detail_reading(
    root: lxml.html.HtmlElement, detail: Detail, page: Page, ask: Ask, setting: PageSetting
) -> PageReading:
    """The reading, and what it teaches where no template gave it."""
    if detail.candidate is None or _lacks_its_data(detail.candidate, page, ask):
        return PageReading(
            missing=tuple(field.name for field in ask.fields),
            shape=shape_without_records(page),
            steps=stray_steps(detail.replay.strayed),
            **of_replay(detail.replay),
        )
    is_lesson = bool(ask.fields) and (detail.replay.template is None or bool(ask.places))
    methods: dict[Method, list[str]] = {}
    for name, value in detail.found.items():
        methods.setdefault(value.method, []).append(name)
    steps = tuple(
        StepReport(method=method, rows=1, filled=tuple(names), elapsed_ms=0.0 if place else detail.elapsed_ms)
        for place, (method, names) in enumerate(sorted(methods.items(), key=lambda item: list(Method).index(item[0])))
    )
    return PageReading(
        candidates=(detail.candidate,),
        steps=(*stray_steps(detail.replay.strayed), *steps),
        missing=tuple(field.name for field in ask.fields if field.name not in detail.candidate.fields),
        shape=PageShape.DETAIL,
        template=detail_lesson(root, detail.candidate, ask, setting) if is_lesson else None,
        **of_replay(detail.replay),
    )
