"""The one price that a row of a page tells, wherever in the row it stands: things on sale, or with a badge or a remark,
have their prices elsewhere than the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice

import lxml.html

from agent.extract.columns import TEXT, Cell, Column
from agent.extract.miner.regions import Region
from agent.extract.miner.tree import Node
from agent.extract.price_words import (
    current_text,
    is_old_column,
    is_old_element,
    is_struck,
    says_old,
    says_untaxed,
    told_price,
)
from domain.amounts import is_free
from domain.fields import Field, FieldKind
from domain.money import price_amount

MAX_LINE = 60  # characters: a longer text tells a price in passing
MAX_LINES = 60  # of a row that are looked at
SAMPLE = 12  # cells of a column that say whether its amounts have currencies
SIGNED = 0.25  # of them have one: a number in some words is none of the amounts, as in "3 left"
MOST = 0.4  # of a line is its price: the rest are words like "now" or "only"
LEVELS = 3  # elements around a line that may call it old


class RowPrices:
    """For one price field of a region whose rows are elements of the page."""

    def __init__(self, region: Region, field: Field) -> None:
        self._rows = region.rows
        self._field = field
        match = region.matches.get(field.name)
        self._is_old = match is not None and is_old_column(match.column, field)
        sample = match.column.texts(SAMPLE) if match is not None else []
        self._is_signed = sum(told_price(text) is not None for text in sample) >= SIGNED * max(1, len(sample))

    def is_other(self, cell: Cell) -> bool:
        """Whether a cell of the field's column tells no price as others of the column do: it is what its thing cost
        before, or a number in some words ("3 left") among amounts with their currencies."""
        if self._is_old or cell.attribute != TEXT:
            return False
        if self._is_signed and any(map(str.isalpha, cell.text)) and told_price(cell.text) is None:
            return not is_free(cell.text)
        return self._is_old_cell(cell)

    def _is_old_cell(self, cell: Cell) -> bool:
        return is_old_column(Column(path="", cells={0: cell}), self._field) or _is_struck_within(cell)

    def of(self, number: int) -> Cell | None:
        """The row's only price that holds now; None where it has none or several."""
        if self._is_old or number >= len(self._rows):
            return None
        found: dict[Decimal, Cell] = {}
        for node in islice(_lines(self._rows[number]), MAX_LINES):
            cell = Cell(node.text, TEXT, "", (), node.element)
            amount = None if self._is_old_cell(cell) else _amount(cell)
            if amount is not None:
                found.setdefault(amount, cell)
        return next(iter(found.values())) if len(found) == 1 else None


def has_own_price(field: Field, fields: Sequence[Field]) -> bool:
    """Whether a row's only price is the field's: it asks for what a thing costs now, and no other field does."""
    amounts = [other for other in fields if other.kind is FieldKind.PRICE]
    return amounts == [field] and not field.many and not says_old(field.name)


def _lines(row: Sequence[Node]) -> Iterator[Node]:
    """The largest parts of a row that are runs of words, in page order."""
    stack = list(reversed(row))
    while stack:
        node = stack.pop()
        if node.last == node.first:
            continue
        if node.holds_blocks or (node.length > MAX_LINE and node.kids):
            stack.extend(reversed(node.kids))
        elif node.length <= MAX_LINE:
            yield node


def _is_struck_within(cell: Cell) -> bool:
    """Whether an element within a cell strikes all its text through."""
    if cell.element is None:
        return False
    inner = islice(cell.element.iterdescendants(), LEVELS)
    return any(is_struck(each) and " ".join("".join(each.itertext()).split()) == cell.text for each in inner)


def _amount(cell: Cell) -> Decimal | None:
    if not any(map(str.isdigit, cell.text)) or _is_called_old(cell.element):
        return None
    text = current_text(cell)
    told = told_price(text)
    if told is None or not told.is_now or says_untaxed(cell.text):
        return None
    return price_amount(told.span.text) if len(told.span.text) >= MOST * len(text) else None


def _is_called_old(element: lxml.html.HtmlElement | None) -> bool:
    if element is None:
        return False
    return is_old_element(element) or any(map(is_old_element, islice(element.iterancestors(), LEVELS)))
