"""Learned extractors: what the columns of a site's template look like, so that they are known again on its next page.

A template holds column profiles and anchors (labels, class names), never paths: pages are mined anew each time, and a
column is recognised by what it is called and by what its values are like.
"""

from __future__ import annotations

import msgspec


class ColumnProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What a column is like. `rates` are the shares of its values that read as date, price, number, identifier, email
    and phone, and the share of letters; `length` is the median in characters, `distinct` the share of others."""

    attribute: str
    path: str
    anchors: tuple[str, ...]
    rates: tuple[float, ...]
    length: float
    distinct: float


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """Which column gives which field on pages of one kind of one site. `proofs` counts pages that bore it out;
    `misses` those since the last proof that did not."""

    site: str
    columns: dict[str, ColumnProfile]
    proofs: int = 0
    misses: int = 0
