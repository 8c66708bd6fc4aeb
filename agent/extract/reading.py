"""What is asked of a page, and what a reading of it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from domain.evidence import Method
from domain.fields import Field
from domain.pages import Page, PageShape
from domain.records import Candidate, Value

if TYPE_CHECKING:
    from domain.templates import Place, Template


READ_DEADLINE_S = 30.0  # 3,000 rows take 2 s, ten times as long where ten share a core; past this a page is a trap


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What to read. No `fields` means: whatever the page tells of each thing. `many` None means: let the page decide.

    `locale` (BCP 47) overrides the page's own language for dates, numbers and telephone numbers.
    `templates` are proven extractors of this site; those that do not fit the page are left alone.
    `guessed` names fields that nobody asked for: text and codes are read for them only where the page names them.
    `was_list`: an earlier run read a list at this address. `in_places`: the goal wants its things in one of them.
    `before` is what earlier runs read at this address, where its template has changed since: by field, normal forms.
    `labels` are columns that a model named: their paths by field. `places` are those that it named on this page.
    """

    fields: tuple[Field, ...] = ()
    guessed: frozenset[str] = frozenset()
    entity: str = ""
    goal: str = ""
    many: bool | None = None
    locale: str = ""
    templates: tuple[Template, ...] = ()
    was_list: bool = False
    before: dict[str, Value] = {}
    in_places: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    places: dict[str, Place] = {}


class EarlierCorrection(msgspec.Struct, frozen=True, kw_only=True):
    """A field that a person put right: the page that says it, what was asked of that page, and the record as it is."""

    page: Page
    ask: Ask
    field: str
    told: dict[str, Value]


class FoundValue(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A value as a reader took it from the page, before it is normalised and grounded.

    `raw` is the text as it stands in the source. `value` is set only where the reader knows more than `raw` says (a sum
    of two times); else the normal form of `raw` counts. `agreeing` are other methods that gave the same value,
    `conflicts` other values for the same field, and `chosen_for` why this one stands before them. `parts` are other
    places from which the value follows: the time of a date. A list has its parts in `items`, then its own `raw` is not
    read. `is_hidden`: the page's markup keeps it from its readers. `extent` is the value with its other end where it is
    one of a range: "9.00 - 25.00", "from 9.00".
    """

    raw: str
    method: Method
    source_path: str = ""
    attribute: str = "text"
    value: Value | None = None
    unit: str = ""
    parts: tuple[FoundValue, ...] = ()
    agreeing: tuple[Method, ...] = ()
    items: tuple[FoundValue, ...] = ()
    conflicts: tuple[FoundValue, ...] = ()
    chosen_for: str = ""
    is_hidden: bool = False
    extent: str = ""


FoundRow = dict[str, FoundValue]
"""What one row tells, by field name."""


class StepReport(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the cascade: what it was good for. `filled` are the fields that it gave values of."""

    method: Method
    rows: int = 0
    filled: tuple[str, ...] = ()
    elapsed_ms: float = 0.0
    detail: str = ""


class Strayed(msgspec.Struct, frozen=True, kw_only=True):
    """A proven template that did not fit a page of its site. `contradicted`: the page has its places, with other things
    in them."""

    id: str
    why: str
    contradicted: bool = False


class PageReading(msgspec.Struct, frozen=True, kw_only=True):
    """Candidates in page order. `next_url` is what the page marks as its next, `following_url` where its list goes on:
    the two differ where a page marks newer entries, or nothing but numbers. `stated_count` is how many things the page
    says or shows that it has, where that is more than were read of it; `missing` are asked fields that no candidate
    has; `template` is what this page teaches, `replayed` the id of the one that read it, `settled` the fields of which
    that one knows all there is; `strayed` did not fit. `about` is the page's own line that says the place that is asked
    for. `open_end` is one line on why nothing follows, though the page says that there is more."""

    candidates: tuple[Candidate, ...] = ()
    next_url: str = ""
    following_url: str = ""
    stated_count: int | None = None
    steps: tuple[StepReport, ...] = ()
    missing: tuple[str, ...] = ()
    shape: PageShape = PageShape.EMPTY
    template: Template | None = None
    replayed: str = ""
    settled: tuple[str, ...] = ()
    strayed: tuple[Strayed, ...] = ()
    about: str = ""
    open_end: str = ""
