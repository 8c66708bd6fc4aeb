"""Other people's readers in a virtual environment of their own: made when the bench first needs it, for the bench
alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

ENVIRONMENT = Path(__file__).parents[1] / ".venv-bench"
INSTALL_S = 900


class Rival(msgspec.Struct, frozen=True):
    """A package by the name under which it is installed and imported."""

    name: str
    version: str


CRAWL4AI = Rival("crawl4ai", "0.9.5")
MARKDOWNIFY = Rival("markdownify", "1.2.3")


def rival_python(rival: Rival) -> Path | str:
    """A Python that has it; or, where it cannot be installed, why not, in a line."""
    python = ENVIRONMENT / "bin" / "python"
    if python.exists() and _has(python, rival):
        return python
    print(f"installing {rival.name} {rival.version} for the bench, in {ENVIRONMENT.name}", file=sys.stderr)
    wish = f"{rival.name}=={rival.version}"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wish]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True, timeout=INSTALL_S)
        subprocess.run(pip, check=True, timeout=INSTALL_S, capture_output=True, text=True)
    except subprocess.CalledProcessError as fault:
        why = (fault.stderr or str(fault)).strip().splitlines()[-1][:200]
        return f"{rival.name} could not be installed: {why}"
    except (OSError, subprocess.TimeoutExpired) as fault:
        return f"{rival.name} could not be installed: {fault}"
    return python if _has(python, rival) else f"{rival.name} was installed and cannot be imported"


def _has(python: Path, rival: Rival) -> bool:
    done = subprocess.run([str(python), "-c", f"import {rival.name}"], capture_output=True, timeout=120, check=False)
    return done.returncode == 0
