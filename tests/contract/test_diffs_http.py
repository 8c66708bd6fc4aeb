"""`POST /diff`: the document's request and sample, what is kept of a pair, and what nobody else may compare."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import httpx
import pytest
from api_harness import add_tenant
from pictures_harness import Web, api, png, screenshot, web, working
from PIL import Image

from api.wire.goscreen.ids import dashed
from domain.captures import CaptureRequest
from services.captures import AskedCapture, request_capture
from services.keys import OWNER_ACCOUNT
from services.service import Service

__all__ = ["api", "web", "working"]

A, B = "https://before.example/", "https://after.example/"


async def compared(api: httpx.AsyncClient, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = await api.post("/api/v1/diff", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.fixture
async def pair(api: httpx.AsyncClient, web: Web, working: None) -> dict[str, Any]:
    """The document's request, of two pictures a quarter of which differs."""
    changed = Image.new("RGB", (40, 30), "white")
    changed.paste("black", (0, 0, 20, 15))
    written = io.BytesIO()
    changed.save(written, format="PNG")
    web.pictures[B] = written.getvalue()
    ids = [await screenshot(api, url) for url in (A, B)]
    return {"request_id_1": ids[0], "request_id_2": ids[1], "threshold": 0.1}


async def test_the_documents_request_has_the_documents_answer(api: httpx.AsyncClient, pair: dict[str, Any]):
    told = await compared(api, pair)
    picture = told.pop("diff_image")
    assert told == {
        "status": "success",
        "diff_id": 1,
        "cached": False,
        "diff_percentage": 25.0,
        "diff_pixels": 300,
        "compared_size": "40x30",
        "threshold": 0.1,
    }
    kind, _, data = picture.partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as shown:
        assert shown.size == (40, 30)


async def test_a_pair_is_compared_once_unless_it_is_forced(api: httpx.AsyncClient, pair: dict[str, Any]):
    first = await compared(api, pair)
    again = await compared(api, pair)
    assert again == {**first, "cached": True}
    forced = await compared(api, {**pair, "force": True})
    assert forced == {**first, "cached": False}


async def test_what_else_is_asked_is_compared_anew(api: httpx.AsyncClient, pair: dict[str, Any]):
    await compared(api, pair)
    masked = await compared(api, {**pair, "masks": [{"x": 0, "y": 0, "width": 20, "height": 10}]})
    assert (masked["cached"], masked["diff_pixels"], masked["diff_percentage"]) == (False, 100, 10.0)
    blunt = await compared(api, {**pair, "threshold": 1})
    assert (blunt["cached"], blunt["diff_pixels"], blunt["threshold"]) == (False, 0, 1.0)


async def test_pictures_of_two_sizes_differ_by_what_only_one_has(api: httpx.AsyncClient, web: Web, working: None):
    web.pictures[B] = png(size=(40, 40))
    ids = [await screenshot(api, url) for url in (A, B)]
    told = await compared(api, {"request_id_1": ids[0], "request_id_2": ids[1]})
    assert (told["compared_size"], told["diff_pixels"], told["diff_percentage"]) == ("40x40", 400, 25.0)


async def test_a_picture_of_somebody_else_is_as_absent_as_none(
    service: Service, api: httpx.AsyncClient, pair: dict[str, Any]
):
    await compared(api, pair)  # it is known, too
    stranger = await add_tenant(service, "stranger")
    api.headers["Authorization"] = f"Bearer {stranger.key}"
    own = await screenshot(api, A)
    theirs, never = pair["request_id_1"], re.sub(r"[0-9a-f]{12}$", "0" * 12, pair["request_id_1"])
    for name, other in (("request_id_1", "request_id_2"), ("request_id_2", "request_id_1")):
        told = [await compared(api, {name: id_, other: own}, 404) for id_ in (theirs, never, "nonsense")]
        assert told[0] == told[1] == told[2]
        assert told[0]["message"] == f"{name}: no such screenshot."
    assert not (await compared(api, {"request_id_1": own, "request_id_2": own}))["cached"]


async def test_what_is_not_there_yet_or_has_no_pixels_is_refused(
    service: Service, api: httpx.AsyncClient, pair: dict[str, Any], web: Web
):
    pdf = await screenshot(api, A, format="pdf")
    told = await compared(api, {**pair, "request_id_2": pdf}, 422)
    assert set(told["errors"]) == {"request_id_2"}


async def test_one_that_is_still_queued_is_a_conflict(service: Service, api: httpx.AsyncClient):
    asked = AskedCapture(request=CaptureRequest(url=A))
    queued = dashed((await request_capture(service, OWNER_ACCOUNT, asked)).id)
    told = await compared(api, {"request_id_1": queued, "request_id_2": queued}, 409)
    assert "queued" in told["message"]


@pytest.mark.parametrize(
    ("off", "fields"),
    [
        ({"threshold": 1.5}, {"threshold"}),
        ({"threshold": "low"}, {"threshold"}),
        ({"request_id_1": None}, {"request_id_1"}),
        ({"masks": [{"x": 0, "y": 0, "width": 0, "height": 5}]}, {"masks[0]"}),
        ({"masks": [{"x": 0}]}, {"masks[0]"}),
        ({"sensitivity": 1}, {"sensitivity"}),
    ],
)
async def test_every_mistake_is_told_by_its_field(
    api: httpx.AsyncClient, pair: dict[str, Any], off: dict[str, Any], fields: set[str]
):
    assert set((await compared(api, {**pair, **off}, 422))["errors"]) == fields
