"""Lists that have become short: pages that list one thing, two, or none, and are about none of them.

A page of so few rows looks like a page about one thing. It is a list where something says so: an earlier reading of its
address, or of its site; the count that it states; its data; its title; a table headed by what is asked; or rows that
lead to pages of their own, under a headline that names none of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import lxml.html
import msgspec

from agent.extract.counts import stated_count
from agent.extract.defaults import default_fields
from agent.extract.embedded import Entity
from agent.extract.embedded.arrays import entity_tables
from agent.extract.emptiness import LISTS, says_nothing
from agent.extract.listing import Listing, candidates_of, named_fields
from agent.extract.lone import FEW, holds_headline, named_rows, rows_of_tables
from agent.extract.miner.cells import RowReader, TableCache
from agent.extract.miner.chrome import is_framed
from agent.extract.miner.groups import Group
from agent.extract.miner.regions import Miner, Region
from agent.extract.miner.tree import Row, Tree
from agent.extract.reading import Ask
from agent.extract.replay import rows_like
from agent.extract.setting import PageSetting
from agent.extract.templates import HALF, TemplateLabeller
from agent.extract.values import Reader
from agent.extract.xpaths import xpath_of
from agent.words import fold
from domain.evidence import Method
from domain.fields import Field, FieldKind
from domain.records import Candidate, is_told
from domain.templates import Template, asked_of
from domain.urls import site_of, url_key

_NAMING = frozenset({FieldKind.TITLE, FieldKind.PERSON})
# What a page about a thing and a list that has it tell in different words, or of different pages.
_LOOSE = frozenset({FieldKind.TITLE, FieldKind.PERSON, FieldKind.URL, FieldKind.IMAGE, FieldKind.DESCRIPTION})
_ADDRESSES = frozenset({FieldKind.URL, FieldKind.IMAGE})  # a heading names what a link says, and seldom the link
NO_ROWS = Listing((), (), None)
MAX_NODES = 12_000  # of rows that are tried around names, together: two seconds; a row of a short list has some fifty


class Sight(NamedTuple):
    """A page, and what was seen of it. `detail` is what it tells as a page about one thing, None where it was not asked
    or tells nothing; `places` are the elements that tell it, by field, where elements do. `is_titled`: its title
    names several of what is looked for. `things` are the schema.org types of things that have pages of their own."""

    root: lxml.html.HtmlElement
    tree: Tree
    ask: Ask
    setting: PageSetting
    entities: tuple[Entity, ...]
    miner: Miner
    detail: Candidate | None
    places: Mapping[str, str]
    is_titled: bool
    things: Collection[str]

    @property
    def url(self) -> str:
        return self.setting.page.final_url or self.setting.page.url

    @property
    def was_list(self) -> bool:
        """Whether this very page was a list: not where the address leads to another one today."""
        return self.ask.was_list and url_key(self.url) == url_key(self.setting.page.url)


def is_weak(listing: Listing, fields: Sequence[Field]) -> bool:
    """Too few rows to be sure of a list, or rows that tell one thing of several asked: a menu does as much."""
    return _is_scant(listing, fields) or _is_unnamed(listing, fields)


def _is_scant(listing: Listing, fields: Sequence[Field]) -> bool:
    return len(listing.candidates) <= FEW or _tells_little(listing, fields)


def _is_unnamed(listing: Listing, fields: Sequence[Field]) -> bool:
    """Whether rows lack some of what is asked, and the page calls none of the rest so: notices, a glossary."""
    region = listing.region
    return region is not None and _told_mostly(listing) < len(fields) and not named_fields(region, fields)


def _told_mostly(listing: Listing) -> int:
    told = sorted(sum(map(is_told, each.fields.values())) for each in listing.candidates)
    return told[len(told) // 2] if told else 0


def _tells_little(listing: Listing, fields: Sequence[Field]) -> bool:
    return len(fields) > 1 and bool(listing.candidates) and _told_mostly(listing) <= 1


def short_list(sight: Sight, listing: Listing) -> Listing | None:
    """The list that the page is, of few rows or of none; None where nothing says that it is one."""
    if describes_itself(sight):
        return None
    if not _is_scant(listing, sight.ask.fields):
        of_table = _by_headed_table(sight)
        return of_table if of_table is not None and _told_mostly(of_table) > _told_mostly(listing) else None
    for found in _likely(sight, listing):
        if found.candidates and not _names_page(sight, found):
            return found
    if is_rest(sight, listing) and (sight.was_list or not _tells_more_than_name(sight)):
        containers = [template.row.split(" > ")[0] for template in _remembered(sight) if "." in template.row]
        if says_nothing(sight.tree, sight.entities, sight.ask.fields, containers, RowReader(TableCache())):
            return NO_ROWS
    return None


def is_rest(sight: Sight, listing: Listing) -> bool:
    """Whether what was read as a list is what else stands on a page: it frames the page, tells one thing of several
    asked in a row or two, or no more than half of what the site's lists tell."""
    if not listing.candidates:
        return True
    if is_framed_menu(listing, sight.ask.fields):
        return True
    told = max(sum(map(is_told, each.fields.values())) for each in listing.candidates)
    if len(listing.candidates) <= FEW and told < min(FEW, len(sight.ask.fields)):
        return True
    return any(len(template.fields) > 1 and told <= HALF * len(template.fields) for template in _remembered(sight))


def is_framed_menu(listing: Listing, fields: Sequence[Field]) -> bool:
    """Whether rows stand in what frames every page of a site, and tell one thing of several asked."""
    region = listing.region
    return region is not None and bool(region.rows) and is_framed(region.rows[0][0]) and _tells_little(listing, fields)


def _likely(sight: Sight, listing: Listing) -> Iterator[Listing]:
    """What may be the rows, the surest first. Of a page that is known as a list, anything that tells what is asked."""
    for template in _remembered(sight):
        found = _by_template(sight, template)
        if found is not None and (sight.was_list or not _contradicts(sight, found)):
            yield found
    if not (len(listing.candidates) <= FEW or is_rest(sight, listing) or _tells_more(sight, listing)):
        return
    of_table = _by_headed_table(sight)
    if of_table is not None:
        yield of_table
    is_list = sight.was_list or sight.ask.many is True or sight.is_titled
    is_list = is_list or any(each.is_a(*LISTS) for top in sight.entities for each in top.walk())
    seen = list(_by_page(sight, listing, is_list=is_list))
    yield from sorted(
        seen, key=lambda found: -max(sum(map(is_told, each.fields.values())) for each in found.candidates)
    )


def _by_page(sight: Sight, listing: Listing, *, is_list: bool) -> Iterator[Listing]:
    """What the page itself shows as rows."""
    stated = stated_count(sight.setting.page.text)
    is_short = 0 < len(listing.candidates) <= FEW and not is_rest(sight, listing)
    says_so = is_list or stated == len(listing.candidates) or _lead_on(listing, sight)
    if is_short and says_so and _swallows(sight, listing):
        yield listing
    for linked in (True, False) if is_list or stated in {1, FEW} else (True,):
        found = _by_names(sight, linked=linked)
        if found is not None and _swallows(sight, found):
            yield found
    for found in _by_data(sight) if is_list else ():
        if not _contradicts(sight, found):
            yield found


def _tells_more(sight: Sight, listing: Listing) -> bool:
    """Whether the page tells more as one about one thing than the rows tell that were taken for its list."""
    told = sum(map(is_told, sight.detail.fields.values())) if sight.detail else 0
    return all(sum(map(is_told, each.fields.values())) < told for each in listing.candidates)


def _remembered(sight: Sight) -> list[Template]:
    """What earlier pages of the site taught of lists with these fields, proven or not, the most proven first."""
    site, asked = site_of(sight.url), asked_of(sight.ask.fields)
    known = [
        template
        for template in sight.ask.templates
        if template.row and (template.site, template.many, template.asked) == (site, True, asked)
    ]
    return sorted(known, key=lambda template: (-template.proofs, template.id))


def _by_template(sight: Sight, template: Template) -> Listing | None:
    """What is not proven yet speaks for a row or two alone: of more, the page's own rows say what stands in them."""
    rows = rows_like(sight.tree, template.row)
    labeller = TemplateLabeller(template, sight.ask.fields, sight.setting.tag, proven_only=len(rows) > FEW)
    miner = Miner(sight.tree, labeller, sight.setting.tag, sight.setting.year)
    found = _listing(sight, miner, tuple((row,) for row in rows))
    if found is None:
        return None
    told = sum(is_told(value) for each in found.candidates for value in each.fields.values())
    return found if told >= HALF * len(found.candidates) * len(template.fields) else None


def _by_headed_table(sight: Sight) -> Listing | None:
    """A table, whose headings name all that is asked but addresses, and which tells it in each of its few rows."""
    names = {field.name for field in sight.ask.fields if field.kind not in _ADDRESSES}
    if len(names) < 2:
        return None
    for rows in rows_of_tables(sight.tree):
        found = _listing(sight, sight.miner, rows)
        if found is None or found.region is None or found.region.table.method is not Method.TABLE:
            continue
        if names <= named_fields(found.region, sight.ask.fields) and all(
            names <= {name for name, value in each.fields.items() if is_told(value)} for each in found.candidates
        ):
            return found
    return None


def _by_data(sight: Sight) -> Iterator[Listing]:
    """The few things that the page's data describes."""
    for table in entity_tables(sight.entities, least=1):
        if table.rows <= FEW and table.name in sight.things:
            found = _listing_of(sight, sight.miner.region_of_table(table))
            if found is not None:
                yield found


def _by_names(sight: Sight, *, linked: bool) -> Listing | None:
    """Rows around texts that may name them: of each the smallest element that tells the most. None where elements nest
    so deep that trying them is not worth its time."""
    rows: dict[int, Row] = {}
    nodes = 0
    for around in named_rows(sight.tree, sight.miner, sight.setting.base_url, linked=linked):
        best, most = None, 1
        for row in around:
            nodes += row[-1].end - row[0].order
            if nodes > MAX_NODES:
                return None
            found = _listing(sight, sight.miner, (row,))
            told = (
                max((sum(map(is_told, each.fields.values())) for each in found.candidates), default=0) if found else 0
            )
            if told > most:
                best, most = row, told
        if best is not None:
            rows[best[0].order] = best
    outer = [row for row in rows.values() if not any(_within(row, other) for other in rows.values() if other != row)]
    return _listing(sight, sight.miner, tuple(outer)) if 0 < len(outer) <= FEW else None


def _within(row: Row, other: Row) -> bool:
    return other[0].order <= row[0].order and row[-1].end <= other[-1].end


def _listing(sight: Sight, miner: Miner, rows: Sequence[Row]) -> Listing | None:
    rows = tuple(row for row in rows if not holds_headline(row))
    if not rows:
        return None
    region = miner.region_of(Group(rows=rows))
    return _listing_of(sight, region) if region is not None else None


def _listing_of(sight: Sight, region: Region) -> Listing | None:
    fields = sight.ask.fields
    if not fields:
        fields, matches = default_fields(region.table, sight.setting.tag)
        region = msgspec.structs.replace(region, matches=matches)
    reader = Reader(region, fields, sight.setting)
    found = candidates_of([reader.row(number) for number in range(region.table.rows)], region, fields, sight.setting)
    return Listing(tuple(found.values()), fields, region, tuple(found)) if found else None


def _lead_on(listing: Listing, sight: Sight) -> bool:
    """Whether each row leads to a page of its own."""
    pages = {url_key(each.detail_url) for each in listing.candidates if each.detail_url}
    return len(pages) == len(listing.candidates) and url_key(sight.url) not in pages


def _contradicts(sight: Sight, listing: Listing) -> bool:
    """Whether the page tells of its one thing what no row tells, of a field that the rows tell too."""
    detail = sight.detail.fields if sight.detail else {}
    for field in sight.ask.fields:
        rows = [each.fields[field.name] for each in listing.candidates if field.name in each.fields]
        if field.kind in _LOOSE or field.name not in detail or not rows:
            continue
        if all(fold(str(row.value)) != fold(str(detail[field.name].value)) for row in rows):
            return True
        if not _stands_in(sight.places.get(field.name, ""), listing):
            return True
    return False


def _stands_in(place: str, listing: Listing) -> bool:
    """Whether an element is in the rows, or holds nothing else; so it is where they are not made of elements."""
    rows = listing.region.rows if listing.region is not None else ()
    if not place or not rows:
        return True
    nodes = [node for row in rows for node in row]
    told = sum(node.length for node in nodes)
    whole = [node for node in nodes[0].ancestors() if node.length <= told]
    tops = {xpath_of(node.element) for node in (*nodes, *whole)}
    return any(place == top or place.startswith(f"{top}/") for top in tops)


def _swallows(sight: Sight, listing: Listing) -> bool:
    """Whether all that the page tells as one about one thing, but its name, is what its rows tell."""
    if _contradicts(sight, listing):
        return False
    told = {name for each in listing.candidates for name, value in each.fields.items() if is_told(value)}
    loose = {field.name for field in sight.ask.fields if field.kind in _LOOSE}
    detail = sight.detail.fields if sight.detail else {}
    return {name for name, value in detail.items() if is_told(value)} <= told | loose


def _names_page(sight: Sight, listing: Listing) -> bool:
    """Whether a row is the very thing that the page's headline or title names."""
    lines = {fold("".join(heading.itertext())) for heading in sight.root.iter("h1")}
    title = fold(sight.setting.page.title)
    naming = [field.name for field in listing.fields if field.kind in _NAMING]
    for each in listing.candidates:
        names = [fold(str(each.fields[name].value)) for name in naming if name in each.fields]
        if any(name and (name in lines or (title.startswith(name) and not sight.was_list)) for name in names):
            return True
    return False


def describes_itself(sight: Sight) -> bool:
    """Whether the page's data describes one thing, and the headline is its name."""
    lines = {fold("".join(heading.itertext())) for heading in sight.root.iter("h1")}
    named = {
        fold(entity.text("name", "headline", "og:title")) for entity in sight.entities if entity.is_a(*sight.things)
    }
    return bool(named & lines)


def _tells_more_than_name(sight: Sight) -> bool:
    detail = sight.detail.fields if sight.detail else {}
    loose = {field.name for field in sight.ask.fields if field.kind in _LOOSE}
    return any(is_told(value) and name not in loose for name, value in detail.items())
