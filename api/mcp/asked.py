"""What a model sends to each tool. Docstrings and descriptions are part of what it reads: short, and to the point."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from domain.captures import MAX_SELECTOR
from services.requests import MAX_EXCLUDED_CHARACTERS, MAX_GOAL, MAX_RESULTS, MIN_RESULTS

MAX_URL = 4096
MAX_FIELD = 100  # characters of `name:type`
MAX_FIELDS = 60
MAX_EXCLUDED = 100
MAX_CURSOR = 200
MAX_ID = 100
MAX_WAIT_S = 600
# Common clients give a call that tells nothing a minute; one that reports progress may take longer.
WAIT_S = 45
RECORDS = 10
MAX_RECORDS = 50
SHOWN_CHARACTERS = 300
MAX_SHOWN_CHARACTERS = 20_000
PAGE_CHARACTERS = 10_000
MAX_PAGE_CHARACTERS = 50_000
HITS = 10
CHANGES = 20

Url = Annotated[str, Meta(min_length=1, max_length=MAX_URL, description="Absolute, http or https.")]
RunId = Annotated[str, Meta(min_length=1, max_length=MAX_ID, description="From an earlier answer, `job_...`.")]
Wait = Annotated[
    int,
    Meta(
        ge=0,
        le=MAX_WAIT_S,
        description="How many seconds to wait for the end. Past them the answer has what is there and a `run_id`, and "
        "the work goes on.",
    ),
]
MaxResults = Annotated[int, Meta(ge=1, le=MAX_RESULTS, description="Stop at this many records.")]


class Find(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A goal in plain words."""

    goal: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=MAX_GOAL,
            description="What to find, with place and conditions: `dentists in Leeds with phone and website`.",
        ),
    ]
    fields: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=MAX_FIELD)]],
        Meta(
            max_length=MAX_FIELDS,
            description="What to tell of each thing: `name`, `price:number`, `tags:list`. Left out, the goal decides.",
        ),
    ] = []
    min_results: (
        Annotated[int, Meta(ge=1, le=MIN_RESULTS, description="Go on opening sources until there are this many.")]
        | None
    ) = None
    max_results: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=MAX_RESULTS,
                description=f"Stop at this many records. Left out: at the number that the goal names, else {RECORDS}.",
            ),
        ]
        | None
    ) = None
    exclude: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=MAX_EXCLUDED_CHARACTERS)]],
        Meta(max_length=MAX_EXCLUDED, description="Hosts, URLs or names of things that must not come back."),
    ] = []
    wait_seconds: Wait = WAIT_S


class Extract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page, and what to read from it."""

    url: Url
    instructions: Annotated[
        str, Meta(max_length=MAX_GOAL, description="What to read, in plain words: `every product with its price`.")
    ] = ""
    schema: Annotated[
        dict[str, Any] | None,
        Meta(
            description='One record\'s fields: `{"name": "string", "price": "number"}`, or a JSON Schema. Left out, '
            "the page decides."
        ),
    ] = None
    max_results: MaxResults = 100
    wait_seconds: Wait = WAIT_S


class Scrape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page to read whole: `url` for a new one, `run_id` with `offset` to go on in one that was read."""

    url: Url | None = None
    run_id: RunId | None = None
    offset: Annotated[int, Meta(ge=0, description="Characters to leave out at the start: `next_offset`.")] = 0
    max_characters: Annotated[int, Meta(ge=500, le=MAX_PAGE_CHARACTERS, description="Characters in one answer.")] = (
        PAGE_CHARACTERS
    )
    render: (
        Annotated[bool, Meta(description="true: in a browser; false: never. Left out, where the page needs one.")]
        | None
    ) = None
    wait_seconds: Wait = WAIT_S


class Screenshot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page to look at: `url` for a new picture, `run_id` for one that was being taken."""

    url: Url | None = None
    run_id: RunId | None = None
    full_page: Annotated[bool, Meta(description="All of the page, not what fits the window.")] = False
    device: Annotated[Literal["desktop", "mobile", "tablet"], Meta(description="Whose window.")] = "desktop"
    selector: Annotated[str, Meta(max_length=MAX_SELECTOR, description="CSS of the one element to take.")] = ""
    wait_seconds: Wait = WAIT_S


class Search(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query for a web search."""

    query: Annotated[str, Meta(min_length=1, max_length=500)]
    max_results: Annotated[int, Meta(ge=1, le=HITS)] = HITS
    wait_seconds: Wait = WAIT_S


class AskedRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A run to ask after."""

    run_id: RunId
    wait_seconds: Wait = 0


class AskedRecords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of a run's records."""

    run_id: RunId
    limit: Annotated[int, Meta(ge=1, le=MAX_RECORDS, description="Records in one answer.")] = RECORDS
    cursor: Annotated[str, Meta(max_length=MAX_CURSOR, description="`next_cursor` of the answer before.")] = ""
    max_characters: Annotated[
        int, Meta(ge=20, le=MAX_SHOWN_CHARACTERS, description="Where to cut each text value short.")
    ] = SHOWN_CHARACTERS
    evidence: Annotated[
        bool, Meta(description="With it, each value comes with the quote and the page that prove it.")
    ] = False


class Changes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pool, and from where on to tell what changed in it."""

    pool_id: Annotated[str, Meta(min_length=1, max_length=MAX_ID, description="`pool_...`, from the user or the API.")]
    since: Annotated[
        str,
        Meta(
            max_length=MAX_CURSOR,
            description="`next_since` of an earlier answer, or a time such as 2026-11-21T09:00:00Z. Left out, from the "
            "first change on.",
        ),
    ] = ""
    limit: Annotated[int, Meta(ge=1, le=MAX_RECORDS, description="Changes in one answer.")] = CHANGES
