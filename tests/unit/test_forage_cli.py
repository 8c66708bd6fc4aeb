import subprocess
import sys

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
