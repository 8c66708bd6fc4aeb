"""`forage serve`, alone and with workers, called as the ScrapeHub document says: with curl."""

import json
import shutil
import signal
import subprocess
import time

import pytest

from forage.demo.content import products

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not shutil.which("curl"), reason="no curl on PATH")]

KEY = "sk_live_acceptance_0123456789"
LISTENS = "Forage listens at "


def curl(*arguments: str) -> str:
    done = subprocess.run(["curl", "-sS", "--max-time", "60", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def base_of(server) -> str:
    return server.line_with(LISTENS).removeprefix(LISTENS)


def job(base: str, job_id: str, key: str = KEY) -> dict:
    return json.loads(curl("-X", "GET", f"{base}/jobs/{job_id}", "-H", f"X-API-KEY: {key}"))


def ended(base: str, job_id: str, timeout: float = 120) -> dict:
    """The job once it is over. Its event stream ends with it: no polling."""
    curl("--max-time", str(timeout), "-N", f"{base}/jobs/{job_id}/events", "-H", f"X-API-KEY: {KEY}")
    return job(base, job_id)


def create(base: str, body: dict) -> str:
    told = curl(
        "-X", "POST", f"{base}/jobs", "-H", f"X-API-KEY: {KEY}", "-H", "Content-Type: application/json",
        "-d", json.dumps(body),
    )  # fmt: skip
    return json.loads(told)["job_id"]


def test_one_command_serves_the_whole_life_of_a_job(start, demo, tmp_path):
    server = start("serve", "--port", "0", FORAGE_API_KEY=KEY)
    base = base_of(server)
    goal = {"url": demo.origins["shop"] + "/kitchen", "max_results": 100, "fields": ["name", "price", "rating"]}
    job_id = create(base, goal)
    told = ended(base, job_id)
    assert (told["status"], told["records_found"], told["progress"]) == ("completed", len(products()), 100)
    assert told["download_url"] == f"/api/v1/jobs/{job_id}/download?format=json"

    out = tmp_path / "results.csv"
    curl("-X", "GET", f"{base}/jobs/{job_id}/download?format=csv", "-H", f"X-API-KEY: {KEY}", "-o", str(out))
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) == len(products()) + 1
    listed = json.loads(curl("-X", "GET", f"{base}/jobs", "-H", f"X-API-KEY: {KEY}"))
    assert [item["job_id"] for item in listed] == [job_id]
    assert "message" in json.loads(curl("-X", "DELETE", f"{base}/jobs/{job_id}", "-H", f"X-API-KEY: {KEY}"))
    assert server.stop() == 0


def test_a_key_is_made_and_shown_once(start):
    first = start("serve", "--port", "0")
    key = first.line_with("shown this once").rsplit(" ", 1)[1]
    assert json.loads(curl(f"{base_of(first)}/jobs", "-H", f"Authorization: Bearer {key}")) == []
    assert json.loads(curl(f"{base_of(first)}/jobs"))["statusCode"] == 401
    first.stop()
    second = start("serve", "--port", "0")
    assert json.loads(curl(f"{base_of(second)}/jobs", "-H", f"X-Token: {key}")) == []
    assert not any(key in line for line in second.lines)


def test_a_run_of_the_command_line_is_a_job_of_the_service(forage, start, demo):
    assert forage("run", demo.origins["shop"] + "/kitchen", "--fields", "name,price", "--max", "4").returncode == 0
    base = base_of(start("serve", "--port", "0", "--workers", "0", FORAGE_API_KEY=KEY))
    (listed,) = json.loads(curl(f"{base}/jobs", "-H", f"X-API-KEY: {KEY}"))
    assert listed["records_found"] == 4


def test_sigterm_gives_a_run_back_and_the_next_start_ends_it(start, demo):
    slowly = {"FORAGE_API_KEY": KEY, "FORAGE_HOST_DELAY": "1.5"}
    first = start("serve", "--port", "0", **slowly)
    base = base_of(first)
    job_id = create(base, {"url": demo.origins["shop"] + "/kitchen", "max_results": 100, "fields": ["name", "price"]})
    wait_for(lambda: job(base, job_id)["records_found"] > 0)
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(30) == 0
    base = base_of(start("serve", "--port", "0", **slowly))
    told = ended(base, job_id)
    assert (told["status"], told["records_found"]) == ("completed", len(products()))


@pytest.mark.postgres
@pytest.mark.redis
def test_kill_9_of_a_worker_in_mid_run_loses_nothing_and_doubles_nothing(
    start, demo, postgres_url, redis_url, tmp_path
):
    scaled = {
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_url,
        "FORAGE_BLOBS": str(tmp_path / "blobs"),
        "FORAGE_API_KEY": KEY,
        "FORAGE_HOST_DELAY": "1.5",
    }
    base = base_of(start("serve", "--port", "0", **scaled))
    doomed = start("worker", **scaled)
    doomed.line_with("worker ready")
    job_id = create(base, {"url": demo.origins["shop"] + "/kitchen", "max_results": 100, "fields": ["name", "price"]})
    wait_for(lambda: job(base, job_id)["records_found"] > 0)
    doomed.kill()
    assert job(base, job_id)["status"] == "running"
    start("worker", **scaled).line_with("worker ready")
    told = ended(base, job_id)
    assert (told["status"], told["records_found"]) == ("completed", len(products()))
    rows = json.loads(curl(f"{base}/jobs/{job_id}/download?format=json", "-H", f"X-API-KEY: {KEY}"))
    assert sorted(row["name"] for row in rows) == sorted(product.name for product in products())


def wait_for(true, timeout: float = 60) -> None:
    until = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.1)
