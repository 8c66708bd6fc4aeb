"""Whether a page says that its list has nothing in it: in words, by a count of none, by a table of headings alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.extract.counts import THINGS
from agent.extract.embedded.entities import Entity
from agent.extract.hidden import hides
from agent.extract.labels import name_score
from agent.extract.listing import NAMED
from agent.extract.miner.cells import RowReader
from agent.extract.miner.tree import LOOSE, Node, Tree
from domain.fields import Field

LINE = 120  # characters: a longer text is no notice
LISTS = frozenset({"itemlist", "searchresultspage", "collectionpage", "offercatalog", "productcollection"})

_FRAMES = frozenset({"nav", "footer", "header", "aside", "template", "dialog"})
_OTHERS = (
    r"(?:vacanc(?:y|ies)|openings?|positions?|auctions?|lots?|tickets?|deals?|courses?|vehicles?|cars?|homes?|flats?|"
    r"apartments?|rooms?|goods|hearings?|news|announcements?|notices?|meetings?|tenders?|roles?|projects?)"
)
_THING = rf"(?:{THINGS}|{_OTHERS})"
_NOTHING = re.compile(
    rf"""(?:
    (?<![\w.,])(?:no|0|zero|sin|nessun[oa]?|kein(?:e|en)?|aucune?|nenhum[a]?|geen|brak|нет)
        \s+(?:(?:more|new|open|upcoming|current|matching|such|search|available|current|passenden?|weiteren?)\s+)*{_THING}(?!\w)
    | \b(?:nothing|nada|nichts|rien|niente)\b.{{0,20}}\b
        (?:found|matche[sd]|here|to\s+show|available|left|encontrado|gefunden|trouv[ée]|trovato)\b
    | \b(?:did\s+not|didn['’]t|does\s+not|doesn['’]t)\s+match\s+any\b
    | \b(?:could\s+not|couldn['’]t|can['’]t|cannot|did\s+not|didn['’]t)\s+find\s+(?:any|what)\b
    | \bno\s+(?:\w+\s+){{1,3}}{_THING}(?!\w)
    | \bthere\s+(?:are|is)\s+(?:currently\s+|presently\s+)?nothing\b
    | \b(?:everything|all\s+(?:\w+\s+)?(?:items|products|goods|tickets|articles))\b.{{0,16}}\bsold(?:\s+out)?\b
    | \b(?:this|the|your)\s+(?:list|category|page|collection|shop|search)\s+is\s+(?:currently\s+)?empty\b
    )""",
    re.I | re.X,
)


def says_nothing(
    tree: Tree, entities: Sequence[Entity], fields: Sequence[Field], containers: Sequence[str], reader: RowReader
) -> bool:
    """`containers` are the signatures of what rows of the site's lists stand in."""
    return (
        any(_counts_none(entity) for entity in entities)
        or any(node.signature in containers and _is_bare(node) for node in tree.root.walk())
        or any(_is_headed_for(node, fields, reader) for node in tree.root.walk() if node.tag == "table")
        or any(map(_NOTHING.search, _lines(tree)))
    )


def _counts_none(entity: Entity) -> bool:
    return any(
        each.is_a(*LISTS) and each.text("numberOfItems") == "0" and not each.all("itemListElement")
        for each in entity.walk()
    )


def _is_bare(node: Node) -> bool:
    """Whether a container that had rows has none: at most a notice."""
    return node.length <= LINE and not any(below.get("href") for below in node.walk())


def _is_headed_for(table: Node, fields: Sequence[Field], reader: RowReader) -> bool:
    """Whether a table heads columns for all that is asked, and has no row below."""
    rows = [node for node in table.walk() if node.tag == "tr"]
    body = [row for row in rows if not reader.is_header((row,)) and row.last > row.first]
    captions = [kid.text for row in rows for kid in row.kids if kid.tag in {"th", "td"}] if rows and not body else []
    return len(fields) > 1 and all(any(name_score(text, field) >= NAMED for text in captions) for field in fields)


def _lines(tree: Tree) -> list[str]:
    """The short texts of the page's own matter: not what frames each page of a site, nor what it hides."""
    lines: list[str] = []
    stack = [tree.root]
    while stack:
        node = stack.pop()
        if node.tag in _FRAMES or _is_hidden(node):
            continue
        if node.last > node.first and not node.holds_blocks and node.length <= LINE:
            lines.append(node.text)
            continue
        stack.extend(node.kids)
    return lines


def _is_hidden(node: Node) -> bool:
    return node.tag != LOOSE and hides(node.element)
