"""What is refused, with which status, and that everything wrong is told at once and by name."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from api_harness import OWNER_KEY, serving
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from api.config import ApiConfig
from api.wire.faults import MalformedBody
from api.wire.reading import MAX_MISTAKES, read_body
from api.wire.scrapehub.requests import CreateJob, parse_job
from domain.egress import EgressPolicy
from domain.errors import InvalidInput
from services.service import Service

JOBS = "/api/v1/jobs"


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({}, "goal", "either goal or url"),
        ({"goal": "   "}, "url", "either goal or url"),
        ({"goal": None}, "goal", "either goal or url"),
        ({"goal": "x" * 2001}, "goal", "2000"),
        ({"goal": 5}, "goal", "str"),
        ({"goal": "a\u0000b"}, "goal", "NUL"),
        ({"url": "https://e.example/" + "a" * 4096}, "url", "4096"),
        ({"goal": "x", "max_results": 0}, "max_results", ">= 1"),
        ({"goal": "x", "max_results": 1001}, "max_results", "<= 1000"),
        ({"goal": "x", "max_results": "10"}, "max_results", "int"),
        ({"goal": "x", "max_results": 1.5}, "max_results", "int"),
        ({"goal": "x", "max_results": True}, "max_results", "int"),
        ({"goal": "x", "max_results": 10**40}, "max_results", "<= 1000"),
        ({"goal": "x", "min_results": 501, "max_results": 1000}, "min_results", "<= 500"),
        ({"goal": "x", "min_results": 11}, "min_results", "10"),
        ({"goal": "x", "output_format": "xml"}, "output_format", "csv"),
        ({"goal": "x", "use_smart_cascade": "yes"}, "use_smart_cascade", "bool"),
        ({"goal": "x", "fields": "name"}, "fields", "array"),
        ({"goal": "x", "fields": [""]}, "fields", "1 to 64"),
        ({"goal": "x", "fields": ["a"] * 61}, "fields", "60"),
        ({"goal": "x", "fields": ["name", "Name"]}, "fields", "twice"),
        ({"goal": "x", "fields": ["price:florins"]}, "fields", "florins"),
        ({"goal": "x", "fields": [{"nam": "x"}]}, "fields[0]", "unknown field nam"),
        ({"goal": "x", "fields": [1]}, "fields[0]", "str"),
        ({"goal": "x", "limit": 5}, "limit", "unknown field"),
        ({"goal": "x", "status": "completed"}, "status", "unknown field"),
        ({"goal": "x", "exclude": ["a"] * 501}, "exclude", "500"),
        ({"goal": "x", "plan": {"queries": ["q"] * 21}}, "plan.queries", "20"),
        ({"goal": "x", "plan": {"sources": ["http://10.0.0.1/"]}}, "plan.sources[0]", "may not be fetched"),
        ({"goal": "x", "plan": {"conditions": [{"field": "p", "comparison": "~", "value": 1}]}}, "plan", "<=, =, >="),
        (
            {"goal": "x", "plan": {"conditions": [{"field": "p", "comparison": "<", "value": "twenty"}]}},
            "plan.conditions[0].value",
            "a number or a date",
        ),
        ({"goal": "x", "plan": {"language": "german"}}, "plan.language", "two letters"),
        ({"url": "shop.example/kitchen"}, "url", "https://shop.example/kitchen"),
        (
            {"goal": "x", "plan": {"conditions": [{"field": "p", "comparison": "between", "value": 1}]}},
            "plan.conditions[0]",
            "two numbers",
        ),
    ],
)
async def test_a_wrong_field_is_a_422_that_names_it(
    client: httpx.AsyncClient, body: dict[str, Any], field: str, says: str
) -> None:
    answer = await client.post(JOBS, content=json.dumps(body), headers={"Content-Type": "application/json"})
    told = answer.json()
    assert answer.status_code == told["statusCode"] == 422
    assert set(told) == {"statusCode", "error", "message", "errors"}
    assert told["error"] == "Unprocessable Content"
    found = {name: why for name, why in told["errors"].items() if name.startswith(field)}
    assert any(says in why for why in found.values()), told


async def test_everything_wrong_is_told_at_once(client: httpx.AsyncClient) -> None:
    answer = await client.post(JOBS, json={"goal": 1, "max_results": 0, "output_format": "xml", "nonsense": 1})
    assert set(answer.json()["errors"]) == {"goal", "max_results", "output_format", "nonsense"}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "http://localhost./",
        "https://evil.example:22/",
        "http://127.0.0.1:p\\@evil.example",
        "http://",
        "javascript:alert(1)",
        "not a url",
    ],
)
async def test_an_inside_url_is_refused_alike_everywhere_and_says_nothing_of_why(
    client: httpx.AsyncClient, url: str
) -> None:
    for path, field, body in (
        (JOBS, "url", {"url": url}),
        (JOBS, "webhook_url", {"goal": "x", "webhook_url": url}),
        ("/api/v1/webhooks", "url", {"taskId": f"job_{0:032}", "url": url}),
        ("/api/v1/webhooks/ping", "url", {"url": url}),
    ):
        answer = await client.post(path, json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"] == {field: "This URL may not be fetched."}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1]", b'"goal"', b"null", b"\xff\xfe", b'{"goal": "\xff"}', b'{"goal": "\\ud800"}', b"[" * 50_000],
)
async def test_a_body_that_is_no_json_object_is_a_400(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post(JOBS, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")


async def test_a_form_is_a_415_and_a_huge_body_a_413(client: httpx.AsyncClient) -> None:
    assert (await client.post(JOBS, data={"goal": "x"})).status_code == 415
    huge = json.dumps({"goal": "x", "exclude": ["y" * 1_000_000]})
    for content in (huge.encode(), _slowly(huge.encode())):
        answer = await client.post(JOBS, content=content, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["statusCode"]) == (413, 413)


async def _slowly(body: bytes) -> Any:
    """Chunks, so that no Content-Length tells beforehand."""
    for start in range(0, len(body), 100_000):
        yield body[start : start + 100_000]


async def test_unknown_paths_and_wrong_methods_have_the_same_shape(client: httpx.AsyncClient) -> None:
    for method, path, status in (("GET", "/api/v1/nothing", 404), ("PUT", JOBS, 405), ("POST", "/healthz", 405)):
        answer = await client.request(method, path)
        assert answer.status_code == answer.json()["statusCode"] == status
        assert set(answer.json()) == {"statusCode", "error", "message"}
    for path in (JOBS, f"{JOBS}/"):
        assert (await client.put(path)).headers["allow"] == "GET, OPTIONS, POST"


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "cursor=%00", "cursor=garbage"])
async def test_a_wrong_query_parameter_is_a_422_that_names_it(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"{JOBS}?{query}")
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {query.partition("=")[0]}


@pytest.mark.parametrize("job_id", ["x", "job_", "job_%00", "job_" + "0" * 31, "run_" + "0" * 32, "job_" + "F" * 32])
async def test_an_id_that_cannot_be_one_is_just_absent(client: httpx.AsyncClient, job_id: str) -> None:
    answer = await client.get(f"{JOBS}/{job_id}")
    assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from([*CreateJob.__struct_fields__, "nonsense"])
BODIES = st.dictionaries(NAMES, JSON, max_size=6)
PLAUSIBLE = st.fixed_dictionaries(
    {"goal": st.text(max_size=40)},
    optional={
        "max_results": st.integers(-1, 1002),
        "min_results": st.integers(-1, 502),
        "fields": st.lists(st.text(max_size=12) | st.fixed_dictionaries({"name": st.text(max_size=8)}), max_size=4),
        "exclude": st.lists(st.text(max_size=12), max_size=3),
        "url": st.text(max_size=30) | st.just("https://shop.example/a b\tc"),
        "plan": st.fixed_dictionaries({}, optional={"entity": st.text(max_size=9), "language": st.text(max_size=9)}),
    },
)
OVER_HTTP = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@OVER_HTTP
@given(body=BODIES | PLAUSIBLE)
async def test_no_json_body_ever_breaks_the_server(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await client.post(JOBS, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code in {201, 400, 422}, answer.text
    if answer.status_code == 201:
        assert (await client.get(answer.headers["location"])).status_code == 200


@OVER_HTTP
@given(body=st.binary(max_size=200))
async def test_no_bytes_ever_break_the_server(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post(JOBS, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}


@OVER_HTTP
@given(key=st.text(st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=300))
async def test_no_header_ever_breaks_the_server(client: httpx.AsyncClient, key: str) -> None:
    headers = {b"Idempotency-Key": key.strip().encode("latin-1"), b"X-Request-ID": key.strip().encode("latin-1")}
    try:
        answer = await client.post(JOBS, json={"goal": "x"}, headers=headers)  # ty: ignore[invalid-argument-type]
    except httpx.LocalProtocolError:
        return
    assert answer.status_code in {201, 400, 422}


@given(body=BODIES | PLAUSIBLE)
def test_parsing_gives_a_request_or_names_the_mistake(body: dict[str, Any]) -> None:
    told: dict[str, str] = {}
    try:
        request = parse_job(read_body(json.dumps(body).encode(), CreateJob), EgressPolicy())
    except MalformedBody:
        return
    except InvalidInput as fault:
        request, told = None, fault.fields
    if request is None:
        assert 1 <= len(told) <= MAX_MISTAKES
        assert all(len(name) < 300 and why for name, why in told.items())
    else:
        assert request.goal or request.url
        assert (request.min_results or 0) <= request.max_results


@pytest.mark.parametrize("leaves", [False, True])
async def test_a_body_that_does_not_come_is_a_408_and_no_fault_of_ours(service: Service, leaves: bool) -> None:
    head = (
        "POST /api/v1/jobs HTTP/1.1\r\nHost: forage\r\nContent-Type: application/json\r\n"
        f"X-API-KEY: {OWNER_KEY}\r\nContent-Length: 1000\r\n\r\n{{"
    )
    with capture_logs() as logged:
        answer = await _answer_to(service, head, leaves=leaves)
    assert leaves or (answer.startswith(b"HTTP/1.1 408 ") and b'"statusCode":408' in answer)
    assert "request.failed" not in {line["event"] for line in logged}
    assert [line["status"] for line in logged if line["event"] == "http.request"] == [408]


async def _answer_to(service: Service, head: str, *, leaves: bool) -> bytes:
    """All that comes until the connection is closed."""
    async with serving(service, ApiConfig(body_deadline_s=0.3)) as url, asyncio.timeout(30):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(head.encode())
        if leaves:
            writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer
