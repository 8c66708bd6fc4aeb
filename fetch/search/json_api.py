"""One call to a search API that speaks JSON over HTTP, with bounds on time and size.

The operator chose these addresses, so they are called directly: the guarded door is for addresses from the web.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp
import msgspec

from fetch.search.provider import ProviderBusy, ProviderGarbled, ProviderRefused, ProviderTimedOut

MAX_ANSWER_BYTES = 2_000_000  # fifty results with long snippets take a tenth of this
MAX_RETRY_AFTER_S = 3600.0


async def call(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    deadline_s: float,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """The JSON object that the endpoint answers. Raises one of the kinds of SearchFailed, never with a key in it."""
    try:
        async with (
            asyncio.timeout(deadline_s),
            session.request(
                method,
                url,
                params=params,
                headers={"Accept": "application/json", **(headers or {})},
                json=body,
                allow_redirects=False,  # a key must not travel to where an answer points
            ) as response,
        ):
            _check_status(response)
            answer = await _read(response)
    except TimeoutError:
        raise ProviderTimedOut(f"no answer in {deadline_s:.0f} s") from None
    except aiohttp.InvalidURL:
        raise ProviderRefused("its address is not a URL") from None
    except aiohttp.ClientConnectorError as fault:
        raise ProviderTimedOut(f"cannot be reached: {fault.os_error.strerror or 'connection failed'}") from None
    except (aiohttp.ClientError, OSError) as fault:
        raise ProviderTimedOut(f"the connection failed ({type(fault).__name__})") from None
    try:
        return msgspec.json.decode(answer, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ProviderGarbled("the answer is not a JSON object") from None


def _check_status(response: aiohttp.ClientResponse) -> None:
    status = response.status
    if status == 200:
        return
    if status in (429, 503):
        raise ProviderBusy(f"asks to come back later (HTTP {status})", retry_after_s=_retry_after(response))
    if status in (401, 402, 403):
        raise ProviderRefused(f"refuses us (HTTP {status}): check its key, its quota, and that JSON is enabled")
    if 300 <= status < 400:
        raise ProviderRefused(f"redirects (HTTP {status}): set its final address")
    raise ProviderGarbled(f"answers HTTP {status}")


def _retry_after(response: aiohttp.ClientResponse) -> float:
    told = response.headers.get("Retry-After", "")
    return min(float(told), MAX_RETRY_AFTER_S) if told.isdecimal() else 0.0


async def _read(response: aiohttp.ClientResponse) -> bytes:
    answer = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        answer += chunk
        if len(answer) > MAX_ANSWER_BYTES:
            raise ProviderGarbled(f"the answer is longer than {MAX_ANSWER_BYTES} bytes")
    return bytes(answer)


def objects_in(answer: Mapping[str, object], *path: str) -> list[dict[str, object]]:
    """The list of objects at `path`; empty where the answer holds none. Raises ProviderGarbled for another shape."""
    found: object = answer
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    if found is None:
        return []
    if not isinstance(found, list):
        raise ProviderGarbled(f"{'.'.join(path)} is not a list")
    return [item for item in found if isinstance(item, dict)]
