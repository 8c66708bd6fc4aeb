"""How the time to read a list grows with its rows: twice the rows may take twice the time, and no more.

The rows stand right beside each other in one element, which is where counting siblings again and again shows. Processor
time of one process; the sizes are read in turn, and a ratio is of two neighbours of one round.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from itertools import pairwise

from agent.extract.cascade import read_page
from agent.extract.reading import Ask
from benchmarks.steps import FIELDS
from domain.pages import Page
from evals.readers import saved_page

ROWS = (375, 750, 1_500, 3_000)


def _cards(rows: int) -> str:
    return "".join(
        f'<div class="product"><h3><a href="/p/{row}">Copper lantern {row} of the valley</a></h3>'
        f'<p class="description">A quiet harbour thing for the kitchen, number {row * 7}.</p>'
        f'<span class="price">${row % 97}.{row % 90 + 10}</span> <span class="rating">{row % 5}.{row % 10}</span></div>'
        for row in range(rows)
    )


def _table(rows: int) -> str:
    lines = "".join(
        f'<tr><td><a href="/p/{row}">Copper lantern {row}</a></td><td>${row % 97}.{row % 90 + 10}</td>'
        f"<td>{row % 5}.{row % 10}</td><td>A quiet harbour thing, number {row * 7}</td></tr>"
        for row in range(rows)
    )
    return f"<table><tr><th>Name</th><th>Price</th><th>Rating</th><th>Description</th></tr>{lines}</table>"


def _flat(rows: int) -> str:
    return "".join(
        f'<h3><a href="/p/{row}">Copper lantern {row}</a></h3><p>Price: ${row % 97}.{row % 90 + 10}</p>'
        f"<p>Rating: {row % 5}.{row % 10}</p><p>A quiet harbour thing for all, number {row * 7}</p>"
        for row in range(rows)
    )


_FORMS: dict[str, Callable[[int], str]] = {"cards": _cards, "a table": _table, "a flat run": _flat}


def measure(rounds: int) -> dict[str, object]:
    """Seconds for the most rows, and the ratio of each doubling, by the form of the list."""
    told: dict[str, object] = {}
    for form, make in _FORMS.items():
        pages = [
            saved_page("http://bench.test/list", f"<html><body><main><h1>All</h1>{make(rows)}</main></body></html>")
            for rows in ROWS
        ]
        _seconds(pages[0])
        taken = [[_seconds(page) for page in pages] for _ in range(rounds)]
        most = statistics.median(of_round[-1] for of_round in taken)
        ratios = [
            round(statistics.median(of_round[size + 1] / of_round[size] for of_round in taken), 2)
            for size, _ in enumerate(pairwise(ROWS))
        ]
        told[f"{form} of {ROWS[-1]} rows: s; each doubling from {ROWS[0]}, times"] = (
            f"{most:.2f}; {', '.join(map(str, ratios))}"
        )
    return told


def _seconds(page: Page) -> float:
    began = time.process_time()
    read_page(page, Ask(fields=FIELDS))
    return time.process_time() - began
