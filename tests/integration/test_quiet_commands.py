"""`forage run --quiet`: what failed is told all the same, each source in a line of its own, and nothing else is."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forage.cli import cli

LAMPS = "".join(
    f'<li class="lamp"><h3><a href="/lamps/{n}">Brass lamp {n}</a></h3><p class="price">£{n}.50</p></li>'
    for n in range(1, 6)
)
PAGE = f'<html lang="en-GB"><head><title>Lamps</title></head><body><h1>Lamps</h1><ul>{LAMPS}</ul></body></html>'


class Lamps(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGE.encode() if self.path == "/" else b"<p>Members only.</p>"
        self.send_response(200 if self.path == "/" else 404 if self.path == "/robots.txt" else 403)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        return


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lamps)
    place = f"127.0.0.1:{server.server_port}"
    for name in ("DATABASE_URL", "REDIS_URL", "FORAGE_BLOBS", "OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORAGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FORAGE_EGRESS_ALLOW", place)
    monkeypatch.setenv("FORAGE_HOST_DELAY", "0")
    monkeypatch.setenv("FORAGE_BROWSER", "none")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{place}"
    server.shutdown()
    server.server_close()


def forage(*words: str) -> Result:
    return CliRunner().invoke(cli, words, catch_exceptions=False, standalone_mode=False)


def test_a_source_that_failed_is_told_with_its_outcome_though_quiet_is_asked(site: str) -> None:
    done = forage("run", f"{site}/members", "--fields", "name,price", "--quiet", "--format", "json")
    failures = [line for line in done.stderr.splitlines() if "could not read" in line]
    assert len(failures) == 1, done.stderr
    assert failures[0].strip().startswith(f"could not read {site}/members: blocked"), failures
    assert done.return_value == 1
    assert done.stdout.strip() == "[]"


def test_quiet_tells_of_nothing_that_went_well_and_failed_pages_leave_the_exit_code(site: str) -> None:
    done = forage("run", site, "--fields", "name,price,weight", "--quiet", "--format", "jsonl")
    told = [line.strip() for line in done.stderr.splitlines() if line.startswith("  ")]
    assert told
    assert all(line.startswith("could not read") for line in told), done.stderr
    assert done.return_value == 0
    assert len(done.stdout.splitlines()) == 5
