"""Characters that no reader sees: those that break lines, join letters and turn the direction of writing."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Soft hyphen, zero-width spaces, marks and brackets of direction.
UNSEEN_MARKS = "\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
# Joiners spell words of Persian and India, and pictures: there they stay.
JOINERS = "\u200c\u200d"
_INVISIBLE = re.compile(
    rf"(?:[{UNSEEN_MARKS}]|(?<![^\x00-\x7f{UNSEEN_MARKS}])[{JOINERS}]|[{JOINERS}](?=[\x00-\x7f{UNSEEN_MARKS}]|\Z))+"
)


def visible(text: str) -> str:
    """The text without its invisible characters."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def has_invisible(text: str) -> bool:
    return not text.isascii() and _INVISIBLE.search(text) is not None


def visible_places(text: str) -> Sequence[int]:
    """For each character of `visible(text)` its place in the text, and at last the text's length."""
    hidden = {at for match in _INVISIBLE.finditer(text) for at in range(match.start(), match.end())}
    return [at for at in range(len(text) + 1) if at not in hidden]
