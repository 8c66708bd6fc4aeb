"""Forage as its users have it: the installed command, its own processes, the demo web on loopback."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forage.demo.show import demo_environment
from forage.demo.web import DemoWeb, demo_web_in_background

FORAGE = [sys.executable, "-m", "forage"]
STOP_S = 60
Command = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoWeb]:
    with demo_web_in_background() as web:
        yield web


@pytest.fixture
def environment(demo: DemoWeb, tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has set nothing but what leads to the demo web."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "CI") if name in os.environ}
    return kept | demo_environment(demo, str(tmp_path / "home"), {}) | {"PYTHONUNBUFFERED": "1"}


@pytest.fixture
def forage(environment: dict[str, str]) -> Command:
    def call(*arguments: str, timeout: float = 180, **more: str) -> subprocess.CompletedProcess[bytes]:
        command = [*FORAGE, *arguments]
        return subprocess.run(
            command, env=environment | more, capture_output=True, timeout=timeout, check=False, cwd=environment_root()
        )

    return call


def environment_root() -> Path:
    return Path(__file__).parents[2]


class Server:
    """A long-lived command; its lines are read as they come."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self.lines: list[str] = []
        self.errors: list[str] = []
        self.process = subprocess.Popen(
            [*FORAGE, *arguments],
            env=environment,
            cwd=environment_root(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._heard = threading.Condition()
        for stream, kept in ((self.process.stdout, self.lines), (self.process.stderr, self.errors)):
            threading.Thread(target=self._read, args=(stream, kept), daemon=True).start()

    def _read(self, stream, kept: list[str]) -> None:
        for line in stream:
            with self._heard:
                kept.append(line.rstrip())
                self._heard.notify_all()
        with self._heard:
            self._heard.notify_all()

    def line_with(self, text: str, timeout: float = 90) -> str:
        """The first line on stdout with `text` in it, once it has been said."""
        return self._heard_in(self.lines, text, timeout)

    def error_with(self, text: str, timeout: float = 90) -> str:
        """The same of stderr."""
        return self._heard_in(self.errors, text, timeout)

    def _heard_in(self, lines: list[str], text: str, timeout: float) -> str:
        until = time.monotonic() + timeout
        with self._heard:
            while True:
                found = next((line for line in lines if text in line), None)
                if found is not None:
                    return found
                assert self.process.poll() is None, f"it ended: {self.errors[-20:]}"
                assert self._heard.wait(max(0.0, until - time.monotonic())), f"never said {text!r}: {self.errors[-20:]}"

    def kill(self) -> None:
        """kill -9: no chance to put anything in order."""
        self.process.kill()
        self.process.wait(STOP_S)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self.process.wait(STOP_S)


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def begin(*arguments: str, **more: str) -> Server:
        server = Server(list(arguments), environment | more)
        started.append(server)
        return server

    yield begin
    for server in started:
        with contextlib.suppress(ProcessLookupError):
            server.process.kill()
        server.process.wait(STOP_S)
