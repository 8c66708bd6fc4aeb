"""A text that stands loose beside a row's cells is a cell like them."""

from __future__ import annotations

import pytest
from extract_pages import page_of

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import plain_values

PEOPLE = ("Ada Lowell", "Grace Turner", "Edsger Allenby", "Donald Lambert", "Barbara Liskey", "Alan Marsh")
TOWNS = ("Leeds", "Ripon", "Bath", "Wells", "Derby", "Ely")
ROWS = (
    "<div class=row>{0} <span>{1}</span><span>£{2}</span></div>",
    "<li>{0} <span class=x1>{1}</span> <span class=x2>£{2}</span></li>",
    "<div class=row><div class=inner>{0} <i>{1}</i> <b>£{2}</b></div></div>",
    "<div class=entry>{0}<br>{1}<br>£{2}</div>",
    "<p class=row>{0} <em>{1}</em> costs <b>£{2}</b></p>",
)


@pytest.mark.parametrize("row", ROWS)
def test_a_name_loose_beside_its_cells_is_told_without_them(row):
    rows = "".join(row.format(name, town, 20 + at) for at, (name, town) in enumerate(zip(PEOPLE, TOWNS, strict=True)))
    page = page_of(f"<html lang=en-GB><body><main><h1>Tutors</h1>{rows}</main></body></html>", "https://x.example/list")
    found = read_page(page, Ask(fields=parse_fields("name,fee"), many=True)).candidates
    assert [plain_values(each.fields) for each in found] == [
        {"name": name, "fee": 20.0 + at} for at, name in enumerate(PEOPLE)
    ]
