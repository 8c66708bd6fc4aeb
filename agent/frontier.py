"""Which URLs a run knows, which it may open, and the reason for each one taken or left.

A frontier is memory alone: it makes tasks and hands out pending ones. Every URL is judged once, in order of discovery,
so that the same pages lead to the same tasks with the same ids whenever a run is taken up again.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from domain.errors import InvalidInput
from domain.exclusions import Exclusions
from domain.tasks import FoundBy, Task, TaskStatus
from domain.urls import canonical_url, is_http, site_of, url_key

SOURCES_PER_SITE = 5  # a sixth page of one site rarely tells of things that five did not
PAGES_PER_SOURCE = 200  # the default page budget of a run: no source may page beyond it
LAST_PAGE_NUMBER = 1000  # higher numbers are traps or archives that no run of at most 1,000 records needs
URLS_PER_RUN = 5000  # bounds memory and the task table; a run opens 200 pages by default
URL_LENGTH = 2048  # longer ones are session state or traps

# Networks that show lists of people or places to signed-in members alone.
MEMBERS_ONLY = frozenset(
    {"facebook.com", "instagram.com", "linkedin.com", "pinterest.com", "threads.net", "tiktok.com", "twitter.com"}
    | {"x.com", "snapchat.com"}
)
_NOT_A_PAGE = re.compile(
    r"\.(?:7z|aac|apk|avi|bin|bz2|css|dmg|docx?|epub|exe|flac|gif|gz|ico|iso|jpe?g|js|m4[av]|mkv|mov|mp[34]|mpe?g|"
    r"msi|od[pst]|og[gv]|pdf|png|pptx?|rar|svg|tar|tiff?|torrent|wav|web[mp]|wmv|woff2?|xlsx?|zip)$",
    re.I,
)
_PAGE_PARAMETER = re.compile(r"^(?:page|p|pg|paged|page_?no|page_?num(?:ber)?|seite|pagina)$", re.I)
_PAGE_SEGMENT = re.compile(r"/(?:page|seite|pagina)[/_-]?(\d{1,9})(?!\d)", re.I)


def task_id(run_id: str, url: str) -> str:
    """32 hex digits: the same for the same URL in the same run, whenever it is found."""
    return hashlib.sha256(f"{run_id}\n{url}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def page_number(url: str) -> int | None:
    """The page number that a URL carries, if it carries one."""
    parts = urlsplit(url)
    for name, value in parse_qsl(parts.query):
        if _PAGE_PARAMETER.match(name) and value.isdecimal() and len(value) < 10:  # int() takes no superscript two
            return int(value)
    segment = _PAGE_SEGMENT.search(parts.path)
    return int(segment[1]) if segment else None


class Frontier:
    """The tasks of one run. `offer` judges a URL; `pending` hands out what is still to be done, in order."""

    def __init__(self, run_id: str, tasks: Iterable[Task], exclusions: Exclusions) -> None:
        self._run_id = run_id
        self._exclusions = exclusions
        self._tasks: dict[str, Task] = {}
        self._keys: set[str] = set()
        self._searched: Counter[str] = Counter()
        self._next_position = 0
        for task in tasks:
            self._keep(task)

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(self._tasks.values())

    def get(self, id_: str) -> Task:
        return self._tasks[id_]

    def knows(self, url: str) -> bool:
        return url_key(url) in self._keys

    def pending(self) -> list[Task]:
        """In the order of discovery."""
        return [task for task in self._tasks.values() if task.status is TaskStatus.PENDING]

    def replace(self, task: Task) -> None:
        self._tasks[task.id] = task

    def order(self, id_: str) -> tuple[int, int, int]:
        """Where a task's candidates stand among all: by source, then pages from it, then discovery. It does not
        depend on which of two sources happened to answer first."""
        task = self._tasks[id_]
        return self._tasks[task.source_id].position, task.depth, task.position

    def offer(
        self, url: str, *, found_by: FoundBy, reason: str, parent: Task | None = None, base: str = "", title: str = ""
    ) -> Task | None:
        """A new task for this URL, PENDING or SKIPPED with the reason; None where the URL is known or is none."""
        try:
            url = canonical_url(url, base)
        except InvalidInput:
            return None
        if not is_http(url) or url_key(url) in self._keys or len(self._tasks) >= URLS_PER_RUN:
            return None
        depth = parent.depth + 1 if parent else 0
        refusal = self._refusal(url, found_by, depth)
        id_ = task_id(self._run_id, url)
        task = Task(
            id=id_,
            url=url,
            position=self._next_position,
            found_by=found_by,
            source_id=parent.source_id if parent else id_,
            depth=depth,
            status=TaskStatus.SKIPPED if refusal else TaskStatus.PENDING,
            reason=f"skipped: {refusal}" if refusal else reason,
            title=title,
        )
        self._keep(task)
        return task

    def _keep(self, task: Task) -> None:
        self._tasks[task.id] = task
        self._keys.add(url_key(task.url))
        self._next_position = max(self._next_position, task.position + 1)
        if task.found_by is FoundBy.SEARCH and task.status is not TaskStatus.SKIPPED:
            self._searched[site_of(task.url)] += 1

    def _refusal(self, url: str, found_by: FoundBy, depth: int) -> str:
        """Why this URL is left alone; empty where it may be opened."""
        if self._exclusions.bars(url):
            return "excluded by the caller"
        if len(url) > URL_LENGTH:
            return f"its URL is longer than {URL_LENGTH} characters"
        if found_by is FoundBy.CALLER:
            return ""
        suffix = _NOT_A_PAGE.search(urlsplit(url).path)
        if suffix:
            return f"a {suffix[0].lower()} file is not a page"
        if found_by in {FoundBy.SEARCH, FoundBy.DETAIL} and site_of(url) in MEMBERS_ONLY:
            return f"{site_of(url)} is a social network without public lists"
        if found_by is FoundBy.SEARCH:
            return self._refusal_of_result(url)
        if depth > PAGES_PER_SOURCE:
            return f"more than {PAGES_PER_SOURCE} pages from its source"
        number = page_number(url)
        if number is not None and number > LAST_PAGE_NUMBER:
            return f"page number {number} is beyond {LAST_PAGE_NUMBER}"
        return ""

    def _refusal_of_result(self, url: str) -> str:
        site = site_of(url)
        if self._searched[site] >= SOURCES_PER_SITE:
            return f"{site} has {SOURCES_PER_SITE} sources already"
        return ""
