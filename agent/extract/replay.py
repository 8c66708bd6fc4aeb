"""Read a page by what earlier pages of its site taught: no names, no tokens, and a check now and then that it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import lxml.html
import msgspec

from agent.extract.bearings import width_of
from agent.extract.columns import ColumnTable
from agent.extract.listing import Listing, candidates_of
from agent.extract.miner.groups import Group, says_something
from agent.extract.miner.regions import Miner, Region
from agent.extract.miner.tree import LOOSE, Node, Tree
from agent.extract.places import learn_places, read_places, replay_places
from agent.extract.reading import Ask, FoundValue, Strayed
from agent.extract.setting import PageSetting
from agent.extract.templates import (
    HALF,
    TemplateLabeller,
    fitting,
    learn,
    named_places,
    proven_fields,
    taught,
)
from agent.extract.values import Reader
from domain.evidence import Method
from domain.folding import fold
from domain.records import Candidate, is_told
from domain.templates import Place, Template, asked_of
from domain.urls import site_of


class ListReplay(NamedTuple):
    """`listing` None: no template fits. `strayed` are proven ones that should have and did not."""

    listing: Listing | None = None
    template: Template | None = None
    strayed: tuple[Strayed, ...] = ()


class DetailReplay(NamedTuple):
    found: dict[str, FoundValue]
    template: Template | None = None
    strayed: tuple[Strayed, ...] = ()


def setting_site(setting: PageSetting) -> str:
    return site_of(setting.page.final_url or setting.page.url)


# Lists


def replay_list(tree: Tree, tables: Sequence[ColumnTable], ask: Ask, setting: PageSetting) -> ListReplay:
    """The records of a list by the first proven template that fits it."""
    strayed: list[Strayed] = []
    for template in fitting(ask.templates, setting_site(setting), ask.fields, many=True):
        listing, why = _listed_by(template, tree, tables, ask, setting)
        if listing is not None:
            return ListReplay(listing, template, tuple(strayed))
        strayed.append(Strayed(id=template.id, why=why))
    return ListReplay(strayed=tuple(strayed))


def _listed_by(
    template: Template, tree: Tree, tables: Sequence[ColumnTable], ask: Ask, setting: PageSetting
) -> tuple[Listing | None, str]:
    """The listing, or why there is none. Rows are looked for where they were, then on the whole page."""
    labeller = TemplateLabeller(template, ask.fields, setting.tag)
    miner = Miner(tree, labeller, setting.tag, setting.year)
    why = "no list on the page has its columns"
    for region in _regions(template, miner, tree, tables):
        if not region.matches:
            continue
        region = msgspec.structs.replace(region, table=msgspec.structs.replace(region.table, method=Method.TEMPLATE))
        reader = Reader(region, ask.fields, setting)
        rows = [reader.row(number) for number in range(region.table.rows)]
        found = candidates_of(rows, region, ask.fields, setting)
        candidates = tuple(found.values())
        told = sum(is_told(each.fields[name]) for each in candidates for name in labeller_names(labeller, each))
        if candidates and told >= HALF * len(candidates) * len(labeller.fields):
            return Listing(candidates, ask.fields, region, tuple(found)), ""
        why = f"its columns hold {told} values in {len(candidates)} rows of {region.table.rows}"
    return None, why


def labeller_names(labeller: TemplateLabeller, candidate: Candidate) -> Iterator[str]:
    return (field.name for field in labeller.fields if field.name in candidate.fields)


def _regions(template: Template, miner: Miner, tree: Tree, tables: Sequence[ColumnTable]) -> Iterator[Region]:
    if template.row:
        known = [table for table in tables if _name_of_table(table) == template.row]
        rows = [] if known else rows_like(tree, template.row)
        if known:
            yield miner.region_of_table(known[0])
        elif len(rows) > 1:
            region = miner.region_of(Group(rows=tuple((row,) for row in rows)))
            if region is not None:
                yield region
    yield from miner.regions(tables)[:1]


def rows_like(tree: Tree, row: str) -> list[Node]:
    """The elements of a page that are called what a template's rows are, within what those are in."""
    nodes = (node for node in tree.root.walk() if row.endswith(node.signature))
    return [node for node in nodes if _name_of_row(node) == row and says_something(node)]


def _name_of_row(node: Node) -> str:
    return f"{node.parent.signature} > {node.signature}" if node.parent is not None and node.tag != LOOSE else ""


def _name_of_table(table: ColumnTable) -> str:
    return f"{table.method.value}:{table.name}"


def row_name(region: Region, tree: Tree, miner: Miner) -> str:
    """What the rows of a region are called, where that name leads to just them; else empty."""
    if not region.rows:
        return _name_of_table(region.table)
    if any(len(row) != 1 for row in region.rows):
        return ""
    name = _name_of_row(region.rows[0][0])
    rows = rows_like(tree, name) if name else []
    again = miner.rows_of(Group(rows=tuple((row,) for row in rows))) if len(rows) > 1 else ()
    return name if again == region.rows else ""


def list_lesson(listing: Listing, tree: Tree, miner: Miner, setting: PageSetting) -> Template | None:
    """What a list teaches that was read by names and kinds; None where its columns do not give all that was read."""
    region = listing.region
    if region is None or len(listing.candidates) < 2 or not listing.fields:
        return None
    told = {name for each in listing.candidates for name, value in each.fields.items() if is_told(value)}
    if not told or not told <= region.matches.keys():
        return None
    return learn(
        {name: region.matches[name] for name in told},
        listing.fields,
        setting_site(setting),
        setting.tag,
        page=setting.page.snapshot,
        row=row_name(region, tree, miner),
        width=width_of(region.table.columns),
    )


def lists_agree(replayed: Sequence[Candidate], read: Sequence[Candidate], template: Template) -> bool:
    """Whether what the rules read of a list is, for the most part, what a template gave. What a person showed it is not
    asked of the rules, which had it wrong."""
    overlaps = []
    for name in {name for each in read for name in each.fields} - set(template.corrected):
        ours, theirs = _values_of(replayed, name), _values_of(read, name)
        if ours and theirs:
            overlaps.append((ours & theirs).total() / max(ours.total(), theirs.total()))
    return not overlaps or sum(overlaps) >= HALF * len(overlaps)


def _values_of(candidates: Sequence[Candidate], name: str) -> Counter[str]:
    told = (each.fields.get(name) for each in candidates)
    return Counter(fold(str(value.value)) for value in told if value is not None and is_told(value))


# Pages about one thing


def replay_detail(root: lxml.html.HtmlElement, ask: Ask, setting: PageSetting) -> DetailReplay:
    strayed: list[Strayed] = []
    for template in fitting(ask.templates, setting_site(setting), ask.fields, many=False):
        replayed = replay_places(root, template, ask.fields, setting)
        if replayed.found:
            return DetailReplay(replayed.found, template, tuple(strayed))
        strayed.append(Strayed(id=template.id, why=replayed.why, contradicted=replayed.contradicted))
    return DetailReplay({}, strayed=tuple(strayed))


def told_detail(root: lxml.html.HtmlElement, ask: Ask, setting: PageSetting) -> dict[str, FoundValue]:
    """What stands where a model pointed at: on this page, or on one of its site whose template is not proven yet."""
    pointed = {name: (place,) for name, place in ask.places.items()}
    here = read_places(root, pointed, ask.fields, setting, Method.LABELLED) if pointed else {}
    site, asked = setting_site(setting), asked_of(ask.fields)
    learning = [
        template
        for template in ask.templates
        if not template.is_proven and (template.site, template.many, template.asked) == (site, False, asked)
    ]
    for template in sorted(learning, key=lambda each: (-each.proofs, each.id)):
        places = named_places(template)
        found = read_places(root, places, ask.fields, setting, Method.TEMPLATE) if places else {}
        if found:
            return found | here
    return here


def detail_lesson(root: lxml.html.HtmlElement, candidate: Candidate, ask: Ask, setting: PageSetting) -> Template | None:
    places = learn_places(root, candidate, ask.fields, setting)
    for name, place in ask.places.items():
        value = candidate.fields.get(name)
        if value is not None and is_told(value) and value.evidence[0].method is Method.LABELLED:
            places[name] = _pointed_at(place, places.get(name, ()))
    if not places:
        return None
    return taught(setting_site(setting), ask.fields, setting.page.snapshot, many=False, places=places)


def _pointed_at(place: Place, standing: Sequence[Place]) -> tuple[Place, ...]:
    """Of the places where a value stands those that a model meant: the cell by its caption, and by its path where it is
    alone there, since what stands before it may be another on the next page."""
    meant = [other for other in standing if other.path == place.path and other.caption in {place.caption, ""}]
    return tuple(msgspec.structs.replace(other, named_by=place.named_by) for other in meant) or (place,)


def details_agree(replayed: Mapping[str, FoundValue], read: Mapping[str, FoundValue], template: Template) -> bool:
    asked = proven_fields(template) - set(template.corrected)
    shared = [name for name in asked if name in replayed and name in read]
    same = sum(_text_of(replayed[name]) == _text_of(read[name]) for name in shared)
    return same >= HALF * len(shared)


def _text_of(found: FoundValue) -> str:
    return fold(" ".join(item.raw for item in found.items) if found.items else found.raw)
