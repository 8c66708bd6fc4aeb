"""Which column tells which field: by what it is called, by what its values are like, each column once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np
from rapidfuzz import fuzz
from scipy.optimize import linear_sum_assignment

from agent.extract.columns import MACHINE_ATTRIBUTES, TEXT, Column
from agent.extract.vocabulary import names_of
from domain.dates import find_dates
from domain.fields import Field, FieldKind, words_of
from domain.recognise import RECOGNISED, recognise

SAMPLE = 24  # values of a column that are looked at: more change no score by a hundredth
LEAST = 0.3  # a weaker match is none
COMPOSITE_GAIN = 0.15  # a typed field may share a column that fits it so much better than its own: a composite cell
MAX_LABEL_WORDS = 8  # a longer label is a sentence
SPELLING = 85  # of 100: "categorie" and "catégories"

# Words of class names and headers that say nothing of what a column is.
_EMPTY_WORDS = frozenset(
    """field views col column cell td text item content label value wrapper list row data block card box the of and a
    inner outer container""".split()  # noqa: SIM905 (a list of thirty lines reads worse)
)
_FILES = re.compile(
    r"\.(?:pdf|docx?|rtf|odt|wpd|xlsx?|pptx?)(?:$|[?#])|/(?:download|getfile|document|opinion)s?\b", re.I
)
_FILE_WORDS = frozenset({"document", "pdf", "file", "download", "attachment", "doc"})
_HEADING = re.compile(r"(?:^|/)h[1-6]\b")
_HEADLIKE = re.compile(r"(?:^|[/:])(?:h[1-6]|b|strong)\d*(?=[/@#.\[]|$)|title|name|heading", re.I)
_LINKS = frozenset({FieldKind.URL, FieldKind.IMAGE})


class Match(msgspec.Struct, frozen=True):
    """A field's column and how well it fits: a score for choosing, no probability."""

    column: Column
    score: float
    is_composite: bool = False  # the column serves other fields too: the value is cut from its cells


@lru_cache(maxsize=50_000)
def _label_words(label: str) -> frozenset[str]:
    words = [word for word in words_of(label) if word not in _EMPTY_WORDS]
    return frozenset(words) if len(words) <= MAX_LABEL_WORDS else frozenset()


def name_score(label: str, field: Field) -> float:
    """0 to 1: how well a label names a field."""
    words = _label_words(label)
    if not words:
        return 0.0
    best = 0.0
    for name, weight in names_of(field):
        wanted = _label_words(name)
        if not wanted or weight <= best:
            continue
        common = len(wanted & words) or _alike(wanted, words)
        score = common / len(wanted | words)
        if score < 1 and wanted <= words:
            score = max(score, 0.45 if len(wanted) == 1 else 0.75)
        best = max(best, score * weight)
    return best


def _alike(wanted: frozenset[str], words: frozenset[str]) -> int:
    return sum(
        1
        for ours in wanted
        for theirs in words
        if min(len(ours), len(theirs)) > 3 and fuzz.ratio(ours, theirs) > SPELLING
    )


class _Seen(msgspec.Struct):
    """What a column's values are like; worked out once, used for every field."""

    column: Column
    rows: int
    sample: list[str]
    fill: float
    labels: tuple[str, ...]
    spans: dict[FieldKind, list[tuple[str, str]]] = {}
    known_style: tuple[float, float, float] | None = None

    def style(self) -> tuple[float, float, float]:
        """The share of different values, their median length, and the share of letters and spaces in them."""
        if self.known_style is None:
            sample = self.sample
            letters = [
                (sum(map(str.isalpha, text)) + text.count(" ")) / len(text) for text in (t[:200] for t in sample)
            ]
            lengths = sorted(map(len, sample))
            self.known_style = len(set(sample)) / len(sample), lengths[len(lengths) // 2], sum(letters) / len(letters)
        return self.known_style

    def recognised(self, kind: FieldKind, tag: str, year: int | None) -> list[tuple[str, str]]:
        """The sampled values that hold one of the kind: what was recognised, and in which text."""
        known = self.spans.get(kind)
        if known is None:
            known = []
            for text in self.sample:
                span = recognise(kind, text, tag)
                if span is not None:
                    known.append((span.text, text))
                elif kind is FieldKind.DATE and year is not None and (dates := find_dates(text[:600], tag, year)):
                    known.append((text[dates[0].start : dates[0].end], text))
            self.spans[kind] = known
        return known


class Labeller:
    """Knows the asked fields, their names in many languages and the page's locale."""

    def __init__(self, fields: Sequence[Field], tag: str = "", year: int | None = None) -> None:
        self.fields = tuple(fields)
        self._tag = tag
        self._year = year
        self._names: dict[str, dict[str, float]] = {field.name: {} for field in self.fields}
        self._shared = [index for index, field in enumerate(self.fields) if field.kind in _LINKS or field.many]
        self._single = [index for index in range(len(self.fields)) if index not in self._shared]

    def assign(self, columns: Sequence[Column], rows: int) -> dict[str, Match]:
        """The best column of each field that has one. A column serves one field, except that links are free and a
        composite cell serves several typed ones."""
        if not columns or not self.fields or not rows:
            return {}
        seen = [_Seen(column, rows, column.texts(SAMPLE), column.fill(rows), column.labels) for column in columns]
        scores = np.array([[self.score(field, column) for column in seen] for field in self.fields])
        found: dict[int, Match] = {}
        if self._single:
            part = scores[self._single]
            for place, chosen in zip(*linear_sum_assignment(part, maximize=True), strict=True):
                if part[place, chosen] > LEAST:
                    found[self._single[place]] = Match(columns[chosen], float(part[place, chosen]))
        for index, field in enumerate(self.fields):
            best = int(scores[index].argmax())
            score = float(scores[index, best])
            if score <= LEAST:
                continue
            if index in self._shared:
                found[index] = Match(columns[best], score)
            elif field.kind in RECOGNISED and (index not in found or score > found[index].score + COMPOSITE_GAIN):
                found[index] = Match(columns[best], score, is_composite=True)
        return {self.fields[index].name: match for index, match in sorted(found.items())}

    def score(self, field: Field, seen: _Seen) -> float:
        """How well a column fits a field: 0 where it cannot."""
        if not seen.sample:
            return 0.0
        name = max((self._name_score(label, field) for label in seen.labels), default=0.0)
        if field.kind in _LINKS:
            return _link_score(field, seen, name)
        if seen.column.attribute in {"href", "src"}:
            return self._score_address(field, seen, name)
        if field.kind in RECOGNISED:
            return self._typed_score(field, seen, name)
        if seen.column.attribute in MACHINE_ATTRIBUTES:
            return 0.0
        return self._text_score(field, seen, name)

    def _name_score(self, label: str, field: Field) -> float:
        known = self._names[field.name].get(label)
        if known is None:
            known = self._names[field.name][label] = name_score(label, field)
        return known

    def _score_address(self, field: Field, seen: _Seen, name: float) -> float:
        """Telephone numbers and mail addresses stand in links too."""
        scheme = {FieldKind.EMAIL: "mailto:", FieldKind.PHONE: "tel:"}.get(field.kind)
        if scheme is None or seen.column.attribute != "href":
            return 0.0
        share = sum(text.startswith(scheme) for text in seen.sample) / len(seen.sample)
        return (0.8 + 0.3 * name) * (share * seen.fill) ** 1.3

    def _typed_score(self, field: Field, seen: _Seen, name: float) -> float:
        spans = seen.recognised(field.kind, self._tag, self._year)
        if not spans:
            return 0.0
        fill = seen.fill * len(spans) / len(seen.sample)
        purity = sum(min(1.0, len(span) / max(1, len(text))) for span, text in spans) / len(spans)
        score = 0.35 + 0.35 * purity + 0.5 * name + (0.1 if seen.column.attribute in {"datetime", "content"} else 0.0)
        if field.kind is FieldKind.IDENTIFIER:
            score += 0.1 * len({span for span, _ in spans}) / len(spans) - 0.15
        elif field.kind in {FieldKind.NUMBER, FieldKind.INTEGER}:
            score -= 0.25  # numbers are everywhere: without a name they say nothing
        return score * fill**1.3

    def _text_score(self, field: Field, seen: _Seen, name: float) -> float:
        distinct, length, letters = seen.style()
        score = 0.15 + 0.75 * name
        if field.kind is FieldKind.TITLE:
            score += self._title_score(seen, distinct, length, letters)
        elif field.kind is FieldKind.DESCRIPTION:
            score += 0.3 * min(1.0, length / 200) + 0.1 * distinct
        else:
            score += 0.1 * letters
        if seen.column.attribute != TEXT:
            score -= 0.1
        return max(0.0, score) * seen.fill**1.1

    def _title_score(self, seen: _Seen, distinct: float, length: float, letters: float) -> float:
        sample = seen.sample
        element = next(iter(seen.column.cells.values())).element
        is_link = element is not None and (
            element.tag == "a" or element.find(".//a") is not None or next(element.iterancestors("a"), None) is not None
        )
        score = 0.2 * distinct + (0.2 if letters > 0.6 else 0.0) + (0.15 if is_link else 0.0)
        score += 0.2 if _HEADLIKE.search(seen.column.path) else 0.0
        score += 0.15 if 12 <= length <= 160 else -0.2 if length < 4 or length > 300 else -0.05 if length > 160 else 0.0
        if len(sample) >= 4 and distinct < 0.3:
            score -= 0.5
        coded = sum(
            any((span := recognise(kind, text, self._tag)) is not None and len(span.text) >= 4 for kind in _CODES)
            for text in sample[:30]
        )
        score -= 0.3 * coded / len(sample[:30])
        dates = seen.recognised(FieldKind.DATE, self._tag, self._year)
        if sum(len(text) < 40 for _, text in dates) > 0.5 * len(sample):
            score -= 0.5
        return score


_CODES = (FieldKind.DATE, FieldKind.IDENTIFIER)


def _link_score(field: Field, seen: _Seen, name: float) -> float:
    wanted = "href" if field.kind is FieldKind.URL else "src"
    if seen.column.attribute != wanted:
        return 0.0
    links = [text for text in seen.sample if not text.startswith(("mailto:", "tel:"))]
    if not links:
        return 0.0
    fill = seen.fill * len(links) / len(seen.sample)
    distinct = len(set(links)) / len(links)
    if len(links) >= 4 and distinct < 0.2:
        return 0.1 * fill
    score = 0.45 + 0.3 * distinct + 0.3 * name
    if _FILE_WORDS & set(words_of(field.name)):
        score += 0.4 * sum(bool(_FILES.search(link)) for link in links) / len(links)
    score += 0.1 if _HEADING.search(seen.column.path) else 0.0
    return score * fill**1.3
