"""What to ask a model about a list: its columns with a few samples of each, where one may hold what is looked for.

Pure; runs in a worker process. Texts of the page are cut short and made one line: they are samples, and nothing of them
can pass for a column of its own or for the end of the data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from agent.extract.columns import IMAGE_ATTRIBUTES, LINK_ATTRIBUTES, MACHINE_ATTRIBUTES, TEXT, Column
from agent.extract.definitions import definition_tables
from agent.extract.embedded import embedded_tables
from agent.extract.labelling import ColumnQuestion, ShownColumn
from agent.extract.labels import Labeller
from agent.extract.miner.regions import Miner, Region
from agent.extract.miner.tree import Tree, build_tree
from agent.extract.reading import Ask
from agent.extract.replay import setting_site
from agent.extract.setting import PageSetting, page_setting
from agent.extract.shown import one_line
from agent.extract.splits import cut_of, part_path
from agent.extract.told import may_hold, told_labeller
from domain.fields import Field
from domain.pages import Page
from domain.recognise import RECOGNISED
from domain.templates import NamedBy
from fetch.dom import parse

SAMPLES = 3  # of a column: one may be odd, and a fourth says nothing new
SAMPLE_CHARACTERS = 40
CALLED_CHARACTERS = 24
MOST_COLUMNS = 12  # of one list: past the first dozen they are buttons, counts and notes
LEAST_ROWS = 3  # of fewer, samples say too little
LEAST_FILL = 0.3  # of the rows have it
LEAST_SHARE = 0.3  # of the page's text is in the rows, where nothing that was asked was found in them
LEAST_FREE = 2  # columns that may hold something, where nothing that was asked was found
HOLDS = 2  # other columns within a column: it is a row or a part of one


def columns_to_name(page: Page, ask: Ask, fields: tuple[Field, ...], *, is_found: bool) -> ColumnQuestion | None:
    """The question about a page's list, None where no column of it may hold any of `fields`. `is_found`: the rules read
    records of it, so its rows are known."""
    root = parse(page.html)
    setting = page_setting(page, root, ask)
    tree = build_tree(root)
    tables = (*embedded_tables(root, page), *definition_tables(root))
    labeller = Labeller(ask.fields, setting.tag, setting.year)
    informed = told_labeller(labeller, ask, setting_site(setting), setting.tag)
    regions = Miner(tree, informed, setting.tag, setting.year).regions(tables)[:1]
    if not is_found:
        regions += Miner(tree, Labeller((), setting.tag, setting.year), setting.tag, setting.year).regions(tables)[:1]
    for region in regions:
        if region.table.rows >= LEAST_ROWS and (is_found or _covers(region, tree)):
            question = _question(region, ask, fields, setting, least_free=1 if is_found else LEAST_FREE)
            if question is not None:
                return question
    return None


def _covers(region: Region, tree: Tree) -> bool:
    length = sum(node.length for row in region.rows for node in row)
    return length >= LEAST_SHARE * max(1, tree.lengths[-1])


def _question(
    region: Region, ask: Ask, fields: tuple[Field, ...], setting: PageSetting, *, least_free: int
) -> ColumnQuestion | None:
    named = {name: match for name, match in region.matches.items() if match.named_by is not NamedBy.FORM}
    by_form = [field for field in ask.fields if field.name in region.matches and field.name not in named]
    wanted = tuple(field for field in fields if field.name not in region.matches)
    columns = list(_free(region, {match.column.path for match in named.values()}))[:MOST_COLUMNS]
    used = {match.column.path for match in region.matches.values()}
    hopeful = {
        column.path
        for column in columns
        if any(_may_tell(column, field, setting.tag, is_used=column.path in used) for field in wanted)
    }
    if not wanted or len(hopeful) < least_free:
        return None
    # What only the form of its values speaks for is asked again: the answer costs little, and may be another.
    doubtful = tuple(field for field in by_form if field.kind not in RECOGNISED)
    site = setting_site(setting)
    return ColumnQuestion(
        site=site,
        layout=_layout(region, site),
        entity=ask.entity or "thing",
        fields=tuple(field for field in ask.fields if field in wanted or field in doubtful),
        columns=tuple(_shown(column) for column in columns),
        rows=region.table.rows,
    )


def _free(region: Region, named: set[str]) -> Iterator[Column]:
    """The texts of the rows, each once, that differ and that the page does not name as an asked field's. What only
    holds others is told by these."""
    seen: set[tuple[str, ...]] = set()
    paths = [column.path for column in region.table.columns if column.attribute == TEXT]
    for column in region.table.columns:
        if sum(path.startswith(f"{column.path}/") for path in paths) >= HOLDS:
            continue
        texts = tuple(cell.text for cell in column.cells.values())
        if column.path in named or "#" in column.path or column.fill(region.table.rows) < LEAST_FILL:
            continue
        if column.attribute in MACHINE_ATTRIBUTES | LINK_ATTRIBUTES | IMAGE_ATTRIBUTES:
            continue
        if texts not in seen and (len(set(texts)) > 1 or len(texts) < LEAST_ROWS):
            seen.add(texts)
            yield column


def _may_tell(column: Column, field: Field, tag: str, *, is_used: bool) -> bool:
    """Whether it is worth a question: a free column, or one whose cells hold more than the field that has it."""
    return may_hold(column, field, tag) and (not is_used or cut_of(column) is not None)


def _shown(column: Column) -> ShownColumn:
    cut = cut_of(column)
    texts = list(dict.fromkeys(one_line(text, SAMPLE_CHARACTERS) for text in column.texts(4 * SAMPLES)))
    return ShownColumn(
        path=column.path,
        called=one_line(column.labels[0] if column.labels else "", CALLED_CHARACTERS),
        samples=tuple(_spread(texts)),
        mark=cut.mark if cut else "",
        parts=tuple(part_path(column, cut, place) for place in range(1, cut.parts + 1)) if cut else (),
    )


def _spread(texts: Sequence[str]) -> Sequence[str]:
    return texts[:: max(1, len(texts) // SAMPLES)][:SAMPLES]


def _layout(region: Region, site: str) -> str:
    paths = sorted(column.path for column in region.table.columns)
    return hashlib.sha256("\n".join((site, *paths)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
