"""The choice of columns against SciPy's, whose import is too dear for processes that read pages."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as tables
from scipy.optimize import linear_sum_assignment

from agent.extract.assignment import best_pairs

SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 12))
EQUALS = st.sampled_from([0.0, 0.25, 0.5, 1.0])  # scores are often equal, and then the choice must be SciPy's too
SCORES = st.floats(-2, 2, width=32)


@given(tables.arrays(float, SHAPES, elements=SCORES) | tables.arrays(float, SHAPES, elements=EQUALS))
def test_rows_get_the_columns_that_scipy_gives_them(scores):
    rows, columns = linear_sum_assignment(scores, maximize=True)
    assert best_pairs(scores.tolist()) == list(zip(rows.tolist(), columns.tolist(), strict=True))


@pytest.mark.parametrize("scores", [[], [[]], [[], []]])
def test_a_table_of_nothing_has_no_pairs(scores):
    assert best_pairs(scores) == []


def test_a_row_gives_way_where_that_makes_the_whole_better():
    assert best_pairs([[0.9, 0.8], [0.9, 0.1]]) == [(0, 1), (1, 0)]
    assert best_pairs(np.array([[0.9], [1.0], [0.2]]).tolist()) == [(1, 0)]


def test_a_process_that_reads_pages_does_not_wait_for_scipy():
    code = "import sys, agent.pursuits, workers.executor; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
