"""A record put right, as this dialect asks it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from domain.fields import MAX_FIELDS


class CorrectRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The right values, by field: text as a page has it, a number, true or false; a list where the field is one."""

    values: Annotated[dict[str, Any], Meta(min_length=1, max_length=MAX_FIELDS)]
