"""`GET /runs/{id}/screenshots/{n}.png`: a picture to its owner, and nothing to anybody else."""

from __future__ import annotations

import pytest
from api_harness import OWNER_KEY, calling, serving

from domain.accounts import Scope
from domain.events import EventType
from domain.requests import FlowMode, FlowRequest
from domain.runs import RunStatus
from services.keys import OWNER_ACCOUNT, create_key
from services.runs import submit_run
from services.service import Service
from store.repositories.runs import NewEvent

PICTURE = b"\x89PNG\r\n\x1a\n picture"
FLOW = FlowRequest(flow_id="f" * 32, flow_name="f", mode=FlowMode.INTERACT, url="https://shop.example/")


async def run_with_picture(service: Service) -> str:
    run = await submit_run(service, OWNER_ACCOUNT, FLOW)
    stored = await service.blobs.put(OWNER_ACCOUNT, PICTURE)
    data = {"index": 0, "screenshot": {"number": 1, "sha256": stored.sha256, "bytes": len(PICTURE)}}
    async with service.database.write() as uow:
        await uow.blobs.use(OWNER_ACCOUNT, [stored.sha256], {stored.sha256: stored.size})
        event = NewEvent(EventType.STEP_DONE, data)
        await uow.runs(OWNER_ACCOUNT).move(run.id, [RunStatus.QUEUED], {}, [event], service.clock.now())
    return run.id


async def test_a_picture_is_served_to_its_owner_alone_and_may_do_nothing(service: Service):
    run_id = await run_with_picture(service)
    async with serving(service) as url, calling(f"{url}/api/v1") as client:
        client.headers["X-API-Key"] = OWNER_KEY
        answer = await client.get(f"/runs/run-{run_id}/screenshots/1.png")
        assert (answer.status_code, answer.content) == (200, PICTURE)
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        for path in ("2.png", "1.gif", "0x1.png", "١.png", "99999999999999999999.png", "-1.png", "1"):
            assert (await client.get(f"/runs/run-{run_id}/screenshots/{path}")).status_code == 404, path
        assert (await client.get(f"/runs/run-{'0' * 32}/screenshots/1.png")).status_code == 404
        assert (await client.get("/runs/nonsense/screenshots/1.png")).status_code == 404
        anybody = await client.get(f"/runs/run-{run_id}/screenshots/1.png", headers={"X-API-Key": ""})
        assert anybody.status_code == 401


@pytest.mark.parametrize(("scope", "status"), [(Scope.RUNS_READ, 200), (Scope.FLOWS_READ, 403)])
async def test_a_picture_needs_the_scope_of_runs(service: Service, scope: Scope, status: int):
    run_id = await run_with_picture(service)
    issued = await create_key(service, OWNER_ACCOUNT, name="k", scopes=(scope,))
    async with serving(service) as url, calling() as client:
        answer = await client.get(
            f"{url}/api/v1/runs/run-{run_id}/screenshots/1.png", headers={"X-API-Key": issued.token}
        )
        assert answer.status_code == status
