"""Templates in the database: whose they are, how many, and that only the worker that holds a run writes them."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from store_support import START, ManualClock, ScriptedAgent, executor_of, page_of, source

from agent.state import TaskResult
from domain.accounts import Account
from domain.errors import InvalidInput, LeaseLost, NotFound
from domain.evidence import Verdict
from domain.ids import new_id
from domain.records import Candidate, FieldValue
from domain.requests import GoalRequest
from domain.tasks import TaskStatus
from domain.templates import ColumnProfile, Place, Template
from services.earlier import told_at
from services.keys import OWNER_ACCOUNT
from services.runs import submit_run
from services.service import Service
from services.templates import find_template, forget_templates, list_templates
from store.repositories import templates as repository
from store.repositories.leases import Held
from workers.journal_opening import open_journal
from workers.leases import Terms, claim_run
from workers.sweeper import Sweeper

GOAL = GoalRequest(goal="things of the shop")
TERMS = Terms()


def template(name: str, site: str = "shop.example") -> Template:
    column = ColumnProfile(
        attribute="text", path="li/b", anchors=("prix\x00", "\ud800"), rates=(0.5,) * 7, length=3, distinct=1.0
    )
    place = Place(caption="größe", path="dl.spec/dd", forms=("words",), proofs=2)
    return Template(
        id=name,
        site=site,
        many=True,
        asked=("price:price",),
        columns={"price": column},
        places={"size": (place,)},
        proofs=3,
    )


async def put(service: Service, account_id: str, *templates: Template, at: dt.datetime = START) -> None:
    async with service.database.write() as uow:
        await uow.templates(account_id).put(templates, at)


async def ids_of(service: Service, account_id: str = OWNER_ACCOUNT, site: str = "shop.example") -> list[str]:
    async with service.database.read() as uow:
        return [each.id for each in await uow.templates(account_id).of_site(site)]


async def test_a_template_comes_back_as_it_was_and_changes_in_place(service: Service):
    kept = msgspec.structs.replace(template("a" * 32), columns={})
    await put(service, OWNER_ACCOUNT, kept)
    await put(service, OWNER_ACCOUNT, msgspec.structs.replace(kept, proofs=9, drift="moved"))
    found = await find_template(service, OWNER_ACCOUNT, "aa")
    assert found.template == msgspec.structs.replace(kept, proofs=9, drift="moved")


async def test_a_caption_that_a_database_refuses_is_kept_all_the_same(service: Service):
    await put(service, OWNER_ACCOUNT, template("b"))
    assert await ids_of(service) == ["b"]


async def test_no_account_reads_or_forgets_by_what_another_learned(service: Service):
    other = Account(id=new_id(), name="other", created_at=START)
    async with service.database.write() as uow:
        await uow.accounts.add(other, "s")
    await put(service, OWNER_ACCOUNT, template("a"))
    await put(service, other.id, template("a"), template("b"))
    assert await ids_of(service) == ["a"]
    assert await forget_templates(service, OWNER_ACCOUNT, ["a", "b"]) == 1
    assert sorted(await ids_of(service, other.id)) == ["a", "b"]
    with pytest.raises(NotFound):
        await find_template(service, OWNER_ACCOUNT, "b")


async def test_a_site_and_an_account_keep_so_many_and_the_oldest_go(service: Service, monkeypatch):
    monkeypatch.setattr(repository, "MAX_OF_SITE", 3)
    monkeypatch.setattr(repository, "MAX_OF_ACCOUNT", 5)
    for number in range(5):
        await put(service, OWNER_ACCOUNT, template(f"a{number}"), at=START + dt.timedelta(seconds=number))
    assert await ids_of(service) == ["a4", "a3", "a2"]
    for number in range(3):
        at = START + dt.timedelta(seconds=10 + number)
        await put(service, OWNER_ACCOUNT, template(f"b{number}", "other.example"), at=at)
    kept = [each.template.id for each in await list_templates(service, OWNER_ACCOUNT)]
    assert kept == ["b2", "b1", "b0", "a4", "a3"]


async def test_a_beginning_that_fits_several_is_refused(service: Service):
    await put(service, OWNER_ACCOUNT, template("ab1"), template("ab2"))
    with pytest.raises(InvalidInput):
        await find_template(service, OWNER_ACCOUNT, "ab")


async def test_a_later_run_recalls_what_an_earlier_one_learned(service: Service):
    first = await submit_run(service, OWNER_ACCOUNT, GOAL)
    held = await claim_run(service, first.id, "w", TERMS)
    assert isinstance(held, Held)
    journal, _ = await open_journal(service, held)
    task = source(first.id, 0, TaskStatus.DONE)
    await journal.task_done(TaskResult(task=task, page=page_of(task), templates=(template("a"),)))

    second = await submit_run(service, OWNER_ACCOUNT, GOAL)
    held = await claim_run(service, second.id, "w", TERMS)
    assert isinstance(held, Held)
    later, _ = await open_journal(service, held)
    assert [each.id for each in await later.recall("shop.example")] == ["a"]
    assert list(await later.recall("other.example")) == []


async def test_a_worker_that_lost_its_run_teaches_nothing(service: Service, clock: ManualClock):
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    old = await claim_run(service, run.id, "w", TERMS)
    assert isinstance(old, Held)
    late, _ = await open_journal(service, old)
    clock.advance(60)
    await Sweeper(executor_of(service, ScriptedAgent(), slots=0)).sweep()
    assert isinstance(await claim_run(service, run.id, "w", TERMS), Held)
    task = source(run.id, 0, TaskStatus.DONE)
    with pytest.raises(LeaseLost):
        await late.task_done(TaskResult(task=task, page=page_of(task), templates=(template("a"),)))
    assert await ids_of(service) == []


async def _read_at(service: Service, account_id: str, url: str, **told: str) -> None:
    """A run that read one thing at an address."""
    run = await submit_run(service, account_id, GOAL)
    held = await claim_run(service, run.id, "w", TERMS)
    assert isinstance(held, Held)
    journal, _ = await open_journal(service, held)
    task = source(run.id, 0, TaskStatus.DONE)
    page = msgspec.structs.replace(page_of(task), id=new_id(), url=url)
    fields = {name: FieldValue(value=value, verdict=Verdict.SUPPORTED, evidence=()) for name, value in told.items()}
    found = Candidate(page_id=page.id, url=page.url, position=0, fields=fields)
    await journal.task_done(TaskResult(task=task, page=page, candidates=(found,)))


async def test_a_later_run_knows_what_earlier_ones_read_at_an_address_by_the_newest_word_for_each_field(
    service: Service,
):
    url = "https://shop.example/book"
    await _read_at(service, OWNER_ACCOUNT, url, author="Anna Compass", price="10")
    await _read_at(service, OWNER_ACCOUNT, url, price="12")
    run = await submit_run(service, OWNER_ACCOUNT, GOAL)
    assert await told_at(service, OWNER_ACCOUNT, run.id, url) == {"author": "Anna Compass", "price": "12"}
    assert await told_at(service, OWNER_ACCOUNT, run.id, f"{url}/other") == {}
    assert await told_at(service, new_id(), run.id, url) == {}
