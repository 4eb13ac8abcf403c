"""Spread of work, and moves that lower the larger of two loads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgis.measures.balance import balance, moves


def test_figures_of_a_small_table() -> None:
    found = balance([1, 1, 4])
    assert (found.workers, found.mean, found.max_to_mean) == (3, 2, 2)
    assert found.variation == pytest.approx(2**0.5 / 2)
    assert found.gini == pytest.approx(1 / 3)  # mean difference of all nine pairs, 12/9, over twice the mean


def test_what_divides_by_nothing_is_not_available() -> None:
    assert balance([]).mean is None
    assert balance([0, 0]).gini is None
    assert balance([5]).gini == 0


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=20))
def test_gini_is_half_the_relative_mean_difference(minutes) -> None:
    found = balance(minutes)
    if found.gini is not None and found.mean > 1e-6:
        load = np.array(minutes)
        pairs = np.abs(load[:, None] - load).mean()
        assert found.gini == pytest.approx(pairs / 2 / found.mean, abs=1e-9)


def test_the_border_grid_of_the_busier_beat_moves() -> None:
    # a row of five grids: worker 0 has the first four, worker 1 the last
    found = moves([10, 10, 10, 10, 10], [0, 0, 0, 0, 1], [0, 1, 2, 3], [1, 2, 3, 4])
    assert [(m.grid, m.giver, m.taker, m.gain) for m in found] == [(3, 0, 1, 10)]


def test_no_move_empties_or_tears_a_beat() -> None:
    # the middle of three would leave its ends apart
    assert not moves([10, 10, 10, 1], [0, 0, 0, 1], [0, 1, 1], [1, 2, 3])
    assert not moves([30, 1], [0, 1], [0], [1])


def test_grids_without_a_worker_take_no_part() -> None:
    assert not moves([30, 30, 1], [0, 0, -1], [0, 1], [1, 2])
    assert not moves([], [], [], [])
