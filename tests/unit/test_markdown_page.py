"""Markdown that can be read, and text that is the page's own."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fetch.dom import describe, parse
from fetch.markdown import PageKind, content_of, main_text, to_markdown
from fetch.markdown.blocks import read_blocks
from fetch.markdown.inline import absolute
from fetch.markdown.render import render
from fetch.markdown.tags import HIDDEN_NAME
from fetch.tape import RESERVED

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


def test_pictures_stand_before_the_text_they_precede_and_only_between_what_is_kept() -> None:
    html = "<p>one</p><div><img src='/a.png'></div><p><img src='/b.png'>two</p><img src='/c.png'><p>three</p><p>four"
    blocks = read_blocks(parse(html))
    assert render(blocks, [True, True, False, True], URL).split("\n\n") == [
        *("one", "![](https://a.example/a.png)", "![](https://a.example/b.png)", "two", "four\n"),
    ]


def test_items_that_are_left_out_count_and_lists_in_lists_count_alone() -> None:
    html = "<ol><li>a</li><li>b<ol><li>x</li><li>y</li></ol></li><li>c</li></ol>"
    blocks = read_blocks(parse(html))
    assert render(blocks, [text not in "bx" for text in blocks.texts], URL) == "1. a\n2. 2. y\n3. c\n"


@pytest.mark.parametrize(
    ("href", "text"),
    [
        ("/green", "Green  [tea]"),
        ("javascript:open()", "Open\n*now*"),
        ("#top", "¶"),
        ("#top", "To the top"),
        ("", "Tea"),
    ],
)
def test_a_link_that_is_all_of_its_block_is_written_as_one_among_words(href: str, text: str) -> None:
    alone = whole(f"<p> <a href='{href}'> {text} </a> </p>").strip()
    among = whole(f"<p>Or: <a href='{href}'> {text} </a> </p>").strip()
    assert f"Or: {alone}".strip() == among


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


def test_numbers_of_lines_are_no_code_and_code_has_no_marks_within() -> None:
    numbered = "<table><tr><td><pre>9\n10\n11</pre></td><td><pre>a = 9\nb = 1</pre></td></tr></table>"
    assert whole(numbered) == "```\na = 9\nb = 1\n```\n"
    assert whole("<p>run <code>go <b>x</b> <a href='/y'>y</a></code></p>") == "run `go x y`\n"


def test_a_heading_does_not_say_its_own_anchor() -> None:
    assert whole("<h2>Use <a href='#use'>¶</a></h2><h2><a href='#b'>Build</a></h2>") == "## Use\n\n## Build\n"


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


def test_a_formula_without_tex_is_written_from_its_shape() -> None:
    html = """<p>so <math><mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><msqrt><mi>b</mi></msqrt></mfrac>
      <mo>&lt;</mo><msubsup><mi>c</mi><mi>i</mi><mn>2</mn></msubsup></math> holds</p>"""
    assert whole(html) == "so $\\frac{a+1}{\\sqrt{b}}<{c}_{i}^{2}$ holds\n"


def test_what_draws_a_formula_is_not_said_again() -> None:
    katex = """<span class="katex"><span class="katex-mathml"><math><mi>E</mi><annotation encoding="application/x-tex">E
      </annotation></math></span><span class="katex-html" aria-hidden="true"><span>E</span></span></span>"""
    mathjax = "<span class='MathJax'>F</span><script type='math/tex; mode=display'>F_1</script>"
    wiki = r"<math alttext='{\displaystyle G}'></math><img src='/g.svg' alt='{\displaystyle G}'>"
    assert whole(f"<p>a {katex} b {mathjax} c {wiki} d</p>") == "a $E$ b $$F_1$$ c $G$ d\n"


def test_a_formula_alone_in_its_paragraph_stays_between_its_neighbours() -> None:
    html = "<p>one</p><div><math display='block' alttext='x^2'></math></div><p>two</p>"
    assert whole(html) == "one\n\n$$x^2$$\n\ntwo\n"


def test_tex_in_text_is_not_escaped_and_money_is_no_formula() -> None:
    assert whole(r"<p>for \(a_1\) and $b_1 < c$ and \[d*e\] end</p>") == "for $a_1$ and $b_1 < c$ and $$d*e$$ end\n"
    assert whole("<p>from $5 a_b to $9 or $7</p>") == "from $5 a\\_b to $9 or $7\n"


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
    assert [bool(tag.names & HIDDEN_NAME) for tag in blocks.scopes.tags if tag.name == "div"] == [False, True, True]


def test_a_page_cannot_write_marks_of_its_own() -> None:
    forged = f"{RESERVED}|-div{RESERVED}|"
    html = f"<div>{forged}one<p class='{forged}'>&#x7F;|-p&#127|two</p>&#x7&#x7f;f;|</div>"
    assert "two" in to_markdown(html, URL)
    assert RESERVED not in to_markdown(html, URL) + describe(html, URL).text


BASES = ["https://a.example/b/c?d", "http://a.example:8080", "HTTPS://A.example/", "file:///a/b", "//a", ""]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(BASES),
    st.sampled_from(["/", "http://b.example", "https://b.example:8080/", "HTTPS://B.example/"]),
    st.text(alphabet="ab/.?=&%~+-_;#: ", max_size=12),
)
def test_links_that_need_no_resolving_are_told_as_those_that_are_resolved(base, start, rest):
    try:
        resolved = urljoin(base, f"{start}{rest}".strip())
    except ValueError:
        resolved = ""
    assert absolute(base, f"{start}{rest}") == resolved.replace(" ", "%20")
