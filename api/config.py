"""What the operator may set about the API. The front door fills it from the environment."""

from __future__ import annotations

import msgspec


class ApiConfig(msgspec.Struct, frozen=True, kw_only=True):
    """`preview_deadline_s`: how long `POST /jobs/preview` waits before it answers 202 and lets the caller poll.

    `heartbeat_s`: seconds of silence after which a stream sends a comment, shorter than the 30 s and 60 s after which
    common proxies cut an idle connection. `max_streams` bounds the open event streams of this process.
    """

    version: str = "0.1.0"
    max_body_bytes: int = 1_000_000
    preview_deadline_s: float = 20.0
    heartbeat_s: float = 15.0
    max_streams: int = 500
