"""Read one page: the cheapest methods first, each for what is still missing. Pure; runs in a worker process."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypedDict
from urllib.parse import urljoin

import lxml.html
import msgspec

from agent.extract.counts import stated_count
from agent.extract.definitions import definition_tables
from agent.extract.detail import read_detail
from agent.extract.embedded import Entity, embedded_entities, embedded_tables
from agent.extract.labels import Labeller
from agent.extract.listing import Listing, filled_fields, read_listing
from agent.extract.miner.regions import Miner
from agent.extract.miner.tree import Tree, build_tree
from agent.extract.nested import is_nested, with_lists_of_page, with_lists_of_rows
from agent.extract.pagination import Onward, onward
from agent.extract.reading import Ask, FoundValue, PageReading, PageShape, StepReport, Strayed
from agent.extract.replay import (
    DetailReplay,
    ListReplay,
    detail_lesson,
    details_agree,
    list_lesson,
    lists_agree,
    replay_detail,
    replay_list,
)
from agent.extract.scant import NO_ROWS, Sight, describes_itself, is_framed_menu, is_rest, is_weak, short_list
from agent.extract.templates import is_audited, settled_fields
from agent.extract.values import Grounder, PageSetting
from agent.words import fold, singular
from domain.dates import tag_by_dates
from domain.evidence import Method
from domain.fields import Field, FieldKind, make_field
from domain.locales import tag_of_page
from domain.normal import normalise
from domain.pages import Page
from domain.records import Candidate, is_told
from domain.templates import Template
from fetch.dom import parse

__all__ = ["Ask", "PageReading", "read_page"]

LIST_ROWS = 3  # fewer rows, where nobody asked for a list, are a page's odds and ends
DETAIL_LEAD = 1.5  # a page about one thing has so many times the fields of any list on it
_YEAR = re.compile(r"(?<!\d)(?:19[5-9]\d|20[0-4]\d)(?!\d)")


def read_page(page: Page, ask: Ask) -> PageReading:
    """What a page tells of the asked fields, every value checked against the page. What is on a page never makes it
    fail: one that says nothing gives an empty reading."""
    if not page.html.strip():
        return PageReading(missing=tuple(field.name for field in ask.fields))
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
        return _as_detail(_read_detail(root, page, ask, setting, entities), page, ask)
    listed = _read_list(root, page, ask, setting, entities)
    following = onward(root, setting.base_url)
    detail = _read_detail(root, page, ask, setting, entities) if ask.many is None else None
    is_titled = _is_titled_as_list(root, page, ask.entity)
    short = None
    if is_weak(listed.listing, ask.fields):
        sight = _sight(root, listed, ask, setting, entities, detail, is_titled=is_titled)
        short = short_list(sight, listed.listing)
        if short is not None:
            listed = _Listed(short, listed.began, ListReplay(), listed.tree)
        elif sight.was_list and is_rest(sight, listed.listing) and not describes_itself(sight):
            return _as_list(_Listed(NO_ROWS, listed.began, listed.replay, listed.tree), page, ask, following)
        elif is_framed_menu(listed.listing, ask.fields):
            listed = _Listed(NO_ROWS, listed.began, listed.replay, listed.tree)
    if detail is not None and short is None:
        is_list = is_titled and len(listed.listing.candidates) >= LIST_ROWS
        if not is_list and _is_about_one(listed, detail, entities, following):
            return _as_detail(detail, page, ask)
    if nested:
        of_rows = with_lists_of_rows(listed.listing, nested, setting)
        listed = listed._replace(listing=listed.listing._replace(candidates=of_rows))
    return _as_list(listed, page, ask, following, is_list=short is not None)


class _Listed(NamedTuple):
    """`taught` is what the page teaches, None where a template was replayed."""

    listing: Listing
    began: float
    replay: ListReplay
    tree: Tree
    taught: Template | None = None


class _Detail(NamedTuple):
    candidate: Candidate | None
    found: dict[str, FoundValue]
    elapsed_ms: float
    replay: DetailReplay
    taught: Template | None = None


def _read_list(
    root: lxml.html.HtmlElement, page: Page, ask: Ask, setting: PageSetting, entities: tuple[Entity, ...]
) -> _Listed:
    """By a template where a proven one fits; by names and kinds where none does, and now and then to check one."""
    began = time.perf_counter()
    tree = build_tree(root)
    tables = (*embedded_tables(root, page, entities), *definition_tables(root))
    replay = replay_list(tree, tables, ask, setting)
    if replay.listing is not None and not is_audited(page.snapshot):
        return _Listed(replay.listing, began, replay, tree)
    miner = Miner(tree, Labeller(ask.fields, setting.tag, setting.year), setting.tag, setting.year)
    listing = read_listing(miner, tables, ask, setting)
    if replay.template is not None and replay.listing is not None:
        if lists_agree(replay.listing.candidates, listing.candidates, replay.template):
            return _Listed(replay.listing, began, replay, tree)
        replay = ListReplay(strayed=(*replay.strayed, _disproved(replay.template)))
    taught = list_lesson(listing, tree, miner, setting) if ask.fields else None
    return _Listed(listing, began, replay, tree, taught)


def _disproved(template: Template) -> Strayed:
    return Strayed(id=template.id, why="the rules read other values on an audited page", contradicted=True)


def page_setting(page: Page, root: lxml.html.HtmlElement, ask: Ask) -> PageSetting:
    url = page.final_url or page.url
    base = root.xpath("string(//base/@href)")
    try:
        base_url = urljoin(url, base) if base else url
    except ValueError:
        base_url = url
    tag = tag_of_page(ask.locale, url) if ask.locale else tag_by_dates(page.language, url, page.text)
    return PageSetting(page=page, base_url=base_url, tag=tag, year=_year_of(page, root))


def _year_of(page: Page, root: lxml.html.HtmlElement) -> int | None:
    """The year that completes dates without one: what title and headings say, else what the page says most."""
    headings = " ".join("".join(heading.itertext()) for heading in root.iter("h1", "h2", "h3"))
    for text in (page.title, headings, page.text[:20_000]):
        years = Counter(_YEAR.findall(text))
        if years:
            return int(max(years, key=lambda year: (years[year], year)))
    return None


def _read_detail(
    root: lxml.html.HtmlElement, page: Page, ask: Ask, setting: PageSetting, entities: tuple[Entity, ...]
) -> _Detail:
    """By a template as far as a proven one fits, the rest by data and cues; audited pages by both."""
    began = time.perf_counter()
    replay = replay_detail(root, ask, setting)
    is_checked = replay.template is not None and is_audited(page.snapshot)
    open_fields = tuple(field for field in ask.fields if is_checked or field.name not in replay.found)
    found: dict[str, FoundValue] = {}
    if open_fields or not ask.fields:
        found = read_detail(root, page, msgspec.structs.replace(ask, fields=open_fields), entities)
    if is_checked and replay.template and not details_agree(replay.found, found, replay.template):
        replay = DetailReplay({}, strayed=(*replay.strayed, _disproved(replay.template)))
    found |= replay.found
    fields = ask.fields or tuple(_field_of(name, value, setting) for name, value in found.items())
    values = Grounder(setting).row(found, fields, frozenset())
    candidate = taught = None
    if any(is_told(value) for value in values.values()):
        url = page.final_url or page.url
        candidate = Candidate(page_id=page.id, url=url, position=0, fields=values, detail_url=url)
        if ask.fields and replay.template is None:
            taught = detail_lesson(root, candidate, ask, setting)
    return _Detail(candidate, found, (time.perf_counter() - began) * 1000, replay, taught)


def _field_of(name: str, value: FoundValue, setting: PageSetting) -> Field:
    """A field for a value that nobody asked for: of the kind that its name suggests, where the value is of it."""
    field = make_field(name, "list" if value.items else None)
    raws = [item.raw for item in value.items] or [value.raw]
    is_of_kind = value.value is not None or all(
        normalise(raw, field, base_url=setting.base_url, locale=setting.tag, year=setting.year) for raw in raws
    )
    return field if is_of_kind else msgspec.structs.replace(field, kind=FieldKind.TEXT)


def _is_about_one(listing: _Listed, detail: _Detail, entities: Sequence[Entity], following: Onward) -> bool:
    """Whether a page is about one thing, when nobody said: it tells more of that thing than of any in its lists."""
    candidates = listing.listing.candidates
    if detail.candidate is None:
        return False
    if len(candidates) < LIST_ROWS:
        return True
    told = sum(is_told(value) for value in detail.candidate.fields.values())
    rows = sorted(sum(is_told(value) for value in candidate.fields.values()) for candidate in candidates)
    typical = rows[len(rows) // 2]
    described = sum(bool(set(entity.types) & _THINGS) for entity in entities)
    if following.following_url or described > 1:
        return told > DETAIL_LEAD * typical
    return told > typical or (described == 1 and told >= typical)


def _sight(
    root: lxml.html.HtmlElement,
    listed: _Listed,
    ask: Ask,
    setting: PageSetting,
    entities: tuple[Entity, ...],
    detail: _Detail | None,
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
        things=_THINGS,
    )


def _is_titled_as_list(root: lxml.html.HtmlElement, page: Page, entity: str) -> bool:
    """Whether the page's title or headline names several of what is looked for ("Coffee roasters in Leeds")."""
    words = fold(entity).split()
    if not words:
        return False
    one = singular(words[-1])
    lines = (page.title, *("".join(heading.itertext()) for heading in root.iter("h1")))
    told = {word for line in lines for word in re.split(r"\W+", fold(line))}
    return any(word != one and singular(word) == one for word in told)


_THINGS = frozenset(
    {"product", "productgroup", "recipe", "article", "newsarticle", "blogposting", "event", "jobposting", "book"}
    | {"movie", "localbusiness", "restaurant", "person", "course", "softwareapplication", "vehicle"}
)


def _as_list(listed: _Listed, page: Page, ask: Ask, following: Onward, *, is_list: bool = False) -> PageReading:
    """`is_list`: it is one also where it has no rows."""
    listing = listed.listing
    strays = _stray_steps(listed.replay.strayed)
    filled = filled_fields(listing.candidates)
    stated = stated_count(page.text) if listing.candidates else None
    shape = PageShape.LIST if listing.candidates or is_list else _shape_without_records(page)
    return PageReading(
        candidates=listing.candidates,
        next_url=following.next_url,
        following_url=following.following_url,
        stated_count=stated if stated is not None and stated > len(listing.candidates) else None,
        steps=(*strays, *_list_steps(listed)),
        missing=tuple(field.name for field in ask.fields if field.name not in filled),
        shape=shape,
        template=listed.taught,
        **_of_replay(listed.replay),
    )


def _list_steps(listed: _Listed) -> Iterator[StepReport]:
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


def _as_detail(detail: _Detail, page: Page, ask: Ask) -> PageReading:
    if detail.candidate is None:
        return PageReading(
            missing=tuple(field.name for field in ask.fields),
            shape=_shape_without_records(page),
            steps=_stray_steps(detail.replay.strayed),
            **_of_replay(detail.replay),
        )
    methods: dict[Method, list[str]] = {}
    for name, value in detail.found.items():
        methods.setdefault(value.method, []).append(name)
    steps = tuple(
        StepReport(method=method, rows=1, filled=tuple(names), elapsed_ms=0.0 if place else detail.elapsed_ms)
        for place, (method, names) in enumerate(sorted(methods.items(), key=lambda item: list(Method).index(item[0])))
    )
    return PageReading(
        candidates=(detail.candidate,),
        steps=(*_stray_steps(detail.replay.strayed), *steps),
        missing=tuple(field.name for field in ask.fields if field.name not in detail.candidate.fields),
        shape=PageShape.DETAIL,
        template=detail.taught,
        **_of_replay(detail.replay),
    )


class _Replayed(TypedDict):
    replayed: str
    settled: tuple[str, ...]
    strayed: tuple[Strayed, ...]


def _of_replay(replay: ListReplay | DetailReplay) -> _Replayed:
    """What a reading says of the templates that were tried on it."""
    template = replay.template
    return _Replayed(
        replayed=template.id if template else "",
        settled=settled_fields(template) if template else (),
        strayed=replay.strayed,
    )


def _stray_steps(strayed: Sequence[Strayed]) -> tuple[StepReport, ...]:
    return tuple(
        StepReport(method=Method.TEMPLATE, detail=f"template {each.id[:8]} does not fit: {each.why}")
        for each in strayed
    )


def _shape_without_records(page: Page) -> PageShape:
    return PageShape.ARTICLE if len(page.text) > 500 else PageShape.EMPTY
