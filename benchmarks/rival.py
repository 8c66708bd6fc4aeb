"""crawl4ai's own virtual environment: made at the first `make bench`, for the bench alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ENVIRONMENT = Path(__file__).parents[1] / ".venv-bench"
VERSION = "0.9.5"
INSTALL_S = 900


def rival_python() -> Path | str:
    """Its Python; or, where it cannot be installed, why not, in a line."""
    python = ENVIRONMENT / "bin" / "python"
    if python.exists() and _has_it(python):
        return python
    print(f"installing crawl4ai {VERSION} for the bench, in {ENVIRONMENT.name} (a few minutes)", file=sys.stderr)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"crawl4ai=={VERSION}"]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True, timeout=INSTALL_S)
        subprocess.run(pip, check=True, timeout=INSTALL_S, capture_output=True, text=True)
    except subprocess.CalledProcessError as fault:
        return f"crawl4ai could not be installed: {(fault.stderr or str(fault)).strip().splitlines()[-1][:200]}"
    except (OSError, subprocess.TimeoutExpired) as fault:
        return f"crawl4ai could not be installed: {fault}"
    return python if _has_it(python) else "crawl4ai was installed and cannot be imported"


def _has_it(python: Path) -> bool:
    done = subprocess.run([str(python), "-c", "import crawl4ai"], capture_output=True, timeout=120, check=False)
    return done.returncode == 0
