"""What a page teaches once a model has read it: its quotes name the columns and places in which they stand."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from agent.extract.bearings import width_of
from agent.extract.columns import Column, ColumnTable
from agent.extract.labels import Labeller, Match
from agent.extract.miner.groups import groups_of
from agent.extract.miner.regions import MAX_GROUPS, Miner, Region
from agent.extract.miner.shapes import Shapes
from agent.extract.miner.tree import Tree, build_tree
from agent.extract.reading import Ask
from agent.extract.replay import detail_lesson, row_name, setting_site
from agent.extract.setting import PageSetting, page_setting
from agent.extract.templates import learn
from domain.evidence import Method
from domain.fields import Field
from domain.folding import fold
from domain.pages import Page
from domain.recognise import RECOGNISED
from domain.records import Candidate, is_told
from domain.templates import NamedBy, Template
from fetch.dom import parse

ENOUGH = 0.6  # of a field's values stand in a column for it to be the field's: some are put together, or cut short


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """A page with what was read of it. `questions` are the fields that the model was asked for."""

    page: Page
    ask: Ask
    candidates: tuple[Candidate, ...]
    questions: tuple[str, ...]
    is_list: bool


def lesson_of(lesson: Lesson) -> Template | None:
    """The template that a page teaches, None where its values stand nowhere by themselves. Pure; for `Offload`."""
    root = parse(lesson.page.html)
    setting = page_setting(lesson.page, root, lesson.ask)
    told = {name for each in lesson.candidates for name, value in each.fields.items() if is_told(value)}
    if lesson.is_list:
        template = _of_list(build_tree(root), lesson, setting)
    else:
        template = detail_lesson(root, lesson.candidates[0], lesson.ask, setting)
    if template is None:
        return None
    return msgspec.structs.replace(template, blanks={name: 1 for name in lesson.questions if name not in told})


def _of_list(tree: Tree, lesson: Lesson, setting: PageSetting) -> Template | None:
    """From the repeated elements whose columns hold the most of the values."""
    labeller = Labeller(lesson.ask.fields, setting.tag, setting.year)
    miner = Miner(tree, labeller, setting.tag, setting.year)
    best: tuple[float, Region, dict[str, Match]] | None = None
    for group in groups_of(tree, Shapes())[:MAX_GROUPS]:
        if 2 * len(group.rows) < len(lesson.candidates):
            continue
        region = miner.region_of(group)
        if region is None:
            continue
        matches = _columns_holding(region.table, lesson.candidates, lesson.ask.fields)
        score = sum(match.score for match in matches.values())
        if matches and (best is None or score > best[0]):
            best = score, region, matches
    if best is None or not _by_rules(lesson.candidates) <= best[2].keys():
        return None
    _, region, matches = best
    matches = {
        name: msgspec.structs.replace(match, named_by=NamedBy.MODEL) if name in lesson.questions else match
        for name, match in matches.items()
    }
    row = row_name(region, tree, miner)
    return learn(
        matches,
        lesson.ask.fields,
        setting_site(setting),
        setting.tag,
        page=lesson.page.snapshot,
        row=row,
        width=width_of(region.table.columns),
    )


def _by_rules(candidates: Sequence[Candidate]) -> set[str]:
    """Fields that no model gave: a template that lacked one would lose it."""
    return {
        name
        for each in candidates
        for name, value in each.fields.items()
        if is_told(value) and all(evidence.method is not Method.MODEL for evidence in value.evidence)
    }


def _columns_holding(table: ColumnTable, candidates: Sequence[Candidate], fields: Sequence[Field]) -> dict[str, Match]:
    """For each field the column in which its values stand, row by row; its score is the share that do."""
    texts = [
        {fold(column.cells[row].text) for column in table.columns if row in column.cells} for row in range(table.rows)
    ]
    rows = _aligned(texts, candidates)
    found: dict[str, Match] = {}
    for field in fields:
        if field.many:
            continue
        told = [
            (row, fold(value.raw))
            for row, each in zip(rows, candidates, strict=True)
            if (value := each.fields.get(field.name)) is not None and is_told(value)
        ]
        matches = [match for column in table.columns if (match := _match(column, told, field)) is not None]
        if matches:
            found[field.name] = max(matches, key=lambda match: match.score)
    return found


def _match(column: Column, told: Sequence[tuple[int | None, str]], field: Field) -> Match | None:
    """Whole cells count in full; a typed value may be cut from a longer one."""
    cells = [(fold(column.cells[row].text) if row in column.cells else "", raw) for row, raw in told if row is not None]
    whole = sum(text == raw for text, raw in cells)
    within = sum(raw in text for text, raw in cells) if field.kind in RECOGNISED else 0
    if whole >= ENOUGH * len(told) and whole:
        return Match(column, whole / len(told))
    if within >= ENOUGH * len(told) and within:
        return Match(column, 0.9 * within / len(told), is_composite=True)
    return None


def _aligned(texts: Sequence[set[str]], candidates: Sequence[Candidate]) -> list[int | None]:
    """The row of each candidate, both in page order: the next one that has the most of its values, if it has any."""
    rows: list[int | None] = []
    after = 0
    for each in candidates:
        raws = {fold(value.raw) for value in each.fields.values() if value.raw}
        hits = [len(raws & texts[row]) for row in range(after, len(texts))]
        most = max(hits, default=0)
        row = after + hits.index(most) if most else None
        rows.append(row)
        after = row + 1 if row is not None else after
    return rows
