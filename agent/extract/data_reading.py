"""A page that is data and no markup, read: its rows, what they tell, and where the list goes on."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from urllib.parse import urljoin

from msgspec.structs import replace

from agent.extract.columns import ColumnTable
from agent.extract.data_lists import with_lists_of_data
from agent.extract.defaults import default_fields
from agent.extract.embedded.data_pages import Data, next_in_feed, page_json
from agent.extract.labels import Labeller, Match
from agent.extract.list_reading import Listed, list_reading
from agent.extract.listing import Listing, candidates_of, read_listing
from agent.extract.miner.regions import Miner
from agent.extract.miner.tree import build_tree
from agent.extract.nested import is_nested
from agent.extract.pagination import Onward
from agent.extract.reading import Ask, PageReading, PageShape
from agent.extract.replay import ListReplay
from agent.extract.setting import PageSetting, page_setting
from agent.extract.values import Reader
from domain.pages import CapturedResponse, Page
from fetch.cursors import NOT_SAID_HOW, following, next_piece, stated_total
from fetch.dom import parse


def read_data(page: Page, ask: Ask, data: Data) -> PageReading:
    """What the rows of a page's data tell. Strings with markup in them are values, and no part of a page. A field that
    is a list of objects is the array of a row that is called so."""
    root = parse("<html></html>")
    nested = tuple(field for field in ask.fields if is_nested(field))
    plain = replace(ask, fields=tuple(field for field in ask.fields if field not in nested))
    setting = page_setting(page, root, plain)
    tree = build_tree(root)
    began = time.perf_counter()
    labeller = Labeller(plain.fields, setting.tag, setting.year)
    miner = Miner(tree, labeller, setting.tag, setting.year)
    listing = _listing(data, miner, labeller, plain, setting)
    if nested and listing.region is not None:
        path = listing.region.table.source_path
        listing = listing._replace(
            candidates=with_lists_of_data(listing.candidates, page_json(page), path, nested, setting)
        )
    reading = list_reading(Listed(listing, began, ListReplay(), tree), page, ask, Onward("", ""))
    return _led_on(reading, page, listing, is_one=listing.region is not None and listing.region.table is data.lone)


def _led_on(reading: PageReading, page: Page, listing: Listing, *, is_one: bool) -> PageReading:
    """The reading with where its list goes on, by what its data or its answer's `Link` header says."""
    answer = CapturedResponse(url=page.final_url or page.url, body=page.html, following=page.following)
    end, onward = following(answer, least=1), next_piece(answer, least=1)
    url = (onward.url if onward else "") or _resolved(next_in_feed(page), answer.url) or page.following
    total = max(stated_total(answer), listing.region.table.total if listing.region is not None else 0)
    return replace(
        reading,
        next_url=url,
        following_url=url,
        open_end=NOT_SAID_HOW if end.is_open and not url and not is_one else "",
        stated_count=total if total > len(listing.candidates) > 0 else None,
        shape=PageShape.DETAIL if is_one else reading.shape,
    )


def _listing(data: Data, miner: Miner, labeller: Labeller, ask: Ask, setting: PageSetting) -> Listing:
    """Of a single row, too: the last page of a list may have no more."""
    tables = () if _tells_most(data, labeller) else _telling(data.tables, labeller)
    listing = read_listing(miner, tables, ask, setting)
    if listing.region is not None:
        return listing
    for table in (*tables[:1], *((data.lone,) if data.lone is not None else ())):
        region, fields = miner.region_of_table(table), ask.fields
        if not fields:
            fields, matches = default_fields(table, setting.tag)
            region = replace(region, matches=matches)
        # An object that tells half of what is asked may be anything that has a name.
        if table is data.lone and (2 * len(region.matches) <= len(fields) or not _is_its_own(region.matches.values())):
            continue
        reader = Reader(region, fields, setting)
        found = candidates_of([reader.row(number) for number in range(table.rows)], region, fields, setting)
        if found:
            return Listing(tuple(found.values()), fields, region, tuple(found))
    return listing


def _tells_most(data: Data, labeller: Labeller) -> bool:
    """Whether the one object tells more of what is asked than any list in it: its sizes are no things of their own."""
    if data.lone is None:
        return False
    told = labeller.assign(data.lone.columns, data.lone.rows)
    if not _is_its_own(told.values()):
        return False
    return len(told) > max((len(labeller.assign(table.columns, table.rows)) for table in data.tables), default=0)


def _is_its_own(matches: Collection[Match]) -> bool:
    """Whether at least half of what an object tells is not that of the first in a list of it. An answer whose facets
    begin with a name and whose rows begin with a price is no thing that has both."""
    within = sum("[0]." in cell.path for match in matches for cell in match.column.cells.values())
    return 2 * within <= len(matches)


def _telling(tables: Sequence[ColumnTable], labeller: Labeller) -> Sequence[ColumnTable]:
    """The tables that tell more than half of the fields that any tells: twenty names to filter by are not the list
    whose last page has one row."""
    told = [len(labeller.assign(table.columns, table.rows)) for table in tables]
    most = max(told, default=0)
    return [table for table, count in zip(tables, told, strict=True) if 2 * count > most or not most]


def _resolved(href: str, base: str) -> str:
    try:
        return urljoin(base, href) if href else ""
    except ValueError:  # unbalanced brackets and the like
        return ""
