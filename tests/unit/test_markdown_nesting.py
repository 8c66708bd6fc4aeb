"""What is within what, found for all elements at once, is what a walk with a stack finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fetch.markdown.nesting import Nesting, gathered


@st.composite
def tapes(draw: st.DrawFn) -> list[int]:
    """Steps of +1, -1 and 0 in which everything that opens closes."""
    steps: list[int] = []
    depth = 0
    for wish in draw(st.lists(st.sampled_from([1, 1, -1, 0]), max_size=60)):
        step = 0 if wish < 0 and depth == 0 else wish
        depth += step
        steps.append(step)
    return steps + [-1] * depth


@given(tapes(), st.randoms(use_true_random=False))
def test_elements_are_nested_as_a_walk_finds_them(steps, random):
    open_now: list[int] = []
    parents, starts, stops, around = [], [], {}, []
    for at, step in enumerate(steps):
        if step > 0:
            parents.append(open_now[-1] if open_now else -1)
            open_now.append(len(starts))
            starts.append(at)
        elif step < 0:
            stops[open_now.pop()] = at
        around.append(open_now[-1] if open_now else -1)
    own = [1 << random.randrange(60) for _ in starts]
    bits: list[int] = []
    for number, parent in enumerate(parents):
        bits.append(own[number] | (bits[parent] if parent >= 0 else 0))

    walked = np.array(steps, dtype=np.intp)
    bounds = np.flatnonzero(walked)
    nesting = Nesting(bounds, walked[bounds] > 0)
    assert nesting.parents.tolist() == parents
    assert nesting.starts.tolist() == starts
    assert nesting.stops.tolist() == [stops[number] for number in range(len(starts))]
    assert nesting.around(np.arange(len(steps))).tolist() == around
    assert gathered(np.array(own, dtype=np.int64), nesting.parents).tolist() == bits
