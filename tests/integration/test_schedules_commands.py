"""`forage schedules` and `forage goals`, as people type them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from domain.errors import ForageError, InvalidInput, NotFound
from forage.cli import cli
from forage.ready_goals import filled_request


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATABASE_URL", "REDIS_URL", "FORAGE_BLOBS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORAGE_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def forage(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def refused(*arguments: str) -> ForageError:
    fault = forage(*arguments).exception
    assert isinstance(fault, ForageError), fault
    return fault


KITCHEN = ("schedules", "create", "Kitchen", "https://shop.example/kitchen", "--fields", "name,price")


def test_a_schedule_is_made_paused_run_and_deleted_by_name_or_the_beginning_of_its_id(home: Path) -> None:
    made = forage(*KITCHEN, "--schedule", "0 9 * * 1-5", "--timezone", "europe/berlin")
    assert made.exit_code == 0, made.output
    schedule_id = re.findall(r"^ ([0-9a-f]{12}) ", made.output, re.M)[0]
    listed = forage("schedules", "list").output
    for told in (schedule_id, "Kitchen", "0 9 * * 1-5 Europe/Berlin", "https://shop.example/kitchen"):
        assert told in listed
    assert "paused" in forage("schedules", "pause", schedule_id[:9]).output
    assert "due  " not in forage("schedules", "show", "Kitchen").output
    assert "paused" not in forage("schedules", "resume", f"sched_{schedule_id}").output
    assert len(re.findall(r"^due ", forage("schedules", "show", "Kitchen").output, re.M)) == 5
    run_id = re.findall(r"queued ([0-9a-f]{32})", forage("schedules", "run", "Kitchen").output)[0]
    assert run_id in forage("runs").output
    assert run_id[:12] in forage("schedules", "list").output
    assert "still going" in refused("schedules", "run", "Kitchen").message
    assert forage("schedules", "delete", "Kitchen").exit_code == 0
    assert isinstance(refused("schedules", "show", "Kitchen"), NotFound)


def test_what_cannot_be_scheduled_is_said_by_its_name(home: Path) -> None:
    fault = refused(*KITCHEN, "--schedule", "0 0 30 2 *", "--timezone", "Berlin", "--pool", "0" * 32)
    assert isinstance(fault, InvalidInput)
    assert set(fault.fields) == {"schedule", "timezone"}
    assert "pool_id" in refused(*KITCHEN, "--schedule", "* * * * *", "--pool", "pool_" + "0" * 32).message
    assert "no schedules yet" in forage("schedules", "list").stderr


def test_two_schedules_of_one_name_are_told_apart_by_id(home: Path) -> None:
    for _ in range(2):
        assert forage(*KITCHEN, "--schedule", "* * * * *", "--paused").exit_code == 0
    assert "fits 2 schedules" in refused("schedules", "delete", "Kitchen").message


def test_ready_goals_are_listed_shown_and_filled(home: Path) -> None:
    assert "court-opinions" in forage("goals", "list", "docket").output
    assert "hotels" not in forage("goals", "list", "--category", "housing").output
    assert "no ready-made goal" in forage("goals", "list", "no", "such", "words").stderr
    shown = forage("goals", "show", "hotels").output
    assert "forage goals run hotels 'location=New York City' max_price=150" in shown
    assert "Leeds" in forage("goals", "run", "hotels", "location=Leeds", "--plan").output
    for wrong in (("nothing",), ("hotels",), ("hotels", "Leeds"), ("hotels", "place=Leeds")):
        assert isinstance(refused("goals", "run", *wrong), NotFound | InvalidInput)
    request = filled_request("shop-catalogue", ["url=https://shop.example/list?a=1&b=2"], None)
    assert (request.url, request.max_results) == ("https://shop.example/list?a=1&b=2", 1000)
