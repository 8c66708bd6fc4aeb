"""Which text of a row names its thing, where nothing is called as the field is."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from agent.extract.columns import TEXT, Column
from domain.fields import Field, FieldKind

SAMPLE = 24  # texts of a column that are counted
LENGTH_GAIN = 0.15  # for a text as long as names are
HEADLIKE = re.compile(r"(?:^|[/:])(?:h[1-6]|b|strong)\d*(?=[/@#.\[]|$)|title|name|heading", re.I)

# A heading or a link is the row's own name.
_SHOWN_NAME = re.compile(rf"{HEADLIKE.pattern}|(?:^|/)a[\d.]*[^/]*$", re.I)
# What lists are of: asked without a title, it is the name of the thing.
_THINGS = frozenset(
    """event concert show exhibition talk lecture session workshop course class lesson tour film movie play game
    job position vacancy role opening product item article model book song album recipe dish hotel room restaurant
    shop store venue club museum school company firm organisation organization charity project grant tender property
    apartment house car vehicle plant animal service member person player team artist speaker""".split()  # noqa: SIM905
)


def length_gain(length: float) -> float:
    """What the usual length of a text says for it as a name."""
    if length < 4 or length > 300:
        return -0.2
    return LENGTH_GAIN if 12 <= length <= 160 else -0.05 if length > 160 else 0.0


def naming_field(fields: Sequence[Field]) -> Field | None:
    """The text that names each thing, where no title is asked for: the first that is called as things are."""
    if any(field.kind in {FieldKind.TITLE, FieldKind.PERSON} for field in fields):
        return None
    texts = (field for field in fields if field.kind is FieldKind.TEXT and not field.many)
    return next((field for field in texts if field.name.lower() in _THINGS), None)


def _words(column: Column) -> int:
    """How many words the texts of a column have, typically."""
    counts = sorted(len(text.split()) for text in column.texts(SAMPLE))
    return counts[len(counts) // 2]


def prefer_first(columns: Sequence[Column], scores: np.ndarray, least: float) -> None:
    """Of texts that only their length tells apart, the first in the row is the name: what follows tells of it."""
    around = {column.path.rpartition("/")[0] for column in columns}
    texts = [place for place, each in enumerate(columns) if each.attribute == TEXT and each.path not in around]
    if not texts:
        return
    best = max(texts, key=lambda place: scores[place])
    top = float(scores[best])
    if columns[best].headed or _SHOWN_NAME.search(columns[best].path):
        return
    near = [place for place in texts if scores[place] >= max(least, top - LENGTH_GAIN - 0.01)]
    if not near:
        return
    first = columns[near[0]]
    is_shown = _SHOWN_NAME.search(first.path) is not None
    if not is_shown and _words(first) == 1 < _words(columns[best]):  # a town, a kind: names of things are longer
        return
    for place in near[1:]:  # lowered, none is raised: a list is no likelier for it
        scores[place] = min(scores[place], scores[near[0]] - 0.01)
