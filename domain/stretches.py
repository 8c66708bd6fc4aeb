"""Which stretches of a page tell of one record: each from where its proofs begin to where those of the next begin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from domain.evidence import Layer
from domain.pages import CapturedResponse, Page
from domain.records import Candidate


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """One layer of a page that tells of several records: where the proofs of this one begin and end, once for each
    time that the page tells of it, and where those of others begin. In characters."""

    layer: Layer
    own: tuple[tuple[int, int], ...]
    others: tuple[int, ...]


class Stretch(msgspec.Struct, frozen=True):
    layer: Layer
    begin: int
    end: int


def rows_of(own: Sequence[Candidate], others: Sequence[Candidate]) -> tuple[Rows, ...]:
    """Where the candidates of one page stand. What several of them share, say the place in its headline, tells of no
    one's row and is left out."""
    found = []
    for layer in Layer:
        mine = [_proofs(each, layer) for each in own]
        theirs = [_proofs(each, layer) for each in others]
        uses = Counter(start for proofs in (*mine, *theirs) for start in {proof[0] for proof in proofs})
        spans = [_span(proofs, uses) for proofs in mine]
        begins = [span[0] for proofs in theirs if (span := _span(proofs, uses)) is not None]
        known = tuple(span for span in spans if span is not None)
        if known:
            found.append(Rows(layer=layer, own=known, others=tuple(sorted(begins))))
    return tuple(found)


def _proofs(candidate: Candidate, layer: Layer) -> list[tuple[int, int]]:
    return [
        (proof.start, proof.end or proof.start)
        for value in candidate.fields.values()
        for proof in value.evidence
        if proof.start is not None and proof.layer is layer
    ]


def _span(proofs: Sequence[tuple[int, int]], uses: Counter[int]) -> tuple[int, int] | None:
    own = [proof for proof in proofs if uses[proof[0]] == 1]
    return (min(start for start, _ in own), max(end for _, end in own)) if own else None


def stretches_of(page: Page, rows: Sequence[Rows]) -> Iterator[Stretch]:
    """Those of a record. A row of text begins where its line does, unless another stands before it there. The last of
    a page ends where the longest of the others would have ended: what follows a list is no one's."""
    for each in rows:
        text = layer_of(page, each.layer)
        begins = sorted({*each.others, *(begin for begin, _ in each.own)})
        if each.layer is Layer.TEXT:
            begins = [_line(text, begin, begins) for begin in begins]
        longest = max((after - before for before, after in pairwise(begins)), default=0)
        for first, last in each.own:
            begin = max(at for at in begins if at <= first)
            after = next((at for at in begins if at > first), min(len(text), max(last, begin + longest)))
            yield Stretch(each.layer, begin, after)


def _line(text: str, begin: int, begins: Sequence[int]) -> int:
    line = text.rfind("\n", 0, begin) + 1
    return begin if any(line <= other < begin for other in begins) else line


def layer_of(page: Page, layer: Layer) -> str:
    """The characters that evidence of this layer counts in."""
    if layer is Layer.TEXT:
        return page.text
    return page.html if layer is Layer.HTML else "\n".join(response.body for response in page.responses)


def cut_to(page: Page, stretch: Stretch) -> Page:
    """A page that says nothing but this stretch."""
    part = layer_of(page, stretch.layer)[stretch.begin : stretch.end]
    return msgspec.structs.replace(
        page,
        text=part if stretch.layer is Layer.TEXT else "",
        html=part if stretch.layer is Layer.HTML else "",
        responses=(CapturedResponse(url="", body=part),) if stretch.layer is Layer.RESPONSE else (),
    )
