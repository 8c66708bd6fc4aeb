"""What a block stands among, what the page says of it elsewhere, and the training that reads both."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.content_net import BY_WORDS, NETS, UNITS, Lesson, Step, slopes_of, train
from evals.page_kinds import train_kinds
from evals.train_content_targets import block_targets
from fetch.dom import parse
from fetch.markdown.blocks import read_blocks
from fetch.markdown.company import Company, company_of, evened, of_make
from fetch.markdown.context import last_headings, makes
from fetch.markdown.features import page_features
from fetch.markdown.hints import hints, said_by, vocabularies
from fetch.markdown.judge import Layers, best_expected
from fetch.markdown.tokens import BEGINNING, tokens_of

CARDS = "".join(f"<li class='card'><h3>Lamp {n}</h3><p class='price'>{n} GBP</p></li>" for n in range(5))
HTML = f"""<html><body><nav><a href='/'>Home</a></nav><h1>Lamps</h1><p>All of them burn oil.</p><ul>{CARDS}</ul>
    <h2>Related</h2><p class='price'>Wicks and <a href='/w'>more wicks</a> for every lamp.</p></body></html>"""


def test_blocks_of_one_make_are_known_wherever_they_stand() -> None:
    blocks = read_blocks(parse(HTML))
    for numbers in makes(blocks):
        own = numbers[blocks.texts.index("3 GBP")]
        assert [text for text, number in zip(blocks.texts, numbers, strict=True) if number == own] == [
            f"{n} GBP" for n in range(5)
        ]


def test_a_heading_reaches_down_to_the_next_and_not_up() -> None:
    blocks = read_blocks(parse(HTML))
    above = [blocks.texts[at] if at >= 0 else "" for at in last_headings(blocks)]
    assert above[0] == ""
    assert above[blocks.texts.index("All of them burn oil.")] == "Lamps"
    assert above[blocks.texts.index("3 GBP")] == "Lamp 3"
    assert above[-1] == "Related"


def test_a_page_without_a_heading_has_finite_features() -> None:
    blocks = read_blocks(parse("<p>one</p><p>two</p>"))
    assert np.isfinite(page_features(blocks, company_of(blocks))).all()


def test_what_stands_among_content_is_drawn_up_and_what_stands_alone_is_left() -> None:
    odds, words = np.array([2, 2, -1, 2, -1], dtype=np.float32), np.ones(5, dtype=np.float32)
    groups = np.array([0, 0, 0, 0, 1])
    drawn = evened(odds, words, Company(groups, groups, groups))
    assert drawn[2] > drawn[4]
    assert drawn[0] < odds[0]


def test_one_block_that_is_certain_beyond_measure_does_not_decide_for_its_kin() -> None:
    odds, words = np.array([900, -2, -2, -2, -2], dtype=np.float32), np.ones(5, dtype=np.float32)
    groups = np.zeros(5, dtype=np.intp)
    assert (evened(odds, words, Company(groups, groups, groups))[1:] < 0).all()


def test_filters_tell_themselves_by_the_counts_behind_them() -> None:
    facets = "".join(f"<li class='facet'>Colour {n} ({n})</li>" for n in range(4))
    blocks = read_blocks(parse(f"<ul>{facets}</ul><ul>{CARDS}</ul>"))
    nothing = np.zeros(len(blocks.texts), dtype=np.float32)
    columns = of_make(blocks, company_of(blocks), nothing + 2, nothing, nothing, nothing)
    counted = {text for text, share in zip(blocks.texts, columns[:, 3], strict=True) if share > 0.5}
    assert counted == {f"Colour {n} ({n})" for n in range(4)}


def test_training_goes_downhill_in_every_layer() -> None:
    draw = np.random.default_rng(1)
    shapes = [(6, NETS * UNITS), (NETS * UNITS,), (NETS, UNITS), (NETS,)]
    layers = Layers(*(draw.normal(0, 0.2, shape) for shape in shapes))
    starts = np.array([0, 4])
    features, words = draw.normal(0, 1, (9, 6)), draw.integers(1, 9, (9, 1)).astype(float)
    step = Step(features, draw.random((9, 1)), words, starts, np.array([[12.0], [20.0]]))
    for part, slope in zip(layers, slopes_of(layers, step), strict=True):
        steepest = np.unravel_index(np.argmax(np.abs(slope)), slope.shape)
        here, by = part[steepest], 1e-4
        part[steepest] = here + by
        above = _loss(layers, step)
        part[steepest] = here - by
        below = _loss(layers, step)
        part[steepest] = here
        assert (above - below) / (2 * by) == pytest.approx(slope[steepest], rel=0.01)


def _loss(layers: Layers, step: Step) -> float:
    """Written out page by page: cross entropy by words, less the expected F1."""
    hidden = np.maximum(step.features @ layers.hidden + layers.hidden_bias, 0.0).reshape(-1, NETS, UNITS)
    likely = 1 / (1 + np.exp(-((hidden * layers.output).sum(axis=2) + layers.output_bias)))
    loss = 0.0
    for page, (start, end) in enumerate(((0, 4), (4, 9))):
        p, t, w = likely[start:end], step.target[start:end], step.words[start:end]
        entropy = -(w * (t * np.log(p) + (1 - t) * np.log(1 - p))).sum(axis=0) / w.sum()
        expected = 2 * (p * w * t).sum(axis=0) / ((p * w).sum(axis=0) + step.gold_words[page])
        loss += float((BY_WORDS * entropy - expected).sum())
    return loss


def test_the_same_lessons_give_the_same_weights() -> None:
    draw = np.random.default_rng(2)
    lessons = [Lesson(draw.random((40, 5), dtype=np.float32), draw.random(40), np.ones(40), 20) for _ in range(3)]
    assert train(lessons) == train(lessons)


def test_a_title_below_a_broken_head_is_the_titles_all_the_same_and_that_of_a_drawing_is_not() -> None:
    html = "<div>Skip</div><title>Oil lamps</title><meta name=description content='All lamps.'><p><svg><title>x</title>"
    said = said_by(read_blocks(parse(html)).told)
    assert (said.titles, said.descriptions) == ("oil lamps", "all lamps.")


def test_blocks_that_the_page_tells_machines_are_marked() -> None:
    html = r"""<html><head><title>Oil lamp "Wick" | Shop</title>
      <meta name="description" content="A lamp for the porch.">
      <script type="application/ld+json">{"@type": "Product", "name": "Oil lamp Wick",
        "description": "Burns for <b>forty</b> hours on one filling.\nMade of brass &amp; gl\u00e4ss.",
        "review": {"@type": "Review", "reviewBody": "Smokes a little at first."}}</script></head><body>
      <h1>Oil lamp Wick</h1><p>A lamp for the porch.</p>
      <p>Burns for forty hours on one filling. Made of brass & gläss.</p>
      <p>Smokes a little at first.</p><p>Orders before noon leave today.</p></body></html>"""
    blocks = read_blocks(parse(html))
    said = said_by(blocks.told)
    rows = hints(said, tokens_of("\n".join(blocks.texts), vocabularies(said)))
    assert rows[0, 0] == 1.0
    assert rows[0, 4] == 1.0
    assert rows[1:4, 1:].tolist() == [[0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 1]]
    assert not rows[4, 1:].any()


def test_a_short_text_is_not_in_gold_because_a_sentence_there_has_its_word() -> None:
    texts = ["Home", "Lamps", "They make any home warm and bright", "Two lamps are enough", "Home"]
    gold = "Lamps\nThey make any home warm and bright\nTwo lamps are enough"
    target, counts, gold_words = block_targets(texts, gold)
    assert target.tolist() == [0, 1, 1, 1, 0]
    assert (counts.tolist(), gold_words) == ([1, 1, 7, 4, 1], 12)


def test_what_is_sure_is_kept_and_what_is_surely_not_is_left_out() -> None:
    odds, words = np.array([30.0, -30.0, 30.0, -600.0], dtype=np.float32), np.array([5, 90, 4, 9], dtype=np.float32)
    assert best_expected(odds, words).tolist() == [True, False, True, False]


def test_a_page_of_which_nothing_is_likely_still_keeps_something() -> None:
    assert best_expected(np.full(3, -700.0, dtype=np.float32), np.ones(3, dtype=np.float32)).any()


def test_a_page_of_an_unknown_kind_teaches_no_kind() -> None:
    draw = np.random.default_rng(0)
    pages = [(draw.random((4, 6)), np.ones(4), kind) for kind in ("article", "forum", "product", "recipe", "")]
    assert train_kinds(pages) == train_kinds(pages[:3])


_TEXTS = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=("Cc", "Cs")), max_size=BEGINNING)


@given(st.lists(_TEXTS, min_size=1))
def test_words_are_told_apart_as_a_pattern_would_do_it(texts: list[str]) -> None:
    tokens = tokens_of("\n".join(texts), [{"oil"}, {"lamp", "oil"}])
    for text, first, count in zip(tokens.lowered, tokens.firsts, tokens.counts, strict=True):
        assert tokens.words[first : first + count] == re.findall(r"\w+", text)


def test_words_are_marked_by_every_vocabulary_that_has_them() -> None:
    tokens = tokens_of("Oil, a lamp\n\nOIL", [{"oil"}, {"lamp", "oil"}])
    assert (tokens.marks & 0b11).tolist() == [0b11, 0, 0b10, 0, 0, 0b11, 0]
    assert tokens.counts.tolist() == [3, 0, 1]
