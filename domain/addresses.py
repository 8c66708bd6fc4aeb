"""Which IP addresses are the public internet.

An explicit table, for `ipaddress.is_global` takes NAT64, site-local, 6to4 relays, some clouds' own services and
multicast for public. The rows are IANA's special-purpose registries, plus what clouds serve secrets from.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from domain.errors import InvalidInput

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC_V4 = tuple(
    IPv4Network(row)
    for row in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; Alibaba's metadata service
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's own service for virtual machines
        "169.254.0.0/16",  # link-local; most clouds' metadata service
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocol assignments; Oracle's metadata service
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

# Only this much of IPv6 is handed out; all else (loopback, ULA, link-local, site-local, multicast, SRv6) is not.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    IPv6Network(row)
    for row in (
        "2001::/23",  # IETF protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
# Prefixes behind which a gateway reaches the IPv4 address in the given bits (counted from the right).
_CARRIERS = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (IPv6Network("2002::/16"), 80),  # 6to4
)
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})  # interface identifiers that end in an IPv4 address


@lru_cache(maxsize=4096)
def is_public(ip: str | Address) -> bool:
    """Whether an address is on the public internet; one that carries an IPv4 address only where that one is too.

    Raises InvalidInput where `ip` is text and no address.
    """
    address = parse_address(ip) if isinstance(ip, str) else ip
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    bits = int(address)
    for network, shift in _CARRIERS:
        if address in network:
            return is_public(_ipv4(bits >> shift))
    if address not in _GLOBAL_UNICAST or any(address in network for network in _NOT_PUBLIC_V6):
        return False
    return bits >> 32 & 0xFFFF_FFFF not in _ISATAP or is_public(_ipv4(bits))


def _ipv4(bits: int) -> IPv4Address:
    return IPv4Address(bits & 0xFFFF_FFFF)


def parse_address(text: str) -> Address:
    """An address from its usual spelling (no octal, no shorthand; brackets allowed). Raises InvalidInput."""
    try:
        return ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise InvalidInput(f"{text!r} is not an IP address") from None


def unmapped(address: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped one; any other as it is."""
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
