"""Minutes of an incident by class, worked by hand: two grids, three classes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from gridgis.measures.handling import timed_parts, timed_parts_of

# The city's 200 incidents: 100, 60 and 40; medians of 10, of 90 (counts for 30), and of too few.
CITY, TIMED, MEDIAN = [100, 60, 40], [50, 20, 19], [10.0, 90.0, 7.0]


def test_the_mean_is_that_of_the_grids_own_mix_drawn_to_the_citys() -> None:
    # 20 incidents of the city's mix are 10, 6, 4
    # no own: shares 10/20, 6/20; minutes 0.5 x 10 + 0.3 x 30 = 14
    # own 0, 14, 6: shares 10/40, 20/40; minutes 0.25 x 10 + 0.5 x 30 = 17.5
    share, minutes = timed_parts([[0, 0, 0], [0, 14, 6]], CITY, TIMED, MEDIAN)
    assert share.tolist() == pytest.approx([0.8, 0.75])
    assert minutes.tolist() == pytest.approx([14, 17.5])


def test_a_city_without_history_times_nothing() -> None:
    assert not timed_parts([[0, 0, 0]], [0, 0, 0], [0, 0, 0], [np.nan] * 3).any()
    assert timed_parts(np.zeros((2, 0)), [], [], []).tolist() == [[0, 0], [0, 0]]


def test_grids_and_classes_are_found_in_any_order() -> None:
    times = pa.table(
        {"kind": ["component", "event", "event"], "class_prefix": ["01", "01", "02"], "incidents": CITY,
         "timed": TIMED, "median_min": pa.array([10.0, 90.0, None])}
    )  # fmt: skip
    classes = pa.table(
        {"grid_code": ["b", "c", "b", "b"], "kind": ["event", "event", "event", "event"],
         "class_prefix": ["02", "01", "01", "77"], "incidents": [6, 5, 14, 1000]}
    )  # fmt: skip
    found = timed_parts_of(np.array(["a", "b"], dtype=object), classes, times)
    assert found[1].tolist() == pytest.approx([14, 17.5])
