"""The currency of amounts that stand without one: told by the heading of their column, or by a column beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.extract.columns import Column
from domain.currencies import currency_of, currency_of_heading
from domain.locales import locale_of

_CURRENCY_NAMES = frozenset(
    {"currency", "currencycode", "currencyiso", "currencyisocode", "isocurrency", "pricecurrency", "pricecurrencycode"}
)
_NO_LETTER = re.compile(r"[^a-z]")


class RowCurrency:
    """For one column of amounts. `is_data`: the columns are keys of data, where a currency is of the amounts that
    stand beside it or within what it stands beside; in the rows of a page it is the row's."""

    def __init__(self, amounts: Column, columns: Sequence[Column], tag: str, *, is_data: bool) -> None:
        self._locale = locale_of(tag)
        self._headed = currency_of_heading(amounts.labels[0], self._locale) if amounts.headed else ""
        around = _around(amounts)
        beside = [column for column in columns if column is not amounts and _is_currency(column)]
        if is_data:
            beside = [column for column in beside if around[: len(_around(column))] == _around(column)]
        self._beside = sorted(beside, key=lambda column: -len(_around(column)))

    def of(self, row: int) -> str:
        """ISO 4217, empty where nothing tells it."""
        for column in self._beside:
            cell = column.cells.get(row)
            if cell is not None and (code := currency_of(cell.text.strip(), self._locale)):
                return code
        return self._headed


def _around(column: Column) -> list[str]:
    return column.path.partition("@")[0].split("/")[:-1]


def _is_currency(column: Column) -> bool:
    return any(_NO_LETTER.sub("", label.lower()) in _CURRENCY_NAMES for label in column.labels)
