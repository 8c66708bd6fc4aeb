"""However many fields are asked of a page, its short texts are read once for the labels among them."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.detail.texts import ShownTexts
from agent.extract.reading import Ask
from domain.fields import parse_fields
from evals.readers import saved_page

PAGE = (
    "<html lang=en><title>Copper kettle</title><h1>Copper kettle</h1>"
    "<div><span class=label>Brand</span><span>Marsh & Sons</span></div><p>3 bedrooms</p><p>4 seats</p></html>"
)
ONE = "brand"
MANY = "brand,color,material,model,publisher,sku,country,bedrooms,seats"


def walks_for(fields: str, monkeypatch: pytest.MonkeyPatch) -> int:
    walks = 0
    short = ShownTexts.short

    def counted(texts: ShownTexts):
        nonlocal walks
        walks += 1
        return short(texts)

    with monkeypatch.context() as patched:
        patched.setattr(ShownTexts, "short", counted)
        page = saved_page("https://kettles.example/copper", PAGE)
        read_page(page, Ask(fields=parse_fields(fields), many=False))
    return walks


def test_more_fields_take_no_more_walks_over_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    assert walks_for(MANY, monkeypatch) == walks_for(ONE, monkeypatch)
