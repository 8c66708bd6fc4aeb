"""Ids as they come in a path. What can name nothing is as absent as another account's, and no database ever sees it."""

from __future__ import annotations

import re

from domain.errors import NotFound

_BARE = re.compile(r"[0-9a-f]{32}")
_OF_RUN = re.compile(r"[0-9A-Za-z_-]{1,64}")


def named(id_: str | None, missing: str = "") -> str:
    """The id that a dialect read from a name. Raises NotFound, with `missing`, where it read none."""
    if id_ is None:
        raise NotFound(missing)
    return id_


def bare(text: str, missing: str = "") -> str:
    """An id that no dialect dresses. Raises NotFound."""
    return named(text if _BARE.fullmatch(text) else None, missing)


def of_run(text: str) -> str:
    """The id of a run's record or page. Raises NotFound."""
    return named(text if _OF_RUN.fullmatch(text) else None)
