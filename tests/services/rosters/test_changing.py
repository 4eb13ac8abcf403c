"""Dated changes of the roster: who has which grid, before and after, and what is refused by name."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from gridgis.errors import NotFound
from gridgis.planning.rosters import DEPUTY, PRIMARY, Change
from gridgis.scope import EVERYTHING, Scope
from gridgis.services.rosters import changing
from gridgis.services.rosters.changing import RowsRefused
from tests.services.rosters.roster_town import BEGAN, NOW, TODAY, fill, grid, stored

LATER = TODAY + timedelta(days=10)


@pytest.fixture
def town(session, config):
    fill(session, config)
    return session


def give(town, config, *changes: Change, **options):
    return changing.change(town, EVERYTHING, config, changes, at=NOW, **options)


def test_the_roster_of_a_day_names_lines_loads_and_grids_without_a_primary(town, config) -> None:
    found = changing.roster(town, EVERYTHING, config, "440305", at=NOW)
    assert [row["grid_code"] for row in found.unassigned] == [grid(3)]
    assert found.uncovered == []
    assert len(found.rows) == 8
    loads = {row["worker_code"]: row for row in found.workers}
    assert sorted(loads) == ["A", "B", "C", "D", "E"]
    assert loads["E"] == {"worker_code": "E", "minutes": 0.0, "grids": 0, "covers": 0, "away": False}
    total = sum(row["minutes"] for row in found.workers) + found.unassigned[0]["minutes"]
    assert total == pytest.approx(
        town.scalar(
            text("SELECT sum(patrol_min + inspections_min + incidents_min + travel_min + visits_min) FROM "
                 "grid_measures")
        )
    )  # fmt: skip


def test_a_change_closes_the_former_line_that_day_and_history_stays(town, config) -> None:
    before = changing.roster(town, EVERYTHING, config, "440305", at=NOW, on=LATER - timedelta(days=1))
    done = give(town, config, Change(grid(4), "C", PRIMARY, LATER))
    assert (done.added, done.altered, done.deleted) == (1, 1, 0)
    assert [row for row in stored(town) if row[0] == 4] == [
        (4, "A", PRIMARY, BEGAN, LATER),
        (4, "C", PRIMARY, LATER, None),
    ]
    after = changing.roster(town, EVERYTHING, config, "440305", at=NOW, on=LATER - timedelta(days=1))
    assert [(r["grid_code"], r["worker_code"]) for r in before.rows] == [
        (r["grid_code"], r["worker_code"]) for r in after.rows
    ]


def test_a_preview_tells_the_loads_of_everyone_touched_and_saves_nothing(town, config) -> None:
    was = stored(town)
    asked = [Change(grid(4), "C", PRIMARY, TODAY), Change(grid(3), "E", PRIMARY, TODAY)]
    shown = give(town, config, *asked, preview=True)
    assert stored(town) == was
    assert not shown.saved
    loads = {row["worker_code"]: row for row in shown.loads}
    assert {w: (r["grids_before"], r["grids_after"]) for w, r in loads.items()} == {
        "A": (3, 2), "C": (1, 2), "E": (0, 1),
    }  # fmt: skip
    done = give(town, config, *asked)
    assert done.loads == shown.loads
    found = changing.roster(town, EVERYTHING, config, "440305", at=NOW)
    told = {row["worker_code"]: row["minutes"] for row in found.workers}
    for worker, row in loads.items():
        assert told[worker] == pytest.approx(row["after"])
    assert found.unassigned == []


def test_nobody_and_a_change_that_ends(town, config) -> None:
    done = give(town, config, Change(grid(1), None, PRIMARY, TODAY))
    assert done.unassigned == [grid(1)]
    give(town, config, Change(grid(6), "B", PRIMARY, LATER, LATER + timedelta(days=5)))
    assert [row[1:] for row in stored(town) if row[0] == 6] == [
        ("D", PRIMARY, BEGAN, LATER),
        ("B", PRIMARY, LATER, LATER + timedelta(days=5)),
        ("D", PRIMARY, LATER + timedelta(days=5), None),
    ]


def test_what_is_so_already_is_no_change_even_in_the_past(town, config) -> None:
    was = stored(town)
    done = give(town, config, Change(grid(4), "A", PRIMARY, BEGAN), Change(grid(3), None, PRIMARY, BEGAN))
    assert (done.already_so, done.added, stored(town)) == (2, 0, was)


def test_a_past_that_stays_may_go_on_otherwise(town, config) -> None:
    give(town, config, Change(grid(4), "A", PRIMARY, BEGAN, LATER), Change(grid(3), None, DEPUTY, BEGAN))
    done = give(town, config, Change(grid(3), None, PRIMARY, BEGAN), Change(grid(3), "E", DEPUTY, TODAY))
    assert done.added == 1


def test_the_past_is_altered_only_by_a_correction_that_says_what_was(town, config) -> None:
    asked = Change(grid(4), "C", PRIMARY, date(2026, 6, 1))
    with pytest.raises(RowsRefused, match="row 1, from: '2026-06-01' is not accepted; a change begins today"):
        give(town, config, asked)
    done = give(town, config, asked, correction="entered late")
    assert [(row["worker_code"], row["from"], row["to"]) for row in done.past] == [("A", BEGAN, None)]
    assert [row[1:4] for row in stored(town) if row[0] == 4] == [
        ("A", PRIMARY, BEGAN), ("C", PRIMARY, date(2026, 6, 1)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Change("440305001001099", "A", PRIMARY, TODAY), "row 2, grid_code: '440305001001099' is not"),
        (Change(grid(3), "nobody", PRIMARY, TODAY), "row 2, worker_code: 'nobody' is not"),
        (Change(grid(3), "A", "chief", TODAY), "row 2, role: 'chief' is not accepted; primary or deputy"),
        (Change(grid(3), "A", PRIMARY, LATER, LATER), "row 2, to: '2026-07-11' is not"),
        (Change(grid(1), "B", PRIMARY, TODAY), "row 2, grid_code: .* row 1 gives it"),
        (Change(grid(4), "A", DEPUTY, TODAY), "row 2, worker_code: 'A' is not accepted; A is the primary"),
    ],
)
def test_a_row_that_cannot_be_is_named_and_none_is_kept(town, config, asked, says) -> None:
    was = stored(town)
    with pytest.raises(RowsRefused, match=says):
        give(town, config, Change(grid(1), "A", PRIMARY, TODAY), asked)
    assert stored(town) == was


def test_a_planner_gives_own_grids_to_own_workers(town, config) -> None:
    foreign, own = Scope.of("440304"), Scope.of("440305")
    with pytest.raises(RowsRefused, match="in your divisions"):
        changing.change(town, foreign, config, [Change(grid(3), "F", PRIMARY, TODAY)], at=NOW)
    with pytest.raises(RowsRefused, match="worker_code: 'F'"):
        changing.change(town, own, config, [Change(grid(3), "F", PRIMARY, TODAY)], at=NOW)
    with pytest.raises(NotFound):
        changing.roster(town, foreign, config, "440305", at=NOW)


def test_an_inactive_worker_leaves_grids_without_cover(town, config) -> None:
    town.execute(text("UPDATE workers SET active = false WHERE code = 'C'"))
    found = changing.roster(town, EVERYTHING, config, "440305", at=NOW)
    assert [(row["grid_code"], row["worker_code"]) for row in found.uncovered] == [(grid(1), "C")]
