"""Learned extractors of sites, as values: where a site's pages keep each asked field.

They hold what a column or a place is called and what its values are like, so that they are known again when a page has
more rows, other values or another order. Nothing of a page's values is kept but their form.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from enum import StrEnum

import msgspec

from domain.errors import InvalidInput
from domain.fields import Field

PROOFS = 3  # pages that must bear a template out before it is replayed
RATES = 7  # of a column: shares of six kinds of values, and of letters
WORDING = 5  # measures of how a column's texts are written
MAX_WORDS = 500  # characters of a caption, a path, a name: a template that comes from outside has no longer ones
MAX_PARTS = 200  # fields, anchors, forms or places of one
MAX_BYTES = 64_000  # one that was learned of a page has some 3,000, and an account keeps thousands
MAX_COUNT = 1_000_000_000
_ID = re.compile(r"[0-9a-f]{32}")


class NamedBy(StrEnum):
    """What says that a column of a list, or a place of a page, is a field's."""

    FORM = "form"  # what its values are like, and that no other column is more so; that a value stands at a place
    PAGE = "page"  # a caption, class or key of the page
    MODEL = "model"
    PERSON = "person"


class ColumnProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What a column of a list is like. `path` is its place within a row. `rates` are the shares of its values that hold
    a date, price, number, identifier, email and phone, then the share of letters; `length` is their median in
    characters, `distinct` the share of different ones. `wording` tells texts of one kind from those of another: words a
    value, the shares of words that begin with a capital and that are in capitals, the shares of values with a digit and
    that end in no letter or digit; empty where values were few. `proofs` counts the pages that gave the field there."""

    attribute: str
    path: str
    anchors: tuple[str, ...]
    rates: tuple[float, ...]
    length: float
    distinct: float
    named_by: NamedBy = NamedBy.FORM
    proofs: int = 1
    wording: tuple[float, ...] = ()


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page about one thing shows a field: beside a `caption` (folded), or, without one, at a `path` of tags and
    classes. `forms` are what its values looked like. `proofs` counts the pages that gave the field there. One that is
    named by a model is the one place that it pointed at, and no other place where the value stands as well. `unlinked`:
    on no page that taught it did a link to another page stand before it, in what it is in."""

    caption: str
    path: str
    forms: tuple[str, ...]
    proofs: int = 1
    named_by: NamedBy = NamedBy.FORM
    unlinked: bool = False


class TemplateState(StrEnum):
    """How far a template is."""

    PROVEN = "proven"  # it is replayed
    LEARNING = "learning"  # too few pages bore it out yet
    DEMOTED = "demoted"  # it was proven, and its site changed


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """How to read pages of one kind of one site for one set of fields.

    `many`: its pages list things, with a column for each field in `columns`, in rows that are `row` ("" where that is
    to be found out) of `width` cells (0: no table's, or not always as many); else they are about one thing, and
    `places` has for each field where it may stand. `proofs` counts pages that bore it out, `pages` are the hashes of
    the first of them; `misses` counts pages in a row that it did not fit, `drift` says why it was last demoted.
    `blanks` counts, by field, pages on which a model found none. `corrected` are fields whose place a person showed: no
    rule's reading takes the proof from these.
    """

    id: str
    site: str
    many: bool
    asked: tuple[str, ...]
    columns: dict[str, ColumnProfile] = {}
    places: dict[str, tuple[Place, ...]] = {}
    row: str = ""
    proofs: int = 0
    pages: tuple[str, ...] = ()
    misses: int = 0
    drift: str = ""
    blanks: dict[str, int] = {}
    corrected: tuple[str, ...] = ()
    width: int = 0

    @property
    def is_proven(self) -> bool:
        return self.proofs >= PROOFS

    @property
    def state(self) -> TemplateState:
        if self.is_proven:
            return TemplateState.PROVEN
        return TemplateState.DEMOTED if self.drift else TemplateState.LEARNING

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it knows where to find, proven or not."""
        return tuple(sorted(self.columns if self.many else self.places))


def asked_of(fields: tuple[Field, ...]) -> tuple[str, ...]:
    """What a template is for: the names and kinds of the fields, in any order."""
    return tuple(sorted(f"{field.name}:{field.kind.value}{'[]' if field.many else ''}" for field in fields))


def checked_template(template: Template, where: str) -> Template:
    """A template that came from outside. Raises InvalidInput, naming what in it no template of ours would have."""
    for part, problem in _problems(template):
        raise InvalidInput(fields={f"{where}.{part}": problem})
    return template


def _problems(template: Template) -> Iterator[tuple[str, str]]:
    if not _ID.fullmatch(template.id):
        yield "id", "32 hex digits"
    if template.many == bool(template.places):
        yield "places", "a template of lists has columns, one of pages about one thing has places"
    if not template.site or not template.asked or not template.fields:
        yield "site", "a template has a site, what it was asked for, and a place for a field"
    parts = (template.asked, template.columns, template.places, template.pages, template.blanks, template.corrected)
    if any(len(each) > MAX_PARTS for each in parts):
        yield "asked", f"at most {MAX_PARTS} of each"
    names = (template.site, template.row, template.drift, *template.asked, *template.pages, *template.corrected)
    if any(len(text) > MAX_WORDS for text in (*names, *template.columns, *template.places, *template.blanks)):
        yield "site", f"at most {MAX_WORDS} characters a text"
    counts = (template.proofs, template.misses, template.width, *template.blanks.values())
    if not all(0 <= count <= MAX_COUNT for count in counts):
        yield "proofs", f"counts are from 0 to {MAX_COUNT}"
    for name, column in template.columns.items():
        if not _is_sound(column):
            yield f"columns.{name}", f"{RATES} rates and measures that are numbers, short texts, a count of proofs"
    for name, places in template.places.items():
        if not places or len(places) > MAX_PARTS or not all(_is_place(place) for place in places):
            yield f"places.{name}", "places with short texts and a count of proofs"
    if len(msgspec.json.encode(template)) > MAX_BYTES:
        yield "id", f"at most {MAX_BYTES} bytes of JSON a template"


def _is_sound(column: ColumnProfile) -> bool:
    measures = (*column.rates, column.length, column.distinct, *column.wording)
    texts = (column.attribute, column.path, *column.anchors)
    return (
        len(column.rates) == RATES
        and len(column.wording) in {0, WORDING}
        and all(math.isfinite(measure) and 0 <= measure <= MAX_COUNT for measure in measures)
        and len(column.anchors) <= MAX_PARTS
        and all(len(text) <= MAX_WORDS for text in texts)
        and 0 <= column.proofs <= MAX_COUNT
    )


def _is_place(place: Place) -> bool:
    texts = (place.caption, place.path, *place.forms)
    return (
        len(place.forms) <= MAX_PARTS
        and all(len(text) <= MAX_WORDS for text in texts)
        and 0 <= place.proofs <= MAX_COUNT
    )
