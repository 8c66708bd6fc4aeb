"""Words that call an amount an estimate, or what another comes to in the reader's currency."""

from __future__ import annotations

import re

_ESTIMATE = re.compile(
    r"(?:(?<!\w)(?:approx(?:\.|imately)?|ca\.|circa|etwa|ungefähr|environ|env\.|aproximadamente|aprox\.|примерно)|≈)"
    r"\s*\(?\s*$",
    re.I,
)


def is_estimate(before: str) -> bool:
    """Whether the words right before an amount call it one."""
    return _ESTIMATE.search(before) is not None
