"""What a page says under a name: definition lists, two-column tables and "label: value" lines.

A page about one thing has one group of such pairs; one about several has a group for each, under the same labels.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import lxml.html

from agent.extract.columns import TEXT, Cell, Column, ColumnTable
from agent.extract.cuts import whole_code
from agent.extract.hidden import is_hidden, is_in_template
from agent.extract.sight import Sights
from agent.extract.tables import cell_text
from domain.evidence import Method
from domain.folding import fold
from fetch.dom import visible_text

MAX_LABEL = 40  # characters; a longer one is a sentence
MAX_VALUE = 300  # characters of a value beside its label
MAX_PAIRS = 400  # a page
MAX_GROUP = 60  # pairs of one thing: more are a glossary
MAX_GROUPS = 3_000
MAX_ROWS = 4_000  # of a table that tells of several things in pairs
LEAST_PAIRS = 2  # one "label: value" alone is a sentence with a colon
OF_ONE_KIND = 0.5  # of two groups' labels are shared: then they tell of things of one kind
HEADING_LEVELS = 3  # elements around a group in which its heading may stand
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "caption", "legend", "summary")

_INLINE_PAIR = re.compile(r"^\s*(?P<label>[^:：]{2,40})\s*[:：]\s*(?P<value>\S.{0,300})$", re.S)
_CAPTIONS = ("b", "strong", "span", "label", "em", "i", "th")
_CHROME = frozenset({"nav", "footer", "aside", "form", "head"})


class Pair(NamedTuple):
    """`element` holds the value, and the label as well where the two share a line. `items` are the values of a label
    that has several."""

    label: str
    value: str
    element: lxml.html.HtmlElement
    items: tuple[str, ...] = ()


class PairGroup(NamedTuple):
    """The pairs of one thing. `element` holds them all."""

    element: lxml.html.HtmlElement
    pairs: tuple[Pair, ...]

    @property
    def labels(self) -> frozenset[str]:
        return frozenset(plain_label(pair.label) for pair in self.pairs)


def plain_label(text: str) -> str:
    return fold(text).strip(" :：#.*")


def pairs(root: lxml.html.HtmlElement) -> Iterator[Pair]:
    """The pairs of a page: those of definition lists and two-cell rows, then those of lines with a colon. What the page
    hides comes after what it shows."""
    hidden: list[Pair] = []
    for pair in islice(_all_pairs(root), MAX_PAIRS):
        if 1 < len(pair.label) <= MAX_LABEL and 0 < len(pair.value) <= MAX_VALUE and not is_in_template(pair.element):
            if is_hidden(pair.element):
                hidden.append(pair)
            else:
                yield pair
    yield from hidden


def _all_pairs(root: lxml.html.HtmlElement) -> Iterator[Pair]:
    for term in root.iter("dt"):
        if pair := _defined(term):
            yield pair
    for row in root.iter("tr"):
        if pair := _row_pair(row):
            yield pair
    for element in root.iter("li", "p", "div", "span", "td", "i", "em"):
        captioned = list(_captioned(element)) if 1 < len(element) <= 2 * MAX_GROUP else []
        if len(captioned) > 1 or len(element) > 4:
            yield from captioned
        elif several := _broken_lines(element):
            yield from several
        elif found := _INLINE_PAIR.match(_short_line(element)):
            yield Pair(found["label"], found["value"], element)


def _defined(term: lxml.html.HtmlElement) -> Pair | None:
    """A term with the definitions that follow it."""
    following = []
    for sibling in term.itersiblings():
        if sibling.tag != "dd":
            break
        following.append(sibling)
    texts = tuple(text for definition in following if (text := cell_text(definition)))
    if not texts:
        return None
    return Pair(cell_text(term), texts[0], following[0], texts if len(texts) > 1 else ())


def _row_pair(row: lxml.html.HtmlElement) -> Pair | None:
    cells = [cell for cell in row if cell.tag in {"td", "th"}]
    return Pair(cell_text(cells[0]), cell_text(cells[1]), cells[1]) if len(cells) == 2 else None


def _captioned(element: lxml.html.HtmlElement) -> Iterator[Pair]:
    """Captions with the loose text after them: `<b>Pages:</b> 120<br><b>Format:</b> A4`."""
    for child in element:
        if child.tag not in _CAPTIONS or len(child) > 1:
            continue
        label = " ".join((child.text_content()).split())
        value = " ".join((child.tail or "").split())
        if not value.startswith((":", "：")) and not label.endswith((":", "：")):
            continue
        value = value.lstrip(":： ")
        following = child.getnext()
        if not value and following is not None and following.tag in {"a", "span", "em", "time"}:
            value = cell_text(following)
        if value:
            yield Pair(label.rstrip(":： "), value, element)


def _broken_lines(element: lxml.html.HtmlElement) -> list[Pair]:
    """The pairs of an element whose lines are broken within it, where each line is one."""
    if element.find(".//br") is None or not _short_line(element):
        return []
    lines = [line for line in visible_text(element).split("\n") if line.strip()]
    told = [match for line in lines if (match := _INLINE_PAIR.match(" ".join(line.split())))]
    if not 1 < len(lines) == len(told):
        return []
    return [Pair(match["label"].strip(), match["value"], element) for match in told]


def _short_line(element: lxml.html.HtmlElement) -> str:
    most = MAX_LABEL + MAX_VALUE
    text = "".join(islice(element.itertext(), most + 1))  # each has a character: a large element is not read through
    return " ".join(text.split()) if len(text) <= most else ""


def pair_groups(root: lxml.html.HtmlElement) -> list[PairGroup]:
    """The groups of pairs in page order, each with at least `LEAST_PAIRS` labels of its own. What is there for finding
    one's way is left out, and so are lists whose terms are many or the same again: glossaries and menus."""
    found: list[PairGroup] = []
    for element in root.iter("dl", "table", "ul", "p", "div", "section", "article", "td", "li"):
        if len(found) >= MAX_GROUPS:
            break
        told = [run for run in _runs(element) if LEAST_PAIRS <= len(run) <= MAX_GROUP and _is_telling(run)]
        if told and not _is_chrome(element):
            found.extend(PairGroup(element, tuple(run)) for run in told)
    return found


def _is_telling(run: Sequence[Pair]) -> bool:
    return all(1 < len(pair.label) <= MAX_LABEL and any(map(str.isalpha, pair.label)) for pair in run)


def _is_chrome(element: lxml.html.HtmlElement) -> bool:
    return any(around.tag in _CHROME for around in element.iterancestors())


def _runs(element: lxml.html.HtmlElement) -> Iterator[list[Pair]]:
    """The pairs right in an element; a label that comes again begins the next thing."""
    if element.tag == "dl":
        inside = [term for term in element.iter("dt") if next(term.iterancestors("dl"), None) is element]
        told = [pair for term in inside if (pair := _defined(term))]
    elif element.tag == "table":
        told = _vertical(element)
    elif 2 <= len(element) <= 4 * MAX_GROUP:
        told = list(_captioned(element)) or _lines(element)
    else:
        return
    run: list[Pair] = []
    first = plain_label(told[0].label) if told else ""
    for pair in told:
        if run and plain_label(pair.label) == first:
            yield run
            run = []
        run.append(pair)
    if run:
        yield run


def _vertical(table: lxml.html.HtmlElement) -> list[Pair]:
    """The rows of a table that heads its rows, not its columns."""
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table"), None) is table]
    told = [pair for row in rows[:MAX_ROWS] if (pair := _row_pair(row)) and pair.value]
    paired = [row for row in rows if len(row) > 1]  # a row of one cell heads those below it
    if len(told) < max(LEAST_PAIRS, len(rows) / 2) or len(told) < 0.8 * len(paired):
        return []
    heading = sum(row[0].tag == "th" or cell_text(row[0]).endswith((":", "：")) or _is_strong(row[0]) for row in paired)
    is_headed_across = all(cell.tag == "th" for cell in rows[0] if cell.tag in {"td", "th"}) and len(rows[0]) > 1
    return told if heading >= 0.8 * len(paired) and not is_headed_across else []


def _is_strong(cell: lxml.html.HtmlElement) -> bool:
    strong = next(cell.iter("b", "strong"), None)
    return strong is not None and len(cell_text(strong)) >= 0.9 * len(cell_text(cell)) > 0


def _lines(element: lxml.html.HtmlElement) -> list[Pair]:
    """Children that are a line each: `<li>Pages: 120</li>`. All but one of them must be."""
    children = [child for child in element if isinstance(child.tag, str) and child.tag not in {"br", "hr"}]
    if not LEAST_PAIRS <= len(children) <= MAX_GROUP or any(child.tag == "tr" for child in children):
        return []
    told = []
    for child in children:
        match = _INLINE_PAIR.match(_short_line(child)) if len(child) <= 4 else None
        if match:
            told.append(Pair(match["label"].strip(), match["value"], child))
    return told if len(told) >= max(LEAST_PAIRS, len(children) - 1) else []


def definition_tables(root: lxml.html.HtmlElement) -> tuple[ColumnTable, ...]:
    """Groups that share their labels as the rows of one table: things of one kind, each told in pairs. Where a heading
    stands over each group it is the first column. Groups that no reader sees are left out where any of their family
    is seen; what a menu or a dialog hides, always."""
    sights = Sights(root)
    seen = (_seen(family, sights) for family in families(pair_groups(root)))
    return tuple(_as_table(family) for family in seen if len(family) > 1)


def _seen(family: Sequence[PairGroup], sights: Sights) -> list[PairGroup]:
    shares = [sights.around(group.element) for group in family]
    most = max(shares)
    return [group for group, share in zip(family, shares, strict=True) if share == most > 0]


def families(groups: Sequence[PairGroup]) -> list[list[PairGroup]]:
    """Groups by what they tell of: those that share half of their labels are of one family."""
    found: list[tuple[frozenset[str], list[PairGroup]]] = []
    known: dict[frozenset[str], list[PairGroup]] = {}
    for group in groups:
        labels = group.labels
        family = known.get(labels)
        if family is None:
            family = next((rows for other, rows in found if _overlap(labels, other) >= OF_ONE_KIND), None)
            if family is None:
                family = []
                found.append((labels, family))
            known[labels] = family
        family.append(group)
    return [family for _, family in found]


def _overlap(ours: frozenset[str], theirs: frozenset[str]) -> float:
    return len(ours & theirs) / max(1, min(len(ours), len(theirs)))


def _as_table(family: Sequence[PairGroup]) -> ColumnTable:
    cells: dict[str, dict[int, Cell]] = {}
    labels: dict[str, str] = {}
    for number, group in enumerate(family):
        heading = _row_above(group) if group.element.tag == "table" else None
        heading = _heading_of(group.element) if heading is None else heading
        if heading is not None:
            _put(cells, "heading", number, Cell(cell_text(heading), element=heading))
            _put_link(cells, "heading", number, heading)
        for pair in group.pairs:
            path = plain_label(pair.label)
            labels.setdefault(path, pair.label.strip(" :："))
            _put(cells, path, number, Cell(pair.value, items=pair.items, element=pair.element))
            _put_link(cells, path, number, pair.element)
    columns = []
    for path, of_column in cells.items():
        place, mark, attribute = path.partition("@")
        caption = labels.get(place) or (_called(cells["heading"].values()) if "heading" in cells else "")
        columns.append(
            Column(
                path=path,
                cells=of_column,
                labels=(caption,) if caption else (),
                attribute=attribute if mark else TEXT,
                headed=place in labels,
            )
        )
    return ColumnTable(columns=tuple(columns), rows=len(family), method=Method.DEFINITIONS)


def _row_above(group: PairGroup) -> lxml.html.HtmlElement | None:
    """The only cell of the row right above the pairs of one thing: it heads them where a table tells of several."""
    row = next(group.pairs[0].element.iterancestors("tr"), None)
    above = row.getprevious() if row is not None else None
    cells = [cell for cell in above if cell.tag in {"td", "th"}] if above is not None and above.tag == "tr" else []
    return cells[0] if len(cells) == 1 and cell_text(cells[0]) else None


def _called(headings: Collection[Cell]) -> str:
    """What headings are: the titles of things, unless they are codes."""
    codes = sum(bool(whole_code(heading.text)) for heading in headings)
    return "" if codes > len(headings) / 2 else "title"


def _put(cells: dict[str, dict[int, Cell]], path: str, row: int, cell: Cell) -> None:
    if cell.text:
        cells.setdefault(path, {}).setdefault(row, cell)


def _put_link(cells: dict[str, dict[int, Cell]], path: str, row: int, element: lxml.html.HtmlElement) -> None:
    link = element if element.tag == "a" else next(element.iter("a"), None)
    href = (link.get("href") or "") if link is not None else ""
    if href:
        _put(cells, f"{path}@href", row, Cell(href, "href", element=link))


def _heading_of(element: lxml.html.HtmlElement) -> lxml.html.HtmlElement | None:
    """The heading over a group, with no other group between the two."""
    at = element
    for _ in range(HEADING_LEVELS):
        for sibling in at.itersiblings(preceding=True):
            if sibling.tag in HEADINGS:
                return sibling
            if not isinstance(sibling.tag, str):
                continue
            inner = [heading for heading in sibling.iter(*HEADINGS) if cell_text(heading)]
            if inner or next(sibling.iter(element.tag), None) is not None:
                return inner[-1] if inner and next(sibling.iter(element.tag), None) is None else None
        parent = at.getparent()
        if parent is None:
            return None
        at = parent
    return None


def own_pairs(root: lxml.html.HtmlElement) -> list[Pair]:
    """The pairs of a page about one thing: of the groups that are the only one of their family, each label once."""
    told: dict[str, Pair] = {}
    for family in families(pair_groups(root)):
        for pair in family[0].pairs if len(family) == 1 else ():
            if len(pair.value) <= MAX_VALUE:
                told.setdefault(plain_label(pair.label), pair)
    return list(told.values())[:MAX_GROUP]
