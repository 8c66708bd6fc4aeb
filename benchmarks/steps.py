"""What each step of reading a page takes, beside other readers of the same pages, and a template beside the rules.

Processor time of one process, not time that passed: what else the machine does hardly moves it. Laps are interleaved,
and a ratio is of laps of one round.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import extruct
import msgspec
import trafilatura

from agent.extract.cascade import read_page
from agent.extract.definitions import definition_tables
from agent.extract.detail import read_detail
from agent.extract.embedded import embedded_entities, embedded_tables
from agent.extract.grounder import Grounder
from agent.extract.labels import Labeller
from agent.extract.listing import candidates_of
from agent.extract.miner.regions import Miner
from agent.extract.miner.tree import build_tree
from agent.extract.reading import Ask
from agent.extract.setting import page_setting
from agent.extract.tables import read_table
from agent.extract.values import Reader
from agent.lessons import Lessons
from benchmarks.pages import STATIC, PageKind, make_page
from benchmarks.rival import ENVIRONMENT, MARKDOWNIFY, rival_python
from benchmarks.rounds import ROOT
from domain.clock import SystemClock
from domain.fields import parse_fields
from domain.pages import FetchOutcome, Page, Via
from domain.templates import PROOFS, Template
from domain.urls import site_of
from fetch.dom import describe, parse
from fetch.markdown import markdown_of, to_markdown

PAGES = 8  # of each kind
FIELDS = parse_fields("name,price:price,rating:number,description")
SAME_DATA = ["json-ld", "microdata", "opengraph"]  # what our reader of embedded data reads; extruct by itself reads six
SETTLE_S = 30.0

Taken = dict[str, float]
"""Processor seconds by what was done."""


class StepFigures(msgspec.Struct, frozen=True, kw_only=True):
    """`step_ms` by step and then by kind of page; `others` are other readers and what of ours they are beside; `times`
    are ratios. `replayed`: how many pages of those that were timed a template read."""

    pages: int
    megabytes: float
    step_ms: dict[str, dict[str, float]]
    step_mb_s: dict[str, float]
    whole_ms: dict[str, float]
    whole_mb_s: dict[str, float]
    times: dict[str, float]
    replayed: str
    left_out: str = ""


def measure(rounds: int) -> dict[str, object]:
    """The figures as the bench prints them."""
    figures = measure_steps(rounds)
    told: dict[str, object] = {
        "on": f"{figures.pages} pages ({', '.join(STATIC)}), {figures.megabytes} MB, {rounds} rounds, processor time"
    }
    for step, by_kind in figures.step_ms.items():
        told[f"{step}: ms a page ({', '.join(by_kind)}), MB/s"] = (
            f"{', '.join(map(str, by_kind.values()))}; {figures.step_mb_s[step]}"
        )
    for reader, ms in figures.whole_ms.items():
        told[f"{reader}: ms a page, MB/s"] = f"{ms}; {figures.whole_mb_s[reader]}"
    told |= {f"{ratio}, times": value for ratio, value in figures.times.items()}
    told["listings that the template read, of those timed"] = figures.replayed
    return told | ({"left out": figures.left_out} if figures.left_out else {})


def measure_steps(rounds: int, pages_of_a_kind: int = PAGES) -> StepFigures:
    pages = {kind: [page_of(kind, number) for number in range(pages_of_a_kind)] for kind in STATIC}
    every = [page for number in range(pages_of_a_kind) for page in (pages[kind][number] for kind in STATIC)]
    listings = pages[PageKind.LISTING]
    templates = _proven(listings[:PROOFS])
    timed = listings[PROOFS:]
    laps = _laps(every) | _replay_laps(timed, templates)
    steps: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    whole: dict[str, list[float]] = defaultdict(list)
    with _markdownify(every) as theirs:
        left_out = theirs if isinstance(theirs, str) else ""
        if not isinstance(theirs, str):
            laps["markdownify"] = theirs
        _warm_up(every[: len(STATIC)])
        gc.collect()
        gc.freeze()  # what was loaded until now is no garbage of any step
        for _ in range(rounds):
            for kind in STATIC:
                for step, seconds in _by_steps(pages[kind]).items():
                    steps[step][kind].append(seconds)
            for name, lap in laps.items():
                whole[name].append(lap())
    return _figures(every, steps, whole, _replayed(timed, templates), left_out)


def page_of(kind: PageKind, number: int) -> Page:
    url = f"http://bench.test/{kind}/{number}"
    html = make_page(kind, number)
    told = describe(html, url)
    return Page(
        id=f"{kind}-{number}",
        url=url,
        final_url=url,
        outcome=FetchOutcome.OK,
        via=Via.HTTP,
        fetched_at=SystemClock().now(),
        html=html,
        text=told.text,
        title=told.title,
        language=told.language,
    )


def _warm_up(pages: Sequence[Page]) -> None:
    """Recognisers, vocabularies and models of content load on first use."""
    _by_steps(pages)
    for lap in _laps(pages).values():
        lap()


# Our own steps


def _by_steps(pages: Sequence[Page]) -> Taken:
    """Each page through all steps, one after the other. `parse` keeps its last trees: the next page is always new."""
    taken: Taken = defaultdict(float)
    ask = Ask(fields=FIELDS)
    for page in pages:
        with _timed(taken, "parse"):
            root = parse(page.html)
        with _timed(taken, "text, title and language"):
            describe(page.html, page.url)
        with _timed(taken, "markdown"):
            markdown_of(root, page.url)
        setting = page_setting(page, root, ask)
        with _timed(taken, "embedded data"):
            entities = embedded_entities(root, page)
            tables = embedded_tables(root, page, entities)
        with _timed(taken, "tables and definition lists"):
            tables = (*tables, *definition_tables(root))
            for table in root.iter("table"):
                read_table(table)
        with _timed(taken, "miner"):
            tree = build_tree(root)
            labeller = Labeller(ask.fields, setting.tag, setting.year)
            regions = Miner(tree, labeller, setting.tag, setting.year).regions(tables)
            reader = Reader(regions[0], FIELDS, setting) if regions else None
            rows = [reader.row(number) for number in range(regions[0].table.rows)] if reader else []
        with _timed(taken, "detail"):
            found = read_detail(root, page, ask, entities)
        with _timed(taken, "grounding"):
            if regions:
                candidates_of(rows, regions[0], FIELDS, setting)
            Grounder(setting).row(found, FIELDS)
    return taken


@contextlib.contextmanager
def _timed(taken: Taken, step: str) -> Generator[None]:
    began = time.process_time()
    yield
    taken[step] += time.process_time() - began


# Whole readers


def _laps(pages: Sequence[Page]) -> dict[str, Callable[[], float]]:
    """Ours and theirs from the source on."""
    by_rules = Ask(fields=FIELDS)

    def data(page: Page) -> None:
        embedded_tables(parse(page.html), page)

    return {
        "Forage, markdown": lambda: _lap(pages, lambda page: to_markdown(page.html, page.url)),
        "trafilatura, markdown": lambda: _lap(
            pages, lambda page: trafilatura.extract(page.html, output_format="markdown", include_links=True)
        ),
        "Forage, embedded data with the state of scripts": lambda: _lap(pages, data),
        "Forage, the same data": lambda: _lap(pages, lambda page: embedded_entities(parse(page.html), page)),
        "extruct, the same data": lambda: _lap(
            pages, lambda page: extruct.extract(page.html, base_url=page.url, syntaxes=SAME_DATA, errors="ignore")
        ),
        "extruct, all it reads": lambda: _lap(
            pages, lambda page: extruct.extract(page.html, base_url=page.url, errors="ignore")
        ),
        "Forage, the whole cascade": lambda: _lap(pages, lambda page: read_page(page, by_rules)),
    }


def _replay_laps(pages: Sequence[Page], known: tuple[Template, ...]) -> dict[str, Callable[[], float]]:
    rules, template = Ask(fields=FIELDS, many=True), Ask(fields=FIELDS, many=True, templates=known)
    return {
        "listing by rules": lambda: _lap(pages, lambda page: read_page(page, rules)),
        "listing by template": lambda: _lap(pages, lambda page: read_page(page, template)),
    }


def _lap(pages: Sequence[Page], read: Callable[[Page], object]) -> float:
    began = time.process_time()
    for page in pages:
        read(page)
    return time.process_time() - began


def _proven(pages: Sequence[Page]) -> tuple[Template, ...]:
    """What these lists teach, as a run learns it."""

    async def nothing(site: str) -> tuple[Template, ...]:
        return ()

    lessons, site = Lessons(nothing), site_of(pages[0].url)
    for page in pages:
        lessons.learn(site, read_page(page, Ask(fields=FIELDS, many=True)))
    return asyncio.run(lessons.of_site(site))


def _replayed(pages: Sequence[Page], templates: tuple[Template, ...]) -> str:
    ask = Ask(fields=FIELDS, many=True, templates=templates)
    return f"{sum(bool(read_page(page, ask).replayed) for page in pages)} of {len(pages)}"


@contextlib.contextmanager
def _markdownify(pages: Sequence[Page]) -> Generator[Callable[[], float] | str]:
    """A lap of markdownify, in a process of its own; or why there is none."""
    python = rival_python(MARKDOWNIFY)
    if isinstance(python, str):
        yield python
        return
    with tempfile.TemporaryDirectory(prefix="forage-bench-") as folder:
        for number, page in enumerate(pages):
            (Path(folder) / f"{number:04}.html").write_text(page.html)
        command = [str(ENVIRONMENT / "bin" / "python"), "-m", "benchmarks.markdownify_contender", folder]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            told, asked = process.stdout, process.stdin
            assert told is not None
            assert asked is not None

            def lap() -> float:
                asked.write("go\n")
                asked.flush()
                return float(told.readline())

            try:
                ready = told.readline().strip() == "ready"
                yield lap if ready else "markdownify ended before it began"
            finally:
                asked.close()
                process.wait(SETTLE_S)


def _figures(
    pages: Sequence[Page],
    steps: dict[str, dict[str, list[float]]],
    whole: dict[str, list[float]],
    replayed: str,
    left_out: str,
) -> StepFigures:
    megabytes = sum(len(page.html.encode()) for page in pages) / 1e6
    of_a_kind = len(pages) // len(STATIC)

    def ms(laps: Sequence[float], count: int) -> float:
        return round(1000 * statistics.median(laps) / count, 2)

    def speed(laps: Sequence[float]) -> float:
        return round(megabytes / statistics.median(laps), 1)

    def times(slow: str, fast: str) -> float:
        return round(statistics.median(a / b for a, b in zip(whole[slow], whole[fast], strict=True)), 2)

    mixed = {name: laps for name, laps in whole.items() if " by " not in name}
    ratios = {
        "trafilatura to our markdown": ("trafilatura, markdown", "Forage, markdown"),
        "markdownify to our markdown": ("markdownify", "Forage, markdown"),
        "extruct to our embedded data, the same data": ("extruct, the same data", "Forage, the same data"),
        "extruct, which reads no state, to our embedded data": (
            "extruct, the same data",
            "Forage, embedded data with the state of scripts",
        ),
        "extruct to our embedded data, all it reads": (
            "extruct, all it reads",
            "Forage, embedded data with the state of scripts",
        ),
        "listing by rules to by template": ("listing by rules", "listing by template"),
    }
    return StepFigures(
        pages=len(pages),
        megabytes=round(megabytes, 1),
        step_ms={step: {kind: ms(laps, of_a_kind) for kind, laps in kinds.items()} for step, kinds in steps.items()},
        step_mb_s={
            step: speed([sum(lap) for lap in zip(*kinds.values(), strict=True)]) for step, kinds in steps.items()
        },
        whole_ms={name: ms(laps, len(pages)) for name, laps in mixed.items()},
        whole_mb_s={name: speed(laps) for name, laps in mixed.items()},
        times={words: times(slow, fast) for words, (slow, fast) in ratios.items() if slow in whole},
        replayed=replayed,
        left_out=left_out,
    )
