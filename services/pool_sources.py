"""Which sources of a run answered: only they can say that something is gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from domain.events import RunEvent, WarningKind
from domain.pages import FetchOutcome
from domain.records import Candidate
from domain.tasks import FoundBy, Task, TaskStatus
from domain.urls import url_key

# Of these runs nobody knows whether a model would have found something on a page that told nothing.
_UNSURE = frozenset({WarningKind.MODEL_UNAVAILABLE, WarningKind.TOKENS_SPENT})


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """A source is a page that a run began with, and the pages that continue it; it goes by its first page's URL key.

    `answered` ones were read to their end, also where they told nothing; of `failed` ones some page could not be read.
    `root_of` says to which source a page belongs.
    """

    answered: frozenset[str]
    failed: frozenset[str]
    root_of: Mapping[str, str]

    def roots_of(self, urls: Iterable[str]) -> tuple[str, ...]:
        """The sources behind these pages; a page that no task names is its own."""
        keys = (url_key(url) for url in urls)
        return tuple(dict.fromkeys(self.root_of.get(key, key) for key in keys))


def sources_of(
    tasks: Sequence[Task], candidates: Mapping[str, tuple[Candidate, ...]], warnings: Iterable[RunEvent] = ()
) -> Sources:
    """From a run's tasks, what each task's page told (by task id), and what the run warned of."""
    is_unsure = any(warning.data.get("kind") in _UNSURE for warning in warnings)
    by_id = {task.id: task for task in tasks}
    root_of: dict[str, str] = {}
    lists: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        first = by_id.get(task.source_id, task)
        root = url_key(first.url)
        root_of[url_key(task.url)] = root
        for candidate in candidates.get(task.id, ()):  # told under the address that the page came from in the end
            root_of.setdefault(url_key(candidate.url), root)
        if task.found_by is not FoundBy.DETAIL:
            lists[root].append(task)
    return Sources(
        answered=frozenset(
            root
            for root, pages in lists.items()
            if all(map(_was_read, pages)) and not (is_unsure and not any(candidates.get(page.id) for page in pages))
        ),
        failed=frozenset(root for root, pages in lists.items() if any(map(_has_failed, pages))),
        root_of=root_of,
    )


def _was_read(task: Task) -> bool:
    return task.status is TaskStatus.DONE and task.outcome is FetchOutcome.OK


def _has_failed(task: Task) -> bool:
    """A flow reads on where its browser stands before a wall: its page is done, and was not read."""
    return task.status is TaskStatus.FAILED or (task.status is TaskStatus.DONE and not _was_read(task))
