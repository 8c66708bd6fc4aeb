"""Where Forage may go: the public web, and what its operator allows besides."""

from __future__ import annotations

import ipaddress
import re

import msgspec

from domain.addresses import Address, Network, is_public, parse_address, unmapped
from domain.errors import InvalidInput, UnsafeUrl
from domain.urls import ParsedUrl, canonical_url, parse_url

# Ports of public hosts: the two of the web, and those on which public sites are seen besides. Few, so that a run cannot
# be made to talk to mail servers, databases or consoles.
WEB_PORTS = frozenset({80, 443, 3000, 8000, 8080, 8443})

# Services that listen to nobody but their own host or network, and would take an HTTP request for commands or give
# control away: ssh, telnet, SMTP, DNS, LDAP, SMB, Docker, etcd, MySQL, PostgreSQL, X11, Redis, kubelet, Chromium's
# debugger, Elasticsearch, memcached, MongoDB. A rule lets one through only by naming the port.
SERVICE_PORTS = frozenset(
    {22, 23, 25, 53, 110, 143, 389, 445, 465, 587, 636, 2375, 2376, 2379, 2380, 3306, 5432, 6000, 6379}
    | {9200, 9222, 9229, 9300, 10250, 11211, 27017}
)

# Names that stand for something on this machine or network: of RFC 6761, 6762, 8375, ICANN's collisions, clouds.
_INTERNAL = "localhost localdomain local internal intranet private corp home lan home.arpa svc cluster.local onion arpa"
_INTERNAL_SUFFIXES = frozenset(_INTERNAL.split())

# Keys of a caller's own headers. More is no page's need.
MAX_HEADERS = 10
MAX_HEADER_VALUE = 4096
# They say where a message goes, how long it is and who speaks on this hop: ours to write, never a caller's.
_OWN_NAMES = """
    host connection content-length transfer-encoding te trailer upgrade keep-alive expect accept-encoding via
    forwarded http2-settings x-forage-egress
"""
_OWN_HEADERS = frozenset(_OWN_NAMES.split())
_CONTROL = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


class AllowRule(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is let through: a host name or a network, on one port or on any but `SERVICE_PORTS`."""

    host: str = ""  # lower case; empty where `network` is set
    network: Network | None = None
    port: int | None = None

    def covers_port(self, port: int) -> bool:
        return port == self.port if self.port else port not in SERVICE_PORTS

    def covers_name(self, host: str, port: int) -> bool:
        return bool(self.host) and host == self.host and self.covers_port(port)

    def covers_address(self, address: Address, port: int) -> bool:
        return self.network is not None and address in self.network and self.covers_port(port)


class EgressPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The public internet on `ports`, and what the rules name. Nothing of this machine or its networks otherwise."""

    allow: tuple[AllowRule, ...] = ()
    ports: frozenset[int] = WEB_PORTS

    @classmethod
    def parse(cls, text: str) -> EgressPolicy:
        """`"127.0.0.1:8080, 10.0.0.0/8, 10.0.0.0/8:5000, wiki.corp:80, [::1]:8080"`. Raises InvalidInput."""
        entries = [entry.strip() for entry in text.replace(",", " ").split()]
        return cls(allow=tuple(_parse_rule(entry) for entry in entries))

    def allows_name(self, host: str, port: int) -> bool:
        """Whether a rule names this host: then it may be anywhere."""
        return any(rule.covers_name(host, port) for rule in self.allow)

    def allows_address(self, address: Address, port: int) -> bool:
        """Whether this address may be dialled on this port, whatever name led to it."""
        address = unmapped(address)
        return self.names_address(address, port) or (port in self.ports and is_public(address))

    def names_address(self, address: Address, port: int) -> bool:
        """Whether a rule holds this address: then it may be of this machine itself."""
        return any(rule.covers_address(address, port) for rule in self.allow)


# [IPv6 network]:port, or host or IPv4 network with a port, or an IPv6 network without one.
_RULE = re.compile(
    r"(?:\[(?P<boxed>[\da-f:.]+)\](?P<length>/\d{1,3})?|(?P<plain>[^\s:/\[\]]+(?:/\d{1,3})?))(?::(?P<port>\d{1,5}))?"
    r"|(?P<bare>[\da-f.]*:[\da-f.]*:[\da-f:.]*(?:/\d{1,3})?)",
    re.I,
)


def _parse_rule(entry: str) -> AllowRule:
    found = _RULE.fullmatch(entry)
    try:
        if found is None:
            raise ValueError
        port = int(found["port"]) if found["port"] else None
        if port is not None and not 0 < port < 65536:
            raise ValueError
        boxed = found["boxed"] and found["boxed"] + (found["length"] or "")
        target = boxed or found["plain"] or found["bare"]
        if boxed or found["bare"] or target.replace(".", "").replace("/", "").isdecimal():
            return AllowRule(network=ipaddress.ip_network(target, strict=False), port=port)
        return AllowRule(host=_rule_host(target), port=port)
    except ValueError:
        raise InvalidInput(f"{entry!r} is no host:port, network or network:port") from None


def _rule_host(text: str) -> str:
    try:
        parsed = parse_url(f"http://{text}/")
    except InvalidInput:
        raise ValueError from None
    host = parsed.host.rstrip(".")
    if not host or parsed.is_address or parsed.has_userinfo or parsed.href.count("/") != 3:
        raise ValueError
    return host


def check_url(url: str, policy: EgressPolicy) -> str:
    """The canonical URL, where it may be fetched as far as can be told without asking DNS.

    Raises UnsafeUrl, always with the same words: they tell nothing of what is there.
    """
    destination = check_destination(url, policy)
    if destination.scheme not in {"http", "https"}:
        raise UnsafeUrl
    return canonical_url(destination.href)


def check_destination(url: str, policy: EgressPolicy, base: str = "") -> ParsedUrl:
    """The same for a redirect, a subresource or a WebSocket: nothing of the URL but its fragment is dropped.

    Raises UnsafeUrl.
    """
    try:
        parsed = parse_url(url, base)
    except InvalidInput:
        raise UnsafeUrl from None
    if parsed.has_userinfo or not _is_allowed(parsed, policy):
        raise UnsafeUrl
    return parsed


def _is_allowed(url: ParsedUrl, policy: EgressPolicy) -> bool:
    if url.is_address:
        return policy.allows_address(parse_address(url.host), url.port)
    host = url.host.rstrip(".")
    if policy.allows_name(host, url.port):
        return True
    if not _is_public_name(host):
        return False
    # Whether a network that a rule names holds it, only its addresses tell.
    return url.port in policy.ports or any(rule.network and rule.covers_port(url.port) for rule in policy.allow)


def _is_public_name(host: str) -> bool:
    labels = host.split(".")
    if len(labels) < 2 or not all(0 < len(label) <= 63 for label in labels) or len(host) > 253:
        return False
    if any(".".join(labels[-count:]) in _INTERNAL_SUFFIXES for count in (1, 2)):
        return False
    return all(_is_punycode(label) for label in labels if label.startswith("xn--"))


def _is_punycode(label: str) -> bool:
    try:
        return bool(label[4:].encode().decode("punycode"))
    except UnicodeError:
        return False


def check_headers(
    headers: tuple[tuple[str, str], ...], *, most: int = MAX_HEADERS, hints: bool = False
) -> tuple[tuple[str, str], ...]:
    """A caller's own request headers, where they are safe to send: `most` of them, with `hints` those that tell of a
    browser (Sec-CH-*, Sec-Fetch-*) too. Raises InvalidInput, naming the header."""
    if len(headers) > most:
        raise InvalidInput(fields={"headers": f"at most {most}, got {len(headers)}"})
    for name, value in headers:
        lowered = name.lower()
        if not name or not _TOKEN.issuperset(lowered):
            raise InvalidInput(fields={"headers": f"{name[:50]!r} is no header name"})
        is_hint = hints and lowered.startswith(("sec-ch-", "sec-fetch-"))
        if lowered in _OWN_HEADERS or (lowered.startswith(("proxy-", "sec-")) and not is_hint):
            raise InvalidInput(fields={"headers": f"{name} cannot be set"})
        if len(value) > MAX_HEADER_VALUE or _CONTROL.search(value):
            raise InvalidInput(fields={"headers": f"the value of {name} is too long or has control characters"})
    return headers
