"""Fetched pages, as values."""

from __future__ import annotations

import datetime as dt
import hashlib
from enum import StrEnum

import msgspec


class FetchOutcome(StrEnum):
    OK = "ok"
    BLOCKED = "blocked"  # a challenge, a login wall, 401, 403, 429
    NOT_FOUND = "not_found"  # 404, 410
    HTTP_ERROR = "http_error"  # any other 4xx or 5xx
    TIMED_OUT = "timed_out"
    TOO_LARGE = "too_large"  # raw, decoded, ratio or header caps
    ROBOTS_DENIED = "robots_denied"
    UNSAFE_URL = "unsafe_url"  # the egress guard said no, here or on a redirect
    UNREACHABLE = "unreachable"  # DNS, connect, TLS or reset
    TOO_MANY_REDIRECTS = "too_many_redirects"
    UNSUPPORTED_CONTENT = "unsupported_content"  # not a page: a picture, an archive, a download
    PAGE_CRASHED = "page_crashed"  # the browser died on it twice
    BROWSER_UNAVAILABLE = "browser_unavailable"  # it needs a browser and this machine has none


class PageShape(StrEnum):
    """What a page was read as. A list may have no rows: it says so."""

    LIST = "list"
    DETAIL = "detail"
    ARTICLE = "article"
    EMPTY = "empty"


class Via(StrEnum):
    HTTP = "http"
    BROWSER = "browser"
    CACHE = "cache"
    FILE = "file"
    ARCHIVE = "archive"  # an earlier run had it


class RenderMode(StrEnum):
    AUTO = "auto"  # HTTP first, the browser when the page needs it
    NEVER = "never"
    ALWAYS = "always"


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What a request sends besides its address; `content_type` is the media type of `body`, in lower case."""

    body: str
    content_type: str


class FetchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A wish for one page. `scope` names whose cookies and cache it may share: one run, never two accounts. `archived`
    is the id under which an archive has it, where it is to come from there. `unroll`: a list that shows more when
    asked, by a button or by scrolling, is asked until it has no more, and so is the API that its scripts read, of
    which `max_pieces` further answers may be asked for. `posted` is sent by POST, once, and over
    plain HTTP alone.
    """

    url: str
    scope: str
    render: RenderMode = RenderMode.AUTO
    deadline_s: float = 30.0
    headers: tuple[tuple[str, str], ...] = ()
    archived: str = ""
    unroll: bool = False
    max_pieces: int = 40  # with some ten rows each they are more than most runs want
    posted: Posted | None = None


class CapturedResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A JSON response that the page fetched while it rendered. `posted`: it was asked for by POST, with this.
    `following` is the next one by its own `Link` header, absolute."""

    url: str
    body: str
    posted: Posted | None = None
    following: str = ""


class UnrollEnd(StrEnum):
    """Why a list was asked for no more."""

    COMPLETE = "complete"  # it had no more
    CUT = "cut"  # it went on for longer than it is waited for
    REPLACED = "replaced"  # it became another page


class Unrolled(msgspec.Struct, frozen=True, kw_only=True):
    """A list that showed more of itself `rounds` times, and of whose data `pieces` more were fetched. `refused` is the
    host that it names for the rest, where that is not the one which it came from. `why` is one line for people: what
    kept the rest from coming. `asked` counts the answers that were asked for, those that told nothing too."""

    rounds: int
    end: UnrollEnd
    pieces: int = 0
    refused: str = ""
    why: str = ""
    asked: int = 0


class Page(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One page, fetched or not. `html` is decoded source (after rendering, the serialised DOM), `text` what is seen.

    Evidence counts its offsets in `text` and `html`, so both are archived just as they are here.
    """

    id: str
    url: str  # as asked, canonical
    final_url: str  # after redirects
    outcome: FetchOutcome
    via: Via
    fetched_at: dt.datetime
    status: int = 0  # HTTP status, 0 where there was no answer
    content_type: str = ""
    html: str = ""
    text: str = ""
    title: str = ""
    language: str = ""  # BCP 47, as the page or its text says
    elapsed_ms: int = 0
    bytes_received: int = 0
    detail: str = ""  # one line for people: why the outcome is not ok
    responses: tuple[CapturedResponse, ...] = ()
    unrolled: Unrolled | None = None  # not archived: it is told as the page is read
    following: str = (
        ""  # absolute: the next page by the answer's `Link` header; not archived, as nothing follows it then
    )
    refused: tuple[str, ...] = ()  # hosts that its scripts wanted data of, and may not ask; not archived either

    @property
    def ok(self) -> bool:
        return self.outcome is FetchOutcome.OK

    @property
    def snapshot(self) -> str:
        """SHA-256 of the HTML in UTF-8, hex: the name under which the archive keeps it."""
        return hashlib.sha256(self.html.encode("utf-8", "surrogatepass")).hexdigest()
