import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from forage.cli import COMMANDS, cli, main

HEAVY = (
    "litestar",
    "sqlalchemy",
    "playwright",
    "aiohttp",
    "rich",
    "pydantic",
    "openai",
    "lxml",
    "trafilatura",
    "numpy",
)


def test_help_imports_nothing_heavy():
    """Cold help under 0.3 s of CPU: measured as what it imports, which does not depend on the machine's load."""
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom forage.cli import cli\n"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_help_names_exists_and_explains_itself(name):
    shown = CliRunner().invoke(cli, [name, "--help"])
    assert shown.exit_code == 0, shown.output
    assert "Usage:" in shown.output


def test_a_fault_is_one_line_and_never_a_traceback(capsys, monkeypatch):
    monkeypatch.delenv("FORAGE_LOG", raising=False)
    monkeypatch.setenv("FORAGE_PORT", "eighty")
    with pytest.raises(SystemExit) as stopped:
        main(["doctor"])
    assert stopped.value.code == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert "FORAGE_PORT" in told[0]


def test_an_unknown_command_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["scrape"])
    assert stopped.value.code == 2
    assert "No such command" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["migrate"], ["doctor"], ["serve", "--port", "0"]])
@pytest.mark.parametrize("under", ["", "below"])
def test_a_home_that_cannot_be_is_named_with_the_reason(command, under, tmp_path):
    file = tmp_path / "a-file"
    file.write_text("")
    told = _told_of_home(command, file / under if under else file)
    assert "FORAGE_HOME cannot be made at" in told
    assert ("Not a directory" if under else "File exists") in told


@pytest.mark.skipif(not Path("/proc/sys").is_dir(), reason="no directory here that not even root may write in")
@pytest.mark.parametrize("command", [["migrate"], ["doctor"], ["serve", "--port", "0"]])
def test_a_home_that_cannot_be_written_is_named_with_the_reason(command):
    assert "FORAGE_HOME cannot be written at /proc/sys:" in _told_of_home(command, Path("/proc/sys"))


def _told_of_home(command, home):
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    environment |= {
        "FORAGE_HOME": str(home),
        "FORAGE_SEARCH": "fixed",
        "FORAGE_SEARCH_FIXED": "http://127.0.0.1:9/",
        "COLUMNS": "400",
    }
    done = subprocess.run(
        [sys.executable, "-m", "forage", *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    return done.stdout + done.stderr
