"""What child processes that handle the web's bytes are told of ours."""

from __future__ import annotations

import os

# Allowed rather than denied: model keys, DATABASE_URL and whatever a deployment adds stay here, so that a hole in a
# parser or browser gives away nothing.
_NAMES = frozenset(
    {"PATH", "HOME", "LANG", "LANGUAGE", "TMPDIR", "TIKTOKEN_CACHE_DIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH"}
)
_PREFIXES = ("LC_", "PYTHON", "FONTCONFIG_")


def bare_environment() -> dict[str, str]:
    """The part of this process's environment that a child needs to run."""
    return {name: value for name, value in os.environ.items() if name in _NAMES or name.startswith(_PREFIXES)}
