"""Commands around the run: demo, doctor, migrate, worker, eval."""

import json
import signal

import pytest

pytestmark = pytest.mark.slow

SECRET = "sk-test-0123456789abcdef"


def test_doctor_says_what_is_set_and_never_a_secret(forage):
    done = forage("doctor", FORAGE_API_KEY=SECRET)
    told = done.stdout.decode()
    assert done.returncode == 0, told + done.stderr.decode()
    for word in ("FORAGE_HOME", "search: searxng", "answers", "browser", "model", "python"):
        assert word in told, word
    assert SECRET not in told


def test_doctor_names_what_is_broken_and_how_to_mend_it(forage):
    broken = {"SEARXNG_URL": "http://127.0.0.1:9", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "FORAGE_MODELS": "m"}
    done = forage("doctor", **broken)
    told = done.stdout.decode()
    assert done.returncode == 1
    assert told.count("broken") >= 2
    assert "OPENAI_BASE_URL" in told
    assert "Traceback" not in done.stderr.decode()


def test_a_worker_without_redis_says_what_it_needs(forage):
    done = forage("worker")
    assert done.returncode == 2
    assert "REDIS_URL" in done.stderr.decode()


def test_a_port_that_is_taken_is_told_in_one_line(forage, start):
    server = start("serve", "--port", "0", "--workers", "0")
    port = server.line_with("listens at").split(":")[2].split("/")[0]
    done = forage("serve", "--port", port)
    assert done.returncode == 1
    lines = done.stderr.decode().strip().splitlines()
    assert len(lines) == 1
    assert port in lines[0]


def test_migrate_can_be_run_again(forage):
    for _ in range(2):
        done = forage("migrate")
        assert done.returncode == 0, done.stderr.decode()
        assert b"up to date" in done.stdout


@pytest.mark.browser
def test_the_demo_answers_its_goals_with_evidence(forage, tmp_path):
    done = forage("demo", timeout=300)
    told = done.stdout.decode()
    assert done.returncode == 0, told + done.stderr.decode()
    for word in ("47 records", "23 records", "14 records", "supported", "“", "text "):
        assert word in told, word
    assert not (tmp_path / "home").exists(), "it works in a home of its own"


def test_the_demo_web_is_served_until_it_is_stopped(start):
    server = start("demo", "--serve", "--port", "18741")
    server.line_with("SEARXNG_URL=http://127.0.0.1:18747")
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(20) == 0


def test_a_users_own_goal_is_scored_on_recorded_pages(forage, tmp_path):
    rows = "".join(f"<tr><td>Cafe {n}</td><td>${n}.50</td></tr>" for n in range(1, 7))
    page = f"<html><body><h1>Cafes</h1><table><tr><th>Name</th><th>Price</th></tr>{rows}</table></body></html>"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "cafes.html").write_text(page)
    case = {
        "id": "cafes",
        "task": "goal",
        "goal": "cafes with name and price",
        "fields": [{"name": "name", "type": "string"}, {"name": "price", "type": "price"}],
        "pages": [{"url": "https://cafes.example/list", "html": "cafes.html"}],
        "gold": [{"name": f"Cafe {n}", "price": n + 0.5} for n in range(1, 7)],
    }
    (tmp_path / "mine" / "cases.jsonl").write_text(json.dumps(case))
    done = forage("eval", "--cases", str(tmp_path / "mine"), "--report", str(tmp_path / "report.json"))
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    report = json.loads((tmp_path / "report.json").read_text())
    assert all(metric["value"] == 1.0 for metric in report["sets"][0]["metrics"]), report
    assert (tmp_path / "report.html").exists()


def test_what_a_run_learned_of_a_site_is_listed_shown_exported_and_forgotten(forage, demo, tmp_path):
    assert b"no templates" in forage("templates", "list").stderr
    done = forage("run", demo.origins["shop"] + "/kitchen", "--fields", "name,price,rating", "--format", "json")
    assert done.returncode == 0, done.stderr.decode()
    site = demo.origins["shop"].partition("//")[2]
    listed = forage("templates", "list", "--site", site).stdout.decode()
    assert "proven on" in listed
    assert "name, price, rating" in listed
    out = tmp_path / "learned.jsonl"
    assert forage("templates", "export", "--out", str(out)).returncode == 0
    learned = [json.loads(line) for line in out.read_text().splitlines()]
    shown = forage("templates", "show", learned[0]["id"][:12]).stdout.decode()
    assert "price" in shown
    again = forage("run", demo.origins["shop"] + "/kitchen", "--fields", "name,price,rating", "--format", "json")
    assert json.loads(again.stdout) == json.loads(done.stdout)
    evidence = forage("show", "last", "--evidence").stdout.decode()
    assert "template" in evidence
    assert b"forgot" in forage("templates", "delete", "--site", site).stdout
    assert b"no templates" in forage("templates", "list").stderr
