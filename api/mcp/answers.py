"""What the tools answer with: small, and with a handle to the rest."""

from __future__ import annotations

from typing import Any

import msgspec

from domain.evidence import Verdict
from domain.pictures import CaptureStatus
from domain.pools import ChangeType
from domain.runs import RunKind, RunStatus, TerminationReason


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Where a value was read: the page's own words."""

    url: str
    quote: str
    verdict: Verdict


class RecordShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was found. `cut` names the fields whose values are shortened here; `proofs` are by field."""

    id: str
    values: dict[str, Any]
    sources: list[str]
    cut: list[str] = []
    proofs: dict[str, list[Proof]] = {}


class RunAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A run and its first records. `next_cursor` leads to the next ones; null where these are all of them.
    `next_step` says what to call next, and how."""

    run_id: str
    status: RunStatus
    records_found: int
    records: list[RecordShown]
    next_cursor: str | None
    sources_read: int
    sources_known: int
    termination_reason: TerminationReason | None
    error: str | None
    next_step: str


class PageAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page as Markdown, from character `offset` on; `next_offset` is null at its end."""

    run_id: str
    status: RunStatus
    url: str
    title: str
    language: str
    content: str
    offset: int
    total_characters: int
    next_offset: int | None
    next_step: str


class ScreenshotAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of a page: beside this answer where it is small enough, and for an hour at `image_path` of the service.
    `notes` tell of what was not done as asked."""

    run_id: str
    status: CaptureStatus
    url: str
    image_path: str | None
    media_type: str | None
    width: int | None
    height: int | None
    bytes: int | None
    notes: list[str]
    error: str | None
    next_step: str


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    url: str


class SearchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the search gave, best first."""

    run_id: str
    query: str
    results: list[Hit]
    next_step: str


class StatusAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How a run is going. `progress` is in percent, `steps` are the last things that it did."""

    run_id: str
    kind: RunKind
    about: str
    status: RunStatus
    progress: int
    records_found: int
    sources_read: int
    sources_known: int
    steps: list[str]
    termination_reason: TerminationReason | None
    error: str | None
    next_step: str


class RecordsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a run's records; `next_cursor` is null on the last one."""

    run_id: str
    status: RunStatus
    records_found: int
    records: list[RecordShown]
    next_cursor: str | None
    next_step: str


class ChangeShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"old": "from", "new": "to"}):
    """What changed in a record: `changed` has `field`, `from` (null where nothing was known) and `to`; `added` and
    `removed` have its `values`."""

    sequence: int
    type: ChangeType
    record_id: str
    run_id: str
    at: str
    field: str | None = None
    old: Any = None
    new: Any = None
    values: dict[str, Any] | None = None


class ChangesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of a pool, oldest first. `next_since` goes on behind them, now or at another time."""

    pool_id: str
    name: str
    records: int
    changes: list[ChangeShown]
    next_since: str
    more: bool
    next_step: str
