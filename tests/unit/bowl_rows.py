"""Lists of bowls for sale: what each is called and costs, and what is read of a page that lists them."""

from __future__ import annotations

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from domain.fields import parse_fields
from domain.records import Value
from evals.readers import saved_page

WOODS = ("Amber", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ironwood", "Juniper")


def read(rows: str) -> list[tuple[Value | None, Value | None]]:
    html = f"<html lang=en><title>Bowls</title><body><main><h1>Bowls</h1>{rows}</main></body></html>"
    reading = read_page(saved_page("https://shop.example/bowls", html), Ask(fields=parse_fields("name,price")))
    found = ((each.fields.get("name"), each.fields.get("price")) for each in reading.candidates)
    return [(name.value if name else None, price.value if price else None) for name, price in found]


def told(at: int) -> tuple[str, float]:
    return f"{WOODS[at % 10]} bowl of the {WOODS[at // 10].lower()} valley", at + 10.5
