"""Learned extractors: what the columns of a site's template look like, so that they are known again on its next page.

A template holds column profiles and anchors (labels, class names), never paths: pages are mined anew each time, and a
column is recognised by what it is called and by what its values are like. Pure functions; whoever keeps templates calls
`proved_by` with each further page that agrees, and hands proven ones back with the next question.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from agent.extract.assignment import best_pairs
from agent.extract.bearings import is_borne_out, width_of
from agent.extract.columns import Column
from agent.extract.labels import Match
from agent.extract.splits import by_path, column_at
from domain.fields import Field, FieldKind
from domain.recognise import recognise
from domain.templates import PROOFS, ColumnProfile, NamedBy, Place, Template, asked_of

SAMPLE = 40  # values of a column that make its profile
ENOUGH = 5  # values by which to tell how they are written
MISSES = 2  # pages in a row that do not fit, and a template has to be proven again
ABSENT = 5  # pages on which a model found no such field, and none that has it: the site does not tell it
AUDIT_EVERY = 8  # one replayed page in so many is read by the rules as well, and the two are compared
MAX_PLACES = 8  # where one value stands on one page: later pages tell which place is the field's
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
        wording=_wording_of(values) if len(values) >= ENOUGH else (),
    )


def _wording_of(values: Sequence[str]) -> tuple[float, ...]:
    words = [word for value in values for word in value.split()]
    counted, many = max(1, len(words)), len(values)
    return (
        len(words) / many,
        sum(word[0].isupper() for word in words) / counted,
        sum(len(word) > 1 and word.isupper() for word in words) / counted,
        sum(any(map(str.isdigit, value)) for value in values) / many,
        sum(not value[-1:].isalnum() for value in values) / many,
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


def learn(
    matches: Mapping[str, Match],
    fields: tuple[Field, ...],
    site: str,
    tag: str,
    *,
    page: str,
    row: str = "",
    width: int = 0,
) -> Template:
    """What a list teaches, from the columns that gave its fields: by names, by a model or by a person. `page` is the
    hash of its source, `row` what its rows are, of `width` cells."""
    columns = {
        name: msgspec.structs.replace(profile_of(match.column, tag), named_by=match.named_by)
        for name, match in matches.items()
    }
    return taught(site, fields, page, many=True, columns=columns, row=row, width=width)


def taught(site: str, fields: tuple[Field, ...], page: str, *, many: bool, **found: Any) -> Template:
    """A template that one page bore out."""
    asked = asked_of(fields)
    identity = hashlib.sha256("\n".join((site, str(many), *asked, page)).encode()).hexdigest()[:32]
    return Template(id=identity, site=site, many=many, asked=asked, proofs=1, pages=(page[:16],), **found)


def agrees(template: Template, other: Template) -> bool:
    """Whether two teachings are of one kind of page."""
    if (template.site, template.many, template.asked) != (other.site, other.many, other.asked):
        return False
    shared = set(template.fields) & set(other.fields)
    if len(shared) < max(1.0, HALF * min(len(template.fields), len(other.fields))):
        return False
    if template.many:
        return all(similarity(template.columns[name], other.columns[name]) >= SAME for name in shared)
    same = sum(bool(_common(template.places[name], other.places[name])) for name in shared)
    return same > HALF * len(shared)


def proved_by(template: Template, other: Template) -> Template:
    """The template after a further page that agrees was read without it. It learns what the page knows and it does not.
    A page that was counted already proves nothing anew."""
    if other.pages and other.pages[0] in template.pages:
        return template
    blanks = dict(template.blanks)
    for name, count in other.blanks.items():
        blanks[name] = blanks.get(name, 0) + count
    told = {*template.fields, *other.fields}
    return msgspec.structs.replace(
        template,
        columns={**other.columns, **{name: _seen_again(template, other, name) for name in template.columns}},
        places={name: _narrowed(template.places.get(name, ()), other.places.get(name, ())) for name in told}
        if not template.many
        else {},
        row=template.row if template.row == other.row else "",
        width=template.width if template.width == other.width else 0,
        proofs=template.proofs + 1,
        pages=(*template.pages, *other.pages)[:PROOFS],
        misses=0,
        drift="",
        blanks={name: count for name, count in blanks.items() if name not in told},
    )


def missed(template: Template, why: str, *, contradicted: bool) -> Template:
    """The template after a page of its site that it does not fit. What contradicts it, or the second miss in a row,
    takes its proof away: it has drifted."""
    misses = template.misses + 1
    if contradicted or misses >= MISSES:
        return _unproven(msgspec.structs.replace(template, misses=misses, drift=why))
    return msgspec.structs.replace(template, misses=misses)


def _unproven(template: Template) -> Template:
    return msgspec.structs.replace(
        template,
        proofs=0,
        pages=(),
        columns={name: msgspec.structs.replace(each, proofs=0) for name, each in template.columns.items()},
        places={
            name: tuple(msgspec.structs.replace(each, proofs=0) for each in places)
            for name, places in template.places.items()
        },
    )


def proven_fields(template: Template) -> frozenset[str]:
    """The fields whose place enough pages bore out."""
    if template.many:
        return frozenset(name for name, column in template.columns.items() if column.proofs >= PROOFS)
    return frozenset(
        name for name, places in template.places.items() if any(place.proofs >= PROOFS for place in places)
    )


def settled_fields(template: Template) -> tuple[str, ...]:
    """Fields for which a model need not be asked where the template was replayed: it knows where they stand, or that
    the site does not tell them. Of a list a model saw all columns at once."""
    enough = 1 if template.many else ABSENT
    return tuple(sorted(proven_fields(template) | {name for name, count in template.blanks.items() if count >= enough}))


def named_places(template: Template) -> dict[str, tuple[Place, ...]]:
    """The places that a model pointed at, and that no later page disproved: they serve from the next page on, and what
    that page tells bears them out."""
    named = {
        name: tuple(place for place in places if place.named_by is NamedBy.MODEL and place.proofs)
        for name, places in template.places.items()
    }
    return {name: places for name, places in named.items() if places}


def is_audited(snapshot: str) -> bool:
    """Whether a page, by the hash of its source, is one on which a replay is checked."""
    return int(snapshot[:8], 16) % AUDIT_EVERY == 0


def _seen_again(template: Template, other: Template, name: str) -> ColumnProfile:
    ours, theirs = template.columns[name], other.columns.get(name)
    if theirs is None:
        return ours
    named_by = theirs.named_by if ours.named_by is NamedBy.FORM else ours.named_by
    return msgspec.structs.replace(ours, proofs=ours.proofs + 1, named_by=named_by)


def _common(first: tuple[Place, ...], second: tuple[Place, ...]) -> list[tuple[Place, Place]]:
    """Places that are in both: beside the same caption, or, where neither has one, at the same path."""
    return [
        (ours, theirs)
        for ours in first
        for theirs in second
        if ours.caption == theirs.caption and (ours.path == theirs.path or ours.caption)
    ]


def _narrowed(ours: tuple[Place, ...], theirs: tuple[Place, ...]) -> tuple[Place, ...]:
    """Where a field may stand after a further page: the places that both pages gave. A value may stand in other places
    by chance, and at each page in others."""
    if not ours or not theirs:
        return ours or theirs
    pairs = _common(ours, theirs)
    if not pairs:
        return ours if ours[0].proofs >= PROOFS else theirs
    kept: dict[tuple[str, str], Place] = {}
    for our, their in pairs:
        forms = tuple(sorted({*our.forms, *their.forms}))
        named_by = their.named_by if our.named_by is NamedBy.FORM else our.named_by
        grown = msgspec.structs.replace(
            our,
            forms=forms,
            proofs=our.proofs + 1,
            named_by=named_by,
            unlinked=our.unlinked and their.unlinked,
        )
        kept.setdefault((our.caption, our.path), grown)
    return tuple(kept.values())


class TemplateLabeller:
    """Assigns columns by a template, where a labeller would by names and kinds. Uses no tokens and no vocabulary."""

    def __init__(self, template: Template, fields: Sequence[Field], tag: str, *, proven_only: bool = True) -> None:
        known = proven_fields(template) if proven_only else frozenset(template.columns)
        self.fields = tuple(field for field in fields if field.name in known)
        self._template = template
        self._profiles = [template.columns[field.name] for field in self.fields]
        self._tag = tag

    def assign(self, columns: Sequence[Column], rows: int) -> dict[str, Match]:
        """The column that is most like each profile; empty where too few are like any: the page is of another kind."""
        if not columns or not self.fields or not rows:
            return {}
        columns = [*columns, *self._parts(columns)]
        seen = [profile_of(column, self._tag) for column in columns]
        width = width_of(columns)
        scores = np.array([[self._likeness(field, other, width, seen) for other in seen] for field in self.fields])
        scores *= np.array([min(1.0, column.fill(rows) + 0.1) for column in columns])
        found: dict[str, Match] = {}
        shared = self._sharing()
        for group, chosen in best_pairs([scores[places].max(axis=0).tolist() for places in shared]):
            fitted = [place for place in shared[group] if scores[place, chosen] >= ALIKE]
            for place in fitted:
                score = float(scores[place, chosen])
                found[self.fields[place].name] = Match(columns[chosen], score, is_composite=place != fitted[0])
        return found if len(found) >= HALF * len(self.fields) else {}

    def _sharing(self) -> list[list[int]]:
        """The numbers of the fields by the column that gave them: those of one cell stay together, whichever of them is
        likest. A code is cut from what is another field's."""
        groups: dict[tuple[str, str], list[int]] = {}
        for place, profile in enumerate(self._profiles):
            groups.setdefault((profile.path, profile.attribute), []).append(place)
        is_code = [field.kind is FieldKind.IDENTIFIER for field in self.fields]
        return [sorted(places, key=is_code.__getitem__) for places in groups.values()]

    def _likeness(self, field: Field, seen: ColumnProfile, width: int, others: Sequence[ColumnProfile]) -> float:
        profile = self._template.columns[field.name]
        return similarity(profile, seen) if is_borne_out(self._template, field, seen, width, lambda: others) else 0.0

    def _parts(self, columns: Sequence[Column]) -> list[Column]:
        """The parts of cells that the template was taught."""
        known = by_path(columns)
        parts = (column_at(known, profile.path) for profile in self._profiles if profile.path not in known)
        return [part for part in parts if part is not None]


def fitting(templates: Sequence[Template], site: str, fields: tuple[Field, ...], *, many: bool) -> list[Template]:
    """The proven templates for just this question to a site: those that a person put right, then the most proven."""
    asked = asked_of(fields)
    known = [
        template
        for template in templates
        if template.is_proven
        and proven_fields(template)
        and (template.site, template.many, template.asked) == (site, many, asked)
    ]
    return sorted(known, key=lambda template: (not template.corrected, -template.proofs, template.id))
