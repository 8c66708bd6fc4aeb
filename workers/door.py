"""Webhooks leave by the guarded door, like everything that goes to an address somebody gave us."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime

import aiohttp

from domain.webhooks import Posted
from workers.webhooks import POST_DEADLINE_S, Post

MAX_DIGITS = 9  # of a number of seconds: three decades
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
                        retry_after_s=retry_after(answer.headers),
                    )
            except TimeoutError:
                return Posted(status=0, detail=f"no answer within {POST_DEADLINE_S:g} s")
            except (aiohttp.ClientError, OSError) as fault:
                return Posted(status=0, detail=f"the connection failed ({type(fault).__name__})")

        yield post


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until a receiver wants to hear from us again; None where it does not say.

    A date counts from the answer's own `Date`, where it has one, so that its clock and ours need not agree.
    """
    told = headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdecimal():
        return float(told[:MAX_DIGITS])
    then, sent = _moment(told), _moment(headers.get("Date", ""))
    return None if then is None else max(0.0, (then - (sent or dt.datetime.now(dt.UTC))).total_seconds())


def _moment(http_date: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(http_date)
    except ValueError:
        return None
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment
