"""What is shipped: the wheel that the image installs."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("forage", "api", "workers", "evals", "services", "agent", "fetch", "store", "prompts", "domain")


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_packages(tmp_path):
    listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    source = tmp_path / "source"
    for name in [*listed.stdout.split(), "pyproject.toml", "README.md", "LICENSE"]:
        if (ROOT / name).exists():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), "."]
    subprocess.run(pip, cwd=source, check=True, timeout=120, capture_output=True)
    held = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    assert [name for name in listed.stdout.split() if (ROOT / name).exists() and name not in held] == []
