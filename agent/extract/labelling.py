"""What a model is asked about the columns of a list, and what it says: columns by number, and never a value."""

from __future__ import annotations

import msgspec

from domain.budgets import Spend
from domain.events import WarningKind
from domain.fields import Field

NONE = "none"


class ShownColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column as a model sees it. `path` is its name among the page's columns, `called` what the page calls it.
    `parts` are the paths of what its cells can be cut into at each `mark`, if they can be."""

    path: str
    called: str
    samples: tuple[str, ...]
    mark: str = ""
    parts: tuple[str, ...] = ()


class ColumnQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of one list, and the fields that are looked for in them. `layout` is the same for all pages of a
    site that have these columns."""

    site: str
    layout: str
    entity: str
    fields: tuple[Field, ...]
    columns: tuple[ShownColumn, ...]
    rows: int


class ColumnAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`labels` are paths of columns by field. `answered` False: no model said anything, and `warnings` tell why."""

    labels: dict[str, str] = {}
    answered: bool = False
    spend: Spend = Spend()
    warnings: tuple[tuple[WarningKind, str], ...] = ()
