"""Learned extractors of sites, as values: where a site's pages keep each asked field.

They hold what a column or a place is called and what its values are like, so that they are known again when a page has
more rows, other values or another order. Nothing of a page's values is kept but their form.
"""

from __future__ import annotations

import msgspec

from domain.fields import Field

PROOFS = 3  # pages that must bear a template out before it is replayed


class ColumnProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What a column of a list is like. `path` is its place within a row. `rates` are the shares of its values that hold
    a date, price, number, identifier, email and phone, then the share of letters; `length` is their median in
    characters, `distinct` the share of different ones. `proofs` counts the pages that gave the field there."""

    attribute: str
    path: str
    anchors: tuple[str, ...]
    rates: tuple[float, ...]
    length: float
    distinct: float
    proofs: int = 1


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page about one thing shows a field: beside a `caption` (folded), or, without one, at a `path` of tags and
    classes. `forms` are what its values looked like. `proofs` counts the pages that gave the field there."""

    caption: str
    path: str
    forms: tuple[str, ...]
    proofs: int = 1


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """How to read pages of one kind of one site for one set of fields.

    `many`: its pages list things, with a column for each field in `columns`, in rows that are `row` ("" where that is
    to be found out); else they are about one thing, and `places` has for each field where it may stand. `proofs` counts
    pages that bore it out, `pages` are the hashes of the first of them; `misses` counts pages in a row that it did not
    fit, `drift` says why it was last demoted. `blanks` counts, by field, pages on which a model found none.
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

    @property
    def is_proven(self) -> bool:
        return self.proofs >= PROOFS

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that it knows where to find, proven or not."""
        return tuple(sorted(self.columns if self.many else self.places))


def asked_of(fields: tuple[Field, ...]) -> tuple[str, ...]:
    """What a template is for: the names and kinds of the fields, in any order."""
    return tuple(sorted(f"{field.name}:{field.kind.value}{'[]' if field.many else ''}" for field in fields))
