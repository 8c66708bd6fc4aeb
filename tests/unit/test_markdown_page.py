"""Markdown that can be read, and text that is the page's own."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fetch.dom import describe, parse
from fetch.markdown import PageKind, content_of, main_text, to_markdown
from fetch.markdown.blocks import HIDDEN_NAME, read_blocks
from fetch.markdown.inline import absolute
from fetch.markdown.render import render

URL = "https://a.example/docs/page"
SENTENCE = "The kettle is filled with fresh water and set to boil while the leaves are weighed, {n} grams a cup. "
CHROME = """<header><nav class="menu"><ul><li><a href="/">Home</a></li><li><a href="/shop">Shop</a></li>
  <li><a href="/in">Sign in</a></li></ul></nav></header>"""
FOOT = """<footer class="footer"><p>© 2024 Tea House. All rights reserved.</p><a href="/privacy">Privacy policy</a>
  <div class="newsletter">Subscribe to our newsletter</div></footer>"""


def whole(html: str) -> str:
    """Everything on the page as markdown, whatever is judged of it."""
    blocks = read_blocks(parse(html))
    return render(blocks, [True] * len(blocks.texts), URL)


def article() -> str:
    body = "".join(f"<h2>Step {n}</h2><p>{SENTENCE.format(n=n) * 3}</p>" for n in range(6))
    return f"<html><body>{CHROME}<main><article><h1>How to make tea</h1>{body}</article></main>{FOOT}</body></html>"


def listing() -> str:
    cards = "".join(
        f"<li class='card'><a href='/tea/{n}'><h3>Tea number {n}</h3></a><span class='price'>£{n}.50</span></li>"
        for n in range(1, 25)
    )
    return f"<html><body>{CHROME}<main><h1>Teas</h1><ul class='grid'>{cards}</ul></main>{FOOT}</body></html>"


def test_an_article_keeps_its_body_and_loses_its_chrome() -> None:
    text = main_text(article())
    assert all(f"{n} grams" in text for n in range(6))
    assert "All rights reserved" not in text
    assert "Sign in" not in text


def test_no_thing_of_a_list_is_lost_in_markdown() -> None:
    markdown = to_markdown(listing(), URL)
    assert content_of(parse(listing())).kind in (PageKind.LISTING, PageKind.COLLECTION)
    assert all(f"(https://a.example/tea/{n})" in markdown and f"£{n}.50" in markdown for n in range(1, 25))
    assert "newsletter" not in markdown


@pytest.mark.parametrize("html", ["", "<p></p>", "<script>x</script>", "<img src=x>"])
def test_a_page_without_text_is_empty(html: str) -> None:
    assert main_text(html) == ""
    assert to_markdown(html, URL) == ""


def test_running_text_under_one_heading_is_no_list() -> None:
    assert content_of(parse(article())).kind in (PageKind.ARTICLE, PageKind.DOCUMENTATION)


def test_a_page_with_one_line_keeps_it() -> None:
    assert main_text("<p>only this</p>") == "only this"


def test_headings_lists_quotes_and_definitions_have_their_marks() -> None:
    html = """<h2>Two</h2><ol start=3><li>a<ul><li>b</li></ul></li><li>c</li></ol>
      <blockquote><p>q1</p><p>q2</p></blockquote><dl><dt>t</dt><dd>d</dd></dl>"""
    assert whole(html).split("\n") == [
        *("## Two", "", "3. a", "   - b", "4. c", "", "> q1", ">", "> q2", "", "t", "", ": d", ""),
    ]


def test_links_and_pictures_are_absolute_and_scripts_are_no_links() -> None:
    html = (
        "<p>see <a href='../x y?a=(1)'>this</a>, <a href='javascript:x()'>not</a> <img src='/i.png' alt='an [i]'></p>"
    )
    assert whole(html) == "see [this](https://a.example/x%20y?a=%281%29), not ![an \\[i\\]](https://a.example/i.png)\n"


def test_a_link_around_blocks_links_each_of_them() -> None:
    assert whole("<a href='/x'><div>one</div><div>two</div></a>").split("\n\n") == [
        "[one](https://a.example/x)",
        "[two](https://a.example/x)\n",
    ]


def test_code_keeps_its_lines_its_language_and_its_backticks() -> None:
    html = (
        "<pre><code class='language-python'>def f():\n    return `x` * 2\n</code></pre><p>Use <code>a_b*c</code>.</p>"
    )
    assert whole(html) == "```python\ndef f():\n    return `x` * 2\n```\n\nUse `a_b*c`.\n"


def test_a_fence_is_longer_than_any_within() -> None:
    assert whole("<pre>```\nx\n```</pre>").startswith("````\n```")


def test_a_data_table_is_a_gfm_table_with_spans_filled_and_pipes_escaped() -> None:
    html = """<table><tr><th>Name</th><th>Price</th></tr><tr><td rowspan=2>A | B</td><td>1</td></tr><tr><td>2</td></tr>
      <tr><td colspan=2>all</td></tr></table>"""
    assert whole(html).split("\n")[:6] == [
        "| Name | Price |",
        "| --- | --- |",
        "| A \\| B | 1 |",
        "| A \\| B | 2 |",
        "| all |  |",
        "",
    ]


def test_a_table_that_lays_out_the_page_is_no_table() -> None:
    html = "<table><tr><td><ul><li>nav</li></ul></td><td><h1>Head</h1><p>Body text</p></td></tr><tr><td>x<td>y</table>"
    assert "|" not in whole(html)


def test_a_formula_keeps_its_tex() -> None:
    html = "<p>so <math><mi>x</mi><annotation encoding='application/x-tex'>x^2</annotation></math> holds</p>"
    assert whole(html) == "so $x^2$ holds\n"


@pytest.mark.parametrize(
    "text", ["# no heading", "- no item", "> no quote", "1. no item", "<b>no tag", "a *b* _c_ [d](e)"]
)
def test_text_that_looks_like_markup_stays_text(text: str) -> None:
    line = whole(f"<p>{text.replace('<', '&lt;')}</p>").strip()
    assert not line.startswith(("# ", "- ", "> ", "1. ", "<"))
    assert "](e)" not in line.replace("\\](e)", "")


PIECES = """<div> </div> <p> </p> <a_href='/x'> </a> <ul> <li> </ul> <table> <tr> <td> </table> <b> </b> <pre> </pre>
    <h2> </h2> <blockquote> <script>bad()</script> word another <br> <img_src='/i'> <code> </code> * | <dd> <dt> <ol>"""


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES.split()), max_size=60))
def test_any_markup_gives_markdown_with_every_word_and_no_script(pieces: list[str]) -> None:
    html = " ".join(pieces).replace("_", " ")
    markdown = whole(html)
    assert "bad()" not in markdown
    blocks = read_blocks(parse(html))
    for word in ("word", "another"):
        assert markdown.count(word) >= sum(text.count(word) for text in blocks.texts)
    to_markdown(html, URL)


def test_what_a_style_hides_is_known_to_be_hidden_and_other_styles_say_nothing() -> None:
    blocks = read_blocks(parse("<div style='color:red'>a</div><div style='DISPLAY: none'>b</div><div hidden>c</div>"))
    assert [bool(tag.names & HIDDEN_NAME) for tag in blocks.tags if tag.name == "div"] == [False, True, True]


def test_a_page_cannot_write_marks_of_its_own() -> None:
    forged = "\ufdd0|-div\ufdd0|"
    html = f"<div>{forged}one<p class='{forged}'>&#xFDD0;|-p&#64976|two</p>&#xfd&#xFDD0;d0;|</div>"
    assert "two" in to_markdown(html, URL)
    assert "\ufdd0" not in to_markdown(html, URL) + describe(html, URL).text


BASES = ["https://a.example/b/c?d", "http://a.example:8080", "HTTPS://A.example/", "file:///a/b", "//a", ""]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(BASES), st.text(alphabet="ab/.?=&%~+-_;#: ", max_size=12))
def test_links_that_need_no_resolving_are_told_as_those_that_are_resolved(base, href):
    told = absolute(base, f"/{href}")
    assert told == urljoin(base, f"/{href}".strip()).replace(" ", "%20")
