"""Rows of a table that sum others up: totals and subtotals stand among its records and are none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from agent.extract.miner.tree import Node, Row
from domain.amounts import parse_number
from fetch.dom import CELLS

MAX_TOTAL = 60  # characters of the words that say so, with the name of what is summed up

_TOTAL = re.compile(
    r"(?:(?:grand|sub|page|section|overall|zwischen|gesamt|sous|sub)[\s-]?)?"
    r"(?:totale?n?|totaux|sum(?:me|ma?)?|gesamt|insgesamt|totaal|totais|totales|razem|łącznie|итого|всего|合計|小計|総計|总计|小计)"
    r"(?:\s+(?:general|général|generale|geral|ogółem))?(?:\s*[:：.]?|(?:\s+(?:for|of|per|für|pour|del?|di)\b|\s*[-–(:]).*)",
    re.I,
)
_BARE = re.compile(r"\w+\s*[:：.]?")
_AMOUNT = re.compile(r"[^\w]*(?:[^\W\d_]{1,3}\W*)?\d[\d\s.,'’]*+\W*+(?:[^\W\d_]{1,5}\W*)?")


def without_totals(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows, less those of a table that begin with the word for a sum and else hold amounts alone. A firm or a song
    may be called so too: one such row that is not the largest at the end of its table is a record."""
    sums = [at for at, row in enumerate(rows) if len(row) == 1 and row[0].tag == "tr" and _is_total(row[0])]
    if len(sums) == 1 and not _sums_up(rows, sums[0]):
        return tuple(rows)
    kept = tuple(row for at, row in enumerate(rows) if at not in sums)
    return kept if len(kept) > 1 else tuple(rows)


def _is_total(row: Node) -> bool:
    cells = _cells(row)
    if not cells or cells[0].length > MAX_TOTAL or not _TOTAL.fullmatch(cells[0].text):
        return False
    amounts = [_AMOUNT.fullmatch(cell.text) is not None for cell in cells[1:]]
    return bool(amounts) and all(amounts)


def _sums_up(rows: Sequence[Row], at: int) -> bool:
    """Whether a row is one of more words than the bare one for a sum, or the last, and no amount is above its own."""
    if not _BARE.fullmatch(_cells(rows[at][0])[0].text):
        return True
    own = _amounts(rows[at])
    others = [amount for row in rows[:at] for amount in _amounts(row)]
    return at == len(rows) - 1 and bool(own) and max(own) >= max(others, default=Decimal(0))


def _amounts(row: Row) -> list[Decimal]:
    texts = (cell.text for cell in _cells(row[0])[1:] if _AMOUNT.fullmatch(cell.text))
    return [amount for text in texts if (amount := parse_number(text, "")) is not None]


def _cells(row: Node) -> list[Node]:
    return [kid for kid in row.kids if kid.tag in CELLS and kid.last > kid.first]
