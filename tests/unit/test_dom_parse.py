"""Pages as they come: broken, huge, deep, half encoded."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetch.dom import MAX_ATTRIBUTES, MAX_DEPTH, describe, parse, title_of, visible_text


def seen(html: str) -> str:
    return visible_text(parse(html))


@pytest.mark.parametrize(
    "html", ["", "  \n", "<!-- only a comment -->", "\0", "<?xml version='1.0' encoding='utf-16'?>"]
)
def test_a_page_with_nothing_on_it_is_an_empty_document(html: str) -> None:
    assert seen(html) == ""


def test_an_xml_declaration_a_nul_and_a_lone_surrogate_do_not_stop_the_parse() -> None:
    assert seen("<?xml version='1.0' encoding='latin-1'?><p>caf\0é \ud800 end</p>").startswith("café")


def test_text_after_a_hundred_thousand_nested_elements_is_kept() -> None:
    assert seen("<div>" * 100_000 + "deep" + "</div>" * 100_000 + "<p>after</p>") == "deep\nafter"


def test_flattening_leaves_scripts_and_attributes_with_angles_alone() -> None:
    deep = "<div title='a>b'>" * (3 * MAX_DEPTH) + "<script>'</div>'</script>x" + "</div>" * (3 * MAX_DEPTH)
    assert seen(deep + "<p>after</p>") == "x\nafter"


def test_a_million_nodes_are_read_in_seconds() -> None:
    began = time.monotonic()
    assert seen("<p>x</p>" * 500_000).count("x") == 500_000
    assert time.monotonic() - began < 20


def test_touching_siblings_take_time_by_their_number_not_by_its_square() -> None:
    began = time.process_time()
    assert seen("<p>" + "<b>x</b>" * 100_000) == " ".join("x" * 100_000)
    assert time.process_time() - began < 10


def test_scripts_styles_templates_and_drawings_are_not_text_but_what_follows_them_is() -> None:
    html = "a<script>b</script>c<style>d</style>e<template>f</template>g<svg><title>h</title></svg>i"
    assert seen(html) == "acegi"


def test_blocks_rows_and_breaks_are_lines_and_cells_are_tabs() -> None:
    html = "<div>one<p>two</p>three<br>four</div><table><tr><td>a</td><th> b </th></tr><tr><td>c</td></tr></table>"
    assert seen(html).split("\n") == ["one", "two", "three", "four", "a\tb", "c"]


def test_touching_labels_and_values_are_parted_but_a_price_in_pieces_is_whole() -> None:
    assert seen("<span>Price</span><span>$</span><span>12</span><span>.99</span>") == "Price $12.99"
    assert seen("<b>Docket</b><i>12-345</i><a>Smith</a>, next") == "Docket 12-345 Smith, next"


def test_preformatted_text_keeps_its_lines_and_indents() -> None:
    assert seen("<pre>def f():\n    return 1\n</pre><p>x   y</p>") == "def f():\n    return 1\nx y"


def test_the_text_of_a_part_is_without_what_follows_it() -> None:
    root = parse("<p><b>in</b> out</p>")
    assert visible_text(root.find(".//b")) == "in"


def test_a_title_in_a_drawing_is_not_the_title_of_the_page() -> None:
    html = "<body><svg><title>icon</title></svg><h1>The  page</h1></body>"
    assert title_of(parse(html)) == "The page"


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ("<html lang='pt_BR'><p>x", "pt-BR"),
        ("<html><head><meta property='og:locale' content='de_DE'></head><p>x", "de-DE"),
        ("<html lang='{{ lang }}'><p>" + "Der Hund läuft über die Straße und sucht nach seinem Ball. " * 3, "de"),
        ("<html><p>x", ""),
    ],
)
def test_language_is_the_declared_one_else_the_one_the_text_reads_in(html: str, language: str) -> None:
    assert describe(html, "http://a.example/").language == language


@given(st.text(alphabet=st.sampled_from("<>/ab=\"'! -\n\0&;divpretdscript"), max_size=400))
def test_any_markup_parses_and_reads_the_same_twice(html: str) -> None:
    facts = describe(html, "http://a.example/")
    assert facts == describe(html, "http://a.example/")
    assert "\0" not in facts.text


def test_an_element_of_150_000_attributes_does_not_hold_the_parser_up() -> None:
    attributes = " ".join(f'a{number}="v"' for number in range(150_000))
    root = parse(f"<div class=first {attributes}>kept <b>text</b></div>")
    div = root.xpath("//div")[0]
    assert div.get("class") == "first"
    assert len(div.attrib) <= MAX_ATTRIBUTES
    assert div.text_content() == "kept text"


def test_a_long_value_of_one_attribute_is_kept_whole() -> None:
    words = "word " * 20_000
    root = parse(f"<p data-state=\"{words}\" class=after>a</p><p data-raw='{words} <b>'>b</p><script>{words}</script>")
    assert root.xpath("//p[1]/@data-state") == [words]
    assert root.xpath("//p[1]/@class") == ["after"]
    assert root.xpath("//p[2]/@data-raw") == [f"{words} <b>"]
    assert root.xpath("string(//script)") == words


def test_a_page_that_is_drawn_by_script_is_read_in_its_noscript() -> None:
    posts = "".join(
        f"<div class=post><p>Answer {n}: the pump was loose, and tightening it helped.</p></div>" for n in range(9)
    )
    text = seen(f"<body><div id=app></div><script>draw()</script><noscript>{posts}</noscript></body>")
    assert all(f"Answer {n}:" in text for n in range(9))


def test_a_noscript_beside_a_full_page_and_a_mere_notice_stay_unseen() -> None:
    posts = "<p>The same again, for those without scripts.</p>" * 20
    body = "<p>What everyone sees on this page is long enough to be read as it is.</p>" * 8
    assert "again" not in seen(f"<body>{body}<noscript>{posts}</noscript></body>")
    assert seen("<body><div id=app></div><noscript><p>This page needs JavaScript.</p></noscript></body>") == ""


@pytest.mark.parametrize(
    "start", ["<title>Bowls</title>", "<html lang=en><head><meta charset=utf-8><title>Bowls</title>"]
)
@pytest.mark.parametrize("tag", ["main", "section", "article", "header", "shop-list"])
def test_the_body_begins_without_its_tag_where_an_element_of_its_own_does(start: str, tag: str) -> None:
    root = parse(f"{start}<{tag}>first<p>second</p></{tag}>third<div>fourth</div>")
    assert visible_text(root).split() == ["first", "second", "third", "fourth"]
    assert title_of(root) == "Bowls"


def test_elements_that_a_head_may_not_hold_leave_its_metadata_there() -> None:
    root = parse("<head><title>t</title><my-tag></my-tag><meta name=a content=b></head><body class=q><p>x</p>")
    assert root.xpath("//head/meta/@content") == ["b"]
    assert root.xpath("//body/@class") == ["q"]
