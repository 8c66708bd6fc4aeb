"""Deep markup costs no more than flat markup of the same length."""

from __future__ import annotations

import sys

import pytest

from agent.extract.detail.scene import Scene
from agent.extract.detail.shown_prices import ShownPrices
from agent.extract.detail.texts import ShownTexts
from agent.extract.reading import Ask
from evals.readers import saved_page
from fetch.dom import parse


def calls_for(html: str) -> int:
    """How many calls of functions it takes to hear all prices that a page shows."""
    page = saved_page("https://shop.example/pot", html)
    scene = Scene(parse(html), page, Ask(), ())
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(counted)
    try:
        shown = ShownPrices(scene)
        assert {shown.path_of(seen).rsplit("/", 1)[-1] for seen in shown.likeliest[:12]}
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("tags", ["<ul><li>", "<div>", "<span>"])
def test_twice_the_depth_is_twice_the_work(tags: str) -> None:
    shallow, deep = (calls_for(f"<h1>Pot</h1>{tags * (levels // tags.count('<'))}Price: $4") for levels in (100, 200))
    assert deep < 3 * shallow


def test_a_text_is_read_once_however_deep_it_stands() -> None:
    texts = ShownTexts(parse("<main>" + "<div>" * 900 + "Price: $4"))
    shown = list(texts.short())
    assert len(shown) > 900
    assert {text for _, text in shown} == {"Price: $4"}


def test_what_no_reader_sees_is_in_no_text() -> None:
    texts = ShownTexts(parse("<p>a <b> b</b>c<script>zz</script> d<template><p>$4</p></template>e</p>"))
    assert [text for _, text in texts.short()] == ["a bc de", "b"]
