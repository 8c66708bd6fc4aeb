"""The source of a page as it is shown, taken once no more elements come."""

from __future__ import annotations

from importlib.resources import files

import msgspec

MAX_HTML_CHARACTERS = 20_000_000  # no page that people read comes near; bounds what crosses two pipes
THIN_CHARACTERS = 400  # a page that shows less has probably not drawn itself yet
QUIET_MS = 40  # for a page that fetched no data: a few drawing steps without a new element
BUSY_QUIET_MS = 120  # for one that did: a framework draws its data some steps later
THIN_MS = 1200  # how long a page that shows next to nothing is given to begin

SNAPSHOT = files("fetch.browser").joinpath("snapshot.js").read_text("utf-8").strip()


class Snapshot(msgspec.Struct, frozen=True, rename="camel"):
    """What `snapshot.js` gives: the source, and how many bytes the browser says it received. `is_missing`: there is no
    such element as was to be read."""

    html: str
    too_large: bool
    received: float
    is_missing: bool = False


class Pose(msgspec.Struct, frozen=True, rename="camel"):
    """What `snapshot.js` is told: how long it may wait, how long nothing must come, and what is to be written out."""

    cap_ms: int
    quiet_ms: int
    thin_ms: int
    within: str
    with_source: bool
    thin_characters: int = THIN_CHARACTERS
    max_characters: int = MAX_HTML_CHARACTERS
