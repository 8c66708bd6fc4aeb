"""Steps that drive a browser through a page, as values."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class ScrollTo(StrEnum):
    TOP = "top"
    BOTTOM = "bottom"


class StepOutcome(StrEnum):
    """What became of a step."""

    DONE = "done"
    NOT_FOUND = "not_found"  # nothing matched its selector in time
    NOT_INTERACTABLE = "not_interactable"  # hidden, covered, disabled, or not of the kind for it
    TIMED_OUT = "timed_out"
    NAVIGATION_FAILED = "navigation_failed"  # it led to a page that could not be had
    REFUSED = "refused"  # it led to a URL that may not be fetched
    CRASHED = "crashed"  # the browser died on the page
    UNSUPPORTED = "unsupported"  # the browser knows no such selector or key, or there is no browser


class Action(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """`label` is the caller's own name for the step. Selectors are CSS, as `document.querySelector` reads them."""

    label: str = ""


class Navigate(Action, frozen=True, kw_only=True, omit_defaults=True, tag="navigate"):
    """Opens `url`; without one, the flow's own."""

    url: str = ""


class Click(Action, frozen=True, kw_only=True, omit_defaults=True, tag="click"):
    selector: str


class Type(Action, frozen=True, kw_only=True, omit_defaults=True, tag="type"):
    """Puts `text` into a field in place of what it holds; `secret` keeps it out of logs."""

    selector: str
    text: str
    secret: bool = False


class Select(Action, frozen=True, kw_only=True, omit_defaults=True, tag="select"):
    """Chooses the option with this value or, where there is none, with this text."""

    selector: str
    value: str


class Press(Action, frozen=True, kw_only=True, omit_defaults=True, tag="press"):
    """A key by its DOM name ("Enter", "ArrowDown", "a"), in the element of `selector` or wherever the focus is."""

    key: str
    selector: str = ""


class Hover(Action, frozen=True, kw_only=True, omit_defaults=True, tag="hover"):
    selector: str


class Scroll(Action, frozen=True, kw_only=True, omit_defaults=True, tag="scroll"):
    """By pixels (`x`, `y`), to an element (`selector`), or to an end of the page (`to`)."""

    x: int = 0
    y: int = 0
    selector: str = ""
    to: ScrollTo | None = None


class Wait(Action, frozen=True, kw_only=True, omit_defaults=True, tag="wait"):
    """For a time in milliseconds, or until `selector` is to be seen, at most `timeout_ms`."""

    ms: int = 0
    selector: str = ""
    timeout_ms: int = 10_000


class Paginate(Action, frozen=True, kw_only=True, omit_defaults=True, tag="paginate"):
    """Reads the page it is on and those after it, at most `max_pages` in all.

    `selector` is the control that leads on; without one it is found as for a listing.
    """

    selector: str = ""
    max_pages: int = 5


class Screenshot(Action, frozen=True, kw_only=True, omit_defaults=True, tag="screenshot"):
    """A PNG of what is to be seen, of the whole page, or of one element."""

    full_page: bool = False
    selector: str = ""


class Extract(Action, frozen=True, kw_only=True, omit_defaults=True, tag="extract"):
    """Reads the records of the page as it is now; within `selector` where one is given."""

    selector: str = ""


Step = Navigate | Click | Type | Select | Press | Hover | Scroll | Wait | Paginate | Screenshot | Extract
