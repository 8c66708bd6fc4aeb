"""Driving a browser through a page, as the rest of Forage sees it. Light to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from domain.actions import Step, StepOutcome
from domain.errors import ForageError
from domain.pages import FetchOutcome

if TYPE_CHECKING:
    from domain.pages import Page


class CannotInteract(ForageError):
    """No browser page could be had. `outcome` says why."""

    def __init__(self, outcome: FetchOutcome, detail: str) -> None:
        self.outcome = outcome
        super().__init__(detail)


class Acted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a step.

    `detail` is one line for people. `fetch_outcome` says how a page could not be had. `page` is what Extract and
    Paginate read, `png` what Screenshot took. `has_navigated`: another document is shown than before.
    """

    outcome: StepOutcome
    detail: str = ""
    fetch_outcome: FetchOutcome | None = None
    page: Page | None = None
    png: bytes = b""
    has_navigated: bool = False
    elapsed_ms: int = 0

    @property
    def is_done(self) -> bool:
        return self.outcome is StepOutcome.DONE


class Interaction(Protocol):
    """One browser page in use, with cookies of its own. It opens with an empty page: navigate first."""

    async def do(self, step: Step) -> Acted:
        """Never raises for what a page or the web does wrong: that is the outcome. Ends within its deadline.

        Paginate reads the page it is on; `turn` leads to the next.
        """
        ...

    async def turn(self, selector: str = "", url: str = "", words: str = "") -> Acted:
        """Goes on to the next page of a list: by the control of `selector`; else to `url`; else by a visible control
        that says one of `words` (a regular expression that JavaScript reads); else by scrolling to the end.

        DONE with `page` None: there is no next page.
        """
        ...
