"""The rest of a list of which a rendered page had fetched the first pieces: asked for as its scripts would have."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec.structs import replace

from domain.pages import CapturedResponse, FetchRequest, Page, RenderMode, Unrolled, UnrollEnd
from fetch.cursors import host_elsewhere, is_piece, next_piece, rows_of

if TYPE_CHECKING:
    from fetch.ladder import Tier

MAX_LISTS = 2  # of one page: the others are what its menus and advertisements are made of
MAX_CHARACTERS = 8_000_000  # of all that scripts fetched and was fetched for them
PIECES_S = 15.0
LEAST_S = 2.0  # of the page's own deadline: less is not worth a request


async def with_pieces(page: Page, http: Tier, request: FetchRequest, deadline: float) -> Page:
    """The page with what follows the last piece of each of its lists among its `responses`. `http` keeps to the rules
    and the pace of each host; `deadline` is in the time of the loop."""
    pieces = _Pieces(page, http, request, deadline)
    await pieces.fetch_all()
    if not (pieces.asked or pieces.refused or pieces.is_cut):
        return page
    shown = page.unrolled or Unrolled(rounds=0, end=UnrollEnd.COMPLETE)
    # Where its data came to an end, what it shows of it may have been cut.
    end = UnrollEnd.CUT if pieces.is_cut else UnrollEnd.COMPLETE if pieces.fetched else shown.end
    told = Unrolled(
        rounds=shown.rounds,
        pieces=len(pieces.fetched),
        end=end,
        refused=pieces.refused,
        why=pieces.why,
        asked=pieces.asked,
    )
    return replace(page, responses=(*page.responses, *pieces.fetched), unrolled=told)


class _Pieces:
    """`fetched` so far, of `asked`. `is_cut`: there is more than came, and `why`, where an answer was at fault."""

    def __init__(self, page: Page, http: Tier, request: FetchRequest, deadline: float) -> None:
        now = asyncio.get_running_loop().time
        self._page, self._http, self._scope, self._now = page, http, request.scope, now
        self._ends = min(deadline - LEAST_S, now() + PIECES_S)
        self._known = {answer.url for answer in page.responses}
        self._seen = {rows for answer in page.responses if (rows := rows_of(answer))}
        self._room = MAX_CHARACTERS - sum(len(answer.body) for answer in page.responses)
        self._most = request.max_pieces
        self.fetched: list[CapturedResponse] = []
        self.asked = 0
        self.refused = next((host for answer in page.responses if (host := host_elsewhere(answer))), "")
        self.is_cut = bool(self.refused)
        self.why = ""

    async def fetch_all(self) -> None:
        answers = self._page.responses
        begun = {url for answer in answers if (url := next_piece(answer)) and url not in self._known}
        self.is_cut |= len(begun) > MAX_LISTS
        for url in sorted(begun)[:MAX_LISTS]:
            await self._fetch_list(url)

    async def _fetch_list(self, url: str) -> None:
        while url and url not in self._known:
            if self.asked >= self._most or self._room <= 0 or self._now() >= self._ends:
                self.is_cut = True
                return
            answer = await self._piece(url)
            # A site that answers the same to whatever is asked, or goes round.
            if answer is None or (rows := rows_of(answer)) in self._seen:
                return
            self.fetched.append(answer)
            self._seen.update({rows} - {""})
            self._room -= len(answer.body)
            url = next_piece(answer)
            if not url and (host := host_elsewhere(answer)):
                self.is_cut, self.refused = True, host

    async def _piece(self, url: str) -> CapturedResponse | None:
        """None where it did not come, or is none: what only the page's scripts know may be wanted for it."""
        self._known.add(url)
        self.asked += 1
        left_s = max(1.0, self._ends - self._now())
        wish = FetchRequest(url=url, scope=self._scope, render=RenderMode.NEVER, deadline_s=left_s)
        page = await self._http.fetch(wish)
        answer = CapturedResponse(url=url, body=page.text)
        if page.ok and is_piece(answer):
            return answer
        self.is_cut = True
        self.why = (page.detail or page.outcome.value.replace("_", " ")) if not page.ok else "It answers with no list."
        return None
