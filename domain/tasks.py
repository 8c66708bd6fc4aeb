"""Tasks: the units inside a run. For a goal run a task is one URL to open."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from domain.pages import FetchOutcome, PageShape


class TaskStatus(StrEnum):
    PENDING = "pending"
    DONE = "done"  # the page was read, with or without records
    FAILED = "failed"  # the page could not be read; `outcome` says how
    SKIPPED = "skipped"  # left alone on purpose; `reason` says why


class FoundBy(StrEnum):
    """Why this URL is in the frontier."""

    CALLER = "caller"
    PLAN = "plan"
    SEARCH = "search"
    SITEMAP = "sitemap"
    PAGINATION = "pagination"
    DETAIL = "detail"
    LINK = "link"  # a listing that a site's front page links to


class Task(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`source_id` is the task that this one descends from by pagination or detail links; its own id for a source.

    `position` is the order of discovery, from 0, unique in its run: it decides ties, so that a retry does the same.
    """

    id: str
    url: str  # canonical
    position: int
    found_by: FoundBy
    source_id: str
    depth: int = 0  # pages from its source
    status: TaskStatus = TaskStatus.PENDING
    outcome: FetchOutcome | None = None
    reason: str = ""  # why it was taken, skipped or failed, for people
    records_found: int = 0
    page_id: str = ""
    title: str = ""
    shape: PageShape | None = None  # what its page was read as; None where nothing read it
