from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from egress_support import Call, Names, Web, serving

from domain.egress import AllowRule, EgressPolicy
from domain.pages import FetchOutcome, FetchRequest, Page
from fetch.egress.limits import REFUSAL_HEADER, EgressLimits
from fetch.egress.names import SystemResolver
from fetch.egress.proxy import Door, open_egress
from fetch.http import HttpConfig, HttpTier, open_http

Get = Callable[..., Awaitable[Page]]
Say = Callable[[bytes], Awaitable[bytes]]

REFUSED = f"{REFUSAL_HEADER}: ".encode()


@pytest.fixture
async def any_port(names: Names) -> AsyncIterator[Door]:
    """A door that lets public names through on any port, so that addresses alone decide."""
    policy = EgressPolicy(ports=frozenset(range(1, 65536)))
    async with open_egress(policy, EgressLimits(dns_s=0.5, connect_s=1.0), resolver=names) as opened:
        yield opened


async def refusal(door: Door, url: str) -> str | None:
    async with aiohttp.ClientSession() as session:
        try:
            async with session.get(url, proxy=door.proxy_url) as response:
                return response.headers.get(REFUSAL_HEADER)
        except aiohttp.ClientHttpProxyError as fault:
            return (fault.headers or {}).get(REFUSAL_HEADER)


async def test_the_host_header_and_the_path_are_the_urls_own(web: Web, say: Say) -> None:
    web.page("/a", b"hello")
    answer = await say(
        b"GET http://127.0.0.1:%d/x/../a HTTP/1.1\r\nHost: inside.example\r\nConnection: close\r\n\r\n" % web.port
    )
    assert answer.endswith(b"hello")
    assert web.calls[0].path == "/a"
    assert web.calls[0].headers["host"] == f"127.0.0.1:{web.port}"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("answers", [("127.0.0.1",), ("10.0.0.1", "8.8.8.8"), ("8.8.8.8", "::1"), ("fe80::1%lo",)])
async def test_one_private_answer_refuses_the_name(
    any_port: Door, names: Names, web: Web, scheme: str, answers: tuple[str, ...]
) -> None:
    names.answers["both.test"] = [answers]
    assert await refusal(any_port, f"{scheme}://both.test:{web.port}/") == "unsafe_url"
    assert web.connections == 0


async def test_an_alias_to_an_inner_host_is_refused_by_what_it_leads_to(any_port: Door, names: Names, web: Web) -> None:
    # A CNAME shows in the answer's addresses only.
    names.answers["www.alias.test"] = [("::ffff:127.0.0.1",)]
    assert await refusal(any_port, f"http://www.alias.test:{web.port}/") == "unsafe_url"
    assert web.connections == 0


async def test_a_name_that_changes_its_answer_is_dialled_at_the_checked_one(names: Names, web: Web) -> None:
    # First the allowed address, then (were it asked again) another where nobody may go.
    names.answers["rebind.test"] = [("127.0.0.1",), ("127.0.0.2",)]
    web.page("/", b"public")
    policy = EgressPolicy.parse(f"127.0.0.1:{web.port}")
    async with open_egress(policy, resolver=names) as door, aiohttp.ClientSession() as session:
        for _ in range(3):
            async with session.get(f"http://rebind.test:{web.port}/", proxy=door.proxy_url) as response:
                assert await response.read() == b"public"
    assert names.asked == ["rebind.test"]


async def test_a_name_that_turns_inward_after_it_was_forgotten_is_refused(
    any_port: Door, names: Names, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fetch.egress.names.REMEMBERED_S", 0.0)
    names.answers["rebind.test"] = [("192.0.2.77",), ("127.0.0.1",)]
    assert await refusal(any_port, f"http://rebind.test:{web.port}/") == "unsafe_url"
    assert await refusal(any_port, f"http://rebind.test:{web.port}/") == "unsafe_url"
    assert len(names.asked) == 2
    assert web.connections == 0


@pytest.mark.parametrize("answer", [30.0, ()])
async def test_a_name_that_dns_does_not_know_in_time_is_unresolvable(
    any_port: Door, names: Names, answer: object
) -> None:
    names.answers["slow.test"] = [answer]  # ty: ignore[invalid-assignment]
    async with asyncio.timeout(30):
        assert await refusal(any_port, "http://slow.test/") == "unresolvable"
        assert await refusal(any_port, "https://nowhere.test/") == "unresolvable"


async def test_one_slow_name_holds_up_no_other(tier: HttpTier, names: Names, web: Web, get: Get) -> None:
    names.answers["slow.test"] = [30.0]
    web.page("/", "fast")
    slow = [asyncio.create_task(get(f"http://slow.test:{web.port}/{n}")) for n in range(40)]
    async with asyncio.timeout(30):
        assert (await get(web.url())).ok
        assert {page.outcome for page in await asyncio.gather(*slow)} <= {
            FetchOutcome.UNREACHABLE,
            FetchOutcome.TIMED_OUT,
        }
    assert names.asked.count("slow.test") <= 5


async def test_a_dead_address_is_passed_over_for_the_next_checked_one(names: Names, web: Web) -> None:
    names.answers["two.test"] = [("127.0.0.9", "127.0.0.1")]
    web.page("/", b"here")
    async with (
        open_egress(EgressPolicy.parse("127.0.0.0/8"), resolver=names) as door,
        aiohttp.ClientSession() as session,
        session.get(f"http://two.test:{web.port}/", proxy=door.proxy_url) as response,
    ):
        assert await response.read() == b"here"


@pytest.mark.parametrize("port", [22, 25, 2375, 5432, 6379, 9222, 1])
@pytest.mark.parametrize("host", ["public.test", "127.0.0.1", "[::1]"])
async def test_a_tunnel_to_a_port_that_serves_no_web_is_refused(say: Say, names: Names, host: str, port: int) -> None:
    names.answers["public.test"] = [("8.8.8.8",)]
    answer = await say(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert REFUSED + b"unsafe_url" in answer


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:80/",
        "/",
        "127.0.0.1",
        "x@127.0.0.1:443",
        "127.0.0.1:443/x",
        "127.0.0.1:443?",
        "*",
        ":443",
        "a b:1",
    ],
)
async def test_a_tunnel_target_that_is_more_than_a_host_and_a_port_is_refused(say: Say, target: str) -> None:
    assert (await say(f"CONNECT {target} HTTP/1.1\r\n\r\n".encode())).startswith(b"HTTP/1.1 403 ")


async def test_it_does_not_ask_itself_even_where_that_is_allowed(names: Names) -> None:
    everything = EgressPolicy.parse("127.0.0.0/8 0.0.0.0/0 ::/0")
    names.answers["me.test"] = [("127.0.0.1",)]
    async with open_egress(everything, EgressLimits(connect_s=1), resolver=names) as door:
        for host in ("127.0.0.1", "0.0.0.0", "[::ffff:127.0.0.1]", "me.test"):
            assert await refusal(door, f"http://{host}:{door.port}/") == "unsafe_url"
            assert await refusal(door, f"https://{host}:{door.port}/") == "unsafe_url"


async def test_a_public_address_that_is_this_machines_own_is_refused(
    names: Names, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Loopback stands in for an address that the table calls public and that this machine has.
    monkeypatch.setattr("domain.egress.is_public", lambda address: True)
    names.answers["mine.test"] = [("127.0.0.1",)]
    async with open_egress(EgressPolicy(ports=frozenset({web.port})), resolver=names) as door:
        assert await refusal(door, f"http://mine.test:{web.port}/") == "unsafe_url"
    assert web.calls == []


async def test_a_rule_for_a_name_lets_that_name_be_anywhere(names: Names, web: Web) -> None:
    names.answers["wiki.corp"] = [("127.0.0.1",)]
    web.page("/", b"wiki")
    policy = EgressPolicy(allow=(AllowRule(host="wiki.corp", port=web.port),))
    async with open_egress(policy, resolver=names) as door:
        assert await refusal(door, f"http://wiki.corp:{web.port}/") is None
        assert await refusal(door, web.url()) == "unsafe_url"


async def test_a_websocket_goes_through_a_tunnel_and_an_inner_one_does_not(web: Web, door: Door, say: Say) -> None:
    async def shake(call: Call) -> None:
        await call.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
        await call.send(await call.reader.readexactly(4))
        call.writer.close()

    web.routes["/ws"] = shake
    target = f"127.0.0.1:{web.port}".encode()
    talk = b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nping"
    answer = await say(b"CONNECT " + target + b" HTTP/1.1\r\n\r\n" + talk)
    assert answer.endswith(b"\r\n\r\nping")
    assert b"403" in (await say(b"CONNECT 127.0.0.1:6379 HTTP/1.1\r\n\r\n" + talk))[:20]


async def test_a_closed_door_lets_nothing_out(web: Web, policy: EgressPolicy, names: Names) -> None:
    web.page("/", b"never")
    async with open_egress(policy, resolver=names) as door:
        pass
    async with open_http(door, policy, HttpConfig(respect_robots=False)) as tier:
        for url in (web.url(), "https://example.com/"):
            page = await tier.fetch(FetchRequest(url=url, scope="run", deadline_s=3))
            assert page.outcome is FetchOutcome.UNREACHABLE
            assert "127.0.0.1" not in page.detail
    assert web.connections == 0


async def test_closing_the_door_cuts_what_is_under_way(web: Web, policy: EgressPolicy, names: Names) -> None:
    asked, gone = asyncio.Event(), asyncio.Event()

    async def hang(call: Call) -> None:
        asked.set()
        await call.reader.read()
        gone.set()

    web.routes["/hang"] = hang
    async with open_egress(policy, resolver=names) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(f"GET {web.url('/hang')} HTTP/1.1\r\n\r\n".encode())
        async with asyncio.timeout(30):
            await asked.wait()
    async with asyncio.timeout(30):
        await gone.wait()
        with pytest.raises(ConnectionError):
            await reader.read()
    writer.close()


async def test_a_connection_beyond_the_cap_is_refused_and_room_comes_back(web: Web, policy: EgressPolicy) -> None:
    web.page("/", b"x")
    async with open_egress(policy, EgressLimits(connections=2)) as door:
        held = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(2)]
        async with asyncio.timeout(30):
            assert await refusal(door, web.url()) == "busy"
            for _, writer in held:
                writer.close()
            while await refusal(door, web.url()) == "busy":  # noqa: ASYNC110 - asking is what is tested
                await asyncio.sleep(0)


async def test_a_connection_past_its_bytes_is_cut(web: Web, policy: EgressPolicy) -> None:
    async def pour(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await call.send(b"x" * 65536)

    web.routes["/"] = pour
    async with (
        open_egress(policy, EgressLimits(connection_bytes=1_000_000)) as door,
        aiohttp.ClientSession() as session,
    ):
        async with asyncio.timeout(30), session.get(web.url(), proxy=door.proxy_url) as response:
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.read()
        assert door.counters.bytes_down < 1_500_000


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 100\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"]
)
async def test_what_came_of_an_answer_that_breaks_off_is_not_taken_back(web: Web, say: Say, framing: bytes) -> None:
    web.raw("/", b"HTTP/1.1 200 OK\r\n" + framing)
    answer = await say(b"GET http://127.0.0.1:%d/ HTTP/1.1\r\n\r\n" % web.port)
    assert answer.endswith(framing.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("limits", [EgressLimits(idle_s=0.2), EgressLimits(connection_s=0.2)])
async def test_a_server_that_never_answers_runs_out_of_time(
    web: Web, policy: EgressPolicy, limits: EgressLimits
) -> None:
    async def hang(call: Call) -> None:
        await call.reader.read()

    web.routes["/"] = hang
    async with open_egress(policy, limits) as door, asyncio.timeout(30):
        assert await refusal(door, web.url()) == "timed_out"


async def test_a_tunnel_that_drips_is_cut_at_its_time(web: Web, policy: EgressPolicy) -> None:
    async def drip(call: Call) -> None:
        while True:
            await call.send(b".")
            await asyncio.sleep(0.01)

    web.routes["/"] = drip
    async with open_egress(policy, EgressLimits(connection_s=0.3)) as door, asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n" % web.port)
        with pytest.raises(ConnectionError):
            await reader.read()
        writer.close()


async def test_a_fast_server_does_not_fill_memory_behind_a_slow_client(web: Web, door: Door) -> None:
    sent = 0

    async def pour(call: Call) -> None:
        nonlocal sent
        await call.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await call.send(b"x" * 65536)
            sent += 65536

    web.routes["/"] = pour
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port, limit=1024)
    writer.write(f"GET {web.url()} HTTP/1.1\r\n\r\n".encode())
    before = -1
    async with asyncio.timeout(30):
        while sent == 0 or sent != before:  # the buffers of the kernel take a while to fill
            before = sent
            await asyncio.sleep(0.2)
    assert sent < 32_000_000
    await reader.read(100)
    writer.close()


async def test_the_door_counts_what_passes(web: Web, door: Door, get: Get) -> None:
    web.page("/", "x" * 5000)
    assert (await get(web.url())).ok
    assert (await get("http://127.0.0.1:1/")).outcome is FetchOutcome.UNSAFE_URL
    assert await refusal(door, "http://10.0.0.1/") == "unsafe_url"
    counters = door.counters
    assert (counters.requests, counters.dials, counters.refused) == (1, 1, {"unsafe_url": 1})
    assert counters.bytes_down > 5000


async def test_why_a_host_was_refused_can_be_asked_for(door: Door, names: Names) -> None:
    names.answers["inward.test"] = [("10.0.0.1",)]
    await refusal(door, "https://inward.test/")
    assert door.last_refusal("inward.test", 443) == "unsafe_url"
    assert door.last_refusal("other.test", 443) is None


async def test_ipv6_is_dialled_too(names: Names) -> None:
    async with serving(host="::1") as web:
        web.page("/", b"six")
        names.answers["six.test"] = [("::1",)]
        async with open_egress(EgressPolicy.parse(f"[::1]:{web.port}"), resolver=names) as door:
            assert await refusal(door, f"http://six.test:{web.port}/") is None
            assert await refusal(door, web.url(host="[::1]")) is None
    assert web.calls[-1].headers["host"] == f"[::1]:{web.port}"


async def test_a_lookup_that_nobody_waits_for_any_more_leaves_no_noise(
    policy: EgressPolicy, names: Names, caplog: pytest.LogCaptureFixture
) -> None:
    names.answers["slow.test"] = [0.2]
    async with open_egress(policy, EgressLimits(dns_s=0.1), resolver=names) as door:
        _, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(b"GET http://slow.test/ HTTP/1.1\r\n\r\n")
        async with asyncio.timeout(30):
            while not names.asked:  # noqa: ASYNC110 - the lookup has no event of its own
                await asyncio.sleep(0)
        writer.close()
        await asyncio.sleep(0.15)
    gc.collect()
    assert caplog.records == []


@pytest.mark.parametrize("name", ["no-such-host.invalid", "a" * 64 + ".test", "a..test"])
async def test_the_systems_resolver_tells_of_every_failure_alike(name: str) -> None:
    resolver = SystemResolver()
    with pytest.raises(OSError):  # noqa: PT011 - its words are the system's
        await resolver.resolve(name)
    resolver.close()


async def test_the_systems_resolver_knows_this_machine() -> None:
    resolver = SystemResolver()
    assert set(await resolver.resolve("localhost")) <= {"127.0.0.1", "::1"}
    resolver.close()
