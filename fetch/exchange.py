"""One request through the door and its answer, within caps and a deadline, with every failure typed."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

import aiohttp
import msgspec
from aiohttp.http_exceptions import LineTooLong
from multidict import CIMultiDictProxy
from yarl import URL

from domain.errors import ForageError
from domain.pages import FetchOutcome, Posted
from fetch.bodies import ACCEPT_ENCODING, BadBody, BodyCaps, BodyReader, CutOff, TooLarge
from fetch.content_types import declared_kind
from fetch.egress.limits import OUTCOMES, REFUSAL_HEADER, Refusal

if TYPE_CHECKING:
    from domain.urls import ParsedUrl
    from fetch.egress.proxy import Door

# One header field may be long (content security policies pass 8 KB), all together not: 128 of them at most.
MAX_FIELD = 32_768
MAX_FIELDS = 128
CONNECTIONS = 100
# Below a minute, for then the door takes an idle connection for dead.
KEEP_ALIVE_S = 30.0
READ_SIZE = 65_536
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,application/json;q=0.8,text/plain;q=0.8,*/*;q=0.5",
    "Accept-Language": "en,*;q=0.5",
    "Accept-Encoding": ACCEPT_ENCODING,
}

# What aiohttp would add of itself.
_AUTOMATIC = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class ExchangeFailed(ForageError):
    """No usable answer. `outcome` says why; `is_passing` that the same request may do better in a moment."""

    def __init__(self, outcome: FetchOutcome, detail: str, *, is_passing: bool = False) -> None:
        self.outcome = outcome
        self.is_passing = is_passing
        super().__init__(detail)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a server said. `raw_size` are the body's bytes on the wire; a redirect's body is left unread."""

    url: ParsedUrl
    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    raw_size: int

    @property
    def location(self) -> str | None:
        """Where a redirect leads, as it is written there; None for any other answer."""
        return self.headers.get("Location") if self.status in REDIRECTS else None


class Wants(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller will take: `pages_only` gives up on other types before their body comes; `is_cut` takes the
    beginning of a body that is too large."""

    caps: BodyCaps = BodyCaps()
    pages_only: bool = True
    is_cut: bool = False


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """A request that says all of itself: no header is added to `headers` but those of the message's own frame.
    `proxy_url` is another door than the exchange's own."""

    url: ParsedUrl
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    proxy_url: str = ""


class Exchange:
    """Requests through one door. It follows nothing, remembers nothing and asks no DNS."""

    def __init__(self, session: aiohttp.ClientSession, door: Door, user_agent: str) -> None:
        self._session = session
        self._proxy = URL(door.proxy_url)
        self._headers = _HEADERS | {"User-Agent": user_agent}

    async def get(self, url: ParsedUrl, headers: Mapping[str, str], deadline: float, wants: Wants) -> Answer:
        """The answer, read until `deadline` (event loop time). Raises ExchangeFailed."""
        asked = {name.lower() for name in headers}
        own = {name: value for name, value in self._headers.items() if name.lower() not in asked}
        return await self.send(Ask(url=url, headers=tuple((own | dict(headers)).items())), deadline, wants)

    async def post(
        self, url: ParsedUrl, posted: Posted, headers: Mapping[str, str], deadline: float, wants: Wants
    ) -> Answer:
        """The answer to what is sent. Raises ExchangeFailed."""
        own = self._headers | dict(headers) | {"Content-Type": posted.content_type}
        body = posted.body.encode("utf-8", "replace")
        ask = Ask(url=url, method="POST", headers=tuple(own.items()), body=body)
        return await self.send(ask, deadline, wants)

    async def send(self, ask: Ask, deadline: float, wants: Wants) -> Answer:
        """The same for a request of any sort."""
        try:
            async with asyncio.timeout_at(deadline):
                return await self._send(ask, wants)
        except TimeoutError:
            raise ExchangeFailed(FetchOutcome.TIMED_OUT, "It did not answer in time.") from None
        except TooLarge as fault:
            raise ExchangeFailed(FetchOutcome.TOO_LARGE, fault.message) from None
        except BadBody as fault:
            raise ExchangeFailed(FetchOutcome.UNSUPPORTED_CONTENT, fault.message) from None
        except CutOff:
            raise ExchangeFailed(FetchOutcome.UNREACHABLE, "Its answer was cut off.", is_passing=True) from None
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise _as_failure(fault) from None

    async def _send(self, ask: Ask, wants: Wants) -> Answer:
        url = ask.url
        async with self._session.request(
            ask.method,
            URL(url.href, encoded=True),
            headers=ask.headers,
            data=ask.body or None,
            proxy=URL(ask.proxy_url) if ask.proxy_url else self._proxy,
            allow_redirects=False,
            skip_auto_headers=_AUTOMATIC,
        ) as response:
            # Over TLS only the server can have written it, and then it means nothing.
            if url.scheme == "http" and (reason := response.headers.get(REFUSAL_HEADER)):
                raise _refused(reason)
            body, raw_size = b"", 0
            if response.status not in REDIRECTS or "Location" not in response.headers:
                body, raw_size = await _read(response, wants)
            elif (response.content_length or 0) <= READ_SIZE:
                await _drain(response)
            return Answer(url=url, status=response.status, headers=response.headers, body=body, raw_size=raw_size)


async def _read(response: aiohttp.ClientResponse, wants: Wants) -> tuple[bytes, int]:
    headers = response.headers
    if wants.pages_only and declared_kind(headers.get("Content-Type", "")) is None and response.status < 400:
        return b"", 0
    if (response.content_length or 0) > wants.caps.raw and not wants.is_cut:
        raise TooLarge("It says it is larger than a page may be.")
    reader = BodyReader(",".join(headers.getall("Content-Encoding", ())), wants.caps)
    try:
        async for chunk in response.content.iter_any():
            reader.feed(chunk)
    except TooLarge:
        if not wants.is_cut:
            raise
        return reader.so_far(), reader.raw_size
    return reader.finish(), reader.raw_size


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Reads what little a redirect says, so that its connection can be used again."""
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > READ_SIZE:
            break


def _refused(reason: str) -> ExchangeFailed:
    try:
        refusal = Refusal(reason)
    except ValueError:
        refusal = Refusal.BAD_ANSWER
    outcome, detail = OUTCOMES[refusal]
    return ExchangeFailed(outcome, detail, is_passing=refusal is Refusal.UNREACHABLE)


def _as_failure(fault: Exception) -> ExchangeFailed:
    """What aiohttp could not do, in our terms. Its own words stay out: they name addresses and ports."""
    unreachable = FetchOutcome.UNREACHABLE
    match fault:
        case aiohttp.ClientHttpProxyError():
            return _refused((fault.headers or {}).get(REFUSAL_HEADER, Refusal.BAD_ANSWER))
        case aiohttp.ClientProxyConnectionError():
            return ExchangeFailed(unreachable, "The egress door is closed.")
        case aiohttp.ClientSSLError() | ssl.SSLError() | ssl.CertificateError():
            return ExchangeFailed(unreachable, "Its TLS certificate or handshake is not valid.")
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return ExchangeFailed(FetchOutcome.UNSAFE_URL, "This URL may not be fetched.")
        # Of too many fields it tells in words alone.
        case aiohttp.ClientResponseError() if _is_caused_by(fault, LineTooLong) or "Too many headers" in fault.message:
            return ExchangeFailed(FetchOutcome.TOO_LARGE, "Its headers are larger than they may be.")
        case aiohttp.ClientPayloadError():
            return ExchangeFailed(unreachable, "Its answer was cut off.", is_passing=True)
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | OSError():
            return ExchangeFailed(unreachable, "It closed the connection.", is_passing=True)
    return ExchangeFailed(unreachable, "Its answer is not HTTP.")


def percent_encoded(location: str) -> str:
    """A Location as bytes came, raw UTF-8 and worse included, in ASCII."""
    if location.isascii():
        return location
    return quote(location.encode("utf-8", "surrogateescape"), safe="%/:=&?~#+!$,;'@()*[]|^<>\"{}\\` ")


def _is_caused_by(fault: BaseException, kind: type[BaseException]) -> bool:
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, kind):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


@contextlib.asynccontextmanager
async def open_exchange(door: Door, user_agent: str, *, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Exchange]:
    """`tls` replaces the certificates that are trusted: those of an operator's own authority."""
    connector = aiohttp.TCPConnector(
        limit=CONNECTIONS, keepalive_timeout=KEEP_ALIVE_S, ssl=tls or True, use_dns_cache=False
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        # Deadlines are ours, over all steps together: the defaults restart with each.
        timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None),
        max_line_size=MAX_FIELD,
        max_field_size=MAX_FIELD,
        max_headers=MAX_FIELDS,
    ) as session:
        yield Exchange(session, door, user_agent)
