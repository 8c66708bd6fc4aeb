"""Contenders in turn on the same pages: interleaved rounds, so that a busy moment of the machine falls on all."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.meter import Meter

ROOT = Path(__file__).parents[1]
START_S, WORK_S = 120.0, 900.0


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One contender: its name, the command that plays it, and the words in the table."""

    name: str
    words: str
    command: tuple[str, ...]


class Race(msgspec.Struct, frozen=True, kw_only=True):
    """One table: who reads which kinds of pages, how many, how many at once. `baseline` is the entry of ratio 1.0."""

    title: str
    kinds: tuple[str, ...]
    pages: int
    at_once: int
    entries: tuple[Entry, ...]
    baseline: str


class Lap(msgspec.Struct, frozen=True, kw_only=True):
    """One contender, one round."""

    pages: int
    seconds: float
    cpu_s: float
    peak_mb: float
    characters: int
    failed: int

    @property
    def pages_per_s(self) -> float:
        return self.pages / self.seconds


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A contender over all rounds: medians, and its ratios to the baseline in the same rounds."""

    name: str
    words: str
    pages_per_s: float
    ratio: float | None
    cpu_ms_a_page: float
    cpu_ratio: float | None
    peak_mb: float
    characters_a_page: int
    failed: int


class Unplayed(Exception):
    """A contender that did not come to its end; the message says why."""


def play_lap(entry: Entry, base: str, race: Race, environment: dict[str, str]) -> Lap:
    """Plays one contender once. Raises Unplayed."""
    command = [*entry.command, entry.name, base, ",".join(race.kinds), str(race.pages), str(race.at_once)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        while line and line.strip() != "ready":
            line = process.stdout.readline()
        if not line:
            raise Unplayed(_last_words(process))
        with Meter(process.pid) as meter:
            process.stdin.write("go\n")
            process.stdin.flush()
            told = _result(process)
        return Lap(cpu_s=meter.cpu_s, peak_mb=meter.peak_mb, **told)
    finally:
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)


def _result(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("{"):
            return json.loads(line)
    raise Unplayed(_last_words(process))


def _last_words(process: subprocess.Popen[str]) -> str:
    try:
        _, words = process.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        return "it does not answer"
    lines = [line for line in (words or "").strip().splitlines() if line.strip()]
    return lines[-1][:300] if lines else f"it ended with {process.returncode}"


def run_race(race: Race, base: str, rounds: int, environment: dict[str, str]) -> tuple[list[Standing], list[str]]:
    """All rounds of a race: the standings, and a line for each contender that could not play."""
    laps: dict[str, list[Lap]] = {entry.name: [] for entry in race.entries}
    faults: dict[str, str] = {}
    for number in range(rounds):
        for entry in race.entries:
            if entry.name in faults:
                continue
            print(f"  {race.title}: round {number + 1} of {rounds}, {entry.words}", file=sys.stderr, flush=True)
            try:
                laps[entry.name].append(play_lap(entry, base, race, environment))
            except (Unplayed, OSError) as fault:
                faults[entry.name] = f"{entry.words}: {fault}"
    played = [entry for entry in race.entries if laps[entry.name]]
    return [_standing(entry, laps, race.baseline) for entry in played], list(faults.values())


def _standing(entry: Entry, laps: dict[str, list[Lap]], baseline: str) -> Standing:
    own, beside = laps[entry.name], laps.get(baseline, [])
    cpu = [lap.cpu_s * 1000 / lap.pages for lap in own]
    speed = [a.pages_per_s / b.pages_per_s for a, b in zip(own, beside, strict=False)]
    cost = [(b.cpu_s / b.pages) / (a.cpu_s / a.pages) for a, b in zip(own, beside, strict=False) if a.cpu_s]
    return Standing(
        name=entry.name,
        words=entry.words,
        pages_per_s=statistics.median(lap.pages_per_s for lap in own),
        ratio=statistics.median(speed) if speed else None,
        cpu_ms_a_page=statistics.median(cpu),
        cpu_ratio=statistics.median(cost) if cost else None,
        peak_mb=max(lap.peak_mb for lap in own),
        characters_a_page=round(statistics.median(lap.characters / lap.pages for lap in own)),
        failed=sum(lap.failed for lap in own),
    )


def table(race: Race, standings: Sequence[Standing]) -> str:
    """The race as a markdown table."""
    lines = [
        f"### {race.title}",
        f"{race.pages} pages a round ({', '.join(race.kinds)}), {race.at_once} at once",
        "",
        "| contender | pages/s | times the baseline | CPU ms a page | CPU, times less | peak MB | characters a page |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for standing in standings:
        failed = f" ({standing.failed} failed)" if standing.failed else ""
        lines.append(
            f"| {standing.words}{failed} | {standing.pages_per_s:.1f} | {_ratio(standing.ratio)} "
            f"| {standing.cpu_ms_a_page:.1f} | {_ratio(standing.cpu_ratio)} "
            f"| {standing.peak_mb:.0f} | {standing.characters_a_page} |"
        )
    return "\n".join(lines) + "\n"


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
