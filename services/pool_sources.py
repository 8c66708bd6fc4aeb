"""Which sources of a run answered, and what they told: only they can say that something is gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from domain.events import RunEvent, WarningKind
from domain.fields import FieldKind
from domain.identity import Identity, KeyKind, Told, agree, identity_of
from domain.pages import FetchOutcome, PageShape
from domain.records import Candidate, is_told
from domain.tasks import FoundBy, Task, TaskStatus
from domain.urls import url_key
from services.service import Service

LIST_ROWS = 3  # of fewer, nobody would take a page for a list who did not know
# Of these runs nobody knows whether a model would have found something on a page that told nothing.
_UNSURE = frozenset({WarningKind.MODEL_UNAVAILABLE, WarningKind.TOKENS_SPENT})

# Of a page of another shape nobody knows whether it is the source at all: it may be a login, or an error.
_SURE = frozenset({PageShape.LIST, PageShape.DETAIL})


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """A source is a page that a run began with, and the pages that continue it, as a list or as about one thing: what
    it does not tell as the one says nothing of what it told as the other. It goes by its first page's URL key, and its
    shape.

    `answered` ones were read to their end, also where they are lists that say they are empty; of `failed` ones some
    page could not be read. `root_of` says to which page's source a page belongs, `alone` which were about one thing,
    `lists` which were lists beyond doubt.
    """

    answered: frozenset[str]
    failed: frozenset[str]
    root_of: Mapping[str, str]
    alone: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()

    def roots_of(self, urls: Iterable[str]) -> tuple[str, ...]:
        """The sources behind these pages; a page that no task names is its own."""
        keys = (url_key(url) for url in urls)
        roots = dict.fromkeys(self.root_of.get(key, key) for key in keys)
        return tuple(_about_one(root) if root in self.alone else root for root in roots)


def _about_one(root: str) -> str:
    return f"{root} {PageShape.DETAIL}"  # no URL key has a space in it


async def tells_list(service: Service, account_id: str, pool_id: str, url: str) -> bool:
    """Whether the last run of the pool that could tell read a list at this address."""
    async with service.database.read() as uow:
        return await uow.pool_records(account_id).is_list(pool_id, url_key(url))


class PageTold(msgspec.Struct, frozen=True, kw_only=True):
    """What a page told, in short: the URL keys that it told it under, and whether it is a list beyond doubt."""

    addresses: frozenset[str]
    is_plain_list: bool


def page_told(found: Sequence[Candidate]) -> PageTold:
    """A list beyond doubt has rows enough, each of which tells more than a link of a menu does."""
    is_plain = len(found) >= LIST_ROWS and all(
        sum(map(is_told, each.fields.values())) > 1 for each in found[:LIST_ROWS]
    )
    return PageTold(addresses=frozenset(url_key(each.url) for each in found), is_plain_list=is_plain)


def sources_of(tasks: Sequence[Task], told: Mapping[str, PageTold], warnings: Iterable[RunEvent] = ()) -> Sources:
    """From a run's tasks, what each task's page told (by task id), and what the run warned of."""
    is_unsure = any(warning.data.get("kind") in _UNSURE for warning in warnings)
    by_id = {task.id: task for task in tasks}
    root_of: dict[str, str] = {}
    lists: dict[str, list[Task]] = defaultdict(list)
    shapes: dict[str, PageShape | None] = {}
    for task in tasks:
        first = by_id.get(task.source_id, task)
        root = url_key(first.url)
        root_of[url_key(task.url)] = root
        for key in _addresses(told, task):  # the address that the page came from in the end
            root_of.setdefault(key, root)
        if task.found_by is not FoundBy.DETAIL:
            lists[root].append(task)
            shapes.setdefault(root, first.shape)
    alone = frozenset(root for root, shape in shapes.items() if shape is PageShape.DETAIL)
    answered = {
        root
        for root, pages in lists.items()
        if shapes[root] in _SURE
        and all(map(_was_read, pages))
        and not (is_unsure and not any(_addresses(told, page) for page in pages))
    }
    failed = {root for root, pages in lists.items() if any(map(_has_failed, pages))}
    return Sources(
        answered=frozenset(_about_one(root) if root in alone else root for root in answered),
        failed=frozenset(name for root in failed for name in (root, _about_one(root))),
        root_of=root_of,
        alone=alone,
        lists=frozenset(
            root
            for root, shape in shapes.items()
            if shape is PageShape.LIST and any(page.id in told and told[page.id].is_plain_list for page in lists[root])
        ),
    )


def _addresses(told: Mapping[str, PageTold], task: Task) -> frozenset[str]:
    return told[task.id].addresses if task.id in told else frozenset()


def _was_read(task: Task) -> bool:
    return task.status is TaskStatus.DONE and task.outcome is FetchOutcome.OK


def _has_failed(task: Task) -> bool:
    """A flow reads on where its browser stands before a wall: its page is done, and was not read."""
    return task.status is TaskStatus.FAILED or (task.status is TaskStatus.DONE and not _was_read(task))


class Listed:
    """What a run's pages told, whether or not it was among the records: a page may tell more than was asked."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[Identity]] = defaultdict(list)

    def add(self, found: Iterable[Candidate], kinds: Mapping[str, FieldKind]) -> None:
        for each in found:
            if not any(is_told(value) for value in each.fields.values()):
                continue
            told = Told(fields=each.fields, sources=(each.url,), detail_url=each.detail_url)
            identity = identity_of(told, kinds)
            for key in identity.keys:
                self._by_key[key].append(identity)

    def tells(self, identity: Identity) -> bool:
        return any(
            agree(kind, identity, other)
            for kind in KeyKind
            for key in identity.of_kind(kind)
            for other in self._by_key.get(key, ())
        )
