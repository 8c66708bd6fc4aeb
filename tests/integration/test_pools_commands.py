"""`forage pools` and `forage run --pool`, as people type them, against a shop that changes its prices."""

from __future__ import annotations

import csv
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from domain.errors import InvalidInput, NotFound
from forage.cli import cli

KETTLES = [("Copper kettle", 25.00), ("Blue mug", 8.50), ("Tea pot", 30.00), ("Bread knife", 19.00)]


class Shop(http.server.BaseHTTPRequestHandler):
    things: list[tuple[str, float]]

    def do_GET(self) -> None:
        rows = "".join(
            f'<li class="product"><a href="/p/{at}"><h3>{name}</h3></a><span class="price">${price:.2f}</span></li>'
            for at, (name, price) in enumerate(self.things)
        )
        body = f"<html><head><title>Kitchen</title></head><body><h1>Kitchen</h1><ul>{rows}</ul></body></html>".encode()
        found = self.path == "/"
        self.send_response(200 if found else 404)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body) if found else 0))
        self.end_headers()
        self.wfile.write(body if found else b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        return


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[tuple[str, float]]]]:
    """Its URL, and what it sells; a home of its own, whose door lets through to it."""
    things = list(KETTLES)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Open", (Shop,), {"things": things}))
    place = f"127.0.0.1:{server.server_port}"
    for name in ("DATABASE_URL", "REDIS_URL", "FORAGE_BLOBS", "OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORAGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FORAGE_EGRESS_ALLOW", place)
    monkeypatch.setenv("FORAGE_HOST_DELAY", "0")
    monkeypatch.setenv("COLUMNS", "200")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{place}/", things
    server.shutdown()
    server.server_close()


def forage(*words: str) -> Result:
    done = CliRunner().invoke(cli, words, catch_exceptions=False, standalone_mode=False)
    assert not done.return_value, done.output
    return done


def test_a_page_that_changes_its_price_shows_in_the_changes(shop: tuple[str, list[tuple[str, float]]], tmp_path: Path):
    url, things = shop
    pool_id = forage("pools", "create", "Kitchen prices", "--condition", "price dropped").output.strip()
    asked = ("run", url, "--fields", "name,price", "--pool", "Kitchen prices", "--quiet", "--format", "json")
    forage(*asked)
    things[0] = ("Copper kettle", 19.99)
    things.append(("Wok", 40.00))
    forage(*asked)

    told = forage("pools", "changes", "Kitchen prices", "--since", "4").output
    assert "price: 25.0 → 19.99" in told
    assert "name Wok, price 40.0" in told
    more = forage("pools", "changes", "Kitchen prices", "--limit", "1").output
    assert "forage pools changes 'Kitchen prices' --since 1" in more
    shown = forage("pools", "records", pool_id, "--sort", "-price", "--filter", "price>20").output
    assert [name for name in ("Wok", "Tea pot", "Copper kettle") if name in shown] == ["Wok", "Tea pot"]
    assert "price dropped" in forage("pools", "show", pool_id[:20]).output
    assert "Kitchen prices" in forage("pools", "list").output

    forage("pools", "download", pool_id, "--out", str(tmp_path / "kitchen.xlsx"))
    sheet = openpyxl.load_workbook(tmp_path / "kitchen.xlsx").active
    assert [cell.value for cell in sheet["A"]][1:] == ["Copper kettle", "Blue mug", "Tea pot", "Bread knife", "Wok"]
    rows = list(csv.DictReader(forage("pools", "download", pool_id, "--format", "csv").output.splitlines()))
    assert len(rows) == 5

    forage("pools", "delete", "Kitchen prices")
    with pytest.raises(NotFound):
        forage("pools", "show", "Kitchen prices")


def test_a_name_that_is_nobodys_or_of_several_is_told_so(shop: tuple[str, list[tuple[str, float]]]):
    for _ in range(2):
        forage("pools", "create", "twins")
    with pytest.raises(InvalidInput, match="2 pools"):
        forage("pools", "show", "twins")
    with pytest.raises(NotFound):
        forage("run", shop[0], "--pool", "nowhere", "--quiet")
    with pytest.raises(InvalidInput, match="at character 8"):
        forage("pools", "create", "x", "--condition", "price <")
