from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.addresses import is_public, parse_address
from domain.errors import InvalidInput

NOT_PUBLIC = """
    0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1 127.255.255.254 169.254.0.1
    172.16.0.0 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255
    198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    169.254.169.254 100.100.100.200 192.0.0.192 168.63.129.16 169.254.170.2 169.254.170.23
    ::1 :: ::ffff:127.0.0.1 ::ffff:7f00:1 ::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::a00:1 2002:7f00:1:: 2001:0:7f00:1::
    fec0::1 fd00:ec2::254 fc00::1 fe80::1 2001:db8::1 3fff::1 3fff:fff:ffff::1 100::1 5f00::1 ff02::1 ff0e::1
    64:ff9b::7f00:1 2002:a9fe:a9fe:: 2001:2::1 2001:10::1 2001:20::1 4000::1 1000::1
    2606:4700::5efe:7f00:1 2606:4700::200:5efe:a00:1
"""
PUBLIC = """
    1.1.1.1 8.8.8.8 93.184.216.34 100.63.255.254 100.128.0.0 172.15.255.255 172.32.0.0 11.0.0.0 9.255.255.255
    192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 168.63.129.15
    2606:4700:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1 2001:4860:4860::8888
"""


@pytest.mark.parametrize("address", NOT_PUBLIC.split())
def test_an_address_inside_is_not_taken_for_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_a_public_address_at_the_edge_of_a_range_stays_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:{}", "64:ff9b::{}", "2606:4700::5efe:{}"]))
def test_an_embedded_ipv4_address_never_makes_a_private_one_public(inner: ipaddress.IPv4Address, form: str) -> None:
    assert is_public(form.format(inner)) == is_public(inner)


@given(st.ip_addresses(v=4), st.integers(0, 2**80 - 1))
def test_6to4_is_as_public_as_what_it_carries(inner: ipaddress.IPv4Address, rest: int) -> None:
    assert is_public(ipaddress.IPv6Address(0x2002 << 112 | int(inner) << 80 | rest)) == is_public(inner)


@given(st.ip_addresses(v=4), st.sampled_from(["::{}", "64:ff9b:1::{}"]))
def test_retired_and_local_carriers_are_never_public(inner: ipaddress.IPv4Address, form: str) -> None:
    assert not is_public(form.format(inner))


@given(st.ip_addresses())
def test_public_is_never_more_than_the_standard_library_allows(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    carrier = ipaddress.ip_network("2002::/16")
    if is_public(address) and not (address.version == 6 and (address in carrier or address.ipv4_mapped)):
        assert address.is_global


def test_a_spelling_with_octal_zeros_is_no_address() -> None:
    with pytest.raises(InvalidInput):
        parse_address("127.000.000.001")
