"""What the operator may set about the API. The front door fills it from the environment."""

from __future__ import annotations

import msgspec


class ApiConfig(msgspec.Struct, frozen=True, kw_only=True):
    """`preview_deadline_s`: how long `POST /jobs/preview` waits before it answers 202 and lets the caller poll.

    `extract_deadline_s`: how long `POST /extract` waits for its items before it answers 504.
    `heartbeat_s`: seconds of silence after which a stream sends a comment, shorter than the 30 s and 60 s after which
    common proxies cut an idle connection. `max_streams` bounds the open event streams of this process,
    `max_streams_of_account` those of one account, so that none takes the room of all others.
    `body_deadline_s`: how long a request's body may take to come before it is answered with 408.
    `ping_deadline_s`: how long a caller waits for a test event to be taken. `rate_limit` is how many requests a minute
    a key may make, `registration` whether people may make accounts for themselves.

    `capture_queue_s`: how long a screenshot that is waited for may wait for a worker before it answers 503.
    `capture_beat_s` and `capture_stream_s`: seconds between two heartbeats of a screenshot's stream, and of its life.

    `agent_deadline_s`: how long `POST /agent/run` waits for a run's end before it answers 202 with what there is.
    `mcp_origins`: origins of web pages that may call `/mcp`, beside those of pages on this machine.
    """

    version: str = "0.1.0"
    max_body_bytes: int = 1_000_000
    body_deadline_s: float = 60.0
    preview_deadline_s: float = 20.0
    extract_deadline_s: float = 60.0
    heartbeat_s: float = 15.0
    max_streams: int = 500
    max_streams_of_account: int = 100
    agent_deadline_s: float = 300.0
    capture_queue_s: float = 30.0
    capture_beat_s: float = 2.0
    capture_stream_s: float = 60.0
    mcp_origins: tuple[str, ...] = ()
    ping_deadline_s: float = 20.0
    rate_limit: int = 600
    registration: bool = True
