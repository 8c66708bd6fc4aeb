"""Which column of addresses tells which field: links and pictures have no look of their own, but places and words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from agent.extract.columns import Column
from domain.fields import Field, FieldKind, words_of
from domain.folding import fold

MAX_ANCHORS = 24  # links of a column whose words are compared
OTHER_ANCHOR = 0.25  # lost by links that are all called the same, and not what is asked
SAME_ANCHOR = 0.7  # of a column's links have the same words
_FILES = re.compile(r"\.(?:pdf|docx?|rtf|odt|wpd|xlsx?|pptx?)(?:$|[?#&])", re.I)
_FILE_PLACES = re.compile(r"/(?:download|getfile|document|opinion)s?\b", re.I)  # often a page about the file
_FILE_WORDS = frozenset({"document", "pdf", "file", "download", "attachment", "doc", "opinion"})
_HEADING = re.compile(r"(?:^|/)h[1-6]\b")


def _is_called_otherwise(column: Column, field: Field) -> bool:
    """Whether most links of a column have the same words, and they are none of the field's: "Summary", "Share"."""
    anchors = [cell.element for cell in column.cells.values() if cell.element is not None][:MAX_ANCHORS]
    texts = Counter(fold("".join(anchor.itertext())) for anchor in anchors)
    text, count = texts.most_common(1)[0] if texts else ("", 0)
    if count < max(2.0, SAME_ANCHOR * len(anchors)):
        return False
    words = set(words_of(text))
    return bool(words) and words.isdisjoint(_FILE_WORDS | set(words_of(field.name)))


def link_score(field: Field, column: Column, sample: Sequence[str], filled: float, name: float) -> float:
    """How well a column fits a field of addresses, whose name scores `name` for it: 0 where it cannot. `sample` are
    values of it, `filled` the share of rows that have one."""
    wanted = "href" if field.kind is FieldKind.URL else "src"
    if column.attribute != wanted:
        return 0.0
    links = [text for text in sample if not text.startswith(("mailto:", "tel:"))]
    if not links:
        return 0.0
    fill = filled * len(links) / len(sample)
    distinct = len(set(links)) / len(links)
    if len(links) >= 4 and distinct < 0.2:
        return 0.1 * fill
    score = 0.45 + 0.3 * distinct + 0.3 * name
    if _FILE_WORDS & set(words_of(field.name)):
        files = sum(1.0 if _FILES.search(link) else 0.6 * bool(_FILE_PLACES.search(link)) for link in links)
        score += 0.4 * files / len(links)
    score -= OTHER_ANCHOR * (field.kind is FieldKind.URL and _is_called_otherwise(column, field))
    score += 0.1 if _HEADING.search(column.path) else 0.0
    return score * fill**1.3
