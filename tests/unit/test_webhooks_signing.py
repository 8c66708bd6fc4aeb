"""Signatures, the schedule, and what the docs tell receivers to do: as they are written there, run."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from domain.webhooks import SCHEDULE_S, DeliveryStatus, Posted, WebhookEvent, after_try, sign

PAGE = (Path(__file__).parents[2] / "docs/webhooks.md").read_text()
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
KNOWN_AT = 1614265330
KNOWN = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="  # published by Standard Webhooks
BODY = b'{"test": 2432232314}'
FOREVER_S = 10**10
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def code(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


def headers_of(signature: str, at: int = KNOWN_AT, message: str = MESSAGE) -> dict[str, str]:
    return {"webhook-id": message, "webhook-timestamp": str(at), "webhook-signature": signature}


def rotated(at: int) -> str:
    return sign([OTHER, SECRET], MESSAGE, dt.datetime.fromtimestamp(at, dt.UTC), BODY).value


def cases() -> list[tuple[dict[str, str], bytes, float, bool]]:
    """Headers, body, tolerance in seconds, whether it is genuine."""
    now = int(time.time())
    return [
        (headers_of(KNOWN), BODY, FOREVER_S, True),
        (headers_of(KNOWN), BODY, 300, False),  # years old
        (headers_of(KNOWN), BODY + b" ", FOREVER_S, False),
        (headers_of(KNOWN, message="msg_other"), BODY, FOREVER_S, False),
        (headers_of(KNOWN, at=KNOWN_AT + 1), BODY, FOREVER_S, False),
        (headers_of(KNOWN.removeprefix("v1,")), BODY, FOREVER_S, False),
        (headers_of(""), BODY, FOREVER_S, False),
        (headers_of("v1,é"), BODY, FOREVER_S, False),
        (headers_of(rotated(now), at=now), BODY, 300, True),  # two signatures: the second one is ours
        (headers_of(rotated(now).split(" ")[0], at=now), BODY, 300, False),  # that of the other secret alone
        (headers_of(KNOWN) | {"webhook-timestamp": "soon"}, BODY, FOREVER_S, False),
    ]


def test_the_pages_python_takes_the_known_answer_and_nothing_forged():
    told: dict[str, Any] = {}
    exec(code("python"), told)
    for headers, body, tolerance, genuine in cases():
        assert told["is_genuine"](headers, body, SECRET, tolerance) is genuine, headers


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on PATH")
def test_the_pages_javascript_takes_the_known_answer_and_nothing_forged():
    given = [[headers, body.decode(), tolerance] for headers, body, tolerance, _ in cases()]
    script = (
        f"{code('javascript')}\n"
        f"const cases = {json.dumps(given)};\n"
        f"console.log(JSON.stringify(cases.map(([h, b, t]) => isGenuine(h, Buffer.from(b), {json.dumps(SECRET)}, t))));"
    )
    ran = subprocess.run(["node", "-e", script], capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(ran.stdout) == [genuine for *_, genuine in cases()]


def test_each_secret_signs_and_a_space_stands_between():
    at = dt.datetime.fromtimestamp(KNOWN_AT, dt.UTC)
    assert sign([SECRET], MESSAGE, at, BODY).headers() == headers_of(KNOWN)
    both = sign([OTHER, SECRET], MESSAGE, at, BODY).value.split(" ")
    assert both == [sign([OTHER], MESSAGE, at, BODY).value, KNOWN]


def test_the_page_tells_the_pauses_that_are_kept():
    units = {"s": 1, "min": 60, "h": 3600}
    [row] = re.findall(r"\| after the one before \| 0 \| (.*) \|", PAGE)
    told = [float(number) * units[unit] for number, unit in re.findall(r"(\d+) (s|min|h)", row)]
    assert tuple(told) == SCHEDULE_S


def test_a_ping_is_dead_after_one_failure_and_everything_else_after_ten():
    for type_ in WebhookEvent:
        last = 1 if type_ is WebhookEvent.PING else 10
        posted = Posted(status=500)
        assert after_try(posted, last, NOW, 0, type_.tries).status is DeliveryStatus.DEAD
        if last > 1:
            assert after_try(posted, last - 1, NOW, 0, type_.tries).status is DeliveryStatus.PENDING


def test_what_is_no_more_is_not_tried_again():
    assert after_try(Posted(status=0, final=True), 1, NOW, 0).status is DeliveryStatus.DEAD
