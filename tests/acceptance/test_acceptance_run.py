"""`forage run` against the demo web, as a process of its own."""

import csv
import io
import json
import re
import signal

import openpyxl
import pytest

from forage.demo.content import businesses, events, products

pytestmark = pytest.mark.slow

DENTISTS = "Find dentists in Port Ellery with name, phone, email, website, address and opening hours"


def digits(text: object) -> str:
    return re.sub(r"\D", "", str(text))[-7:]


def test_a_url_gives_every_product_of_every_page(forage, demo):
    done = forage("run", demo.origins["shop"] + "/kitchen", "--fields", "name,price,rating", "--format", "json")
    assert done.returncode == 0, done.stderr.decode()
    rows = json.loads(done.stdout)
    assert sorted(row["name"] for row in rows) == sorted(product.name for product in products())
    prices = {product.name: float(product.price) for product in products()}
    assert {row["name"]: row["price"] for row in rows} == prices
    ratings = {product.name: float(product.rating) for product in products()}
    assert {row["name"]: row["rating"] for row in rows} == ratings


def test_two_directories_give_each_business_once_with_values_from_both(forage):
    done = forage("run", DENTISTS, "--max", "100", "--format", "json")
    assert done.returncode == 0, done.stderr.decode()
    rows = json.loads(done.stdout)
    assert sorted(digits(row["phone"]) for row in rows) == sorted(b.phone for b in businesses("dentists"))
    by_phone = {digits(row["phone"]): row for row in rows}
    for business in businesses("dentists"):
        row = by_phone[business.phone]
        if business.book:
            assert row["email"] == business.email
        if business.loop:
            assert row["website"].rstrip("/") == business.website.rstrip("/")
            assert any(business.loop.hours in str(value) for value in row.values()), row


def test_no_record_is_made_of_an_advertisement_or_a_challenge(forage):
    done = forage(
        "run", "coffee roasters in Port Ellery with name, phone and address", "--max", "50", "--format", "json"
    )
    assert done.returncode == 0, done.stderr.decode()
    rows = json.loads(done.stdout)
    assert sorted(digits(row["phone"]) for row in rows) == sorted(b.phone for b in businesses("coffee roasters"))


@pytest.mark.browser
def test_a_page_of_javascript_is_read_in_a_browser(forage, demo):
    done = forage("run", demo.origins["events"] + "/spring", "--fields", "title,start:date,place", "--format", "json")
    assert done.returncode == 0, done.stderr.decode()
    rows = json.loads(done.stdout)
    assert sorted(row["title"] for row in rows) == sorted(event.title for event in events())
    assert {row["title"]: row["start"][:10] for row in rows} == {e.title: e.starts[:10] for e in events()}


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "xlsx"])
def test_every_format_reads_back_as_what_was_found(forage, demo, tmp_path, form):
    out = tmp_path / f"products.{form}"
    url = demo.origins["shop"] + "/kitchen"
    done = forage("run", url, "--fields", "name,price", "--out", str(out), "--max", "20")
    assert done.returncode == 0, done.stderr.decode()
    names = {product.name for product in products()}
    read = _names(out.read_bytes(), form)
    assert len(read) == 20
    assert set(read) <= names


def _names(body: bytes, form: str) -> list[str]:
    if form == "json":
        return [row["name"] for row in json.loads(body)]
    if form == "jsonl":
        return [json.loads(line)["name"] for line in body.decode().splitlines()]
    if form == "csv":
        return [row["name"] for row in csv.DictReader(io.StringIO(body.decode("utf-8-sig")))]
    rows = list(openpyxl.load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True))
    return [row[rows[0].index("name")] for row in rows[1:]]


def test_a_table_says_source_verdict_and_why_it_ended(forage, demo):
    done = forage("run", demo.origins["shop"] + "/kitchen", "--fields", "name,price", "--max", "5")
    told = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    for word in (
        "name",
        "price",
        "source",
        "verdict",
        "supported",
        "127.0.0.1",
        "max_results",
        "5 records",
        "no tokens",
    ):
        assert word in told, word
    assert "read" in done.stderr.decode()


def test_past_runs_are_listed_and_shown_with_their_evidence(forage, demo):
    assert forage("run", demo.origins["shop"] + "/kitchen", "--fields", "name,price", "--max", "3").returncode == 0
    assert "/kitchen" in forage("runs").stdout.decode()
    shown = forage("show", "last", "--evidence").stdout.decode()
    for word in ("record 3 of 3", "“$", "text ", "supported", "/kitchen"):
        assert word in shown, word
    assert "no record of this run is unclear" in forage("show", "last", "--unclear").stdout.decode()


def test_a_plan_is_shown_and_nothing_is_fetched(forage):
    done = forage("run", DENTISTS, "--plan", SEARXNG_URL="http://127.0.0.1:9")
    assert done.returncode == 0
    for word in ("dentist", "Port Ellery", "phone:phone", "email:email", "rules"):
        assert word in done.stdout.decode(), word


def test_a_page_that_cannot_be_read_ends_with_its_reason_and_exit_code_1(forage, demo):
    done = forage("run", demo.origins["odd"] + "/dentist-reviews")
    assert done.returncode == 1
    assert "sources_failed" in done.stdout.decode()
    assert "Traceback" not in done.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["http://169.254.169.254/latest/meta-data/"], "url"),
        (["dentists", "--fields", "name,price:nunber"], "nunber"),
        (["dentists", "--min", "20", "--max", "10"], "min_results"),
        (["dentists", "--format", "table", "--out", "x.json"], "table"),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line_with_exit_code_2(forage, arguments, told):
    done = forage("run", *arguments)
    assert done.returncode == 2, done.stderr.decode()
    lines = done.stderr.decode().strip().splitlines()
    assert len(lines) == 1
    assert told in lines[0]


def test_ctrl_c_ends_a_run_and_keeps_what_it_found(start, demo, forage):
    url = demo.origins["shop"] + "/kitchen"
    run = start("run", url, "--fields", "name,price", "--format", "jsonl", FORAGE_HOST_DELAY="2")
    run.error_with("12 records")
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(30) == 130
    assert 12 <= len(run.lines) < len(products())
    assert "cancelled" in forage("runs").stdout.decode()
    kept = forage("show", "last", "--format", "jsonl").stdout.decode().splitlines()
    assert kept == run.lines


def test_what_is_excluded_does_not_come_back(forage, demo):
    url = demo.origins["loop"] + "/find/dentists"
    done = forage("run", DENTISTS, "--max", "100", "--format", "json", "--exclude", url)
    rows = json.loads(done.stdout)
    assert sorted(digits(row["phone"]) for row in rows) == sorted(b.phone for b in businesses("dentists") if b.book)
