"""What can be done with a past run's archive, as people type it: checked, asked again, put right, taken along."""

from __future__ import annotations

import http.server
import threading
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner, Result
from warcio.archiveiterator import ArchiveIterator

from domain.errors import Conflict, InvalidInput
from forage.cli import cli

LAMPS = "".join(
    f'<li class="lamp"><h3>Brass lamp {n}</h3><p class="price">£{n}.50</p><p class="weight">{n} kg</p></li>'
    for n in range(1, 6)
)
PAGE = f'<html lang="en-GB"><head><title>Lamps</title></head><body><h1>Lamps</h1><ul>{LAMPS}</ul></body></html>'


class Lamps(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGE.encode()
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body) if self.path == "/" else 0))
        self.end_headers()
        self.wfile.write(body if self.path == "/" else b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        return


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own with one run in it, whose site is gone by now."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lamps)
    place = f"127.0.0.1:{server.server_port}"
    for name in ("DATABASE_URL", "REDIS_URL", "FORAGE_BLOBS", "OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORAGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FORAGE_EGRESS_ALLOW", place)
    monkeypatch.setenv("FORAGE_HOST_DELAY", "0")
    monkeypatch.setenv("COLUMNS", "200")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    done = forage("run", f"http://{place}/", "--fields", "name,price:number", "--quiet")
    server.shutdown()
    server.server_close()
    assert done.return_value == 0, done.output
    return tmp_path / "home"


def forage(*words: str) -> Result:
    return CliRunner().invoke(cli, words, catch_exceptions=False, standalone_mode=False)


def test_a_run_is_checked_asked_again_and_taken_along_when_its_site_is_gone(home: Path, tmp_path: Path) -> None:
    done = forage("verify", "last")
    assert (done.return_value, "10 of 10 supported found again" in done.output) == (0, True), done.output

    done = forage("correct", "last", "2", "price=3.5", "name=Of my own")
    assert done.return_value == 0, done.output
    assert "Of my own" in done.output
    assert "before it was put right: Brass lamp 2" in done.output
    assert "said elsewhere, not of this" in done.output  # 3.50 is another lamp's
    done = forage("correct", "last", "2", "name=lamp 2")  # nothing that its page told is left in it
    assert "“lamp 2”" in done.output
    with pytest.raises(InvalidInput, match="no such field"):
        forage("correct", "last", "2", "colour=red")

    done = forage("merge", "last", "1", "3")
    assert done.return_value == 0, done.output
    undo = done.output.partition("undo: forage ")[2].split()
    assert undo[:3] == ["split", "last", "1"], done.output
    with pytest.raises(InvalidInput, match="has 4"):
        forage("merge", "last", "1", "5")
    done = forage(*undo)
    assert (done.return_value, "record 5" in done.output) == (0, True), done.output
    with pytest.raises(Conflict, match="nothing to split"):
        forage("split", "last", "2")

    done = forage("archive", "last", "--out", str(tmp_path / "pages.warc.gz"))
    assert done.return_value == 0, done.output
    with (tmp_path / "pages.warc.gz").open("rb") as file:
        kinds = [record.rec_type for record in ArchiveIterator(file, check_digests="raise")]
    assert kinds == ["warcinfo", "resource", "metadata", "conversion"]

    done = forage("reextract", "last", "--fields", "name,weight", "--quiet", "--format", "jsonl")
    assert done.return_value == 0, done.output
    assert done.stdout.splitlines()[0] == '{"name":"Brass lamp 1","weight":"1 kg"}'

    for blob in (home / "blobs").rglob("*.zst"):
        blob.write_bytes(zstandard.compress(b"another page"))
    done = forage("verify", "last")
    assert done.return_value == 1
    assert "its page is not what was read" in done.output
    for blob in (home / "blobs").rglob("*.zst"):
        blob.unlink()
    with pytest.raises(Conflict, match="no longer in the archive"):
        forage("reextract", "last", "--fields", "name")


def test_what_was_learned_is_given_out_and_taken_in(home: Path, tmp_path: Path) -> None:
    learned = tmp_path / "learned.jsonl"
    done = forage("templates", "export", "--out", str(learned))
    assert (done.return_value, done.stdout, done.stderr) == (0, "", f"1 template in {learned.name}\n")
    assert len(learned.read_bytes().splitlines()) == 1
    assert forage("templates", "delete", "--site", learned.read_text().split('"site":"')[1].split('"')[0]).output == (
        "forgot 1 template\n"
    )
    assert forage("templates", "import", str(learned)).output == "took in 1 template\n"
    learned.write_text("{}")
    with pytest.raises(InvalidInput, match="line 1 is no template"):
        forage("templates", "import", str(learned))
