"""The archive in the place of the web: pages that an earlier run read, for a run that reads them anew."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import msgspec

from agent.state import Tools
from domain.captures import CaptureRequest, CaptureResult
from domain.errors import NotFound
from domain.ids import new_id
from domain.pages import FetchOutcome, FetchRequest, Page, Via
from domain.requests import GoalRequest, Request
from fetch.interaction import CannotInteract, Interaction
from services.pages import get_page
from services.service import Service

NOT_OPENED = "archived pages are read, not opened"
GONE = "this page is no longer in the archive"


class ArchiveFetcher:
    """Gives the page that a task names, as it was read. Nothing leaves this machine."""

    def __init__(self, service: Service, account_id: str) -> None:
        self._service = service
        self._account_id = account_id

    async def fetch(self, request: FetchRequest) -> Page:
        """The page under an id of its own: the new run keeps it too, whatever becomes of the first one."""
        try:
            page = await get_page(self._service, self._account_id, request.archived)
        except NotFound:
            return self._gone(request)
        return msgspec.structs.replace(page, id=new_id(), via=Via.ARCHIVE, elapsed_ms=0, bytes_received=0)

    async def sitemap_urls(self, url: str, limit: int) -> tuple[str, ...]:
        return ()

    def interact(self, scope: str, deadline_s: float) -> AbstractAsyncContextManager[Interaction]:
        raise CannotInteract(FetchOutcome.NOT_FOUND, NOT_OPENED)

    async def capture(self, request: CaptureRequest, scope: str, deadline_s: float) -> CaptureResult:
        return CaptureResult(outcome=FetchOutcome.NOT_FOUND, detail=NOT_OPENED)

    def _gone(self, request: FetchRequest) -> Page:
        return Page(
            id=new_id(),
            url=request.url,
            final_url=request.url,
            outcome=FetchOutcome.NOT_FOUND,
            via=Via.ARCHIVE,
            fetched_at=self._service.clock.now(),
            detail=GONE,
        )


def tools_for(request: Request, account_id: str, tools: Tools, service: Service) -> Tools:
    """The tools of a run: the web, or the archive of an earlier run."""
    if not (isinstance(request, GoalRequest) and request.archive_of):
        return tools
    return msgspec.structs.replace(tools, fetcher=ArchiveFetcher(service, account_id), search=None)
