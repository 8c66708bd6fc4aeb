"""Rows of a list that has one or two of them, where nothing repeats: what a miner of repetition cannot see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urljoin

from agent.extract.miner.regions import Miner
from agent.extract.miner.tree import LOOSE, Node, Row, Tree
from domain.urls import is_http, site_of, url_key

FEW = 2  # rows; of more there is a list to be seen
MAX_HEADS = 12  # headings and links tried for the name of a row
MAX_LEVELS = 6  # elements around a name that may be its row

_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_WHOLE = frozenset({"html", "body", "main", "#document"})


def rows_of_tables(tree: Tree) -> Iterator[tuple[Row, ...]]:
    """The rows of tables that have few."""
    for table in tree.root.walk():
        if table.tag != "table":
            continue
        rows = [node for node in table.walk() if node.tag == "tr" and any(kid.tag == "td" for kid in node.kids)]
        if 0 < len(rows) <= FEW:
            yield tuple((row,) for row in rows)


def named_rows(tree: Tree, miner: Miner, page_url: str, *, linked: bool) -> Iterator[Iterator[Row]]:
    """For each text that may name a row: what may be that row, from the smallest element around it. `linked`: only
    headings that lead to pages of their own."""
    heads = [
        node
        for node in tree.root.walk()
        if node.tag in _HEADINGS or (node.tag == "a" and not linked and _leads_on(node, page_url))
    ]
    tried = 0
    for head in heads:
        if head.last == head.first or miner.chrome.depth(head) > 0:
            continue
        if linked and not _is_linked(head, page_url):
            continue
        tried += 1
        if tried > MAX_HEADS:
            return
        yield _around(head)


def holds_headline(row: Row) -> bool:
    return any(node.tag == "h1" for top in row for node in top.walk())


def _around(head: Node) -> Iterator[Row]:
    node = head
    for _ in range(MAX_LEVELS):
        parent = node.parent
        if parent is None:
            return
        if parent.tag in _WHOLE or holds_headline((parent,)):
            run = _run_from(node, parent.kids)
            if len(run) > 1:
                yield run
            return
        node = parent
        yield (node,)


def _run_from(start: Node, kids: Sequence[Node]) -> Row:
    """A flat row: from its heading up to the next one of its kind."""
    place = kids.index(start)
    run = [start]
    for kid in kids[place + 1 :]:
        if kid.tag == start.tag or kid.tag == "hr":
            break
        run.append(kid)
    return tuple(run)


def _is_linked(heading: Node, page_url: str) -> bool:
    inside = (node for node in heading.walk() if node.tag == "a")
    around = (node for node in heading.ancestors() if node.tag == "a")
    return any(_leads_on(link, page_url) for link in (*inside, *around))


def _leads_on(link: Node, page_url: str) -> bool:
    """To another page of the site."""
    href = "" if link.tag == LOOSE else link.get("href")
    if not href or href.startswith("#"):
        return False
    try:
        target = urljoin(page_url, href)
    except ValueError:
        return False
    if not is_http(target):
        return False
    return site_of(target) == site_of(page_url) and url_key(target) != url_key(page_url)
