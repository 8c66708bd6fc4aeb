"""URLs as browsers read them (WHATWG), and the names that pages, hosts and sites go by."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import ada_url
import msgspec

from domain.errors import InvalidInput

if TYPE_CHECKING:
    import tldextract

# Servers refuse longer ones (Apache and nginx at 8 KiB a line), and no page that people read has them.
MAX_URL = 8192

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}

# Parameters that tell where a visitor came from and never what the page shows. Only names that one vendor documents.
_TRACKING_NAMES = """
    gclid gclsrc dclid gbraid wbraid fbclid msclkid yclid twclid ttclid li_fat_id igshid srsltid
    mc_cid mc_eid _hsenc _hsmi vero_id mkt_tok oly_anon_id oly_enc_id _openstat
"""
_TRACKING = frozenset(_TRACKING_NAMES.split())
_TRACKING_PREFIX = "utm_"
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.I)


class ParsedUrl(msgspec.Struct, frozen=True, gc=False):
    """A URL with an authority. `href` has no fragment; `host` is lower case, an IPv6 address without brackets."""

    href: str
    scheme: str
    host: str
    port: int  # the scheme's own where none is written
    is_address: bool
    has_userinfo: bool

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """The host, and the port where it is not the scheme's own: what the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def parse_url(url: str, base: str = "") -> ParsedUrl:
    """The URL as a browser would read it, against `base` where it is relative. Keeps every parameter.

    Raises InvalidInput for what is no http, https, ws or wss URL.
    """
    return _parse(url, base)


# Every layer asks about the same few URLs again: the frontier, the guard, the tier, the proxy.
@lru_cache(maxsize=2048)
def _parse(url: str, base: str) -> ParsedUrl:
    if len(url) > MAX_URL:
        raise InvalidInput("not a web address: it is too long")
    try:
        parsed = ada_url.URL(url, base or None)
    except ValueError:  # also UnicodeError: a lone surrogate
        raise InvalidInput("not a web address") from None
    scheme = parsed.protocol.removesuffix(":")
    if scheme not in DEFAULT_PORTS or not parsed.hostname or len(parsed.href) > 3 * MAX_URL:
        raise InvalidInput("not a web address")
    href = parsed.href
    return ParsedUrl(
        href=href[: len(href) - len(parsed.hash)].removesuffix("#") if "#" in href else href,
        scheme=scheme,
        host=parsed.hostname.removeprefix("[").removesuffix("]"),
        port=int(parsed.port or DEFAULT_PORTS[scheme]),
        is_address=parsed.host_type != ada_url.HostType.DEFAULT,
        has_userinfo=bool(parsed.username or parsed.password),
    )


def canonical_url(url: str, base: str = "") -> str:
    """The one spelling of a page's address: absolute, WHATWG-normal, without fragment, default port and the parameters
    that only track visitors. The order of the others is kept, for it may matter to the site.

    Raises InvalidInput for what is no http or https URL.
    """
    parsed = parse_url(url, base)
    if parsed.scheme not in {"http", "https"}:
        raise InvalidInput("not a web page's address")
    head, mark, query = parsed.href.partition("?")
    if not mark:
        return head
    kept = "&".join(pair for pair in query.split("&") if not _is_tracking(pair))
    return f"{head}?{kept}" if kept else head


def _is_tracking(pair: str) -> bool:
    name = pair.partition("=")[0].lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIX)


@lru_cache(maxsize=16_384)  # a merge asks for the same pages and links again and again
def url_key(url: str) -> str:
    """Equal for spellings of a URL that serve one page: scheme, `www.`, last slash, index file and query order fold."""
    parts = urlsplit(url)
    host = parts.netloc.lower().removeprefix("www.")
    path = _INDEX.sub("/", parts.path).rstrip("/")
    query = "&".join(sorted(f"{name}={value}" for name, value in parse_qsl(parts.query, keep_blank_values=True)))
    return f"{host}{path}?{query}" if query else f"{host}{path}"


def host_of(url: str) -> str:
    """The host in lower case, without port; an IPv6 address without brackets. Raises InvalidInput."""
    return parse_url(url).host


def site_of(url: str) -> str:
    """The registrable domain (`shop.example.co.uk` is of `example.co.uk`): whoever runs one page of it runs all.

    An address or a name under no public suffix (`localhost`, `127.0.0.1:8080`) stays itself, with its port. Raises
    InvalidInput.
    """
    parsed = parse_url(url)
    return (None if parsed.is_address else registrable_domain(parsed.host)) or parsed.authority


@lru_cache(maxsize=4096)
def registrable_domain(host: str) -> str:
    """The part of a host name that someone registered; empty where the name is a public suffix or under none."""
    return _extractor()(host.rstrip(".")).top_domain_under_public_suffix


@cache
def _extractor() -> tldextract.TLDExtract:
    import tldextract

    # The bundled suffix list only: the default fetches a new one, past the egress guard. Private suffixes too:
    # two users' pages at one host of theirs are two sites.
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def is_http(url: str) -> bool:
    """Whether this is an absolute http or https URL."""
    try:
        return parse_url(url).scheme in {"http", "https"}
    except InvalidInput:
        return False
