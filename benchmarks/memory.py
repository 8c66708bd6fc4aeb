"""Whether memory grows with the number of pages: the same reader at 200 pages and at ten times as many."""

from __future__ import annotations

import sys

from benchmarks.rounds import Entry, Race, play_lap

FEW, MANY = 200, 2_000
READER = Entry(name="forage-http", words="Forage, HTTP tier", command=(sys.executable, "-m", "benchmarks.contenders"))


def measure(base: str, environment: dict[str, str]) -> dict[str, object]:
    """Peak MB of the process tree at each number of pages, and how many times the first the second is."""
    peaks = {}
    for pages in (FEW, MANY):
        race = Race(
            title="memory",
            kinds=("article", "listing", "product"),
            pages=pages,
            at_once=8,
            baseline=READER.name,
            entries=(READER,),
        )
        peaks[pages] = play_lap(READER, base, race, environment).peak_mb
    return {
        f"peak MB at {FEW} pages": round(peaks[FEW]),
        f"peak MB at {MANY:,} pages": round(peaks[MANY]),
        "times": round(peaks[MANY] / peaks[FEW], 2),
    }
