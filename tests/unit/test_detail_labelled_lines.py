"""Facts that share a line or stand under a foreign label are each told, without their captions."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import Value, is_told
from evals.readers import saved_page


def told(asked: str, body: str, lang: str = "en") -> dict[str, Value]:
    html = f"<html lang={lang}><title>Soup</title><body><main><h1>Leek soup</h1>{body}</main></body></html>"
    reading = read_page(
        saved_page("https://cook.example/x", html), Ask(fields=parse_fields(f"name,{asked}"), many=False)
    )
    found = reading.candidates[0].fields
    return {name: value.value for name, value in found.items() if is_told(value) and name != "name"}


@pytest.mark.parametrize(
    "body",
    [
        "<p>Prep: 10 min<br>Cook: 20 min<br>Serves: 4</p>",
        "<p>Prep: 10 min / Cook: 20 min / Serves: 4</p>",
        "<p>Prep: 10 min | Cook: 20 min | Serves: 4</p>",
        "<ul><li>Prep: 10 min</li><li>Cook: 20 min / Serves: 4</li></ul>",
    ],
)
def test_times_and_portions_on_one_line_are_each_told(body: str) -> None:
    assert told("prep_time,cook_time,yields", body) == {"prep_time": 10, "cook_time": 20, "yields": "4 servings"}


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("fr", "Référence: KT-41887"),
        ("es", "Referencia: KT-41887"),
        ("it", "Codice: KT-41887"),
        ("pl", "Kod produktu: KT-41887"),
        ("ja", "商品番号: KT-41887"),
        ("nl", "Artikelnummer: KT-41887"),
    ],
)
def test_the_shops_code_is_told_under_a_label_of_its_language(lang: str, line: str) -> None:
    assert told("sku", f"<ul><li>{line}</li><li>250 g</li></ul>", lang) == {"sku": "KT-41887"}


@pytest.mark.parametrize(
    "body",
    ["<p class=ean>EAN: 4006381333931</p>", "<span itemprop=gtin13>EAN: 4006381333931</span>"],
)
def test_a_bar_code_is_told_without_its_caption(body: str) -> None:
    assert told("ean", f"<div itemscope itemtype='https://schema.org/Product'>{body}</div>") == {"ean": "4006381333931"}
