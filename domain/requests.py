"""What may be asked of a run: one kind of request for each kind of run."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from domain.actions import Step
from domain.captures import CaptureRequest
from domain.plans import Plan
from domain.run_request import RunRequest


class GoalRequest(RunRequest, frozen=True, kw_only=True, omit_defaults=True, tag="goal"):
    """A goal. `url` set means: read this page and what it leads to, and search for nothing.

    `exclude` are hosts, URLs or names of things that must not come back. `use_smart_cascade` lets the model fill what
    the cheaper methods left missing. `archive_of` is the run whose archived pages are read instead of the web: nothing
    is searched, fetched or followed.
    """

    use_smart_cascade: bool = False
    exclude: tuple[str, ...] = ()
    plan: Plan | None = None  # the caller's own plan, or one that was previewed
    plan_parts: tuple[str, ...] = ()  # those of `plan` that the caller gave, where the others are left to the planner
    archive_of: str = ""

    @property
    def given_plan(self) -> Plan | None:
        """The plan, where it is whole."""
        return None if self.plan_parts else self.plan

    def given_parts(self) -> dict[str, Any]:
        """The parts of a plan that is not whole, by name."""
        return {name: getattr(self.plan, name) for name in self.plan_parts} if self.plan else {}


class FlowMode(StrEnum):
    EXTRACT = "extract"  # read a page and what it leads to
    INTERACT = "interact"  # drive a browser through steps
    MONITOR = "monitor"  # read again and again, and tell what changed


class FlowRequest(RunRequest, frozen=True, kw_only=True, omit_defaults=True, tag="flow"):
    """One run of a flow, as the flow was when the run was asked for: a later change of the flow does not reach it."""

    flow_id: str
    flow_name: str
    mode: FlowMode
    steps: tuple[Step, ...] = ()


class PageFormat(StrEnum):
    MARKDOWN = "markdown"
    TEXT = "text"
    HTML = "html"


class ScrapeRequest(RunRequest, frozen=True, kw_only=True, omit_defaults=True, tag="fetch"):
    """One page, whole: its one record holds `url`, `title`, `language` and `content` in the asked format.

    `render` opens it in a browser; left out, a browser is used where the page needs one.
    """

    format: PageFormat = PageFormat.MARKDOWN
    render: bool | None = None


Request = GoalRequest | FlowRequest | ScrapeRequest | CaptureRequest
