"""Webhooks leave by the guarded door, like everything that goes to an address somebody gave us."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp

from workers.webhooks import POST_DEADLINE_S, Post, Posted

MAX_DETAIL = 200  # characters of an answer that are kept, to tell people why it was refused
USER_AGENT = "Forage-Webhooks/1"


@asynccontextmanager
async def open_post(proxy_url: str) -> AsyncGenerator[Post]:
    """A `post` for webhooks through the egress proxy at `proxy_url`. Redirects are not followed."""
    timeout = aiohttp.ClientTimeout(total=POST_DEADLINE_S)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:

        async def post(url: str, body: bytes, headers: dict[str, str]) -> Posted:
            try:
                async with session.post(
                    url,
                    data=body,
                    headers={"user-agent": USER_AGENT, **headers},
                    proxy=proxy_url,
                    allow_redirects=False,
                ) as answer:
                    told = await answer.content.read(MAX_DETAIL)
                    return Posted(
                        status=answer.status,
                        detail="" if answer.ok else told.decode("utf-8", "replace"),
                        retry_after_s=_seconds(answer.headers.get("retry-after", "")),
                    )
            except TimeoutError:
                return Posted(status=0, detail=f"no answer within {POST_DEADLINE_S:g} s")
            except (aiohttp.ClientError, OSError) as fault:
                return Posted(status=0, detail=f"the connection failed ({type(fault).__name__})")

        yield post


def _seconds(retry_after: str) -> float | None:
    """The header's seconds. Its other form, a date, is not honoured: nobody sends it, and clocks differ."""
    return float(retry_after) if retry_after.isdecimal() and len(retry_after) < 10 else None
