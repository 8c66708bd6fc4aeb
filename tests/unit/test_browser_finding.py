from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import InvalidInput
from forage.browsers import find_browser


def program(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty PATH and an empty home."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    return tmp_path


def test_a_machine_without_a_browser_has_none(bare: Path) -> None:
    assert find_browser() is None


def test_the_setting_comes_first_and_none_means_none(bare: Path) -> None:
    program(bare / "bin/chromium")
    mine = program(bare / "mine")
    assert find_browser(mine) == mine
    assert find_browser("none") is None


def test_a_set_browser_that_is_not_there_is_an_error_and_not_another_browser(bare: Path) -> None:
    program(bare / "bin/chromium")
    with pytest.raises(InvalidInput, match="FORAGE_BROWSER"):
        find_browser("/nowhere/chromium")


def test_the_order_is_playwrights_own_then_chrome_then_the_headless_shell_then_chromium(bare: Path) -> None:
    chromium = program(bare / "bin/chromium")
    assert find_browser() == chromium
    shell = program(bare / "bin/chromium-headless-shell")
    assert find_browser() == shell
    chrome = program(bare / "bin/google-chrome")
    assert find_browser() == chrome
    program(bare / "home/.cache/ms-playwright/chromium_headless_shell-1100/chrome-linux/headless_shell")
    newest = program(bare / "home/.cache/ms-playwright/chromium_headless_shell-1200/chrome-linux/headless_shell")
    assert find_browser() == newest
