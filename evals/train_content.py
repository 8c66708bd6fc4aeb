"""Train the weights that tell a page's content from its chrome, on a set of `content` cases.

python -m evals.train_content DIR [--check]

--check trains on four fifths of the sites and tells how the others come out, five times, and writes nothing.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from evals.cases import CaseSet, ContentGold, TaskName, read_sets
from evals.content_net import Lesson, train
from evals.page_kinds import train_kinds
from evals.scorers import score_content
from evals.sites import sites_of
from evals.tally import Tally, metrics_of
from evals.train_content_targets import block_targets
from fetch.dom import parse
from fetch.markdown.blocks import Blocks, read_blocks
from fetch.markdown.company import Company, company_of, evened
from fetch.markdown.features import page_features
from fetch.markdown.judge import MODEL_FILE, ContentModel, StoredModel, best_expected

Rows = NDArray[np.floating]

FOLDS = 5


class Example(NamedTuple):
    """A page, what its site is, and what gold says of it."""

    site: str
    kind: str
    gold: ContentGold
    texts: tuple[str, ...]
    counts: Rows  # of words, as the service counts them
    company: Company | None  # this and the next: none of a page without a block of text
    lesson: Lesson | None


def examples_of(of_set: CaseSet) -> list[Example]:
    examples: list[Example] = []
    for case, site in zip(of_set.cases, sites_of(of_set.cases), strict=True):
        if case.task is not TaskName.CONTENT:
            continue
        gold = msgspec.json.decode(case.gold, type=ContentGold)
        if gold.main_content.strip():
            blocks = read_blocks(parse(of_set.source(case.html)))
            company = company_of(blocks) if blocks.texts else None
            lesson = None if company is None else _lesson(blocks, company, gold.main_content)
            examples.append(Example(site, case.kind, gold, tuple(blocks.texts), blocks.words, company, lesson))
    return examples


def _lesson(blocks: Blocks, company: Company, gold: str) -> Lesson:
    target, counts, gold_words = block_targets(blocks.texts, gold)
    features = page_features(blocks, company)
    return Lesson(features, target.astype(np.float32), counts.astype(np.float32), gold_words)


def trained(examples: Sequence[Example], note: str = "") -> StoredModel:
    known = [(example.lesson, example.kind) for example in examples if example.lesson is not None]
    nets = train([lesson for lesson, _ in known])
    kinds = train_kinds([(lesson.features, lesson.words, kind) for lesson, kind in known])
    return StoredModel(columns=known[0][0].features.shape[1], nets=nets, kinds=kinds, note=note)


def check(examples: Sequence[Example]) -> list[tuple[str, tuple[Tally, ...]]]:
    """Every page read by weights that never saw its site."""
    told: list[tuple[str, tuple[Tally, ...]]] = []
    for fold in range(FOLDS):
        model = ContentModel(trained([example for example in examples if _fold(example.site) != fold]))
        told += [(example.site, _read(model, example)) for example in examples if _fold(example.site) == fold]
    return told


def _read(model: ContentModel, example: Example) -> tuple[Tally, ...]:
    lesson, company = example.lesson, example.company
    if lesson is None or company is None:
        return score_content("", example.gold, example.kind)
    odds = evened(model.judge(lesson.features), example.counts, company)
    keep = best_expected(odds, example.counts)
    text = "\n".join(text for text, kept in zip(example.texts, keep, strict=True) if kept)
    tallies = score_content(text, example.gold, example.kind)
    if not example.kind:
        return tallies
    right = model.kind(lesson.features, example.counts) == example.kind
    return (*tallies, Tally("kind of page", float(right)))


def _fold(site: str) -> int:
    return zlib.crc32(site[::-1].encode()) % FOLDS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--check", action="store_true")
    wish = parser.parse_args()
    examples = [example for of_set in read_sets(wish.cases) for example in examples_of(of_set)]
    if wish.check:
        for metric in metrics_of(check(examples)):
            print(f"{metric.name:28} {metric.value:.3f} ± {metric.deviation:.3f} ({metric.count})")
        return
    stored = trained(examples, note=f"{len(examples)} pages of {len({e.site for e in examples})} sites")
    MODEL_FILE.write_bytes(msgspec.json.format(msgspec.json.encode(stored), indent=1) + b"\n")
    print(f"{MODEL_FILE}: {stored.note}")


if __name__ == "__main__":
    main()
