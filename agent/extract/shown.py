"""Texts of a page as a model is shown them."""

from __future__ import annotations

import re

_BREAKS = re.compile(r"[\s|<>]+")


def one_line(text: str, most: int) -> str:
    """A text in at most `most` characters, as one line without the marks that part samples and data: nothing of it can
    pass for a line of its own or for the end of what is shown."""
    line = _BREAKS.sub(" ", text).strip()
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
