"""What is drawn: sizes and pixels of pages written for it."""

from __future__ import annotations

import asyncio
import io
import json
import re

import pytest
from aiohttp import web
from PIL import Image

from domain.captures import MAX_PICTURE, CaptureFormat, Device, Theme
from domain.pages import FetchOutcome
from domain.selectors import is_selector

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

RED, GREEN, BLUE = (255, 0, 0), (0, 128, 0), (0, 0, 255)
WHITE, BLACK, ORANGE = (255, 255, 255), (0, 0, 0), (255, 165, 0)
ORANGE_SQUARE = "<svg xmlns='http://www.w3.org/2000/svg'><rect width='999' height='999' fill='orange'/></svg>"
BARE = "<meta name=viewport content='width=device-width'><style>body{margin:0}</style>"


def block(colour: str, height: int, more: str = "") -> str:
    return f"<div style='background:{colour};height:{height}px;{more}'></div>"


@pytest.mark.parametrize(
    ("wishes", "size"),
    [
        ({}, (1280, 900)),
        ({"device": Device.MOBILE}, (390, 844)),
        ({"device": Device.TABLET}, (768, 1024)),
        ({"width": 640, "height": 480}, (640, 480)),
        ({"device": Device.MOBILE, "width": 320, "height": 500}, (320, 500)),
        ({"width": 100, "height": 100}, (100, 100)),
    ],
)
async def test_a_picture_is_as_large_as_the_window(site, capture, pixels, wishes, size):
    shown = pixels(await capture(url=site.add(BARE + block("red", 5000)), **wishes))
    assert shown.image.size == size
    assert shown.share(RED) == 1.0


async def test_a_warm_page_goes_back_to_the_size_that_is_asked_for(site, capture):
    url = site.add(BARE + block("red", 50))
    sizes = [(await capture(url=url, width=width)).width for width in (500, 1280, 700)]
    assert sizes == [500, 1280, 700]


async def test_a_phone_is_still_a_phone_while_it_is_drawn_and_after(site, capture, pixels):
    phone = "(min-resolution: 3dppx) and (max-device-width: 400px)"
    looks = f"<style>body{{margin:0;background:red}} @media {phone} {{body{{background:green}}}}</style>"
    url = site.add(looks)  # no viewport of its own: shown small, as pages that were made for large screens are
    for full_page in (False, True, False):
        shown = pixels(await capture(url=url, device=Device.MOBILE, full_page=full_page, scope="phone"))
        assert shown.share(GREEN) == 1.0
    wide = site.add("<style>body{margin:0}</style>" + block("green", 3000))
    shown = pixels(await capture(url=wide, device=Device.MOBILE, full_page=True, scope="phone"))
    assert shown.share(GREEN) == 1.0


async def test_a_screen_is_as_large_as_its_window_after_an_element_was_drawn(site, capture, pixels):
    looks = "<style>body{margin:0;background:red} @media (min-device-width: 1280px) {body{background:green}}</style>"
    url = site.add(f"{looks}<p id=a>a")
    for selector in ("#a", ""):
        shown = pixels(await capture(url=url, selector=selector, scope="screen"))
        assert shown.at(shown.image.width - 1, 0) == GREEN


async def test_every_format_is_what_it_says(site, capture):
    url = site.add(BARE + "".join(block(f"hsl({n * 7} 80% 50%)", 20) for n in range(60)))
    for wanted, known in (("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")):
        result = await capture(url=url, format=CaptureFormat(wanted))
        assert Image.open(io.BytesIO(result.image)).format == known
        assert result.media_type == f"image/{known.lower()}"
    coarse, fine = [
        len((await capture(url=url, format=CaptureFormat.JPG, quality=quality)).image) for quality in (5, 100)
    ]
    assert coarse < fine


async def test_a_pdf_has_pages_and_a_full_one_has_a_single_long_page(site, capture):
    url = site.add(BARE + block("red", 4000) + "<p>the end")
    paged, whole = [await capture(url=url, format=CaptureFormat.PDF, full_page=full) for full in (False, True)]
    assert paged.image.startswith(b"%PDF")
    assert paged.media_type == "application/pdf"
    assert pages_in(paged.image) > 1
    assert pages_in(whole.image) == 1


def pages_in(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


async def test_a_full_page_loads_what_waits_to_be_seen(site, capture, pixels):
    late = "".join(
        f"{block('white', 1500)}<img loading=lazy src=/orange.svg?{n} width=100 height=100>" for n in range(4)
    )
    watched = """<div id=end style='height:100px'></div><script>new IntersectionObserver((seen) => {
        if (seen[0].isIntersecting) end.style.background = 'blue' }).observe(end)</script>"""
    shown = pixels(
        await capture(url=site.add(BARE + "<style>img{display:block}</style>" + late + watched), full_page=True)
    )
    assert shown.image.size == (1280, 4 * 1600 + 100)
    assert shown.rows(50, ORANGE) == 400
    assert shown.at(600, shown.image.height - 50) == BLUE


@pytest.mark.parametrize("position", ["sticky", "fixed"])
async def test_a_header_that_stays_in_sight_is_there_once(site, capture, pixels, position):
    header = f"<header style='position:{position};top:0;left:0;right:0;height:60px;background:red'></header>"
    shown = pixels(await capture(url=site.add(BARE + header + block("white", 4000)), full_page=True))
    assert shown.rows(600, RED) == 60
    assert shown.at(600, 10) == RED


async def test_a_bar_at_the_lower_edge_is_at_the_end_of_a_full_page(site, capture, pixels):
    bar = "<footer style='position:fixed;bottom:0;left:0;right:0;height:60px;background:red'></footer>"
    shown = pixels(await capture(url=site.add(BARE + block("white", 4000) + bar), full_page=True))
    assert shown.rows(600, RED) == 60
    assert shown.at(600, shown.image.height - 10) == RED


async def test_a_part_as_high_as_the_window_stays_so_in_a_full_page(site, capture, pixels):
    hero = "<div style='height:100vh;background:blue'></div>"
    shown = pixels(await capture(url=site.add(BARE + hero + block("white", 3000)), full_page=True))
    assert shown.rows(600, BLUE) == 900


@pytest.mark.parametrize(("format_", "most"), [("png", MAX_PICTURE), ("webp", MAX_PICTURE - 1)])
async def test_a_page_without_end_is_cut_and_says_so(site, capture, format_, most):
    url = site.add(BARE + block("red", 400_000))
    result = await capture(url=url, full_page=True, format=CaptureFormat(format_))
    assert (result.width, result.height) == (1280, most)
    assert any("400000" in note for note in result.notes)


async def test_one_element_is_all_of_the_picture(site, capture, pixels):
    page = BARE + block("white", 3000) + block("blue", 120, "width:340px;margin-left:77px") + block("white", 3000)
    shown = pixels(await capture(url=site.add(page), selector="div:nth-of-type(2)"))
    assert shown.image.size == (340, 120)
    assert shown.share(BLUE) == 1.0


async def test_an_element_that_is_not_there_is_told(site, capture):
    url = site.add(BARE + "<p id=gone style='display:none'>x</p>")
    gone = await capture(url=url, selector="#gone")
    assert (gone.outcome, gone.image) == (FetchOutcome.NOT_FOUND, b"")
    assert "#gone" in gone.detail
    assert (await capture(url=url, selector="..x")).outcome is FetchOutcome.UNSUPPORTED_CONTENT


async def test_the_theme_is_the_one_asked_for_each_time(site, capture, pixels):
    url = site.add(BARE + "<style>@media (prefers-color-scheme: dark) { body { background: black } }</style>")
    for theme, colour in ((Theme.DARK, BLACK), (Theme.LIGHT, WHITE), (Theme.DARK, BLACK)):
        assert pixels(await capture(url=url, theme=theme)).share(colour) == 1.0


async def test_css_is_added_even_where_the_page_forbids_styles(site, capture, pixels):
    policy = "<meta http-equiv=Content-Security-Policy content=\"style-src 'none'\">"
    url = site.add(policy + "<body><p>text")
    assert pixels(await capture(url=url, css="body { background: blue } p { display: none }")).share(BLUE) == 1.0


async def test_the_script_runs_to_its_end_before_the_picture(site, capture, pixels):
    script = "await new Promise((done) => setTimeout(done, 300)); document.body.style.background = 'red'"
    assert pixels(await capture(url=site.add(BARE), script=script)).share(RED) == 1.0


async def test_a_script_that_fails_is_told_in_a_note(site, capture):
    result = await capture(url=site.add(BARE), script="nothing.such()")
    assert result.ok
    assert any("nothing is not defined" in note for note in result.notes)


async def test_a_script_may_lead_elsewhere(site, capture, pixels):
    there = site.add(BARE + block("blue", 2000), "/there")
    result = await capture(url=site.add(BARE + block("red", 2000)), script=f"location.href = '{there}'")
    assert pixels(result).share(BLUE) == 1.0


async def test_the_picture_waits_for_the_element_and_for_the_time(site, capture, pixels):
    page = (
        BARE
        + """<script>setTimeout(() => { document.body.innerHTML = '<b id=here></b>';
        document.body.style.background = 'blue' }, 700)</script>"""
    )
    url = site.add(page)
    assert pixels(await capture(url=url)).share(WHITE) == 1.0
    assert pixels(await capture(url=url, wait_selector="#here")).share(BLUE) > 0.99
    for wait in ({"wait_ms": 1000}, {"delay_ms": 1000}):
        assert pixels(await capture(url=url, **wait)).share(BLUE) == 1.0
    never = await capture(url=url, wait_selector="#never", timeout_ms=1000)
    assert never.outcome is FetchOutcome.NOT_FOUND


async def test_a_page_is_scrolled_to_before_its_picture(site, capture, pixels):
    url = site.add(BARE + block("red", 2000) + block("blue", 2000))
    assert pixels(await capture(url=url, scroll_to=2000)).share(BLUE) == 1.0


async def test_data_that_a_page_fetches_is_drawn(site, capture, pixels):
    site.add(BARE, "/data.json")
    page = (
        BARE
        + """<script>onload = () => fetch('/data.json').then(() => setTimeout(() => {
        document.body.style.background = 'blue'; document.body.append('x') }, 30))</script>"""
    )
    assert pixels(await capture(url=site.add(page))).share(BLUE) > 0.99


async def test_a_page_that_answers_with_an_error_is_shown_and_its_status_told(site, capture):
    result = await capture(url=f"{site.url}/nowhere")
    assert (result.outcome, result.status) == (FetchOutcome.OK, 404)
    assert any("404" in note for note in result.notes)


async def test_html_is_drawn_with_its_pictures(site, capture, pixels):
    html = f"<!doctype html>{BARE}<img src='{site.url}/orange.svg' style='display:block'>" + block("blue", 2000)
    result = await capture(html=html)
    shown = pixels(result)
    assert (shown.at(50, 50), shown.at(50, 500)) == (ORANGE, BLUE)
    assert (result.status, result.final_url) == (200, "")


async def test_letters_of_html_are_read_as_they_were_written(site, capture):
    told = await capture(
        html="<title>x</title><p>ä → 日本</p>", script="if (document.body.innerText !== 'ä → 日本') throw 1"
    )
    assert told.notes == ()


async def slowly(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(0.4)
    return web.Response(text=ORANGE_SQUARE, content_type="image/svg+xml")


@pytest.mark.parametrize("attributes", ["src=/slowly", "srcset='/slowly 1x'"])
async def test_a_picture_in_sight_that_loads_after_its_page_is_waited_for(site, capture, pixels, attributes):
    site.add(slowly, "/slowly")
    url = site.add(f"{BARE}<img loading=lazy {attributes} width=100 height=100 style='display:block'>")
    for wishes in ({}, {"selector": "img"}):
        assert pixels(await capture(url=url, **wishes)).at(50, 50) == ORANGE


@pytest.mark.parametrize("full_page", [False, True])
async def test_a_pdf_shows_what_waits_to_be_seen(site, capture, full_page):
    written = io.BytesIO()
    Image.new("RGB", (100, 100), "orange").save(written, format="PNG")

    async def late(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.1)
        return web.Response(body=written.getvalue(), content_type="image/png")

    for number in range(12):
        site.add(late, f"/late{number}.png")
    pictures = "".join(f"{block('white', 900)}<img loading=lazy src=/late{number}.png>" for number in range(12))
    result = await capture(url=site.add(BARE + pictures), format=CaptureFormat.PDF, full_page=full_page)
    assert len(re.findall(rb"/Subtype\s*/Image", result.image)) == 12
    assert result.notes == ()


SELECTORS = r"""
    a|*|a b|a>b|a, b|#id.x|[a]|[a=b]|[a='b c' i]|&|a::before|:not(.a, .b)|:has(> img)|:is()|:where(<)
    :nth-child(2n+1 of .a)|--x|\31 st|é|[a|:not(.a|[a='b|a /* x */ b|:not(:is(a))|a:not(:has(b > c))|::part(x)
    >|> a|a >|a,|,a|#1st|.1|.|#|[]|[a=1]|[a==b]|a]|a)|:|::|a::|:not()|:not(>)|:has()|:contains('x')|a:eq(0)|a:visible
    //a|text=Buy|a >> b|a!|{|a{|a;|1|-|[a='b' x]|:not(:contains(x))|:nth-child(]|a:first|$x|@a
"""


async def test_what_is_refused_as_a_selector_is_what_the_browser_refuses(site, capture):
    lines = SELECTORS.strip().splitlines()
    selectors = [
        "",
        " ",
        " a ",
        "[a|=b]",
        "[*|a]",
        "|a",
        "*|a",
        "a||b",
        r":is(.a\))",
        "a:is(b /* ) ' */)",
        "a:near(b)",
        *(one for line in lines for one in line.strip().split("|")),
    ]
    script = f"""
        const known = (selector) => {{ try {{ document.querySelector(selector); return 1 }} catch {{ return 0 }} }};
        throw new Error('known: ' + {json.dumps(selectors)}.map(known).join(''))"""
    [note] = (await capture(url=site.add("x"), script=script)).notes
    told = note.rpartition(" ")[2]
    ours = "".join(str(int(is_selector(selector))) for selector in selectors)
    assert [one for one, a, b in zip(selectors, told, ours, strict=True) if a != b] == []
