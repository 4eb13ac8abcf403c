"""Grids of somebody away: taken by neighbours, joined to what these have, and evenly."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgis.planning.covering import Ground, folded, is_joined
from gridgis.planning.rosters import DEPUTY, PRIMARY, Line, duty

ACROSS = 5
CELLS = [f"{row}{column}" for row in range(ACROSS) for column in range(ACROSS)]
FIRST = date(2026, 7, 1)


def beside(cell: str) -> list[str]:
    row, column = int(cell[0]), int(cell[1])
    near = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    return [f"{r}{c}" for r, c in near if 0 <= r < ACROSS and 0 <= c < ACROSS]


BESIDE = {cell: beside(cell) for cell in CELLS}


def grounds(owner: dict[str, str], minutes: dict[str, float], away: str) -> Ground:
    return Ground(
        {cell: minutes[cell] for cell in CELLS if owner[cell] == away},
        BESIDE,
        {cell: who for cell, who in owner.items() if who != away},
    )


@st.composite
def cities(draw):
    owner = {cell: draw(st.sampled_from("abcx")) for cell in CELLS}
    minutes = {cell: float(draw(st.integers(0, 500))) for cell in CELLS}
    return owner, minutes


@settings(max_examples=60, deadline=None)
@given(cities())
def test_what_is_taken_is_joined_and_nothing_reachable_is_left(city) -> None:
    owner, minutes = city
    ground = grounds(owner, minutes, "x")
    taken = folded(ground, dict.fromkeys("abc", 0.0))
    assert all(is_joined(ground, taken, who) for who in "abc")
    for cell in set(ground.minutes) - set(taken):
        assert not ground.takers(cell, taken)


@settings(max_examples=60, deadline=None)
@given(cities())
def test_leave_and_return_leave_the_roster_as_it_was_and_the_loads_add_up(city) -> None:
    owner, minutes = city
    lines = [Line(cell, who, PRIMARY, FIRST) for cell, who in owner.items()]
    start, end = FIRST + timedelta(days=5), FIRST + timedelta(days=12)
    before = duty(lines, (), minutes, start)
    taken = folded(grounds(owner, minutes, "x"), {w: m for w, m in before.minutes.items() if w != "x"})
    covered = lines + [Line(cell, who, DEPUTY, start, end) for cell, who in taken.items()]
    for day, away in ((start - timedelta(days=1), ()), (end, ())):
        assert duty(covered, away, minutes, day) == duty(lines, away, minutes, day)
    during = duty(covered, {"x"}, minutes, start)
    idle = sum(minutes[cell] for cell in during.uncovered)
    assert sum(during.minutes.values()) + idle == pytest.approx(sum(minutes.values()))
    assert set(during.uncovered) == {cell for cell in owner if owner[cell] == "x"} - set(taken)


def test_a_single_grid_goes_to_the_neighbour_with_least_to_do() -> None:
    ground = Ground({"11": 60.0}, BESIDE, {"01": "a", "10": "b", "12": "c", "21": "a"})
    assert folded(ground, {"a": 300.0, "b": 250.0, "c": 251.0}) == {"11": "b"}
    assert folded(ground, {"a": 300.0, "b": 250.0, "c": 250.0}) == {"11": "b"}


def test_a_barred_neighbour_and_one_across_a_corner_are_no_takers() -> None:
    ground = Ground({"11": 60.0}, BESIDE, {"00": "a", "10": "b"}, {("11", "b")})
    assert folded(ground, {"a": 0.0, "b": 0.0}) == {}


@pytest.mark.parametrize("loads", [(0.0, 0.0), (120.0, 0.0), (0.0, 300.0)])
def test_a_row_of_grids_between_two_is_shared_as_evenly_as_can_be(loads) -> None:
    row = {f"0{n}": float(load) for n, load in enumerate((50, 30, 80, 20, 60))}
    near = {
        cell: [other for other in ("L", *row, "R") if abs(_at(other) - _at(cell)) == 1]
        for cell in ("L", *row, "R")
    }
    ground = Ground(row, near, {"L": "a", "R": "b"})
    taken = folded(ground, dict(zip("ab", loads, strict=True)))
    possible = [dict(zip(row, who, strict=True)) for who in product("ab", repeat=5)]
    best = min(
        _worst(row, other, loads)
        for other in possible
        if is_joined(ground, other, "a") and is_joined(ground, other, "b")
    )
    assert _worst(row, taken, loads) == best


def _at(cell: str) -> int:
    return {"L": -1, "R": 5}.get(cell, int(cell[-1]) if cell[-1].isdigit() else 0)


def _worst(row: dict[str, float], taken: dict[str, str], loads: tuple[float, float]) -> float:
    return max(
        load + sum(row[cell] for cell, who in taken.items() if who == worker)
        for worker, load in zip("ab", loads, strict=True)
    )
