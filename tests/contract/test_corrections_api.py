"""Records put right over HTTP: grounded, kept with what they said before, and learned from."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from reading_harness import JOBS, done, job_of, reading, records_of

from agent.models import ModelChain, ModelConfig
from domain.requests import GoalRequest
from forage.scripted_model import say_json, serve_script
from services.keys import OWNER_ACCOUNT
from services.runs import submit_run
from services.service import Service

TEMPLATES = "/api/v1/page-templates"
PEOPLE = ("Ada Byron", "Bea Cole", "Cid Dorn", "Eve Flint", "Gus Hale", "Ina Jarvis", "Kit Lowell", "Mae Norris")

TOWNS = ("Arles", "Bergen", "Cadiz", "Delft", "Evora")


def author(number: int) -> str:
    return f"{PEOPLE[number % 8]} {'IV'[number % 2]}"


def listing(page: int) -> str:
    """Rows whose class says `author` of who took the picture; who wrote it stands in a column without a name."""
    rows = "".join(
        f'<li class="story"><h3><a href="/s/{n}">Story number {n} of the coast</a></h3>'
        f'<span class="author">{PEOPLE[(n + 3) % 8]}</span><span class="q7">{author(n)}</span></li>'
        for n in range(10 * page, 10 * page + 10)
    )
    return f'<html lang="en"><body><main><h1>Stories</h1><ul class="all">{rows}</ul></main></body></html>'


SITE = "https://stories.example/list"
LISTS = {f"{SITE}/{page}": listing(page) for page in range(8)}
NO_SUCH = "this job has no such field; it has title, price"
ASKED: dict[str, Any] = {"fields": ["title", "author"], "max_results": 50}


async def correct(client: httpx.AsyncClient, job: dict[str, Any], record: str, **values: Any) -> httpx.Response:
    return await client.patch(f"{JOBS}/{job['job_id']}/records/{record}", json={"values": values})


async def test_a_wrongly_labelled_column_put_right_once_is_right_on_all_pages_at_no_token(
    client: httpx.AsyncClient, service: Service
) -> None:
    async with serve_script(lambda call: say_json({"rows": []})) as server:
        chain = ModelChain(ModelConfig(models=("scripted",), base_url=server.base_url, http_tries=1))
        try:
            async with reading(service, LISTS, chain):
                for page in range(4):  # three prove the wrong column; the fourth is read by it
                    job = await job_of(client, url=f"{SITE}/{page}", **ASKED)
                records = await records_of(client, job)
                assert [each["values"]["author"] for each in records] == [PEOPLE[(n + 3) % 8] for n in range(30, 40)]
                assert records[0]["fields"]["author"]["evidence"][0]["method"] == "template"
                answer = await correct(client, job, records[4]["id"], author=author(34))
                assert answer.status_code == 200, answer.text
                told = answer.json()["fields"]["author"]
                assert (told["value"], told["verdict"]) == (author(34), "supported")
                assert told["evidence"][0]["method"] == "user"
                assert [former["value"] for former in told["history"]] == [PEOPLE[37 % 8]]
                before = len(server.calls)
                for page in range(4, 8):
                    job = await job_of(client, url=f"{SITE}/{page}", **ASKED)
                    records = await records_of(client, job)
                    right = [author(n) for n in range(10 * page, 10 * page + 10)]
                    assert [each["values"]["author"] for each in records] == right
                    assert {each["fields"]["author"]["evidence"][0]["method"] for each in records} == {"template"}
                    assert job["spend"]["input_tokens"] == job["spend"]["tokens_per_record"] == 0
                assert len(server.calls) == before
        finally:
            await chain.close()
    (learned,) = (await client.get(TEMPLATES)).json()
    assert (learned["state"], learned["corrected"]) == ("proven", ["author"])


async def test_one_slip_does_not_undo_what_an_earlier_correction_showed_and_a_second_like_it_does(
    client: httpx.AsyncClient, service: Service
) -> None:
    async def authors(page: int) -> list[str]:
        job = await job_of(client, url=f"{SITE}/{page}", **ASKED)
        return [each["values"]["author"] for each in await records_of(client, job)]

    async def note(job: dict[str, Any], row: int) -> object:
        record = (await records_of(client, job))[row]
        told = (await client.get(record["evidence_url"])).json()["values"]["author"]
        assert told["note"] == record["fields"]["author"]["note"]
        return told["note"]

    def right(page: int) -> list[str]:
        return [author(n) for n in range(10 * page, 10 * page + 10)]

    async with reading(service, LISTS):
        job = await job_of(client, url=f"{SITE}/0", **ASKED)
        records = await records_of(client, job)
        await correct(client, job, records[4]["id"], author=author(4))
        assert await authors(1) == right(1)
        await correct(client, job, records[5]["id"], author=PEOPLE[8 % 8])  # who took the picture
        assert await authors(2) == right(2)
        assert await note(job, 4) is None
        assert await note(job, 5) == "contradicted"
        corrected = (await records_of(client, job))[5]
        assert corrected["values"]["author"] == PEOPLE[0]
        await correct(client, job, records[7]["id"], author=PEOPLE[10 % 8])
        assert await authors(3) == [PEOPLE[(n + 3) % 8] for n in range(30, 40)]
        assert await note(job, 7) is None


def shelf(page: int) -> str:
    rows = "".join(
        f'<li class="story"><h3><a href="/s/{n}">Story number {n} of the coast</a></h3><span class="author">{author(n)}'
        f'</span><span class="town">{TOWNS[n % 5]}</span></li>'
        for n in range(10 * page, 10 * page + 10)
    )
    return f'<html lang="en"><body><main><h1>Stories</h1><ul class="all">{rows}</ul></main></body></html>'


async def test_one_slip_does_not_read_a_field_at_the_proven_place_of_another(
    client: httpx.AsyncClient, service: Service
) -> None:
    asked: dict[str, Any] = {"fields": ["title", "author", "town"], "max_results": 50}
    async with reading(service, {f"{SITE}/{page}": shelf(page) for page in range(6)}):
        for page in range(4):
            job = await job_of(client, url=f"{SITE}/{page}", **asked)
        record = (await records_of(client, job))[1]
        told = (await correct(client, job, record["id"], author=record["values"]["town"])).json()["fields"]["author"]
        assert told["verdict"] == "supported"
        job = await job_of(client, url=f"{SITE}/4", **asked)
        records = await records_of(client, job)
    assert [each["values"]["author"] for each in records] == [author(n) for n in range(40, 50)]
    assert [each["values"]["town"] for each in records[:2]] == ["Arles", "Bergen"]


def leaflet(number: int) -> str:
    """A page about one story, with a caption beside each of its facts."""
    return (
        f'<html lang="en"><body><main><h1>Story number {number} of the coast</h1><dl><dt>Author</dt>'
        f"<dd>{author(number)}</dd><dt>Printed in</dt><dd>{TOWNS[number % 5]}</dd>"
        f"<dt>Pages</dt><dd>{number + 90}</dd></dl></main></body></html>"
    )


async def test_one_slip_on_a_page_about_one_thing_does_not_undo_a_value_that_was_confirmed(
    client: httpx.AsyncClient, service: Service
) -> None:
    asked: dict[str, Any] = {"fields": ["title", "author", "pages:number"], "max_results": 50}
    async with reading(service, {f"{SITE}/s/{page}": leaflet(page) for page in range(8)}):
        jobs = [await job_of(client, url=f"{SITE}/s/{page}", **asked) for page in range(4)]
        (first,), (second,) = await records_of(client, jobs[0]), await records_of(client, jobs[1])
        assert first["values"]["author"] == author(0)
        await correct(client, jobs[0], first["id"], author=author(0))
        await correct(client, jobs[1], second["id"], author=TOWNS[1])
        (third,) = await records_of(client, await job_of(client, url=f"{SITE}/s/5", **asked))
        assert third["values"]["author"] == author(5)
        assert (await records_of(client, jobs[1]))[0]["fields"]["author"]["note"] == "contradicted"


async def test_a_value_that_no_page_says_is_marked_as_the_persons(client: httpx.AsyncClient, service: Service) -> None:
    async with reading(service, LISTS):
        job = await job_of(client, url=f"{SITE}/0", **ASKED)
        record = (await records_of(client, job))[0]
        answer = await correct(client, job, record["id"], author="Nobody Ever Named")
        told = answer.json()
        assert told["values"]["author"] == "Nobody Ever Named"
        assert told["fields"]["author"]["verdict"] == "user"
        assert told["fields"]["author"]["evidence"] == []
        again = (await correct(client, job, record["id"], author=author(0))).json()["fields"]["author"]
        assert again["verdict"] == "supported"
        assert [former["value"] for former in again["history"]] == ["Nobody Ever Named", PEOPLE[3]]
        verified = (await client.post(f"{JOBS}/{job['job_id']}/verify")).json()
        assert verified["holds"]


async def test_a_correction_outlives_the_work_of_an_extended_job(client: httpx.AsyncClient, service: Service) -> None:
    async with reading(service, LISTS):
        job = await job_of(client, url=f"{SITE}/0", fields=["title", "author"], max_results=5)
        record = (await records_of(client, job))[2]
        assert (await correct(client, job, record["id"], author="Somebody Else")).status_code == 200
        answer = await client.post(f"{JOBS}/{job['job_id']}/extend", json={"max_results": 8})
        assert answer.status_code == 200, answer.text
        assert (await done(client, job["job_id"]))["records_found"] == 8
        records = await records_of(client, job)
    by_id = {each["id"]: each["values"]["author"] for each in records}
    assert by_id[record["id"]] == "Somebody Else"
    assert by_id[records[0]["id"]] == PEOPLE[3]


async def test_the_place_of_a_corrected_value_is_in_its_own_row(client: httpx.AsyncClient, service: Service) -> None:
    async with reading(service, LISTS):
        job = await job_of(client, url=f"{SITE}/3", **ASKED)
        record = (await records_of(client, job))[8]
    assert author(38) == author(30)  # the first row says the same
    told = (await correct(client, job, record["id"], author=author(38))).json()["fields"]
    assert told["author"]["evidence"][0]["start"] > told["title"]["evidence"][0]["end"]


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"colour": "red"}, {"values.colour": NO_SUCH}),
        ({"": "red", "x" * 300: 1}, dict.fromkeys(("values.", f"values.{'x' * 80}"), NO_SUCH)),
        ({"price": "a lot"}, {"values.price": "cannot be read as price"}),
        ({"title": ["a", "b"]}, {"values.title": "expected one value"}),
        ({"title": " "}, {"values.title": "between 1 and 10000 characters"}),
        ({"title": {"a": 1}}, {"values.title": "expected text, a number or true or false"}),
    ],
)
async def test_what_is_no_value_of_its_field_is_refused_by_name(
    client: httpx.AsyncClient, service: Service, values: dict[str, Any], errors: dict[str, str]
) -> None:
    async with reading(service, {SITE: listing(0).replace("q7", "price").replace("Ada Byron", "£3")}):
        job = await job_of(client, url=SITE, fields=["title", "price:number"], max_results=10)
        record = (await records_of(client, job))[0]
    answer = await correct(client, job, record["id"], **values)
    assert (answer.status_code, answer.json()["errors"]) == (422, errors)


async def test_records_of_an_active_job_are_not_corrected_yet(client: httpx.AsyncClient, service: Service) -> None:
    run = await submit_run(service, OWNER_ACCOUNT, GoalRequest(goal="dentists"))
    answer = await correct(client, {"job_id": f"job_{run.id}"}, "0" * 32, name="x")
    assert answer.status_code == 409


SHOPS = "https://shops.example/all"
ROWS = "".join(
    f"<tr><td>Shop {'ABCDEFGH'[n]} Lane</td><td>${n + 10}.50</td><td>(207) 555-01{n + 10}</td></tr>" for n in range(8)
)
SHOP_LIST = f"<html lang=en><h1>Shops</h1><table><tr><th>Name<th>Price<th>Phone</tr>{ROWS}</table><p>Lane 9</p></html>"


@pytest.mark.parametrize(
    ("row", "field", "wish", "told"),
    [
        (0, "price", "£11.50", (11.5, "GBP", "user", "other_currency")),  # the row below has $11.50
        (0, "price", "$11.50", (11.5, "USD", "user", "elsewhere")),
        (0, "price", "£10.50", (10.5, "GBP", "user", "other_currency")),
        (0, "price", 10.5, (10.5, "USD", "supported", None)),
        (0, "price", "12345", (12345, None, "user", None)),
        (1, "phone", "(207) 555-0117", ("+12075550117", None, "user", "elsewhere")),
        (5, "name", "Name", ("Name", None, "user", "elsewhere")),  # a heading
        (7, "name", "Lane 9", ("Lane 9", None, "user", "elsewhere")),  # what follows the list
        (3, "name", "shop d lane", ("shop d lane", None, "supported", None)),
    ],
)
async def test_what_a_page_says_of_another_row_bears_no_correction_out(
    client: httpx.AsyncClient, service: Service, row: int, field: str, wish: object, told: tuple[object, ...]
) -> None:
    async with reading(service, {SHOPS: SHOP_LIST}):
        job = await job_of(client, url=SHOPS, fields=["name", "price", "phone"], max_results=20)
        record = (await records_of(client, job))[row]
    found = (await correct(client, job, record["id"], **{field: wish})).json()["fields"][field]
    assert (found["value"], found["unit"], found["verdict"], found["note"]) == told
    if told[2] == "user":
        assert found["evidence"] == []


async def test_a_corrected_currency_does_not_stay_with_the_next_number(
    client: httpx.AsyncClient, service: Service
) -> None:
    async with reading(service, {SHOPS: SHOP_LIST}):
        job = await job_of(client, url=SHOPS, fields=["name", "price", "phone"], max_results=20)
        record = (await records_of(client, job))[0]
        assert (await correct(client, job, record["id"], price="£11.50")).status_code == 200
        found = (await correct(client, job, record["id"], price=10.5)).json()["fields"]["price"]
        assert (found["value"], found["unit"], found["verdict"]) == (10.5, "USD", "supported")
        assert (await client.post(f"{JOBS}/{job['job_id']}/verify")).json()["holds"]


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        (1e308, "between -999999999999 and 999999999999"),
        ("1e308", "write the number out, without an exponent"),
    ],
)
async def test_a_number_that_no_page_has_is_refused_with_its_limit(
    client: httpx.AsyncClient, service: Service, wish: object, problem: str
) -> None:
    async with reading(service, {SHOPS: SHOP_LIST}):
        job = await job_of(client, url=SHOPS, fields=["name", "price", "phone"], max_results=20)
        record = (await records_of(client, job))[0]
    answer = await correct(client, job, record["id"], price=wish)
    assert (answer.status_code, answer.json()["errors"]) == (422, {"values.price": problem})
