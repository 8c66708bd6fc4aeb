"""Columns that somebody told: a model those of this page, an earlier page of the site those that it has too.

What is told only says which column a field's is. A column that its own page names otherwise, or whose values are not of
the field's kind, is left alone, whoever told it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from agent.extract.bearings import is_borne_out, width_of
from agent.extract.columns import LINK_ATTRIBUTES, MACHINE_ATTRIBUTES, Column
from agent.extract.labels import Labeller, Match
from agent.extract.reading import Ask
from agent.extract.splits import by_path, column_at
from agent.extract.templates import HALF, SAME, profile_of, similarity
from domain.evidence import Method
from domain.fields import Field, FieldKind
from domain.recognise import RECOGNISED, recognise
from domain.templates import ColumnProfile, NamedBy, Template, asked_of

OF_KIND = 0.6  # of a told column's values must be of the field's kind: some are put together, or missing
PURE = 0.8  # of a text's characters are one date or price: then it is no name
FORM_APART = 0.5  # between two shares of values of a kind: more, and the column holds something else now
TOLD_SCORE = 1.0  # on the labeller's scale: as a caption that names the field
SAMPLE = 40  # values that say whether a column may hold names

_NAMING = frozenset({FieldKind.TITLE, FieldKind.PERSON})
_OTHER_THAN_NAMES = (FieldKind.DATE, FieldKind.PRICE, FieldKind.EMAIL, FieldKind.PHONE)


class ToldLabeller:
    """Assigns by names and kinds, save for what it was told. `labels` are paths of this page's columns, by field;
    `templates` those of the site that no three pages have borne out yet."""

    def __init__(self, labeller: Labeller, labels: Mapping[str, str], templates: Sequence[Template], tag: str) -> None:
        self.fields = labeller.fields
        self._labeller = labeller
        self._labels = labels
        self._templates = templates
        self._tag = tag

    def assign(self, columns: Sequence[Column], rows: int) -> dict[str, Match]:
        matches = self._labeller.assign(columns, rows)
        told = self._by_model(columns) if self._labels else self._by_site(columns)
        return self._with_told(matches, told) if told else matches

    def _by_model(self, columns: Sequence[Column]) -> dict[str, Match]:
        known = by_path(columns)
        found = {}
        for field in self.fields:
            column = column_at(known, self._labels.get(field.name, ""))
            if column is not None and may_hold(column, field, self._tag):
                found[field.name] = Match(column, TOLD_SCORE, named_by=NamedBy.MODEL, method=Method.LABELLED)
        return found

    def _by_site(self, columns: Sequence[Column]) -> dict[str, Match]:
        """By the first template that most of its named columns are found of."""
        for template in self._templates:
            named = {name: each for name, each in template.columns.items() if each.named_by is not NamedBy.FORM}
            found = self._known_again(template, named, columns)
            if found and len(found) >= HALF * len(named):
                return found
        return {}

    def _known_again(
        self, template: Template, named: Mapping[str, ColumnProfile], columns: Sequence[Column]
    ) -> dict[str, Match]:
        scored = sorted(
            (
                (score, field.name, column, named[field.name])
                for field in self.fields
                if field.name in named
                for column, score in _like(template, field, columns, self._tag)
                if may_hold(column, field, self._tag)
            ),
            key=lambda each: -each[0],
        )
        found: dict[str, Match] = {}
        taken: set[str] = set()
        typed = {field.name for field in self.fields if field.kind in RECOGNISED}
        for _, name, column, profile in scored:
            if name not in found and (column.path not in taken or name in typed):
                found[name] = Match(column, TOLD_SCORE, named_by=profile.named_by, method=Method.TEMPLATE)
                taken.add(column.path)
        return found

    def _with_told(self, matches: Mapping[str, Match], told: Mapping[str, Match]) -> dict[str, Match]:
        """What the page itself names stands; what only its form spoke for gives way."""
        joined: dict[str, Match] = {}
        taken = {match.column.path for match in told.values()}
        for field in self.fields:
            ours, theirs = matches.get(field.name), told.get(field.name)
            if ours is not None and ours.named_by is NamedBy.PAGE:
                joined[field.name] = ours
            elif theirs is not None:
                joined[field.name] = _agreed(ours, theirs)
            elif ours is not None and (field.kind in RECOGNISED or ours.column.path not in taken):
                joined[field.name] = ours
        return _shared(joined)


def _agreed(ours: Match | None, theirs: Match) -> Match:
    """The page's own match where the two say the same, with who else says so."""
    if ours is None or ours.column.path != theirs.column.path:
        return theirs
    return Match(ours.column, max(ours.score, theirs.score), ours.is_composite, theirs.named_by)


def _shared(matches: Mapping[str, Match]) -> dict[str, Match]:
    """The matches; a column that serves several is one whose cells are cut."""
    paths = [match.column.path for match in matches.values()]
    return {
        name: Match(match.column, match.score, True, match.named_by, match.method)
        if paths.count(match.column.path) > 1
        else match
        for name, match in matches.items()
    }


def _like(template: Template, field: Field, columns: Sequence[Column], tag: str) -> Iterator[tuple[Column, float]]:
    """The columns that are where the profile's was, or called as it was, and hold the same kinds of values."""
    profile = template.columns[field.name]
    width = width_of(columns)
    part = column_at(by_path(columns), profile.path) if "~" in profile.path else None

    @cache
    def others() -> list[ColumnProfile]:
        return [profile_of(column, tag) for column in columns]

    for column in (part,) if part is not None else columns:
        if column.attribute != profile.attribute or not (
            column.path == profile.path or {label.lower() for label in column.labels} & set(profile.anchors)
        ):
            continue
        seen = profile_of(column, tag)
        apart = max(abs(ours - theirs) for ours, theirs in zip(profile.rates, seen.rates, strict=True))
        score = similarity(profile, seen)
        if apart <= FORM_APART and score >= SAME and is_borne_out(template, field, seen, width, others):
            yield column, score


def may_hold(column: Column, field: Field, tag: str) -> bool:
    """Whether a column's values can be the field's: of its kind, in all rows that have one; names are no dates."""
    cells = list(column.cells.values())
    if not cells:
        return False
    if field.kind in {FieldKind.URL, FieldKind.IMAGE}:
        return column.attribute == ("href" if field.kind is FieldKind.URL else "src")
    if field.kind in RECOGNISED:
        of_kind = sum(recognise(field.kind, cell.text, tag) is not None for cell in cells)
        return of_kind >= OF_KIND * len(cells)
    if column.attribute in MACHINE_ATTRIBUTES or column.attribute in LINK_ATTRIBUTES:
        return False
    return field.kind not in _NAMING or not is_typed(column, tag)


def is_typed(column: Column, tag: str) -> bool:
    """Whether most of a column's values are dates, prices or addresses of people, and nothing besides."""
    texts = column.texts(SAMPLE)
    return any(
        sum((span := recognise(kind, text, tag)) is not None and len(span.text) >= PURE * len(text) for text in texts)
        >= OF_KIND * len(texts)
        for kind in _OTHER_THAN_NAMES
    )


def learning_of(ask: Ask, site: str) -> list[Template]:
    """What the site's lists taught that is not proven yet, the best borne out first. What drifted is learned anew."""
    asked = asked_of(ask.fields)
    known = [
        each
        for each in ask.templates
        if each.proofs and not each.is_proven and (each.site, each.many, each.asked) == (site, True, asked)
    ]
    return sorted(known, key=lambda each: (-each.proofs, each.id))


def told_labeller(labeller: Labeller, ask: Ask, site: str, tag: str) -> Labeller | ToldLabeller:
    """The labeller, told what is known of the asked fields' columns beyond what the page says."""
    known = learning_of(ask, site)
    return ToldLabeller(labeller, ask.labels, known, tag) if ask.labels or known else labeller


def untold(matches: Mapping[str, Match], ask: Ask, site: str) -> tuple[str, ...]:
    """The fields that a model looked for in these columns on an earlier page, and found in none."""
    if not any(match.method is Method.TEMPLATE for match in matches.values()):
        return ()
    return tuple(sorted({name for each in learning_of(ask, site) for name in each.blanks}))
