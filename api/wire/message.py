"""A line that says what was done, where a document answers with no more."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, frozen=True):
    message: str
