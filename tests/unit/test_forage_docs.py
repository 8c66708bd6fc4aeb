"""Docs that drift are worse than none: what they name exists."""

import re
from pathlib import Path

import pytest

from domain.runs import TerminationReason
from forage.cli import COMMANDS
from forage.variables import SEARCH_PROVIDERS, VARIABLES

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
OTHERS = {
    *("FORAGE_TEST_POSTGRES", "FORAGE_TEST_REDIS"),
    *("AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    "FORAGE_PROXY_PLACES",  # the compose file alone reads it
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_variables_that_are_named_exist(page):
    text = page.read_text()
    named = set(re.findall(r"`(?:\$ )?forage ([a-z]+)", text)) | set(re.findall(r"^forage ([a-z]+)", text, re.M))
    assert named <= set(COMMANDS)
    variables = {variable.name for variable in VARIABLES} | OTHERS
    assert set(re.findall(r"\bFORAGE_[A-Z_]+\b", text)) <= variables


def test_every_setting_provider_and_reason_is_told():
    settings = (ROOT / "docs/settings.md").read_text()
    assert all(f"`{variable.name}` | {variable.meaning} |" in settings for variable in VARIABLES)
    assert all(f"`{name}`" in (ROOT / "docs/search.md").read_text() for name in SEARCH_PROVIDERS)
    assert all(f"`{reason}`" in (ROOT / "docs/run.md").read_text() for reason in TerminationReason)
