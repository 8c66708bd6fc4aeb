"""One scorer a task: what was read against the gold, as tallies. Unscored is not zero: gold that says nothing of a
metric adds nothing to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import urljoin

import lxml.html
import numpy as np
from cssselect import SelectorError
from scipy.optimize import linear_sum_assignment

from domain.errors import InvalidInput
from domain.fields import Field, FieldKind
from domain.records import Value
from evals.cases import ContentGold, GoldRecord, PaginationGold, Scalar
from evals.compare import (
    common_items,
    common_words,
    fold,
    same_exactly,
    same_minute,
    same_value,
    words,
)
from evals.tally import Tally, f1, f1_tallies

ReadRecord = Mapping[str, Value]
HALF = 0.5  # a record is found when at least half of its gold fields are right


def score_detail(given: ReadRecord, gold: GoldRecord, asked: Sequence[Field]) -> tuple[Tally, ...]:
    """Micro precision, recall and F1 of each scalar field, any of its acceptable values counting; multiset F1 of each
    list field. Equal means equal after white space and case are folded."""
    tallies: list[Tally] = []
    for field in asked:
        ours, theirs = given.get(field.name), gold.get(field.name)
        if field.many:
            if theirs:
                ours_items = Counter(fold(item) for item in _as_list(ours))
                theirs_items = Counter(fold(item) for item in _as_list(theirs))
                common = (ours_items & theirs_items).total()
                tallies.append(Tally(f"{field.name} F1", f1(common, ours_items.total(), theirs_items.total())))
            continue
        accepted = [item for item in _as_list(theirs) if item not in (None, "")]
        is_given = ours not in (None, "", [])
        hit = is_given and any(same_exactly(field, ours, item) for item in accepted)
        tallies += f1_tallies(field.name, float(hit), float(is_given), float(bool(accepted)))
    return tuple(tallies)


def score_records(
    given: Sequence[ReadRecord], gold: Sequence[GoldRecord], asked: Sequence[Field], page_text: str
) -> tuple[Tally, ...]:
    """Record precision, recall and F1 of one page by the best one-to-one match, each field's F1 on matched pairs, and
    the ratio of counts. A gold title that does not stand on the page (its words do not) is not asked for."""
    wanted = [judged(record, asked, page_text) for record in gold]
    alike = np.array([[similarity(ours, theirs, asked) for theirs in wanted] for ours in given], dtype=float)
    pairs: list[tuple[int, int]] = []
    if alike.size:
        rows, columns = linear_sum_assignment(alike, maximize=True)
        pairs = [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if alike[r, c] >= HALF]
    hits = len(pairs)
    tallies = [
        Tally("record P", hits / len(given) if given else float(not gold)),
        Tally("record R", hits / len(gold) if gold else 1.0),
        Tally("record F1", f1(hits, len(given), len(gold)) if given or gold else 1.0),
        Tally("count ratio", min(len(given), len(gold)) / max(len(given), len(gold)) if given or gold else 1.0),
    ]
    for field in asked:
        tallies += _field_tallies(field, [(given[r], wanted[c]) for r, c in pairs])
    return tuple(tallies)


def _field_tallies(field: Field, pairs: Sequence[tuple[ReadRecord, GoldRecord]]) -> list[Tally]:
    """F1 of one field over the matched pairs of a page, and of its time of day where gold has one."""
    ours = [_given(record, field) for record, _ in pairs]
    theirs = [_given(record, field) for _, record in pairs]
    told = [(mine, gold) for mine, gold in zip(ours, theirs, strict=True) if gold is not None]
    if not told:
        return []
    if field.many:
        common = sum(common_items(field, _as_list(mine), _as_list(gold)) for mine, gold in told)
        given = sum(len(_as_list(mine)) for mine, _ in told)
        return [Tally(f"{field.name} F1", f1(common, given, sum(len(_as_list(gold)) for _, gold in told)))]
    hits = sum(mine is not None and same_value(field, mine, gold) for mine, gold in told)
    tallies = [Tally(f"{field.name} F1", f1(hits, sum(mine is not None for mine, _ in told), len(told)))]
    timed = [(mine, gold) for mine, gold in told if field.kind is FieldKind.DATE and _has_time(gold)]
    if timed:
        exact = sum(same_minute(mine, gold) for mine, gold in timed)
        tallies.append(Tally(f"{field.name} to the minute", exact / len(timed)))
    return tallies


def _has_time(value: object) -> bool:
    return "T" in str(value) and "T00:00:00" not in str(value)


def similarity(given: ReadRecord, gold: GoldRecord, asked: Sequence[Field]) -> float:
    """The share of the gold fields that are right."""
    told = [(field, value) for field in asked if (value := _given(gold, field)) is not None]
    if not told:
        return 0.0
    right = sum((ours := _given(given, field)) is not None and same_value(field, ours, value) for field, value in told)
    return right / len(told)


def _given(record: Mapping[str, object], field: Field) -> object | None:
    value = record.get(field.name)
    return None if value in (None, "", []) else value


def judged(record: GoldRecord, asked: Sequence[Field], page_text: str) -> GoldRecord:
    """Gold without titles that are not on the page."""
    seen = set(words(page_text))
    unseen = {
        field.name
        for field in asked
        if field.kind is FieldKind.TITLE and not seen.issuperset(words(record.get(field.name) or ""))
    }
    return {name: value for name, value in record.items() if name not in unseen}


def _as_list(value: object) -> list:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def score_content(text: str, gold: ContentGold, kind: str) -> tuple[Tally, ...]:
    """Word-bag F1 against the gold text, overall and under its kind, and the shares of snippets kept and left out.
    Gold without text says nothing of what the text should be: unscored."""
    ours, theirs = words(text), words(gold.main_content)
    if not theirs:
        return ()
    common = common_words(ours, theirs)
    score = f1(common, len(ours), len(theirs))
    folded = fold(text)
    return (
        Tally("word F1", score),
        Tally("word P", common / len(ours) if ours else 0.0),
        Tally("word R", common / len(theirs)),
        *([Tally(f"word F1, {kind}", score)] if kind else []),
        Tally("snippets kept", sum(fold(snippet) in folded for snippet in gold.must_have), len(gold.must_have)),
        Tally("snippets left out", sum(fold(snippet) not in folded for snippet in gold.must_lack), len(gold.must_lack)),
    )


def score_pagination(next_url: str, gold: PaginationGold, root: lxml.html.HtmlElement, url: str) -> tuple[Tally, ...]:
    """Whether the next URL is that of a link which the gold selects, or is none where gold has none."""
    accepted = next_links(root, gold.next, url)
    right = _plain(next_url) in accepted if accepted else not next_url
    return (
        Tally("next URL", float(right)),
        Tally("next URL where there is one", float(right), float(bool(accepted))),
        Tally("none where there is none", float(right), float(not accepted)),
    )


def next_links(root: lxml.html.HtmlElement, selector: str, url: str) -> set[str]:
    """The absolute URLs behind a selector: of the links it selects, or that are around or within what it selects."""
    if not selector.strip():
        return set()
    try:
        selected = root.cssselect(selector)
    except SelectorError as fault:
        raise InvalidInput(f"gold is no CSS selector: {selector!r}") from fault
    base = root.xpath("string(//base/@href)")
    links = (_link_at(element) for element in selected)
    return {_plain(urljoin(urljoin(url, base), href.strip())) for href in links if href}


def _link_at(element: lxml.html.HtmlElement) -> str | None:
    around = (element, *element.iterancestors("a"), *element.iter("a"))
    return next((link.get("href") for link in around if link.get("href")), None)


def _plain(url: str) -> str:
    return url.partition("#")[0].rstrip("/")


def score_table(rows: Sequence[Sequence[str]], gold: Sequence[Sequence[Scalar]]) -> tuple[Tally, ...]:
    """F1 over cells at their places, and over the header's, after white space is folded; and over cells without their
    white space, for gold that lost its line breaks ("Race 1Time") says nothing of where a space belongs."""
    ours, theirs = (
        {(r, c): fold(cell) for r, row in enumerate(table) for c, cell in enumerate(row)} for table in (rows, gold)
    )
    hits = sum(theirs.get(place) == cell for place, cell in ours.items())
    bag = (Counter(ours.values()) & Counter(theirs.values())).total()
    unspaced = [Counter("".join(cell.split()) for cell in cells.values()) for cells in (ours, theirs)]
    header = [fold(cell) for cell in gold[0]] if gold else []
    header_hits = sum(a == fold(b) for a, b in zip(header, rows[0] if rows else (), strict=False))
    return (
        Tally("cell F1", f1(bag, len(ours), len(theirs))),
        Tally("cell F1 in place", f1(hits, len(ours), len(theirs))),
        Tally("cell F1, spaces aside", f1((unspaced[0] & unspaced[1]).total(), len(ours), len(theirs))),
        Tally("header", header_hits, len(header)),
    )
