"""Dated changes of a roster: what holds on which day, before, within and after them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgis.errors import Conflict
from gridgis.planning.rosters import DEPUTY, PRIMARY, Change, Line, amended, duty, is_so, writing

FIRST = date(2026, 7, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(30)]


def day(n: int | None) -> date | None:
    return None if n is None else FIRST + timedelta(days=n)


@st.composite
def changes(draw, grids=("g",)) -> Change:
    start = draw(st.integers(0, 20))
    end = draw(st.none() | st.integers(start + 1, 28))
    return Change(
        draw(st.sampled_from(grids)),
        draw(st.none() | st.sampled_from("abc")),
        draw(st.sampled_from([PRIMARY, PRIMARY, DEPUTY])),
        day(start),
        day(end),
    )


def worked_in(lines: list[Line], change: Change) -> list[Line]:
    try:
        return amended(lines, change)
    except Conflict:
        return lines


def primaries(lines: list[Line], on: date) -> list[str]:
    return [line.worker for line in lines if line.role == PRIMARY and line.holds(on)]


def deputies(lines: list[Line], on: date) -> set[str]:
    return {line.worker for line in lines if line.role == DEPUTY and line.holds(on)}


@given(st.lists(changes(), max_size=8))
def test_a_grid_never_has_two_primary_workers_nor_one_worker_twice(many) -> None:
    lines: list[Line] = []
    for change in many:
        lines = worked_in(lines, change)
        for on in DAYS:
            assert len(primaries(lines, on)) <= 1
            there = [line.worker for line in lines if line.holds(on)]
            assert len(there) == len(set(there))


@given(st.lists(changes(), max_size=6), changes())
def test_a_change_holds_on_its_days_and_touches_no_other(many, last) -> None:
    before: list[Line] = []
    for change in many:
        before = worked_in(before, change)
    try:
        after = amended(before, last)
    except Conflict:
        assert last.worker in {line.worker for line in before if line.role == PRIMARY}
        return
    assert is_so(after, last)
    for on in DAYS:
        if not last.start <= on < (last.end or date.max):
            assert primaries(after, on) == primaries(before, on)
            assert deputies(after, on) == deputies(before, on)
        elif last.role == DEPUTY:
            assert primaries(after, on) == primaries(before, on)
        else:
            assert primaries(after, on) == ([] if last.worker is None else [last.worker])


@given(st.lists(changes(), min_size=1, max_size=6))
def test_what_is_so_already_changes_nothing(many) -> None:
    lines: list[Line] = []
    for change in many:
        lines = worked_in(lines, change)
    for change in many:
        if is_so(lines, change):
            assert amended(lines, change) == lines


def test_the_former_line_ends_on_the_day_and_holds_again_after_a_change_that_ends() -> None:
    stored = Line("g", "a", PRIMARY, day(0), None, id=7)
    lines = amended([stored], Change("g", "b", PRIMARY, day(10), day(12)))
    assert lines == [
        Line("g", "a", PRIMARY, day(0), day(10), id=7),
        Line("g", "b", PRIMARY, day(10), day(12)),
        Line("g", "a", PRIMARY, day(12), None),
    ]
    made = writing([stored], lines)
    assert (made.deleted, made.altered, made.added) == ([], lines[:1], lines[1:])


def test_a_new_primary_ends_covers_and_the_workers_own_deputy_line() -> None:
    lines = [
        Line("g", "a", PRIMARY, day(0), id=1),
        Line("g", "b", DEPUTY, day(3), day(9), id=2, absence=5),
        Line("g", "c", DEPUTY, day(0), id=3),
        Line("g", "d", DEPUTY, day(0), id=4),
    ]
    after = amended(lines, Change("g", "c", PRIMARY, day(5)))
    assert [(line.worker, line.role, line.start, line.end) for line in after] == [
        ("c", DEPUTY, day(0), day(5)),
        ("d", DEPUTY, day(0), None),
        ("a", PRIMARY, day(0), day(5)),
        ("b", DEPUTY, day(3), day(5)),
        ("c", PRIMARY, day(5), None),
    ]


def test_nobody_is_the_deputy_of_herself() -> None:
    with pytest.raises(Conflict, match="a is the primary worker of g then"):
        amended([Line("g", "a", PRIMARY, day(0))], Change("g", "a", DEPUTY, day(3)))


def test_nobody_as_deputy_ends_all_deputies_and_no_primary() -> None:
    lines = [
        Line("g", "a", PRIMARY, day(0), id=1),
        Line("g", "b", DEPUTY, day(0), id=2),
        Line("g", "c", DEPUTY, day(8), id=3),
    ]
    after = amended(lines, Change("g", None, DEPUTY, day(4)))
    assert after == [Line("g", "b", DEPUTY, day(0), day(4), id=2), Line("g", "a", PRIMARY, day(0), id=1)]
    assert writing(lines, after).deleted == [lines[2]]


def test_a_duty_is_the_primarys_or_its_deputies_or_nobodys() -> None:
    lines = [
        Line("g1", "a", PRIMARY, day(0)),
        Line("g2", "a", PRIMARY, day(0)),
        Line("g2", "b", DEPUTY, day(0)),
        Line("g2", "c", DEPUTY, day(0)),
        Line("g3", "c", PRIMARY, day(0)),
    ]
    minutes = {"g1": 10.0, "g2": 8.0, "g3": 5.0, "g4": 1.0}
    present = duty(lines, (), minutes, day(1))
    assert present.minutes == {"a": 18.0, "c": 5.0}
    away = duty(lines, {"a"}, minutes, day(1))
    assert away.minutes == {"b": 4.0, "c": 9.0}
    assert (away.uncovered, away.unassigned) == (["g1"], ["g4"])


@given(
    st.lists(changes(grids=("g1", "g2", "g3", "g4")), max_size=10),
    st.sets(st.sampled_from("abc")),
    st.sampled_from(DAYS),
)
def test_loads_and_what_nobody_sees_to_add_up_to_everything(many, away, on) -> None:
    lines: dict[str, list[Line]] = {}
    for change in many:
        lines[change.grid] = worked_in(lines.get(change.grid, []), change)
    minutes = {"g1": 11.0, "g2": 7.5, "g3": 0.0, "g4": 30.0}
    found = duty([line for own in lines.values() for line in own], away, minutes, on)
    idle = sum(load for grid, load in minutes.items() if not found.carried[grid])
    assert sum(found.minutes.values()) + idle == pytest.approx(48.5)
    assert not set(found.minutes) & away
