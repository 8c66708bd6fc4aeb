"""Which column tells which field: by what it is called, by what its values are like, each column once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from rapidfuzz import fuzz

from agent.extract.assignment import best_pairs
from agent.extract.columns import MACHINE_ATTRIBUTES, TEXT, Column
from agent.extract.composites import PARTS, inner_columns, is_inner, is_whole
from agent.extract.cuts import named_code, whole_code, without_typed
from agent.extract.link_columns import link_score
from agent.extract.naming import HEADLIKE, length_gain, naming_field, prefer_first
from agent.extract.other_names import caption_beside, names_another
from agent.extract.price_words import is_old_column
from agent.extract.seen_columns import SeenColumn, letter_share, letters_of
from agent.extract.vocabulary import canonical_name, concepts_of, names_of
from domain.amounts import is_free
from domain.evidence import Method
from domain.fields import Field, FieldKind, make_field, words_of
from domain.recognise import RECOGNISED, recognise
from domain.remembering import remembered
from domain.templates import NamedBy

PARTIES_GAIN = 0.35  # for a name of a case of the usual form: one party against another, or in the matter of one
WORDY = 0.6  # of a text are letters and spaces: it is no code
NAMELIKE = 8  # letters beside the dates and codes of a text: then it may well hold a name
OTHER_CAPTION = 0.25  # lost by a text under a caption that names another thing
NAMED = 0.45  # a caption that scores so much names the field
LEAST = 0.3  # a weaker match is none
COMPOSITE_COST = 0.05  # of a typed field's score, where it shares the column of another: a composite cell
MAX_LABEL_WORDS = 8  # a longer label is a sentence
OLD_COST = 0.3  # lost by a column of prices that do not hold now: any other column of prices stands before it
BARE_COST = 0.6  # in purity: the cents that are set small stand alone, the price around them has its sign
OTHER_HEAD = 0.3  # of a label's score, where its last word names another thing
GAPS = 1.3  # the power of the share of rows with a value: gaps make a column doubtful
TOLD = 0.9  # before gaps: a column that its name and its values both call the price
TOLD_GAPS = 0.5  # such a one stays the price's where most rows are sold out or tell none
SPELLING = 85  # of 100: "categorie" and "catégories"

# Words of class names and headers that say nothing of what a column is.
_EMPTY_WORDS = frozenset(
    """field views col column cell td text item content label value wrapper list row data block card box the of and a
    inner outer container""".split()  # noqa: SIM905 (a list of thirty lines reads worse)
)
_PARTIES = re.compile(
    r"\w[.,)]? (?:v|vs|versus|contra|c|ca|gegen|contre|przeciwko|против)[.,]? \w|"
    r"^(?:(?:in|ex) (?:re|parte|rel)\b|(?:in )?(?:the )?matter of\b|(?:re|application of|estate of|people|state)\b)",
    re.I,
)
_LINKS = frozenset({FieldKind.URL, FieldKind.IMAGE})
_AMOUNTS = frozenset({FieldKind.PRICE, FieldKind.RATING})
_WHOLE = frozenset({FieldKind.DATE, FieldKind.PRICE, FieldKind.EMAIL, FieldKind.PHONE})
_BY_STYLE = (FieldKind.TITLE, FieldKind.DESCRIPTION)  # texts that are known by their length and place as well
_BARE_AMOUNT = re.compile(
    r"\s*(?:\d{1,9}|\d{1,3}(?:(?:,\d{3}){1,3}|(?:\.\d{3}){1,3}|(?:['’]\d{3}){1,3}|(?:\s\d{3}){1,3}))"
    r"(?:[.,]\d{1,2}|\s?[.,:][-–—]{1,2})?\s*"
)


class Match(msgspec.Struct, frozen=True):
    """A field's column and how well it fits: a score for choosing, no probability. `method` is how the column was told,
    where that was not by the page itself; `named_by` is what says that it is the field's."""

    column: Column
    score: float
    is_composite: bool = False  # the column serves other fields too: the value is cut from its cells
    named_by: NamedBy = NamedBy.FORM
    method: Method | None = None


@remembered(50_000)
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
    return best * OTHER_HEAD if best < 1 and _is_headed_otherwise(label, field) else best


def _is_headed_otherwise(label: str, field: Field) -> bool:
    """Whether the last word of a label is the name of another thing: a "case type" is a type and no case."""
    words = words_of(label)
    head = canonical_name(words[-1]) if len(words) > 1 else ""
    if not head:
        return False
    names = {name for name, _ in names_of(field)}
    return words[-1] not in names and not any(words[-1] in name.split() for name in names)


def _alike(wanted: frozenset[str], words: frozenset[str]) -> int:
    return sum(
        1
        for ours in wanted
        for theirs in words
        if min(len(ours), len(theirs)) > 3 and fuzz.ratio(ours, theirs) > SPELLING
    )


class Labeller:
    """Knows the asked fields, their names in many languages and the page's locale."""

    def __init__(self, fields: Sequence[Field], tag: str = "", year: int | None = None) -> None:
        self.fields = tuple(fields)
        self._naming = naming_field(self.fields)
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
        seen = [SeenColumn.of(column, rows) for column in columns]
        scores = np.array([[self.score(field, column) for column in seen] for field in self.fields])
        self._leave_typed(seen, scores)
        for index in (each for each in self._single if self._style_of(self.fields[each]) is FieldKind.TITLE):
            prefer_first(columns, scores[index], LEAST)
        found = self._without_composites(columns, scores)
        for index in self._shared:
            best = int(scores[index].argmax())
            if scores[index, best] > LEAST:
                found[index] = self._match(self.fields[index], columns[best], scores[index, best])
        return {self.fields[index].name: match for index, match in sorted(found.items())}

    def _leave_typed(self, seen: Sequence[SeenColumn], scores: np.ndarray) -> None:
        """Takes from texts that nothing names the columns that hold the values of an asked typed field, and no more."""
        kinds = {field.kind for field in self.fields} & _WHOLE
        texts = [index for index in self._single if self.fields[index].kind not in RECOGNISED]
        for place, column in enumerate(seen) if kinds and texts else ():
            if not column.sample or not any(column.is_filled_by(kind, self._tag, self._year) for kind in kinds):
                continue
            for index in texts:
                field = self.fields[index]
                if all(self._name_score(label, field) < NAMED for label in column.labels):
                    scores[index, place] = 0.0

    def _without_composites(self, columns: Sequence[Column], scores: np.ndarray) -> dict[int, Match]:
        """Matches of the fields that want a column to themselves, where none has the text of several columns though one
        of these would do."""
        found = self._singly(columns, scores)
        for index in self._single:
            match = found.get(index)
            if match is None or not self._is_composite(index, found, columns):
                continue
            inner = np.array([is_inner(column, match.column) for column in columns])
            changed = scores.copy()
            changed[index] *= inner
            again = self._singly(columns, changed)
            if index in again and again.keys() >= found.keys():
                scores, found = changed, again
        return found

    def _is_composite(self, index: int, found: Mapping[int, Match], columns: Sequence[Column]) -> bool:
        """Whether a text's column is made of the columns of other fields, or of so many that it is a row."""
        match, kind = found[index], self._style_of(self.fields[index])
        if kind not in _BY_STYLE or match.column.attribute != TEXT:
            return False
        parts = inner_columns(match.column, columns)
        if len(parts) < 2 or (match.named_by is NamedBy.PAGE and not is_whole(match.column, columns)):
            return False
        others = {other.column.path.partition("@")[0] for place, other in found.items() if place != index}
        if any(column.path in others for column in parts):
            return True
        return kind is FieldKind.TITLE and len(parts) >= PARTS and not HEADLIKE.search(match.column.path)

    def _style_of(self, field: Field) -> FieldKind:
        return FieldKind.TITLE if field == self._naming else field.kind

    def _match(self, field: Field, column: Column, score: float, *, is_composite: bool = False) -> Match:
        name = max((self._name_score(label, field) for label in column.labels), default=0.0)
        named_by = NamedBy.PAGE if name >= NAMED else NamedBy.FORM
        return Match(column, float(score), is_composite=is_composite, named_by=named_by)

    def _singly(self, columns: Sequence[Column], scores: np.ndarray) -> dict[int, Match]:
        """Matches of the fields that want a column to themselves, by their number. For a typed field there is a way
        out: to be cut from the cells of its best column, whichever field has that one."""
        if not self._single:
            return {}
        part = scores[self._single]
        typed = [row for row, index in enumerate(self._single) if self.fields[index].kind in RECOGNISED]
        ways_out = np.zeros((len(part), len(typed)))
        for place, row in enumerate(typed):
            ways_out[row, place] = max(0.0, part[row].max() - COMPOSITE_COST)
        found: dict[int, Match] = {}
        for row, chosen in best_pairs(np.hstack((part, ways_out)).tolist()):
            is_cut = chosen >= len(columns)
            column = int(part[row].argmax()) if is_cut else chosen
            if part[row, column] > LEAST and (not is_cut or row == typed[chosen - len(columns)]):
                index = self._single[row]
                found[index] = self._match(self.fields[index], columns[column], part[row, column], is_composite=is_cut)
        return self._without_leftovers(found)

    def _without_leftovers(self, found: Mapping[int, Match]) -> dict[int, Match]:
        """The matches, less those of texts that nothing names but one: that a thing has a name says which column is the
        first of its names, and what is left over for the second says nothing."""
        kept = dict(found)
        for kind in _BY_STYLE:
            texts = [index for index in sorted(found) if self.fields[index].kind is kind]
            nameless = [index for index in texts if found[index].named_by is NamedBy.FORM]
            for index in nameless if len(nameless) < len(texts) else nameless[1:]:
                del kept[index]
        return kept

    def score(self, field: Field, seen: SeenColumn) -> float:
        """How well a column fits a field: 0 where it cannot."""
        if not seen.sample:
            return 0.0
        name = max((self._name_score(label, field) for label in seen.labels), default=0.0)
        if field.kind in _LINKS:
            return link_score(field, seen.column, seen.sample, seen.fill, name)
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

    def _score_address(self, field: Field, seen: SeenColumn, name: float) -> float:
        """Telephone numbers and mail addresses stand in links too."""
        scheme = {FieldKind.EMAIL: "mailto:", FieldKind.PHONE: "tel:"}.get(field.kind)
        if scheme is None or seen.column.attribute != "href":
            return 0.0
        share = sum(text.startswith(scheme) for text in seen.sample) / len(seen.sample)
        return (0.8 + 0.3 * name) * (share * seen.fill) ** 1.3

    def _typed_score(self, field: Field, seen: SeenColumn, name: float) -> float:
        if self._is_of_another(field, seen, name):
            return 0.0
        spans, is_bare = self._spans(field, seen, name)
        if not spans:
            return 0.0
        fill = seen.fill * len(spans) / len(seen.sample)
        purity = sum(min(1.0, len(span) / max(1, len(text))) for span, text in spans) / len(spans)
        purity -= BARE_COST * is_bare
        score = 0.35 + 0.35 * purity + 0.5 * name + (0.1 if seen.column.attribute in {"datetime", "content"} else 0.0)
        if field.kind is FieldKind.IDENTIFIER:
            if name < NAMED and any(name_score(label, _PRICE) >= NAMED for label in seen.labels):
                return 0.0  # what is called a price is no code, however many digits it has
            score += 0.1 * len({span for span, _ in spans}) / len(spans) - 0.15
        elif field.kind in {FieldKind.NUMBER, FieldKind.INTEGER}:
            score -= 0.25  # numbers are everywhere: without a name they say nothing
        elif field.kind is FieldKind.PRICE and is_old_column(seen.column, field):
            score -= OLD_COST + 0.5 * name  # "list price" names the price, and not the one that is asked for
        is_told = field.kind is FieldKind.PRICE and name >= NAMED and score >= TOLD
        return score * fill ** (TOLD_GAPS if is_told else GAPS)

    def _spans(self, field: Field, seen: SeenColumn, name: float) -> tuple[list[tuple[str, str]], bool]:
        """What is recognised of a column's values, each in its text; and whether it is amounts without their sign."""
        spans = seen.recognised(field.kind, self._tag, self._year)
        is_bare = False
        if field.kind is FieldKind.IDENTIFIER and name >= NAMED:
            named = [(code, text) for text in seen.sample if (code := whole_code(text) or named_code(text))]
            spans = max(spans, named, key=len)
        elif field.kind in _AMOUNTS and name >= NAMED:  # data for machines tells an amount without its sign
            bare = [(text, text) for text in seen.sample if _BARE_AMOUNT.fullmatch(text)]
            is_bare = len(bare) > len(spans)
            spans = max(spans, bare, key=len)
        if field.kind is FieldKind.PRICE and (spans or name >= NAMED):  # "free" may be said of much else
            spans = [*spans, *((text, text) for text in seen.sample if is_free(text))]
        return spans, is_bare

    def _is_of_another(self, field: Field, seen: SeenColumn, name: float) -> bool:
        """Whether what a column is called is another thing than the field's. "Shipping cost" names a cost as well."""
        labels = seen.labels if seen.column.headed else (*seen.labels, caption_beside(seen.column))
        if name >= NAMED:
            labels = labels[:1] if seen.column.headed and field.kind is FieldKind.PRICE else ()
        return any(names_another(label, field) for label in labels)

    def _text_score(self, field: Field, seen: SeenColumn, name: float) -> float:
        distinct, length, letters = seen.style()
        score = 0.15 + 0.75 * name
        if self._style_of(field) is FieldKind.TITLE:
            score += self._title_score(seen, distinct, length, letters)
            if "case name" in concepts_of(field.name)[:1]:
                score += PARTIES_GAIN * sum(bool(_PARTIES.search(text)) for text in seen.sample) / len(seen.sample)
        elif field.kind is FieldKind.DESCRIPTION:
            score += 0.3 * min(1.0, length / 200) + 0.1 * distinct
        else:
            score += 0.1 * letters
        if seen.column.attribute != TEXT:
            score -= 0.1
        if seen.column.headed and name < NAMED and _is_headed_otherwise(seen.labels[0], field):
            score -= OTHER_CAPTION
        return max(0.0, score) * seen.fill**1.1

    def _title_score(self, seen: SeenColumn, distinct: float, length: float, letters: float) -> float:
        sample = seen.sample
        element = next(iter(seen.column.cells.values())).element
        is_link = element is not None and (
            element.tag == "a" or element.find(".//a") is not None or next(element.iterancestors("a"), None) is not None
        )
        if letters <= WORDY:  # a name may stand beside a date
            bare = [without_typed(text, self._tag)[:200] for text in sample]
            letters = sum(map(letter_share, bare)) / len(bare) if min(map(letters_of, bare)) >= NAMELIKE else letters
        score = 0.3 * distinct - 0.1 + (0.2 if letters > WORDY else 0.0) + (0.15 if is_link else 0.0)
        score += length_gain(length) + (0.2 if HEADLIKE.search(seen.column.path) else 0.0)
        if len(sample) >= 4 and distinct < 0.3:
            score -= 0.5
        dates = seen.recognised(FieldKind.DATE, self._tag, self._year)
        dated = {text for _, text in dates}
        coded = sum(text in dated or _holds_code(text, self._tag) for text in sample[:30])
        score -= 0.3 * coded / len(sample[:30])
        beside = [letters_of(without_typed(text, self._tag)) for _, text in dates if len(text) < 40]
        if sum(letters < NAMELIKE for letters in beside) > 0.5 * len(sample):
            score -= 0.5
        return score


_CODES = (FieldKind.IDENTIFIER, FieldKind.EMAIL)
_PRICE = make_field("price")


def _holds_code(text: str, tag: str) -> bool:
    return any((span := recognise(kind, text, tag)) is not None and len(span.text) >= 4 for kind in _CODES)
