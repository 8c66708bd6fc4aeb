"""Captions that name another thing than a field asks for, though its values are of the field's form: "Updated" over
days, where it is asked when a museum opened; "Deposit" over amounts, where the price is asked; "Fax"."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import islice

import lxml.html

from agent.extract.captions import CAPTION_TAGS, MAX_CAPTION, label_of
from agent.extract.columns import TEXT, Column
from agent.extract.price_words import names_other_amount
from agent.extract.vocabulary import CONCEPTS, canonical_name, concepts_of
from domain.fields import Field, FieldKind, words_of

_DATES = (
    *("date filed", "date published", "date added", "date modified", "date opened", "birth date"),
    *("start", "end", "deadline"),
)
_OF_RECORD = frozenset({"date added", "date modified"})  # days of what is written of a thing, and not of the thing
_BESIDE_DATES = frozenset({"date", "day", "datum", "on", "at", "last", "the", "of", "le", "am", "el", "il"})
_COUNTING = frozenset({"quantity", "docket_number"})  # "No.", "Count": of anything
_CODES = frozenset({"isbn", "phone", "fax", "postcode", "year", "population"})

SAMPLE = 12  # cells of a column beside which its caption is looked for
MOSTLY = 0.6  # of them


def caption_beside(column: Column) -> str:
    """The caption that most cells of a column of texts have right before them; empty where they have none."""
    if column.attribute != TEXT:
        return ""
    cells = list(islice(column.cells.values(), SAMPLE))
    told = Counter(caption_before(cell.element) for cell in cells if cell.element is not None)
    caption, count = told.most_common(1)[0] if told else ("", 0)
    return caption if count >= MOSTLY * len(cells) else ""


def caption_before(element: lxml.html.HtmlElement) -> str:
    """The caption right before an element that holds a value; empty where there is none."""
    before = element.getprevious()
    if before is None or not isinstance(before.tag, str) or (before.tail or "").strip(" :\n\t"):
        return ""
    text = "".join(islice(before.itertext(), MAX_CAPTION)).strip()
    return label_of(text) if before.tag in CAPTION_TAGS or text.endswith((":", "：")) else ""


def names_another(label: str, field: Field) -> bool:
    """Whether a caption is the name of a thing that is not the field's. A caption that is not known names none."""
    match field.kind:
        case FieldKind.DATE:
            return _is_another_date(label, field)
        case FieldKind.PRICE:
            return names_other_amount(label) and not any(map(names_other_amount, (field.name, *field.synonyms)))
        case FieldKind.PHONE:
            return _canonical(label) == "fax" and "fax" not in concepts_of(field.name)
        case FieldKind.NUMBER | FieldKind.INTEGER:
            return _canonical(label) not in {"", *_COUNTING, *_own(field)}
        case FieldKind.IDENTIFIER:
            return _canonical(label) in _CODES.difference(_own(field))
    return False


def _canonical(label: str) -> str:
    return canonical_name(label) or canonical_name(" ".join(words_of(label)).removesuffix("s"))


def _own(field: Field) -> set[str]:
    return {concept.replace(" ", "_") for name in (field.name, *field.synonyms) for concept in concepts_of(name)}


def _is_another_date(label: str, field: Field) -> bool:
    """A field that asks for a date in words of its own, which are not known, asks for a day of the thing."""
    told = _dates_of(label)
    if not told:
        return False
    own = frozenset().union(*map(_dates_of, (field.name, *field.synonyms)))
    own |= {concept for concept in concepts_of(field.name) if concept in _DATES}
    if own:
        return told.isdisjoint(own)
    return told <= _OF_RECORD and concepts_of(field.name) != ("date",)


@lru_cache(maxsize=4096)
def _dates_of(label: str) -> frozenset[str]:
    """The dates that a label can name as a whole: "Posted on" is the day of publication, or that of the listing."""
    return _named_dates().get(_telling(label), frozenset())


@lru_cache(maxsize=1)
def _named_dates() -> dict[str, frozenset[str]]:
    named: dict[str, frozenset[str]] = {}
    for concept in _DATES:
        for name in (concept, *CONCEPTS[concept]):
            if telling := _telling(name):
                named[telling] = named.get(telling, frozenset()) | {concept}
    return named


def _telling(label: str) -> str:
    return " ".join(word for word in words_of(label) if word not in _BESIDE_DATES)
