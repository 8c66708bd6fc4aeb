from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from domain.pages import FetchRequest, Page, Unrolled, UnrollEnd
from fetch.browser import states, unrolling

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

Unroll = Callable[..., Awaitable[Page]]
ROW = "<li><h3>Boat no. ${n}</h3><span>$${100 + n}.00</span></li>"
SHOW = f"let n = 0; const show = (many) => {{ while (many--) {{ n++; l.insertAdjacentHTML('beforeend', `{ROW}`) }} }};"
BUTTON = "<h1>Boats</h1><p>47 boats</p><ul id=l></ul>{button}<script>{show}{then}</script>"
FEED = (
    """<h1>Boats</h1><ul id=l></ul><div id=end style="height: 10px"></div><style>li { height: 200px }</style>
<script>"""
    + SHOW
)


@pytest.fixture
def unroll(tier) -> Unroll:
    async def unroll(url: str, *, scope: str = "a") -> Page:
        return await tier.fetch(FetchRequest(url=url, scope=scope, deadline_s=30.0, unroll=True))

    return unroll


async def boats(request: web.Request) -> web.StreamResponse:
    at = int(request.query.get("cursor") or 0)
    items = [{"name": f"Boat no. {n}"} for n in range(at + 1, min(47, at + 10) + 1)]
    return web.json_response({"items": items, "next": str(at + 10) if at + 10 < 47 else None})


async def test_a_button_that_loads_more_is_used_until_the_list_has_no_more(site, unroll, fetch) -> None:
    site.add("/api/boats", boats)
    then = """let c = ''; async function go() {
        const told = await (await fetch('/api/boats?cursor=' + c)).json(); show(told.items.length);
        c = told.next; if (!c) more.remove(); }; more.onclick = go; go()"""
    url = site.add("/more", BUTTON.format(button="<button id=more>Load more (37)</button>", show=SHOW, then=then))
    page = await unroll(url)
    assert page.text.count("Boat no.") == 47
    assert page.unrolled == Unrolled(rounds=4, end=UnrollEnd.COMPLETE)
    assert [len(json.loads(each.body)["items"]) for each in page.responses] == [10, 10, 10, 10, 7]
    unasked = await fetch(url)
    assert (unasked.text.count("Boat no."), unasked.unrolled) == (10, None)


BY_SCROLLING = """addEventListener('scroll', () => {
    if (innerHeight + scrollY > document.body.scrollHeight - 200 && n < 45) requestAnimationFrame(() => show(15))
}); show(15)"""
BY_SIGHT = """new IntersectionObserver((seen) => {
    if (seen[0].isIntersecting && n < 45) setTimeout(() => show(15), 50)
}, { rootMargin: '200px' }).observe(end)"""


@pytest.mark.parametrize("then", [BY_SCROLLING, BY_SIGHT])
async def test_a_list_that_grows_as_one_scrolls_is_scrolled_to_its_end(site, unroll, then: str) -> None:
    page = await unroll(site.add("/feed", f"{FEED}{then}</script>"))
    assert page.text.count("Boat no.") == 45
    assert page.unrolled is not None
    assert page.unrolled.end is UnrollEnd.COMPLETE


TURNS = [
    "<button id=more>Show more</button>",
    "<a id=more href='#'>Next</a>",
    "<button id=more aria-label='Next page'>›</button>",
]


@pytest.mark.parametrize("button", TURNS)
async def test_rows_that_take_the_place_of_others_are_read_beside_them(site, unroll, button: str) -> None:
    then = """more.onclick = () => {
        l.innerHTML = ''; show(10); if (n == 40) more.setAttribute('aria-disabled', 'true') }; show(10)"""
    page = await unroll(site.add("/turn", BUTTON.format(button=button, show=SHOW, then=then)))
    assert [page.text.count(f"Boat no. {n}\n") for n in range(1, 41)] == [1] * 40
    assert page.unrolled == Unrolled(rounds=3, end=UnrollEnd.COMPLETE)


async def test_rows_in_turns_of_a_page_too_large_to_compare_are_told_as_cut(site, unroll, monkeypatch) -> None:
    monkeypatch.setattr(states, "MAX_CHARACTERS", 500)
    then = "more.onclick = () => { l.innerHTML = ''; show(10) }; show(10)"
    around = TURNS[0] + "".join(f"<p>Harbour no. {n}</p>" for n in range(200))
    page = await unroll(site.add("/large", BUTTON.format(button=around, show=SHOW, then=then)))
    assert page.text.count("Boat no.") == 10
    assert page.unrolled == Unrolled(rounds=0, end=UnrollEnd.CUT, why=unrolling.UNREAD)


VIRTUAL = """<h1>Boats</h1><div id=box><ul id=l style="height: 8000px"></ul></div>
<style>#box {{ height: {height}; overflow-y: {flow}; position: relative }} li {{ position: absolute }}</style>
<script>const draw = () => {{ const top = {top}, from = Math.max(0, Math.floor(top / 50)); l.innerHTML = '';
    for (let n = from; n < Math.min(160, from + 20); n++) l.insertAdjacentHTML('beforeend',
        `<li style="top: ${{n * 50}}px"><h3>Boat no. ${{n + 1}}</h3><span>$${{n}}.00</span></li>`) }};
{target}.addEventListener('scroll', draw); draw()</script>"""


@pytest.mark.parametrize(
    "page", [("auto", "visible", "scrollY", "document"), ("700px", "auto", "box.scrollTop", "box")], ids=["page", "box"]
)
async def test_a_list_that_draws_only_what_is_in_view_is_read_view_by_view(site, unroll, page) -> None:
    height, flow, top, target = page
    html = VIRTUAL.format(height=height, flow=flow, top=top, target=target)
    page = await unroll(site.add("/virtual", html))
    assert [page.text.count(f"Boat no. {n}\n") for n in range(1, 161)] == [1] * 160
    assert page.unrolled is not None
    assert page.unrolled.end is UnrollEnd.COMPLETE


async def test_a_page_that_becomes_another_one_is_left_as_it_was_and_told(site, unroll) -> None:
    then = "more.onclick = () => { document.body.innerHTML = '<p>Sold out</p>' }; show(10)"
    button = "<button id=more>Show more</button>"
    page = await unroll(site.add("/becomes", BUTTON.format(button=button, show=SHOW, then=then)))
    assert page.text.count("Boat no.") == 10
    assert page.unrolled == Unrolled(rounds=0, end=UnrollEnd.REPLACED)


async def test_the_next_picture_of_a_carousel_is_no_more_of_the_list(site, unroll) -> None:
    then = "more.onclick = () => { fetch('/turned') }; show(10)"
    button = "<div class=carousel><button id=more>Next</button></div>"
    page = await unroll(site.add("/carousel", BUTTON.format(button=button, show=SHOW, then=then)))
    assert (page.unrolled, "/turned" in site.asked) == (None, False)


async def test_what_sends_a_form_or_leads_elsewhere_is_no_more_of_the_list(site, unroll) -> None:
    button = "<form method=post action=/bought><button>Show more</button></form><a href=/elsewhere>Load more</a>"
    page = await unroll(site.add("/form", BUTTON.format(button=button, show=SHOW, then="show(10)")))
    assert page.text.count("Boat no.") == 10
    assert not {"/bought", "/elsewhere"} & set(site.asked)


async def test_a_page_that_goes_elsewhere_when_asked_is_the_one_it_was(site, unroll) -> None:
    site.add("/away", "<h1>Away</h1>" + "<p>Somewhere else altogether</p>" * 30)
    then = "more.onclick = () => { location = '/away' }; show(10)"
    url = site.add("/leads", BUTTON.format(button="<button id=more>Load more</button>", show=SHOW, then=then))
    page = await unroll(url)
    assert (page.final_url, page.text.count("Boat no."), page.ok) == (url, 10, True)


async def test_a_list_without_an_end_is_cut_and_told(site, unroll, monkeypatch) -> None:
    monkeypatch.setattr(unrolling, "MAX_ROUNDS", 3)
    then = "more.onclick = () => show(5); show(5)"
    page = await unroll(
        site.add("/endless", BUTTON.format(button="<button id=more>Mehr laden</button>", show=SHOW, then=then))
    )
    assert page.text.count("Boat no.") == 20
    assert page.unrolled == Unrolled(rounds=3, end=UnrollEnd.CUT)


@pytest.mark.parametrize("again", ["l.innerHTML += l.innerHTML", "n = 0; show(10)"])
async def test_a_list_that_only_repeats_itself_is_not_asked_on_and_claims_no_more(site, unroll, again: str) -> None:
    then = f"more.onclick = () => {{ {again} }}; show(10)"
    page = await unroll(
        site.add("/round", BUTTON.format(button="<button id=more>Load more</button>", show=SHOW, then=then))
    )
    assert (page.ok, page.unrolled) == (True, Unrolled(rounds=1, end=UnrollEnd.COMPLETE))


async def test_a_list_that_grows_beyond_all_bounds_is_cut_before_the_browser_dies(site, unroll, monkeypatch) -> None:
    monkeypatch.setattr(unrolling, "MAX_ELEMENTS", 200)
    then = "more.onclick = () => show(n); show(10)"
    page = await unroll(
        site.add("/doubles", BUTTON.format(button="<button id=more>Load more</button>", show=SHOW, then=then))
    )
    assert page.text.count("Boat no.") == 80
    assert page.unrolled == Unrolled(rounds=3, end=UnrollEnd.CUT)


@pytest.mark.parametrize("act", ["crash", "open"])
async def test_a_browser_that_does_not_bear_the_asking_leaves_the_page_as_it_was(
    site, unroll, monkeypatch, act: str
) -> None:
    if act == "crash":
        look = unrolling._look

        async def dies(visit, asked="", **more):
            if asked:
                await visit.send("Page.crash")
            return await look(visit, asked, **more)

        monkeypatch.setattr(unrolling, "_look", dies)
    then = "more.onclick = () => { while (true) alert('Sold') }; show(10)"
    page = await unroll(
        site.add("/dies", BUTTON.format(button="<button id=more>Load more</button>", show=SHOW, then=then))
    )
    assert (page.ok, page.text.count("Boat no.")) == (True, 10)
    assert page.unrolled == Unrolled(rounds=0, end=UnrollEnd.CUT)
