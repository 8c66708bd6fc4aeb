"""Which scripts pictures can show: asked of fontconfig, told before they are boxes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from forage import doctor
from forage.commands.browser import command
from forage.doctor import State
from forage.fonts import install_fonts, missing_scripts
from forage.settings import Settings


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def add(folder: Path, name: str, script: str) -> Path:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


FEW = 'case "$1" in :lang=ja|*1f389) ;; *) echo Noto;; esac'


def test_scripts_that_no_font_draws_are_named(path: Path):
    add(path, "fc-list", FEW)
    assert missing_scripts() == ("Japanese", "emoji")


def test_nothing_is_claimed_where_nobody_can_be_asked(path: Path):
    assert missing_scripts() is None


def test_what_is_there_is_not_installed_again(path: Path):
    add(path, "fc-list", "echo Noto")
    add(path, "apt-get", f"echo called > {path}/called")
    assert install_fonts()
    assert not (path / "called").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs packages")
def test_only_the_packages_of_missing_scripts_are_installed(path: Path):
    add(path, "fc-list", f"if [ -e {path}/done ]; then echo Noto; else {FEW}; fi")
    add(path, "apt-get", f'echo "$@" >> {path}/calls; [ "$1" = install ] && : > {path}/done; true')
    assert install_fonts()
    install = (path / "calls").read_text().splitlines()[-1]
    assert install.endswith("fontconfig fonts-noto-cjk fonts-noto-color-emoji")


async def test_doctor_says_so_before_pictures_show_boxes(path: Path, tmp_path: Path):
    browser = add(path, "a-browser", "true")
    add(path, "fc-list", FEW)
    settings = Settings.from_environment({"FORAGE_HOME": str(tmp_path), "FORAGE_BROWSER": str(browser)})
    (finding,) = await doctor._fonts(settings)
    assert (finding.state, finding.mend) == (State.MISSING, "forage browser --install")
    assert "Japanese, emoji" in finding.told


def test_the_command_says_so_too(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    browser = add(path, "a-browser", "true")
    add(path, "fc-list", FEW)
    monkeypatch.setenv("FORAGE_HOME", str(tmp_path))
    monkeypatch.setenv("FORAGE_BROWSER", str(browser))
    told = CliRunner().invoke(command, [])
    assert "fonts: none for Japanese, emoji" in told.output
