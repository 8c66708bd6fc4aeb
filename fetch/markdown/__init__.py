"""A page as markdown or plain text: its body where it has one, all but its chrome where it is a list of things."""

from __future__ import annotations

from fetch.dom import parse, visible_text

__all__ = ["main_text"]


def main_text(html: str) -> str:
    """The main content of a page as plain text."""
    return visible_text(parse(html))
