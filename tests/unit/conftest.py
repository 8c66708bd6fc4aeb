"""What tests of the agent share."""

from __future__ import annotations

import pytest
from agent_doubles import read_json


@pytest.fixture
def pages_say_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page's source is the JSON of what a reader finds on it."""
    monkeypatch.setattr("agent.reading.read", read_json)
