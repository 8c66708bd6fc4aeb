"""Lists of which only a few rows tell a price: they are lists, and these rows keep theirs."""

from __future__ import annotations

import pytest

from agent.extract.cascade import read_page
from agent.extract.reading import Ask, PageShape
from domain.fields import parse_fields
from domain.records import plain_values
from evals.readers import saved_page

WOODS = ["amber", "birch", "cedar", "dogwood", "elm", "fir", "ginkgo", "hazel", "ironwood", "juniper", "larch", "maple"]


def priced(at: int, every: int) -> str:
    return f"<span class=price>£{at + 10}.50</span>" if at % every == 1 else ""


@pytest.mark.parametrize(("count", "every"), [(8, 4), (12, 4), (20, 7)])
@pytest.mark.parametrize("make", ["<h2>{}</h2><p>Turned by hand.</p>", "<a href=/b>{}</a> "])
def test_rows_keep_the_prices_that_few_of_them_tell(make: str, count: int, every: int) -> None:
    names = [f"{WOODS[at % 12].title()} bowl no. {at}" for at in range(count)]
    rows = "".join(f"<div>{make.format(name)}{priced(at, every)}</div>" for at, name in enumerate(names))
    html = f"<html lang=en-GB><title>Bowls</title><body><main><h1>Bowls</h1><div>{rows}</div></main></body></html>"
    reading = read_page(saved_page("https://shop.example/bowls", html), Ask(fields=parse_fields("name,price")))
    asked = [{"name": name} | ({"price": at + 10.5} if at % every == 1 else {}) for at, name in enumerate(names)]
    assert reading.shape is PageShape.LIST
    assert [plain_values(each.fields) for each in reading.candidates] == asked
