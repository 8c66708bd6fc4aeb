"""Fixtures of the API's tests. What they are made of is in `api_harness`, which tests import by that name."""

from __future__ import annotations

from api_harness import base_url, client, finished, service

__all__ = ["base_url", "client", "finished", "service"]
