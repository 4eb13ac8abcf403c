"""Counts of people: none small, and none that subtraction gives back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgis.services.disclosure import disclosed, publishable


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ([], []),
        ([10, 20], [10, 20]),
        ([3, 10, 20], [None, None, 20]),  # one hidden cell alone is the total less the others
        ([3, 4, 10], [None, None, 10]),  # seven people in two cells: neither is known
        ([1, 2, 10, 20], [None, None, None, 20]),  # three people in two cells are still too few
        ([0, 0, 7], [None, None, None]),
        ([3], [None]),
    ],
)
def test_known_cases(cells: list[int], shown: list[int | None]) -> None:
    assert publishable(cells, 5) == shown


@given(st.lists(st.integers(0, 40), max_size=12), st.integers(1, 10))
def test_the_total_less_what_is_shown_is_never_one_cell_or_a_handful(cells: list[int], floor: int) -> None:
    shown = publishable(cells, floor)
    assert all(cell is None or cell >= floor for cell in shown)
    hidden = [cell for cell, kept in zip(cells, shown, strict=True) if kept is None]
    assert not hidden or len(hidden) == len(cells) or (len(hidden) > 1 and sum(hidden) >= floor)


def test_areas_are_cells_of_the_area_above_them() -> None:
    counts = {"11": 2, "12": 9, "13": 30, "21": 5, "22": 6, "31": 3}
    assert disclosed(counts, 1, 5) == {"13": 30, "21": 5, "22": 6}
