"""How much one connection through the door may take, and what the door counts."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from domain.pages import FetchOutcome


class Refusal(StrEnum):
    """Why the door did not let a request through. The values go on the wire, in `REFUSAL_HEADER`."""

    UNSAFE_URL = "unsafe_url"  # the destination is not public, or its port, scheme or spelling is refused
    UNRESOLVABLE = "unresolvable"  # DNS has no answer, or none in time
    UNREACHABLE = "unreachable"  # no checked address took the connection, or it broke before an answer
    TIMED_OUT = "timed_out"  # it took the connection and did not answer
    TOO_LARGE = "too_large"  # the head of the answer is beyond the cap
    BAD_ANSWER = "bad_answer"  # what came is not HTTP
    BAD_REQUEST = "bad_request"  # what the client sent is no proxy request
    BUSY = "busy"  # all connections are taken


# What the tiers make of it: the page's outcome, and a line for people that tells nothing of what is there.
OUTCOMES = {
    Refusal.UNSAFE_URL: (FetchOutcome.UNSAFE_URL, "This URL may not be fetched."),
    Refusal.UNRESOLVABLE: (FetchOutcome.UNREACHABLE, "Its host name is not known."),
    Refusal.UNREACHABLE: (FetchOutcome.UNREACHABLE, "Its host does not answer."),
    Refusal.TIMED_OUT: (FetchOutcome.TIMED_OUT, "It did not answer in time."),
    Refusal.TOO_LARGE: (FetchOutcome.TOO_LARGE, "Its headers are larger than they may be."),
    Refusal.BAD_ANSWER: (FetchOutcome.UNREACHABLE, "Its answer is not HTTP."),
    Refusal.BAD_REQUEST: (FetchOutcome.UNSAFE_URL, "This URL may not be fetched."),
    Refusal.BUSY: (FetchOutcome.UNREACHABLE, "The egress door is full."),
}

# Only the door writes it: it is taken out of what servers answer.
REFUSAL_HEADER = "X-Forage-Egress"


class EgressLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Caps on one connection; times in seconds, sizes in bytes. The tiers' own caps on a page are tighter."""

    connections: int = 512  # two file descriptors each: half of what a process has by default (1,024)
    head_bytes: int = 65_536  # browsers stop at 256 KiB, servers at 8 to 64 KiB
    connection_bytes: int = 134_217_728  # thirteen pages at the raw cap, or a browser's many small ones
    connection_s: float = 300.0  # beyond any page's deadline; a live tunnel is opened again
    idle_s: float = 60.0  # nothing in either direction: also how long a server may think
    dns_s: float = 5.0  # the system resolver asks again after 5 s: a name this slow is down
    connect_s: float = 10.0  # all addresses together


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """What went through the door since it opened. `bytes_up` and `bytes_down` are as the servers saw them."""

    requests: int = 0  # tunnels and plain requests
    dials: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    refused: dict[str, int] = {}
