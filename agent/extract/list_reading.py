"""A page read as a list: by a proven template of its site, else by names and kinds."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import lxml.html

from agent.extract.counts import stated_count
from agent.extract.definitions import definition_tables
from agent.extract.embedded import Entity, embedded_tables, lone_tables
from agent.extract.labels import Labeller
from agent.extract.listing import Listing, filled_fields, read_listing
from agent.extract.miner.regions import Miner
from agent.extract.miner.tree import Tree, build_tree
from agent.extract.pagination import Onward
from agent.extract.reading import Ask, PageReading, PageShape, StepReport
from agent.extract.replay import ListReplay, list_lesson, lists_agree, replay_list, setting_site
from agent.extract.reports import disproved, of_replay, shape_without_records, stray_steps
from agent.extract.setting import PageSetting
from agent.extract.templates import is_audited
from agent.extract.told import told_labeller, untold
from domain.evidence import Method
from domain.pages import Page
from domain.templates import Template


class Listed(NamedTuple):
    """`taught` is what the page teaches, None where a template was replayed; `untold` what its columns do not hold, as
    is known of an earlier page."""

    listing: Listing
    began: float
    replay: ListReplay
    tree: Tree
    taught: Template | None = None
    untold: tuple[str, ...] = ()


def read_as_list(
    root: lxml.html.HtmlElement, page: Page, ask: Ask, setting: PageSetting, entities: tuple[Entity, ...]
) -> Listed:
    """By a template where a proven one fits; by names and kinds where none does, and now and then to check one."""
    began = time.perf_counter()
    tree = build_tree(root)
    tables = (*embedded_tables(root, page, entities), *definition_tables(root))
    replay = replay_list(tree, tables, ask, setting) if not ask.labels else ListReplay()
    if replay.listing is not None and not is_audited(page.snapshot):
        return Listed(replay.listing, began, replay, tree)
    labeller = Labeller(ask.fields, setting.tag, setting.year)
    informed = told_labeller(labeller, ask, setting_site(setting), setting.tag)
    miner = Miner(tree, informed, setting.tag, setting.year)
    listing = read_listing(miner, tables, ask, setting, lone_tables(entities))
    if replay.template is not None and replay.listing is not None:
        if lists_agree(replay.listing.candidates, listing.candidates, replay.template):
            return Listed(replay.listing, began, replay, tree)
        replay = ListReplay(strayed=(*replay.strayed, disproved(replay.template)))
    taught = list_lesson(listing, tree, miner, setting) if ask.fields else None
    matches = listing.region.matches if listing.region is not None else {}
    return Listed(listing, began, replay, tree, taught, untold(matches, ask, setting_site(setting)))


def list_reading(listed: Listed, page: Page, ask: Ask, following: Onward, *, is_list: bool = False) -> PageReading:
    """`is_list`: it is one also where it has no rows."""
    listing = listed.listing
    strays = stray_steps(listed.replay.strayed)
    filled = filled_fields(listing.candidates)
    stated = _stated(listing, page, ask) if listing.candidates else None
    shape = PageShape.LIST if listing.candidates or is_list else shape_without_records(page)
    return PageReading(
        candidates=listing.candidates,
        next_url=following.next_url,
        following_url=following.following_url,
        stated_count=stated if stated is not None and stated > len(listing.candidates) else None,
        steps=(*strays, *_list_steps(listed)),
        missing=tuple(field.name for field in ask.fields if field.name not in filled),
        shape=shape,
        template=listed.taught,
        **of_replay(listed.replay, listed.untold),
    )


def _stated(listing: Listing, page: Page, ask: Ask) -> int | None:
    """How many things there are by the page's own word, or by the count of its rows, of which so many are not read."""
    told = stated_count(page.text, (ask.entity, page.title, urlsplit(page.final_url or page.url).path))
    total = listing.region.table.total if listing.region is not None else 0
    return max(told or 0, total) or None


def _list_steps(listed: Listed) -> Iterator[StepReport]:
    """A report for each method that gave values. The methods share their work, so the first carries the time."""
    filled: dict[Method, set[str]] = {}
    rows: Counter[Method] = Counter()
    for candidate in listed.listing.candidates:
        methods = set()
        for name, value in candidate.fields.items():
            for evidence in value.evidence[:1]:
                filled.setdefault(evidence.method, set()).add(name)
                methods.add(evidence.method)
        rows.update(methods)
    elapsed = (time.perf_counter() - listed.began) * 1000
    for place, method in enumerate(method for method in Method if method in filled):
        names = tuple(sorted(filled[method]))
        yield StepReport(method=method, rows=rows[method], filled=names, elapsed_ms=0.0 if place else elapsed)
