"""`forage webhooks`, as an operator types it, against a receiver on this machine."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from domain.errors import NotFound, UnsafeUrl
from forage.cli import cli


class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers the status that the path names; keeps the ids of what came."""

    ids: list[str]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.ids.append(self.headers["webhook-id"])
        self.send_response(int(self.path.strip("/")))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        return


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    """Its base URL and the ids that came; a home of its own, whose door lets through to it."""
    ids: list[str] = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Kept", (Receiver,), {"ids": ids}))
    place = f"127.0.0.1:{server.server_port}"
    for name in ("DATABASE_URL", "REDIS_URL", "FORAGE_BLOBS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORAGE_HOME", str(tmp_path))
    monkeypatch.setenv("FORAGE_EGRESS_ALLOW", place)
    monkeypatch.setenv("COLUMNS", "200")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{place}", ids
    server.shutdown()
    server.server_close()


def forage(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ("webhooks", *arguments), standalone_mode=False)


def test_a_ping_says_how_it_was_taken_and_can_be_replayed(receiver: tuple[str, list[str]]) -> None:
    base, ids = receiver
    taken, refused = forage("ping", f"{base}/204"), forage("ping", f"{base}/503")
    assert (taken.return_value, refused.return_value) == (0, 1)
    assert "503" in refused.output
    [first, second] = ids
    assert first in forage("deliveries").output
    dead = forage("deliveries", "--status", "dead").output
    assert second in dead
    assert first not in dead
    assert "503" in forage("show", second.removeprefix("msg_")).output
    assert forage("replay", first).return_value == 0
    assert forage("ping", f"{base}/204").return_value == 0  # sends what is due: the replay too
    assert ids.count(first) == 2


def test_a_secret_is_printed_alone_so_that_a_script_can_read_it(receiver: tuple[str, list[str]]) -> None:
    first, second = forage("rotate"), forage("rotate")
    assert re.fullmatch(r"whsec_\S+\n", first.stdout)
    assert first.stdout != second.stdout
    assert "once" in first.stderr


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("ping", "http://10.0.0.1/"), UnsafeUrl),
        (("show", "nothing"), NotFound),
        (("replay", "msg_" + "0" * 32), NotFound),
        (("deliveries", "--status", "gone"), click.UsageError),
    ],
)
def test_what_is_not_there_or_may_not_be_is_told(
    receiver: tuple[str, list[str]], arguments: tuple[str, ...], fault: type[Exception]
) -> None:
    assert isinstance(forage(*arguments).exception, fault)
