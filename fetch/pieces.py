"""The rest of a list of which a rendered page had fetched the first pieces: asked for as its scripts would have."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec.structs import replace

from domain.pages import CapturedResponse, FetchRequest, Page, RenderMode, Unrolled, UnrollEnd
from fetch.cursors import host_elsewhere, next_piece, rows_of

if TYPE_CHECKING:
    from fetch.ladder import Tier

MAX_PIECES = 40  # of one page; with some ten rows each they are more than most runs want
MAX_LISTS = 2  # of one page: the others are what its menus and advertisements are made of
MAX_CHARACTERS = 8_000_000  # of all that scripts fetched and was fetched for them
PIECES_S = 15.0
LEAST_S = 2.0  # of the page's own deadline: less is not worth a request


async def with_pieces(page: Page, http: Tier, request: FetchRequest, deadline: float) -> Page:
    """The page with what follows the last piece of each of its lists among its `responses`. `http` keeps to the rules
    and the pace of each host; `deadline` is in the time of the loop."""
    now = asyncio.get_running_loop().time
    ends = min(deadline - LEAST_S, now() + PIECES_S)
    known = {answer.url for answer in page.responses}
    seen = {rows for answer in page.responses if (rows := rows_of(answer))}
    fetched: list[CapturedResponse] = []
    room = MAX_CHARACTERS - sum(len(answer.body) for answer in page.responses)
    begun = {url for answer in page.responses if (url := next_piece(answer)) and url not in known}
    refused = next((host for answer in page.responses if (host := host_elsewhere(answer))), "")
    is_cut = len(begun) > MAX_LISTS or bool(refused)
    for first in sorted(begun)[:MAX_LISTS]:
        url = first
        while url and url not in known:
            if len(fetched) == MAX_PIECES or room <= 0 or now() >= ends:
                is_cut = True
                break
            known.add(url)
            piece = await http.fetch(
                FetchRequest(url=url, scope=request.scope, render=RenderMode.NEVER, deadline_s=max(1.0, ends - now()))
            )
            answer = CapturedResponse(url=url, body=piece.text)
            # A site that answers the same to whatever is asked, goes round, or wants what only its scripts know.
            if not piece.ok or (rows := rows_of(answer)) in seen:
                break
            fetched.append(answer)
            seen.add(rows)
            room -= len(piece.text)
            url = next_piece(answer)
            if not url and (host := host_elsewhere(answer)):
                is_cut, refused = True, host
    if not fetched and not refused:
        return page
    rounds = page.unrolled.rounds if page.unrolled else 0
    end = UnrollEnd.CUT if is_cut else UnrollEnd.COMPLETE
    told = Unrolled(rounds=rounds, pieces=len(fetched), end=end, refused=refused)
    return replace(page, responses=(*page.responses, *fetched), unrolled=told)
