"""What a model is asked about the cells of a page about one thing, and what it says: cells by number, never a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from domain.budgets import Spend
from domain.events import WarningKind
from domain.fields import Field
from domain.templates import Place

Key = tuple[str, ...]
Pair = tuple[str, Key]
"""A field's name, and the key of a cell that may hold it."""

# Times that a model is asked about a field's cells on one site: without success, for pages have ever new cells that are
# not the field's; and at all, for some have its own in ever new places.
IN_VAIN = 3
MOST_TIMES = 8


class ShownCell(msgspec.Struct, frozen=True, kw_only=True):
    """A place of the page as a model sees it. `called` is the caption beside it, or else its tag and classes; `samples`
    are the first of its `count` texts, cut short; `holds` are the fields, by name, that its texts can be values of."""

    place: Place
    called: str
    samples: tuple[str, ...]
    count: int
    holds: frozenset[str]

    @property
    def key(self) -> Key:
        """What is the same for this cell on all pages of a kind: its caption; without one its path, and the form of its
        text, by which it is known there. Items of a list have several forms."""
        if self.place.caption:
            return (self.place.caption,)
        return ("", self.place.path, *(self.place.forms if self.count == 1 else ()))


class PlaceQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """The cells of one page, and the fields that are looked for in them. `known` are texts that the rules read values
    of. `is_whole`: the page says nothing besides these and what the cells show in full."""

    site: str
    entity: str
    fields: tuple[Field, ...]
    cells: tuple[ShownCell, ...]
    known: tuple[str, ...] = ()
    is_whole: bool = False


class PlaceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`places` by field. `answered` False: no model said anything, and `warnings` tell why. `open` are fields that the
    page may tell all the same: in words within a cell, as the model says, or in cells that it was not shown."""

    places: dict[str, Place] = {}
    open: frozenset[str] = frozenset()
    answered: bool = False
    spend: Spend = Spend()
    warnings: tuple[tuple[WarningKind, str], ...] = ()


class ToldPlaces:
    """What a model said of the cells of a site's pages, for one set of fields: which are which field's, and which it
    saw and named for none. It is asked again only about cells that are new to it, and of each field only so often."""

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()
        self._vain: Counter[str] = Counter()
        self._in_words: set[str] = set()
        self._named: dict[str, set[Key]] = {}
        self._seen: set[Pair] = set()

    def places(self, question: PlaceQuestion) -> dict[str, Place]:
        """What is known of the question's fields already, on its own page."""
        found: dict[str, Place] = {}
        for field in question.fields:
            named = self._named.get(field.name, set())
            cell = next((each for each in question.cells if each.key in named and field.name in each.holds), None)
            if cell is not None:
                found[field.name] = cell.place
        return found

    def left(self, question: PlaceQuestion, being_asked: Iterable[PlaceQuestion] = ()) -> PlaceQuestion | None:
        """What of a question is to be asked still; None where all was said. What is `being_asked` is known soon."""
        known = set().union(*map(_pairs, being_asked))
        new = {pair for pair in self._open(question) - known if not self._is_given_up(pair[0])}
        if not new:
            return None
        fields, keys = {name for name, _ in new}, {key for _, key in new}
        return msgspec.structs.replace(
            question,
            fields=tuple(field for field in question.fields if field.name in fields),
            cells=tuple(cell for cell in question.cells if cell.key in keys),
        )

    def answer(self, question: PlaceQuestion) -> PlaceAnswer:
        """What is known by now of a question that was asked."""
        places = self.places(question)
        unseen = {name for name, _ in self._open(question)}
        asked = {name for name, _ in self._seen}
        in_words = {each.name for each in question.fields if each.name in self._in_words or each.name not in asked}
        return PlaceAnswer(
            places=places, open=frozenset((unseen | in_words) - places.keys()), answered=self.left(question) is None
        )

    def _open(self, question: PlaceQuestion) -> set[Pair]:
        """Which cells of the page may hold which of its fields, for all that was said."""
        told = self.places(question)
        used = {cell.key for cell in question.cells if cell.place in told.values()}
        return {pair for pair in _pairs(question) - self._seen if pair[0] not in told and pair[1] not in used}

    def _is_given_up(self, name: str) -> bool:
        return self._vain[name] >= IN_VAIN or self._times[name] >= MOST_TIMES

    def add(self, question: PlaceQuestion, answer: PlaceAnswer) -> None:
        if not answer.answered:
            return
        self._seen |= _pairs(question)
        self._in_words |= answer.open
        names = [field.name for field in question.fields]
        self._times.update(names)
        self._vain.update(names)
        for name in answer.places:
            del self._vain[name]
        for cell in question.cells:
            for name in (name for name, place in answer.places.items() if place == cell.place):
                self._named.setdefault(name, set()).add(cell.key)


def _pairs(question: PlaceQuestion) -> set[Pair]:
    return {(field.name, cell.key) for field in question.fields for cell in question.cells if field.name in cell.holds}
