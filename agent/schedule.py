"""Which of the tasks that may be opened are opened next."""

from __future__ import annotations

from collections import Counter

from domain.tasks import FoundBy, Task
from domain.urls import site_of

READ_AT_ONCE = 6  # sources answer in 0.2 to 5 s: six keep two readers busy; politeness holds hosts apart anyway
PER_SITE_FIRST = 2  # of those, so that one site's many pages leave room for other sites


def spread(ready: list[Task], per_site: Counter[str]) -> list[Task]:
    """Pages about known records first, then next pages, then new sources, each in order of discovery; of one site no
    more than a few before all other sites had theirs."""
    rank = {FoundBy.DETAIL: 0, FoundBy.PAGINATION: 1}
    ready = sorted(ready, key=lambda task: (rank.get(task.found_by, 2), task.position))
    first, later = [], []
    for task in ready:
        site = site_of(task.url)
        per_site[site] += 1
        (first if per_site[site] <= PER_SITE_FIRST else later).append(task)
    return first + later
