"""What a reading tells of the templates that were tried, and of a page that gave no record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from agent.extract.reading import PageShape, StepReport, Strayed
from agent.extract.replay import DetailReplay, ListReplay
from agent.extract.templates import settled_fields
from domain.evidence import Method
from domain.pages import Page
from domain.templates import Template


class _Replayed(TypedDict):
    replayed: str
    settled: tuple[str, ...]
    strayed: tuple[Strayed, ...]


def of_replay(replay: ListReplay | DetailReplay, untold: tuple[str, ...] = ()) -> _Replayed:
    """What a reading says of the templates that were tried on it."""
    template = replay.template
    return _Replayed(
        replayed=template.id if template else "",
        settled=settled_fields(template) if template else untold,
        strayed=replay.strayed,
    )


def stray_steps(strayed: Sequence[Strayed]) -> tuple[StepReport, ...]:
    return tuple(
        StepReport(method=Method.TEMPLATE, detail=f"template {each.id[:8]} does not fit: {each.why}")
        for each in strayed
    )


def disproved(template: Template) -> Strayed:
    return Strayed(id=template.id, why="the rules read other values on an audited page", contradicted=True)


def shape_without_records(page: Page) -> PageShape:
    return PageShape.ARTICLE if len(page.text) > 500 else PageShape.EMPTY
