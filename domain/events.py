"""What happens in a run, stored and streamed as it happens."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec


class EventType(StrEnum):
    QUEUED = "run.queued"
    STARTED = "run.started"
    RETRIED = "run.retried"  # its worker was lost; another took it up
    PLANNED = "plan.ready"
    SOURCES_FOUND = "sources.found"
    SOURCE_READ = "source.read"
    SOURCE_FAILED = "source.failed"
    RECORDS_FOUND = "records.found"
    STEP_DONE = "step.done"  # of a flow
    STEP_FAILED = "step.failed"
    POOL_UPDATED = "pool.updated"  # what the run's records changed in its pool
    WARNING = "run.warning"  # degraded, and still going: a fallback model, a provider down
    ENDED = "run.ended"  # always the last one


class WarningKind(StrEnum):
    """In what way a run is degraded: `data["kind"]` of a WARNING."""

    MODEL_DEGRADED = "model_degraded"  # a fallback model answered
    MODEL_UNAVAILABLE = "model_unavailable"  # none answered: rules alone
    TOKENS_SPENT = "tokens_spent"  # a model call did not fit into what is left
    SEARCH_UNAVAILABLE = "search_unavailable"
    PAGE_BLOCKED = "page_blocked"
    PAGE_UNREADABLE = "page_unreadable"  # extraction took too long or broke on it
    TEMPLATE_DRIFTED = "template_drifted"  # a site changed: what was learned of it is to be proven anew
    COUNT_NOT_REACHED = "count_not_reached"  # the page states more things than were found
    LIST_CUT = "list_cut"  # a page that shows more when asked had not come to its end
    DATA_REFUSED = "data_refused"  # a page's scripts wanted data of a host that may not be asked
    FIELDS_EMPTY = "fields_empty"  # asked fields that no record tells
    FEWER_THAN_ASKED = "fewer_than_asked"
    CONDITION_UNCLEAR = "condition_unclear"  # records kept though a condition could not be checked
    CONDITION_UNMET = "condition_unmet"  # records left out
    STARTED_AGAIN = "started_again"  # a flow's steps are taken from the first again
    RECORDS_CUT = "records_cut"  # a run's records fill what a run may have: it ended with those that fit
    CONTENT_CUT = "content_cut"  # a page is longer than a record may be


class RunEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`sequence` counts from 1 within its run without gaps: it is the SSE id that a stream resumes from."""

    run_id: str
    sequence: int
    type: EventType
    at: dt.datetime
    data: dict[str, object]
