"""Read one page: the cheapest methods first, each for what is still missing. Pure; runs in a worker process."""

from __future__ import annotations

import lxml.html
import msgspec

from agent.extract.data_reading import read_data
from agent.extract.definitions import definition_tables
from agent.extract.detail_reading import Detail, detail_reading, read_as_detail
from agent.extract.embedded import Entity, embedded_entities, embedded_tables
from agent.extract.embedded.data_pages import page_data
from agent.extract.embedded.things import THINGS
from agent.extract.labels import Labeller
from agent.extract.list_reading import Listed, list_reading, read_as_list
from agent.extract.listing import filled_fields
from agent.extract.miner.regions import Miner
from agent.extract.nested import is_nested, with_lists_of_page, with_lists_of_rows
from agent.extract.page_shape import LIST_ROWS, is_about_one, is_titled_as_list, tells_all
from agent.extract.pagination import onward
from agent.extract.reading import Ask, PageReading, PageShape
from agent.extract.replay import (
    ListReplay,
)
from agent.extract.scant import NO_ROWS, Sight, describes_itself, is_framed_menu, is_rest, is_weak, short_list
from agent.extract.setting import PageSetting, page_setting
from agent.extract.templates import settled_fields
from domain.fields import Field
from domain.pages import Page
from domain.records import Candidate
from fetch.dom import parse

__all__ = ["Ask", "PageReading", "read_page"]


def read_page(page: Page, ask: Ask) -> PageReading:
    """What a page tells of the asked fields, every value checked against the page. What is on a page never makes it
    fail: one that says nothing gives an empty reading."""
    if not page.html.strip():
        return PageReading(missing=tuple(field.name for field in ask.fields))
    if (data := page_data(page)) is not None:
        return read_data(page, ask, data)
    root = parse(page.html)
    setting = page_setting(page, root, ask)
    nested = tuple(field for field in ask.fields if is_nested(field))
    if nested:
        return _with_nested_lists(root, page, ask, setting, nested)
    return _read(root, page, ask, setting)


def _with_nested_lists(
    root: lxml.html.HtmlElement, page: Page, ask: Ask, setting: PageSetting, nested: tuple[Field, ...]
) -> PageReading:
    """The reading of the fields that are no lists of objects, and these lists in each of its records."""
    plain = msgspec.structs.replace(ask, fields=tuple(field for field in ask.fields if field not in nested))
    reading = _read(root, page, plain, setting, nested) if plain.fields else PageReading()
    candidates = reading.candidates
    if not plain.fields or reading.shape is PageShape.DETAIL:
        tables = (*embedded_tables(root, page), *definition_tables(root))
        url = page.final_url or page.url
        one = candidates[0] if candidates else Candidate(page_id=page.id, url=url, position=0, fields={})
        one = with_lists_of_page(one, root, tables, nested, setting)
        candidates = (one,) if one.fields else ()
    filled = filled_fields(candidates)
    return msgspec.structs.replace(
        reading,
        candidates=candidates,
        missing=tuple(field.name for field in ask.fields if field.name not in filled),
        shape=reading.shape if plain.fields or not candidates else PageShape.DETAIL,
    )


def _read(
    root: lxml.html.HtmlElement, page: Page, ask: Ask, setting: PageSetting, nested: tuple[Field, ...] = ()
) -> PageReading:
    entities = embedded_entities(root, page)
    if ask.many is False:
        detail = read_as_detail(root, page, ask, setting, entities)
        return detail_reading(root, detail, page, ask, setting)
    listed = read_as_list(root, page, ask, setting, entities)
    following = onward(root, setting.base_url, page.following)
    is_open = ask.many is None and not tells_all(listed, ask, entities)
    detail = read_as_detail(root, page, ask, setting, entities) if is_open else None
    is_titled = is_titled_as_list(root, page, ask.entity)
    short = None
    if is_weak(listed.listing, ask.fields):
        sight = _sight(root, listed, ask, setting, entities, detail, is_titled=is_titled)
        short = short_list(sight, listed.listing)
        if short is not None:
            known = settled_fields(listed.replay.template) if listed.replay.template else listed.untold
            listed = Listed(short, listed.began, ListReplay(), listed.tree, untold=known)
        elif sight.was_list and is_rest(sight, listed.listing) and not describes_itself(sight):
            return list_reading(Listed(NO_ROWS, listed.began, listed.replay, listed.tree), page, ask, following)
        elif is_framed_menu(listed.listing, ask.fields):
            listed = Listed(NO_ROWS, listed.began, listed.replay, listed.tree)
    if detail is not None and short is None:
        is_list = is_titled and len(listed.listing.candidates) >= LIST_ROWS
        if not is_list and is_about_one(listed, detail, entities, following, root):
            return detail_reading(root, detail, page, ask, setting)
    if nested:
        of_rows = with_lists_of_rows(listed.listing, nested, setting)
        listed = listed._replace(listing=listed.listing._replace(candidates=of_rows))
    return list_reading(listed, page, ask, following, is_list=short is not None)


def _sight(
    root: lxml.html.HtmlElement,
    listed: Listed,
    ask: Ask,
    setting: PageSetting,
    entities: tuple[Entity, ...],
    detail: Detail | None,
    *,
    is_titled: bool,
) -> Sight:
    return Sight(
        root=root,
        tree=listed.tree,
        ask=ask,
        setting=setting,
        entities=entities,
        miner=Miner(listed.tree, Labeller(ask.fields, setting.tag, setting.year), setting.tag, setting.year),
        detail=detail.candidate if detail else None,
        places={
            name: value.source_path
            for name, value in (detail.found.items() if detail else ())
            if value.source_path.startswith("/html/body/")
        },
        is_titled=is_titled,
        things=THINGS,
    )
