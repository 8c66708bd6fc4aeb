"""Whoever wrote a page is told, all of them, and nobody else."""

from __future__ import annotations

import json

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import Value, is_told
from evals.readers import saved_page

TEXT = "<p>The footpath along the canal is open again after eleven weeks of work on its banks.</p>" * 3


def author(byline: str, *, asked: str = "author:list", head: str = "", lang: str = "en") -> Value | None:
    html = f"<html lang={lang}><head><title>Footpath</title>{head}</head><body><article><h1>Footpath opens</h1>{byline}"
    reading = read_page(saved_page("https://news.example/a", f"{html}{TEXT}</article></body></html>"), _ask(asked))
    found = reading.candidates[0].fields.get("author") if reading.candidates else None
    return found.value if found is not None and is_told(found) else None


def _ask(asked: str) -> Ask:
    return Ask(fields=parse_fields(f"title,{asked}"), many=False)


@pytest.mark.parametrize(
    ("lang", "byline"),
    [
        ("en", "By Ruth Hale and Tom Becker"),
        ("en", "Written by Ruth Hale & Tom Becker"),
        ("de", "Von Ruth Hale und Tom Becker"),
        ("fr", "Par Ruth Hale et Tom Becker"),
        ("es", "Por Ruth Hale y Tom Becker"),
        ("it", "Di Ruth Hale e Tom Becker"),
        ("nl", "Door Ruth Hale en Tom Becker"),
        ("pl", "Autor: Ruth Hale i Tom Becker"),
        ("ja", "著者: Ruth Hale、Tom Becker"),
    ],
)
def test_a_byline_that_joins_two_names_tells_two(lang: str, byline: str) -> None:
    assert author(f"<p class=byline>{byline}</p>", lang=lang) == ["Ruth Hale", "Tom Becker"]
    assert author(f"<p>{byline}</p>", lang=lang) == ["Ruth Hale", "Tom Becker"]


@pytest.mark.parametrize(
    "byline",
    [
        "<p>By <a rel=author href=/1>Ruth Hale</a> and <a rel=author href=/2>Tom Becker</a></p>",
        "<div class=authors><span class=author>Ruth Hale</span><span class=author>Tom Becker</span></div>",
    ],
)
def test_writers_in_elements_of_their_own_are_all_told(byline: str) -> None:
    assert author(byline) == ["Ruth Hale", "Tom Becker"]
    assert author(byline, asked="author") == "Ruth Hale, Tom Becker"


def test_all_writers_of_the_data_are_told_where_one_text_is_asked() -> None:
    people = [{"@type": "Person", "name": "Ruth Hale"}, {"@type": "Person", "name": "Tom Becker"}]
    data = json.dumps({"@type": "NewsArticle", "headline": "Footpath opens", "author": people})
    head = f'<script type="application/ld+json">{data}</script>'
    assert author("", head=head, asked="author") == "Ruth Hale, Tom Becker"


@pytest.mark.parametrize("name", ["Johnson & Johnson", "Hale, Ruth", "Marks and Spencer", "Ruth Hale"])
def test_a_name_with_a_mark_in_it_stays_one(name: str) -> None:
    assert author(f"<p class=byline>By {name}</p>") == [name]


def test_what_a_writer_is_is_no_second_writer() -> None:
    assert author("<p class=byline>By Ruth Hale, Senior Reporter</p>") == ["Ruth Hale"]
