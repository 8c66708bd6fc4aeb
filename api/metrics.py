"""What Prometheus reads. Each app has its own registry, so that two of them in one process do not collide."""

from __future__ import annotations

import collections
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

# Seconds. From a read on SQLite (2 ms) to a preview that waits for its worker (20 s).
_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._latency = Histogram(
            "forage_http_request_seconds",
            "Time to the first byte of a response.",
            ("method", "path", "status"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._events = Counter(
            "forage_stream_events_total", "Events sent on event streams.", ("type",), registry=self.registry
        )
        self.open_streams = 0
        self.streams_of: collections.Counter[str] = collections.Counter()  # by account
        self._streams = Gauge("forage_streams", "Open event streams.", registry=self.registry)
        self._runs = Gauge("forage_runs", "Runs by status.", ("status",), registry=self.registry)
        self._queue = Gauge("forage_queue_depth", "Runs that wait for a worker.", registry=self.registry)

    def answered(self, method: str, path: str, status: int, elapsed_s: float) -> None:
        self._latency.labels(method, path, str(status)).observe(elapsed_s)

    @contextmanager
    def stream_open(self, account_id: str) -> Generator[None]:
        """Counts a stream of an account for as long as it is open."""
        self.open_streams += 1
        self.streams_of[account_id] += 1
        self._streams.set(self.open_streams)
        try:
            yield
        finally:
            self.open_streams -= 1
            self.streams_of[account_id] -= 1
            self.streams_of += collections.Counter()  # forgets those that came down to nothing
            self._streams.set(self.open_streams)

    def event_sent(self, event_type: str) -> None:
        self._events.labels(event_type).inc()

    def tell(self, runs_by_status: Mapping[str, int], queue_depth: int) -> bytes:
        """The text exposition, with the numbers of the database as they are now."""
        for status, count in runs_by_status.items():
            self._runs.labels(status).set(count)
        self._queue.set(queue_depth)
        return generate_latest(self.registry)
