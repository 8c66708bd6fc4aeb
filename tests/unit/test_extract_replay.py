"""Replayed templates: cheaper than mining, checked now and then, given up where a page says otherwise."""

from __future__ import annotations

import msgspec
from extract_pages import page_of, shop
from hypothesis import given
from hypothesis import strategies as st

from agent.extract import detail_reading
from agent.extract.cascade import Ask, read_page
from agent.extract.reading import PageReading, PageShape, Strayed
from agent.extract.templates import AUDIT_EVERY, is_audited, proved_by
from agent.lessons import Lessons
from domain.evidence import Method
from domain.fields import parse_fields
from domain.records import plain_values
from domain.templates import PROOFS, Template

FIELDS = parse_fields("title,price:number,url,availability")
SPEC = parse_fields("title,weight,maker")


async def nothing(site: str) -> tuple[Template, ...]:
    return ()


def taught_by(html: str, ask: Ask) -> Template:
    template = read_page(page_of(html), ask).template
    assert template is not None
    return template


def proven_on(pages: list[str], ask: Ask) -> Template:
    template = taught_by(pages[0], ask)
    for html in pages[1:]:
        template = proved_by(template, taught_by(html, ask))
    assert template.is_proven
    return template


def of_lists() -> Template:
    return proven_on([shop(6, start=10 * number) for number in range(PROOFS)], Ask(fields=FIELDS, many=True))


def spec(number: int, *, weight: str = "", maker: str = "") -> str:
    return (
        f"<html lang='en'><body><h1>Kettle {number}</h1><table class='spec'><tr><th>Weight</th>"
        f"<td>{weight or f'{number}.5 kg'}</td></tr><tr><th>Maker</th><td>{maker or f'Works no {number}'}</td></tr>"
        "</table></body></html>"
    )


def of_details() -> Template:
    return proven_on([spec(number) for number in range(1, PROOFS + 1)], Ask(fields=SPEC, many=False))


def busy_page(rows: int) -> str:
    """A shop among all that surrounds one: what a miner has to judge."""
    menu = "".join(
        f"<div class='box{number % 9}'><ul>"
        + "".join(
            f"<li><a href='/c/{number}/{item}'>Shelf of kind {item}</a> <i>{item}.00</i></li>" for item in range(8)
        )
        + "</ul></div>"
        for number in range(30)
    )
    return shop(rows, start=40).replace("<main>", f"<div class='side'>{menu}</div><main>")


def ask_with(template: Template, *, fields=FIELDS, many=True) -> Ask:
    return Ask(fields=fields, many=many, templates=(template,))


def test_a_replay_gives_what_mining_gives():
    page = page_of(busy_page(12))
    mined = read_page(page, Ask(fields=FIELDS, many=True))
    replayed = read_page(page, ask_with(of_lists()))
    assert {step.method for step in replayed.steps} == {Method.TEMPLATE}
    assert [plain_values(each.fields) for each in replayed.candidates] == [
        plain_values(each.fields) for each in mined.candidates
    ]
    assert [each.detail_url for each in replayed.candidates] == [each.detail_url for each in mined.candidates]
    assert replayed.settled == ("availability", "price", "title", "url")


@given(st.binary(min_size=32, max_size=32))
def test_the_audit_depends_on_the_page_alone(digest):
    assert is_audited(digest.hex()) == (int.from_bytes(digest[:4]) % AUDIT_EVERY == 0)


def uneven_shop(start: int) -> str:
    """Rows that are alike and not the same, of a class of each page's own: they are looked for on the whole page."""
    offer = '<div class="offer"><b>Offer</b> <i>ends soon</i></div>'
    html = shop(8, start=start).replace('class="card"', f'class="card{"abcdefgh"[start // 10]}"')
    for number in range(start, start + 8, 2):
        html = html.replace(f"£{number}.50</span>", f"£{number}.50</span>{offer}")
    return html


def test_the_rules_mine_an_audited_page_as_if_no_template_had_read_it():
    template = proven_on([uneven_shop(10 * number) for number in range(PROOFS)], Ask(fields=FIELDS, many=True))
    pages = [page_of(uneven_shop(40) + f"<!-- {number} -->") for number in range(8 * AUDIT_EVERY)]
    audited = next(page for page in pages if is_audited(page.snapshot))
    mined = read_page(audited, Ask(fields=FIELDS, many=True))
    replayed = read_page(audited, ask_with(template))
    assert replayed.replayed == template.id
    assert [plain_values(each.fields) for each in replayed.candidates] == [
        plain_values(each.fields) for each in mined.candidates
    ]


def test_an_audit_that_reads_other_values_takes_the_rules_side(monkeypatch):
    template = of_details()
    swapped = msgspec.structs.replace(
        template,
        places={
            "title": template.places["title"],
            "weight": template.places["maker"],
            "maker": template.places["weight"],
        },
    )
    page = page_of(spec(9))
    monkeypatch.setattr(detail_reading, "is_audited", lambda snapshot: False)
    blind = read_page(page, ask_with(swapped, fields=SPEC, many=False))
    assert plain_values(blind.candidates[0].fields)["maker"] == "9.5 kg"
    monkeypatch.setattr(detail_reading, "is_audited", lambda snapshot: True)
    reading = read_page(page, ask_with(swapped, fields=SPEC, many=False))
    assert plain_values(reading.candidates[0].fields) == {
        "title": "Kettle 9",
        "weight": "9.5 kg",
        "maker": "Works no 9",
    }
    assert [(each.id, each.contradicted) for each in reading.strayed] == [(swapped.id, True)]
    assert any(step.method is Method.TEMPLATE and "does not fit" in step.detail for step in reading.steps)


def test_a_page_about_one_thing_is_replayed_and_located():
    page = page_of(spec(7))
    reading = read_page(page, ask_with(of_details(), fields=SPEC, many=False))
    (candidate,) = reading.candidates
    assert plain_values(candidate.fields) == {"title": "Kettle 7", "weight": "7.5 kg", "maker": "Works no 7"}
    for found in candidate.fields.values():
        (evidence,) = found.evidence
        assert evidence.method is Method.TEMPLATE
        assert page.text[evidence.start : evidence.end] == evidence.quote


def test_a_template_for_other_fields_is_left_alone():
    asked = parse_fields("title,weight")
    reading = read_page(page_of(spec(7)), ask_with(of_details(), fields=asked, many=False))
    assert not reading.replayed
    assert not reading.strayed


def test_a_page_of_another_kind_is_no_miss_where_it_tells_nothing():
    reading = read_page(
        page_of("<html><body><p>Sold out.</p></body></html>"), ask_with(of_details(), fields=SPEC, many=False)
    )
    assert [each.contradicted for each in reading.strayed] == [False]


async def test_one_odd_page_does_not_undo_a_template_but_two_in_a_row_do():
    template = of_details()
    lessons = Lessons(lambda site: _kept(template))
    await lessons.of_site(template.site)
    odd = PageReading(
        candidates=read_page(page_of(spec(1)), Ask(fields=SPEC, many=False)).candidates,
        shape=PageShape.DETAIL,
        strayed=(Strayed(id=template.id, why="it found 0 of 3 fields"),),
    )
    assert lessons.learn(template.site, odd).drifted == ()
    fits = msgspec.structs.replace(odd, strayed=(), replayed=template.id)
    assert lessons.learn(template.site, fits).changed[0].misses == 0
    assert lessons.learn(template.site, odd).drifted == ()
    (drifted,) = lessons.learn(template.site, odd).drifted
    assert drifted.drift == "it found 0 of 3 fields"
    assert not drifted.is_proven


async def _kept(template: Template) -> tuple[Template, ...]:
    return (template,)


async def test_a_page_that_contradicts_a_template_undoes_it_at_once():
    template = of_details()
    lessons = Lessons(lambda site: _kept(template))
    await lessons.of_site(template.site)
    reading = PageReading(strayed=(Strayed(id=template.id, why="other values", contradicted=True),))
    assert len(lessons.learn(template.site, reading).drifted) == 1


async def test_kinds_of_pages_that_a_run_remembers_of_a_site_are_bounded():
    lessons = Lessons(nothing)
    for number in range(40):
        html = f"<html><body><h1>Kettle {number}</h1><p class='k{number}'>x</p></body></html>"
        taught = msgspec.structs.replace(
            taught_by(spec(number + 1), Ask(fields=SPEC, many=False)), id=f"{number}", places={}, pages=(html,)
        )
        lessons.learn("shop.example", PageReading(template=taught))
    assert len(await lessons.of_site("shop.example")) <= 4


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_in_its_places_makes_a_replay_fail(weight, maker):
    page = page_of(spec(5, weight=weight or "x", maker=maker or "y"))
    read_page(page, ask_with(_DETAILS, fields=SPEC, many=False))


_DETAILS = of_details()


async def test_a_value_that_stands_before_another_is_no_caption_that_makes_each_page_a_template_of_its_own():
    lessons = Lessons(nothing)
    fields = parse_fields("title,price")
    for maker in ("Anna Compass", "Otto Lind", "Ines Prado", "Karl Beech"):
        html = (
            f"<html lang='en'><body><section><em class='m'>Works of {maker}</em><h1 class='t'>Kettle by {maker}</h1>"
            f"<b class='p'>£{len(maker)}.50</b></section></body></html>"
        )
        known = await lessons.of_site("shop.example")
        reading = read_page(page_of(html), Ask(fields=fields, many=False, templates=known))
        lessons.learn("shop.example", reading)
    (template,) = await lessons.of_site("shop.example")
    assert template.is_proven
    assert set(template.fields) == {"title", "price"}


def rated(number: int) -> str:
    """A list whose one cell tells two fields. From the second page on the names have a figure more."""
    rows = "".join(
        f"<div class='card'><h3><a href='/p/{n}'>Kettle Oak {n}</a></h3>"
        f"<span class='rating'>{n % 5}.5 out of 5 KT-{n:04}</span>"
        f"<span class='stock'>{'In stock' if n % 3 else 'Sold out'}</span></div>"
        for n in range(number, number + 12)
    )
    return f"<html lang='en'><body><h1>Kettles</h1><div>{rows}</div></body></html>"


def test_fields_that_share_a_cell_share_it_again_and_none_takes_the_next_column():
    ask = Ask(fields=parse_fields("name,rating,sku,availability"), many=True)
    template = proven_on([rated(10 + 20 * number) for number in range(PROOFS)], ask)
    columns = {template.columns[name].path for name in ("rating", "sku")}
    assert len(columns) == 1
    reading = read_page(page_of(rated(110)), msgspec.structs.replace(ask, templates=(template,)))
    assert [plain_values(each.fields) for each in reading.candidates] == [
        {
            "name": f"Kettle Oak {n}",
            "rating": n % 5 + 0.5,
            "sku": f"KT-{n:04}",
            "availability": "InStock" if n % 3 else "OutOfStock",
        }
        for n in range(110, 122)
    ]
    assert {each.fields["rating"].evidence[0].method for each in reading.candidates} == {Method.TEMPLATE}


def test_a_rating_is_no_code_of_a_thing_that_has_none():
    html = rated(10)
    for n in range(10, 22):
        html = html.replace(f" KT-{n:04}", "")
    reading = read_page(page_of(html), Ask(fields=parse_fields("name,rating,sku,availability"), many=True))
    assert [each.fields["rating"].value for each in reading.candidates] == [n % 5 + 0.5 for n in range(10, 22)]
    assert not any("sku" in each.fields for each in reading.candidates)
