"""Every operation there is against every sort of key, and every id of somebody else. It grows with the API."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import httpx
import pytest
from api_harness import PLENTY, calling, serving
from tenancy_world import PUBLIC, Operation, World, calls_of, furnish, make_world, operations_of, own_call

from api.app import create_app
from api.config import ApiConfig
from api.wire.goscreen.errors import PREFIXES
from domain.accounts import Scope
from services.keys import create_key
from services.service import Service

SHORT = ApiConfig(
    preview_deadline_s=0.05,
    extract_deadline_s=0.05,
    agent_deadline_s=0.05,
    ping_deadline_s=0.05,
    heartbeat_s=0.05,
    capture_queue_s=0.05,
    capture_beat_s=0.05,
    capture_stream_s=0.1,
    rate_limit=PLENTY,
)
# What an operation answers its owner here, where nobody works on runs and nothing may leave.
NOT_DONE = {
    "POST /api/v1/extract": 504,
    "POST /api/v1/og-image": 503,
    "POST /api/v1/auth/login": 401,  # nobody has registered
    "POST /api/v1/auth/logout": 409,  # a key asks
    "POST /api/v1/auth/password": 409,  # the same
    "POST /api/v1/runs/{run_id}/cancel": 409,  # it is over
    "POST /api/v1/jobs/{job_id}/records/{record_id}/merge": 422,  # the job has no other record
    "POST /api/v1/jobs/{job_id}/records/{record_id}/split": 409,  # one page told of it
}
BULK = "/async/api/v1"
NO_KEY = {"statusCode": 401, "error": "Unauthorized", "message": "Invalid or missing API key."}
NO_TOKEN = {"statusCode": 400, "error": "Bad Request", "message": "Missing token query param"}


@pytest.fixture
def operations(service: Service) -> list[Operation]:
    return operations_of(create_app(service))


@pytest.fixture
async def world(service: Service) -> AsyncIterator[World]:
    async with serving(service, SHORT) as url, calling(url) as client:
        yield await make_world(service, client)


def guarded(operations: list[Operation]) -> list[Operation]:
    return [operation for operation in operations if not operation.is_open]


def test_every_name_that_looks_like_an_id_is_known_to_these_tests(operations: list[Operation]) -> None:
    unknown = {str(operation): operation.unknown_names for operation in operations if operation.unknown_names}
    assert unknown == {}, "say in tenancy_world.NAMES what they name, and make one in `furnish`"


def test_every_operation_says_who_may_and_only_the_way_in_is_open(operations: list[Operation]) -> None:
    assert [str(operation) for operation in guarded(operations) if not operation.scopes] == []
    assert {str(operation) for operation in operations if operation.is_open} == {
        "POST /api/v1/auth/register",
        "POST /api/v1/auth/login",
    }
    assert {str(operation) for operation in operations if operation.token_in_query} == {
        "GET /api/v1/results/{task_id}",
    }
    assert {str(operation): operation.query_key for operation in operations if operation.query_key} == {
        "GET /api/v1/screenshot/{request_id}/stream": "key",
    }


async def test_no_operation_answers_without_a_good_key(world: World, operations: list[Operation]) -> None:
    for operation in guarded(operations):
        await refused(world, operation, [None, world.owner.revoked])


async def test_no_odd_text_is_a_key(world: World, operations: list[Operation]) -> None:
    odd = ["", "sk_live_wrong", "fs_wrong", "x" * 5000, "ключ".encode(), "' OR 1=1", "a\x7fb"]
    for operation in guarded(operations)[:3]:
        await refused(world, operation, odd)


async def refused(world: World, operation: Operation, keys: Sequence[str | bytes | None]) -> None:
    call = own_call(operation, world.owned)
    for key in keys:
        answer = await world.send(call, key)
        keyless = operation.token_in_query and key is None
        expected = NO_TOKEN if keyless else NO_KEY
        if operation.path.startswith(PREFIXES):
            expected = {**expected, "status": "error"}
        status = expected["statusCode"]
        if operation.path.startswith(BULK):
            expected = {"Error": expected["message"], "Code": status}
        assert (answer.status_code, answer.json()) == (status, expected), (str(call), key)
        assert keyless or "www-authenticate" in answer.headers


async def test_no_operation_answers_a_key_of_every_other_scope(world: World, operations: list[Operation]) -> None:
    keys: dict[frozenset[Scope], str] = {}
    for operation in guarded(operations):
        wrong = frozenset(Scope) - set(operation.scopes)
        if not wrong:
            assert operation.is_needed_by_any_key
            continue
        if wrong not in keys:
            made = await create_key(world.service, world.owner.account_id, name="wrong", scopes=tuple(sorted(wrong)))
            keys[wrong] = made.token
        answer = await world.send(own_call(operation, world.owned), keys[wrong])
        assert answer.status_code == 403, str(operation)
        said = answer.json()["Error" if operation.path.startswith(BULK) else "message"]
        assert all(scope in said for scope in operation.scopes), str(operation)


@pytest.mark.slow
async def test_a_foreign_thing_looks_like_one_that_never_was_and_stays_as_it_is(
    world: World, operations: list[Operation]
) -> None:
    before = await world.rows_of(world.owner.account_id)
    tried = 0
    for operation in operations:
        absent = world.absent
        calls = zip(
            calls_of(operation, world.strange, world.owned), calls_of(operation, world.strange, absent), strict=True
        )
        for foreign, never in calls:
            answers = [await world.send(call, world.stranger.key) for call in (foreign, never)]
            told = [_without(answer.text, (*world.owned.values(), *absent.values())) for answer in answers]
            assert answers[0].status_code == answers[1].status_code, str(foreign)
            assert told[0] == told[1], str(foreign)
            assert foreign.place.startswith(("?", "body")) or answers[0].status_code == 404, str(foreign)
            assert answers[0].status_code < 500, str(foreign)
            assert await world.rows_of(world.owner.account_id) == before, str(foreign)
            tried += 1
    assert tried > 40  # the description has not lost its names


def _without(text: str, ids: tuple[str, ...]) -> str:
    """A text without the ids that were sent: an answer may repeat them."""
    hexes = "|".join(re.escape(id_.rpartition("_")[2].rpartition("-")[2]) for id_ in ids)
    return re.sub(hexes, "*", text)


async def test_a_list_holds_nothing_of_anybody_else(world: World, operations: list[Operation]) -> None:
    names = {id_.rpartition("_")[2].rpartition("-")[2] for id_ in world.owned.values()}
    for operation in operations:
        if operation.method == "GET" and not operation.own_names and not operation.is_open:
            answer = await world.send(own_call(operation, world.strange), world.stranger.key)
            assert answer.status_code == 200, str(operation)
            assert not [name for name in names if name in answer.text], str(operation)


async def test_one_accounts_idempotency_key_says_nothing_to_another(world: World) -> None:
    ids = []
    for tenant in (world.owner, world.stranger):
        headers = {"X-API-Key": tenant.key, "Idempotency-Key": "same"}
        answer = await world.client.post("/api/v1/jobs", headers=headers, json={"goal": tenant.account_id})
        assert answer.status_code == 201
        ids.append(answer.json()["job_id"])
    assert ids[0] != ids[1]


@pytest.mark.slow
async def test_the_owner_is_answered_by_every_operation(world: World, operations: list[Operation]) -> None:
    """Else the refusals above would prove nothing: each call is one that works with ids of one's own."""
    own = world.owned
    for operation in operations:
        answer = await world.send(own_call(operation, own), world.owner.key)
        if operation.method != "GET" and operation.own_names and not is_expected(operation, answer):
            # One before has used it up, such as a deletion of what it is in.
            own = await furnish(world.service, world.client, world.owner)
            answer = await world.send(own_call(operation, own), world.owner.key)
        assert is_expected(operation, answer), (str(operation), answer.text)


def is_expected(operation: Operation, answer: httpx.Response) -> bool:
    expected = NOT_DONE.get(str(operation))
    return answer.status_code == expected or (expected is None and answer.status_code < 300)


async def test_ones_own_things_are_taken_wherever_they_are_named(world: World, operations: list[Operation]) -> None:
    for operation in operations:
        if operation.method == "DELETE":
            continue
        for call in calls_of(operation, world.owned, world.owned):
            if call.place != "path":
                answer = await world.send(call, world.owner.key)
                done = answer.status_code < 300 or answer.status_code == NOT_DONE.get(str(operation))
                assert done, (str(call), answer.text)


OURS = (
    "account_id",
    "owner",
    "credits",
    "cost",
    "id",
    "createdAt",
    "created_at",
    "successRate",
    "totalRuns",
    "plan_id",
)


async def test_no_body_sets_what_only_the_service_may(world: World, operations: list[Operation]) -> None:
    before = await world.rows_of(world.owner.account_id)
    tried = 0
    for operation in operations:
        call = own_call(operation, world.owned)
        if not operation.fields or call.body is None:
            continue
        forged = dict.fromkeys(OURS, world.stranger.account_id)
        answer = await world.send(replace(call, body={**call.body, **forged}), world.owner.key)
        is_bulk = operation.path.startswith(BULK)  # whose document has one status for all mistakes, and one line
        assert answer.status_code == (400 if is_bulk else 422), (str(operation), answer.text)
        told = answer.json()
        assert all(f"{name}: " in told["Error"] if is_bulk else name in told["errors"] for name in OURS), str(operation)
        tried += 1
    assert tried > 15
    assert await world.rows_of(world.owner.account_id) == before


def test_a_name_is_of_somebodys_thing_or_of_nobodys(operations: list[Operation]) -> None:
    used = {name for operation in operations for name in operation.path_names}
    assert set(PUBLIC) <= used, "a name that no path has any more"
