"""Learned extractors: what the columns of a site's template look like, so that they are known again on its next page.

A template holds column profiles and anchors (labels, class names), never paths: pages are mined anew each time, and a
column is recognised by what it is called and by what its values are like. Pure values and functions; whoever keeps
templates calls `learn`, then `proved_by` with each further page, and hands proven ones back with the next question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from scipy.optimize import linear_sum_assignment

from agent.extract.columns import Column
from agent.extract.labels import Match
from domain.fields import Field, FieldKind
from domain.recognise import recognise

SAMPLE = 40  # values of a column that make its profile
PROOFS = 3  # pages that must bear a template out before it is replayed
MISSES = 2  # pages in a row that do not, and it has to be proven again
ALIKE = 0.45  # similarity for a column to be the profile's; unrelated columns of one page stay below
SAME = 0.6  # similarity for two pages to have taught the same
HALF = 0.5  # of a template's columns must be found on a page for it to be of the template

_KINDS = (
    FieldKind.DATE,
    FieldKind.PRICE,
    FieldKind.NUMBER,
    FieldKind.IDENTIFIER,
    FieldKind.EMAIL,
    FieldKind.PHONE,
)


class ColumnProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What a column is like. `path` is its place within a row. `rates` are the shares of its values that hold a date,
    price, number, identifier, email and phone, then the share of letters; `length` is their median in characters,
    `distinct` the share of different ones."""

    attribute: str
    path: str
    anchors: tuple[str, ...]
    rates: tuple[float, ...]
    length: float
    distinct: float


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """Which column gives which field on pages of one kind of one site. `proofs` counts pages that bore it out,
    `misses` those since the last proof that did not."""

    site: str
    columns: dict[str, ColumnProfile]
    proofs: int = 0
    misses: int = 0

    @property
    def is_proven(self) -> bool:
        return self.proofs >= PROOFS


def profile_of(column: Column, tag: str) -> ColumnProfile:
    values = column.texts(SAMPLE)
    lengths = sorted(map(len, values))
    letters = sum(sum(map(str.isalpha, value)) for value in values) / max(1, sum(lengths))
    rates = tuple(sum(recognise(kind, value, tag) is not None for value in values) / len(values) for kind in _KINDS)
    return ColumnProfile(
        attribute=column.attribute,
        path=column.path,
        anchors=tuple(sorted({label.lower() for label in column.labels if len(label) < 40})),
        rates=(*rates, letters),
        length=float(lengths[len(lengths) // 2]),
        distinct=len(set(values)) / len(values),
    )


def similarity(first: ColumnProfile, second: ColumnProfile) -> float:
    """0 to about 1.3: by place, by what the two are called, and by what their values are like. Weights as found best
    across snapshots of sites years apart, where names last longest."""
    if first.attribute != second.attribute:
        return 0.0
    score = 0.35 * (first.path == second.path) + 0.2 * (_tail(first.path) == _tail(second.path))
    ours, theirs = set(first.anchors), set(second.anchors)
    if ours and theirs:
        score += 0.4 * len(ours & theirs) / len(ours | theirs)
    elif not ours and not theirs:
        score += 0.1
    apart = sum(abs(a - b) for a, b in zip(first.rates, second.rates, strict=True))
    score += 0.35 * (1 - apart / len(first.rates))
    score += 0.15 * min(first.length, second.length) / max(first.length, second.length, 1.0)
    return score + 0.1 * (1 - abs(first.distinct - second.distinct))


def _tail(path: str) -> str:
    return re.sub(r"\d+", "", path.rsplit("/", 1)[-1])


def learn(matches: Mapping[str, Match], site: str, tag: str) -> Template:
    """What a page teaches, from the columns that gave its fields: by names, by a model or by a person."""
    return Template(
        site=site, columns={name: profile_of(match.column, tag) for name, match in matches.items()}, proofs=1
    )


def proved_by(template: Template, taught: Template) -> Template:
    """The template after another page of its kind was read without it. A page that taught the same proves it; one that
    did not is a miss, and after `MISSES` in a row the template has drifted: it starts anew from the page."""
    if _agrees(template, taught):
        return msgspec.structs.replace(template, proofs=template.proofs + 1, misses=0)
    if template.misses + 1 >= MISSES:
        return msgspec.structs.replace(taught, proofs=1, misses=0)
    return msgspec.structs.replace(template, misses=template.misses + 1)


def _agrees(template: Template, taught: Template) -> bool:
    shared = template.columns.keys() & taught.columns.keys()
    if len(shared) < max(1.0, HALF * len(template.columns)):
        return False
    return all(similarity(template.columns[name], taught.columns[name]) >= SAME for name in shared)


class TemplateLabeller:
    """Assigns columns by a template, where a labeller would by names and kinds. Uses no tokens and no vocabulary."""

    def __init__(self, template: Template, fields: Sequence[Field], tag: str) -> None:
        self.fields = tuple(field for field in fields if field.name in template.columns)
        self._profiles = [template.columns[field.name] for field in self.fields]
        self._tag = tag

    def assign(self, columns: Sequence[Column], rows: int) -> dict[str, Match]:
        """The column that is most like each profile; empty where too few are like any: the page is of another kind."""
        if not columns or not self.fields or not rows:
            return {}
        seen = [profile_of(column, self._tag) for column in columns]
        scores = np.array([[similarity(profile, other) for other in seen] for profile in self._profiles])
        scores *= np.array([min(1.0, column.fill(rows) + 0.1) for column in columns])
        found: dict[str, Match] = {}
        for place, chosen in zip(*linear_sum_assignment(scores, maximize=True), strict=True):
            if scores[place, chosen] >= ALIKE:
                found[self.fields[place].name] = Match(columns[chosen], float(scores[place, chosen]))
        for place, field in enumerate(self.fields):  # fields that shared a composite cell share one again
            best = int(scores[place].argmax())
            if field.name not in found and scores[place, best] >= SAME:
                found[field.name] = Match(columns[best], float(scores[place, best]), is_composite=True)
        return found if len(found) >= HALF * len(self.fields) else {}


def fitting(templates: Sequence[Template], site: str, fields: Sequence[Field]) -> Template | None:
    """The proven template of a site that has all asked fields, the most proven first."""
    names = {field.name for field in fields}
    known = [
        template
        for template in templates
        if template.site == site and template.is_proven and names and names <= template.columns.keys()
    ]
    return max(known, key=lambda template: template.proofs, default=None)
