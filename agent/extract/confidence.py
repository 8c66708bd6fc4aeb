"""How likely a value is right, from what is known of how it was read.

The weights are fitted on pages with known answers (`python -m evals.train_confidence`): a value that more independent
methods give is never less likely for it, one with contradictions on its page never more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path

import msgspec

from domain.evidence import MatchKind, Method, Verdict
from domain.fields import FieldKind

TABLE_FILE = Path(__file__).with_name("confidence.json")
MOST_AGREEING = 3  # further methods that agree add nothing that could be measured
UNSUPPORTED = 0.05  # what its page does not say
# The table was fitted without these. One family alone is right half of the time, and that the column holds values of
# its kind adds a little; a template that one page bore out is believed by Laplace's rule until its own history counts.
_NO_MORE_THAN = {Method.LABELLED: 0.6, Method.TEMPLATE: 0.667}
# What a page hides may be of a closed tab and true, or left over from another state of the page; the table was fitted
# without the difference. One family alone is right half of the time.
HIDDEN_MOST = 0.6
LEAST, MOST = 0.02, 0.98  # no table of some hundred pages knows more


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """`agreeing` is the number of other methods that gave the value; `is_named`: the page's own caption names the
    field; `is_guessed`: only the look of its texts says that a column is the field's; `is_contradicted`: the page gives
    another value too; `is_hidden`: no reader of the page sees the value, and no other method gives it."""

    method: Method
    kind: FieldKind
    match: MatchKind
    agreeing: int = 0
    many: bool = False
    is_named: bool = False
    is_guessed: bool = False
    is_contradicted: bool = False
    is_derived: bool = False
    is_hidden: bool = False


class ConfidenceTable(msgspec.Struct, frozen=True, kw_only=True):
    """Weights in log odds. `agreeing` are steps: what the first, the second and the third other method add. What a
    table does not name adds nothing."""

    bias: float
    method: dict[Method, float]
    kind: dict[FieldKind, float]
    match: dict[MatchKind, float]
    agreeing: tuple[float, float, float]
    many: float
    named: float
    guessed: float
    contradicted: float
    derived: float
    note: str = ""

    def confidence(self, signs: Signs) -> float:
        total = (
            self.bias
            + self.method.get(signs.method, 0.0)
            + self.kind.get(signs.kind, 0.0)
            + self.match.get(signs.match, 0.0)
            + sum(self.agreeing[: min(signs.agreeing, MOST_AGREEING)])
            + self.many * signs.many
            + self.named * signs.is_named
            + self.guessed * signs.is_guessed
            + self.contradicted * signs.is_contradicted
            + self.derived * signs.is_derived
        )
        return round(min(MOST, max(LEAST, 1 / (1 + math.exp(-total)))), 3)


@cache
def _shipped() -> ConfidenceTable:
    return msgspec.json.decode(TABLE_FILE.read_bytes(), type=ConfidenceTable)


@lru_cache(maxsize=4_096)  # the values of one column are known by the same signs
def shipped_confidence(signs: Signs) -> float:
    """By the table that ships with this release."""
    most = HIDDEN_MOST if signs.is_hidden else MOST
    return min(most, _NO_MORE_THAN.get(signs.method, MOST), _shipped().confidence(signs))


_judge: ContextVar[Callable[[Signs], float] | None] = ContextVar("confidence", default=None)


@contextmanager
def judged_by(judge: Callable[[Signs], float]) -> Generator[None]:
    """Another judge in place of the shipped table: training looks on through one."""
    token = _judge.set(judge)
    try:
        yield
    finally:
        _judge.reset(token)


def confidence_of(signs: Signs, verdict: Verdict) -> float:
    if verdict not in {Verdict.SUPPORTED, Verdict.DERIVED}:
        return UNSUPPORTED
    return (_judge.get() or shipped_confidence)(signs)
