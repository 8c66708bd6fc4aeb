"""Targets over proxies of each scheme, in the clear and in a browser, and the guard in front of them."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from targets_support import EchoSite, proxying, serving_echo, socks_proxying
from tls_support import certificate

from domain.bulk import RenderOptions, TargetOptions, TargetResult, WaitUntil
from domain.egress import EgressPolicy
from domain.pages import FetchOutcome
from domain.proxies import ProxyTable
from fetch.fetcher import FetchConfig
from fetch.open import open_fetcher
from fetch.targets.errand import Errand
from forage.browsers import find_browser


@pytest.fixture
async def site() -> AsyncIterator[EchoSite]:
    async with serving_echo() as served:
        yield served


async def fetched(site: EchoSite, proxy: str, url: str = "", render: RenderOptions | None = None) -> TargetResult:
    policy = EgressPolicy.parse(f"127.0.0.1:{site.port}")
    config = FetchConfig(
        policy=policy,
        browser_path=(find_browser() or "") if render else "",
        per_host_delay_s=0.0,
        proxies=ProxyTable.parse(f"{proxy},us"),
    )
    options = TargetOptions(geo_code="us", disable_retry=True, render=render)
    async with open_fetcher(config) as fetcher:
        return (await fetcher.perform(url or site.url("page"), options, Errand(scope="a"))).result


async def test_a_socks_proxy_is_told_the_name_the_password_and_a_checked_address(site: EchoSite) -> None:
    async with socks_proxying("me", "s3cret") as (port, asked):
        result = await fetched(site, f"socks5://me:s3cret@127.0.0.1:{port}")
        assert (result.error, b"GET /page" in result.content) == ("", True)
        assert set(asked) == {f"127.0.0.1:{site.port}"}
        wrong = await fetched(site, f"socks5://me:wrong@127.0.0.1:{port}")
        assert (wrong.outcome, "over a proxy" in wrong.error) == (FetchOutcome.UNREACHABLE, True)
        before = len(asked)
        inside = await fetched(site, f"socks5://me:s3cret@127.0.0.1:{port}", "http://127.0.0.1:9/")
        assert (inside.outcome, len(asked)) == (FetchOutcome.UNSAFE_URL, before)


async def test_an_https_proxy_is_spoken_to_over_tls_and_only_where_its_certificate_is_trusted(
    site: EchoSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    async with proxying(tls) as (port, asked):
        refused = await fetched(site, f"https://127.0.0.1:{port}")
        assert (refused.outcome, asked) == (FetchOutcome.UNREACHABLE, [])
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        result = await fetched(site, f"https://127.0.0.1:{port}")
        assert (result.error, b"GET /page" in result.content) == ("", True)
        assert {head.split()[1] for head in asked} == {f"127.0.0.1:{site.port}"}


async def test_a_target_that_wishes_for_a_proxy_never_goes_out_without_one(site: EchoSite) -> None:
    """Who took the job had a proxy in that country on its list; this worker has another list."""
    config = FetchConfig(policy=EgressPolicy.parse(f"127.0.0.1:{site.port}"), browser_path="", per_host_delay_s=0.0)
    async with open_fetcher(config) as fetcher:
        options = TargetOptions(geo_code="us", session_id="a")
        performed = await fetcher.perform(site.url("page"), options, Errand(scope="a", cookies="kept"))
    assert (performed.result.outcome, site.asked, performed.cookies) == (FetchOutcome.UNREACHABLE, [], "kept")
    assert "no proxy is set up here" in performed.result.error


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_page_behind_a_proxy_reaches_nothing_that_the_guard_forbids(site: EchoSite, scheme: str) -> None:
    async with serving_echo() as canary, contextlib.AsyncExitStack() as stack:
        if scheme == "http":
            port, asked = await stack.enter_async_context(proxying())
            proxy = f"http://127.0.0.1:{port}"
        else:
            port, asked = await stack.enter_async_context(socks_proxying("me", "it"))
            proxy = f"socks5://me:it@127.0.0.1:{port}"
        render = RenderOptions(block_resources=False, wait_until=WaitUntil.NETWORK_IDLE_0)
        result = await fetched(site, proxy, site.url(f"leaks/{canary.port}"), render)
        assert (result.error, result.ok) == ("", True)
        assert canary.asked == []
        assert len(site.of("seen")) == 1
        assert {entry.split()[1] if " " in entry else entry for entry in asked} == {f"127.0.0.1:{site.port}"}
