"""The rest of a list of which a rendered page had fetched the first pieces: asked for as its scripts would have."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus, urlsplit

from msgspec.structs import replace

from domain.pages import CapturedResponse, FetchRequest, Page, RenderMode, Unrolled, UnrollEnd
from fetch.cursors import (
    NOT_SAID_HOW,
    following,
    host_elsewhere,
    is_piece,
    listed,
    next_piece,
    question_of,
    rows_of,
)
from fetch.questions import Question, identity, only_asks
from fetch.showing import is_shown

if TYPE_CHECKING:
    from fetch.ladder import Tier

MAX_LISTS = 2  # of one page: the others are what its menus and advertisements are made of
MAX_CHARACTERS = 8_000_000  # of all that scripts fetched and was fetched for them
PIECES_S = 15.0
LEAST_S = 2.0  # of the page's own deadline: less is not worth a request
MAY_CHANGE = "It is asked for by a request that might change something."


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
        why=pieces.why or (shown.why if end is UnrollEnd.CUT else ""),
        asked=pieces.asked,
    )
    return replace(page, responses=(*page.responses, *pieces.fetched), unrolled=told)


class _Pieces:
    """`fetched` so far, of `asked`. `is_cut`: there is more than came, and `why`, where an answer was at fault."""

    def __init__(self, page: Page, http: Tier, request: FetchRequest, deadline: float) -> None:
        now = asyncio.get_running_loop().time
        self._page, self._http, self._scope, self._now = page, http, request.scope, now
        self._ends = min(deadline - LEAST_S, now() + PIECES_S)
        self._known = {identity(question_of(answer)) for answer in page.responses}
        self._seen = {rows for answer in page.responses if (rows := rows_of(answer))}
        self._room = MAX_CHARACTERS - sum(len(answer.body) for answer in page.responses)
        self._most = request.max_pieces
        self.fetched: list[CapturedResponse] = []
        self.asked = 0
        self.refused = next((host for answer in page.responses if (host := host_elsewhere(answer))), "")
        self.is_cut = bool(self.refused)
        self.why = ""

    async def fetch_all(self) -> None:
        """The lists that the page shows come first."""
        begun: dict[Hashable, tuple[bool, Question]] = {}
        for answer in self._page.responses:
            question = next_piece(answer)
            if question is None or identity(question) in self._known:
                continue
            shown = self._is_shown(answer)
            if question.posted is None or (shown and only_asks(question)):
                begun[identity(question)] = not shown, question
            elif shown:
                self._leave(MAY_CHANGE)
        if any(self._is_open(answer, number) for number, answer in enumerate(self._page.responses)):
            self._leave(NOT_SAID_HOW)
        self.is_cut |= len(begun) > MAX_LISTS
        for _, question in sorted(begun.values(), key=lambda each: (each[0], each[1].url))[:MAX_LISTS]:
            await self._fetch_list(question)

    def _leave(self, why: str) -> None:
        self.is_cut, self.why = True, self.why or why

    def _is_shown(self, answer: CapturedResponse) -> bool:
        return is_shown(listed(answer), self._page.text)

    def _is_open(self, answer: CapturedResponse, number: int) -> bool:
        """Whether the page shows a list that has more, which no later request of its scripts brought."""
        end = following(answer)
        if not end.is_open or not self._is_shown(answer):
            return False
        later = self._page.responses[number + 1 :]
        if end.token:
            return not any(end.token in unquote_plus(each.url) or end.token in _posted(each) for each in later)
        return not any(_make(each) == _make(answer) for each in later)

    async def _fetch_list(self, question: Question | None) -> None:
        while question and identity(question) not in self._known:
            if self.asked >= self._most or self._room <= 0 or self._now() >= self._ends:
                self.is_cut = True
                return
            answer = await self._piece(question)
            # A site that answers the same to whatever is asked, or goes round.
            if answer is None or (rows := rows_of(answer)) in self._seen:
                return
            self.fetched.append(answer)
            self._seen.update({rows} - {""})
            self._room -= len(answer.body)
            question = next_piece(answer)
            if question and not only_asks(question):
                self._leave(MAY_CHANGE)
                return
            if not question and (host := host_elsewhere(answer)):
                self.is_cut, self.refused = True, host

    async def _piece(self, question: Question) -> CapturedResponse | None:
        """None where it did not come, or is none: what only the page's scripts know may be wanted for it."""
        self._known.add(identity(question))
        self.asked += 1
        wish = FetchRequest(
            url=question.url,
            scope=self._scope,
            render=RenderMode.NEVER,
            deadline_s=max(1.0, self._ends - self._now()),
            posted=question.posted,
        )
        page = await self._http.fetch(wish)
        answer = CapturedResponse(url=question.url, body=page.text, posted=question.posted, following=page.following)
        if page.ok and is_piece(answer):
            return answer
        self.is_cut = True
        self.why = (page.detail or page.outcome.value.replace("_", " ")) if not page.ok else "It answers with no list."
        return None


def _posted(answer: CapturedResponse) -> str:
    return answer.posted.body if answer.posted else ""


def _make(answer: CapturedResponse) -> Hashable:
    """What tells the answers of one list from those of another."""
    return urlsplit(answer.url).path, frozenset(key for row in listed(answer)[:1] for key in row)
