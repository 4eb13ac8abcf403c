"""Leave with and without cover: who takes over, for how long, with what load, and what comes back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from gridgis.errors import Conflict, InvalidInput, NotFound
from gridgis.planning.rosters import DEPUTY, PRIMARY, Change
from gridgis.scope import EVERYTHING, Scope
from gridgis.services import coverage
from gridgis.services.rosters import absences, changing
from gridgis.services.rosters.absences import Wish
from tests.services.rosters.roster_town import BEGAN, NOW, OWNERS, TODAY, fill, grid, stored

START, END = TODAY + timedelta(days=5), TODAY + timedelta(days=12)


@pytest.fixture
def town(session, config):
    fill(session, config)
    return session


def leave(town, config, worker="A", start=START, end=END, **options):
    cover = options.pop("cover", True)
    return absences.leave(town, EVERYTHING, config, Wish(worker, start, end, cover), at=NOW, **options)


def on(town, config, day: date):
    return changing.roster(town, EVERYTHING, config, "440305", at=NOW, on=day)


def loads(found) -> dict[str, float]:
    return {row["worker_code"]: row["minutes"] for row in found.workers}


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def test_neighbours_take_over_for_the_days_of_the_leave_and_no_longer(town, config) -> None:
    before = loads(on(town, config, START))
    done = leave(town, config)
    assert {row["grid_code"] for row in done.lines} == {grid(4), grid(7), grid(8)}
    assert {(row["from"], row["to"]) for row in done.lines} == {(START, END)}
    assert done.uncovered == []
    during = on(town, config, START)
    assert during.uncovered == []
    assert loads(during)["A"] == 0
    assert sum(loads(during).values()) == pytest.approx(sum(before.values()))
    for day in (START - timedelta(days=1), END):
        assert loads(on(town, config, day)) == pytest.approx(before)
    assert [row for row in stored(town) if row[2] == PRIMARY] == [
        (number, worker, PRIMARY, BEGAN, None) for number, worker in OWNERS.items()
    ]


def test_the_preview_is_what_then_happens(town, config) -> None:
    was = stored(town)
    shown = leave(town, config, preview=True)
    assert stored(town) == was
    assert town.scalar(text("SELECT count(*) FROM absences")) == 0
    done = leave(town, config)
    assert (shown.lines, shown.loads) == (done.lines, done.loads)
    told = {row["worker_code"]: row for row in done.loads}
    assert (told["A"]["grids_before"], told["A"]["grids_after"], told["A"]["after"]) == (3, 0, 0)
    for worker, minutes in loads(on(town, config, START)).items():
        if worker in told:
            assert minutes == pytest.approx(told[worker]["after"])


def test_each_grid_lies_beside_what_its_taker_has(town, config) -> None:
    taken = {int(row["grid_code"][-1]): row["worker_code"] for row in leave(town, config).lines}
    assert taken[4] in {"C", "B"}
    assert taken[8] in {"B", "D"}
    assert taken[7] in {taken[4], taken[8]}


def test_leave_without_cover_is_listed_and_coverage_sees_it(town, config) -> None:
    day = START + timedelta(days=1)

    def uncovered() -> int:
        return coverage.cover(town, EVERYTHING, config, "440305", level="grid", at=at(day)).total["uncovered"]

    assert uncovered() == 0
    done = leave(town, config, cover=False)
    assert [row["grid_code"] for row in done.uncovered] == [grid(4), grid(7), grid(8)]
    found = on(town, config, day)
    assert [row["worker_code"] for row in found.uncovered] == ["A", "A", "A"]
    assert [(row["worker_code"], row["grids"], row["uncovered"]) for row in found.absences] == [("A", 3, 3)]
    assert uncovered() == 3
    absences.cover(town, EVERYTHING, config, done.id, at=NOW)
    assert uncovered() == 0
    assert on(town, config, day).absences[0]["uncovered"] == 0
    assert coverage.cover(town, EVERYTHING, config, "440305", level="grid", at=NOW).total["unstaffed"] == 1


def test_an_early_return_ends_the_cover_that_day(town, config) -> None:
    leave(town, config, start=TODAY, end=None)
    back = TODAY + timedelta(days=3)
    shown = absences.come_back(town, EVERYTHING, config, "A", back, at=NOW, preview=True)
    done = absences.come_back(town, EVERYTHING, config, "A", back, at=NOW)
    assert done.loads == shown.loads
    assert {row["worker_code"]: row["grids_after"] for row in done.loads}["A"] == 3
    assert {row[4] for row in stored(town) if row[2] == DEPUTY} == {back}
    with pytest.raises(NotFound, match="not on leave"):
        absences.come_back(town, EVERYTHING, config, "A", back, at=NOW)


def test_a_leave_that_has_not_begun_is_cancelled_as_if_it_had_never_been(town, config) -> None:
    was = stored(town)
    made = leave(town, config)
    with pytest.raises(Conflict, match=f"the leave {made.id} that begins on {START} can be cancelled"):
        absences.come_back(town, EVERYTHING, config, "A", None, at=NOW)
    absences.cancel(town, EVERYTHING, config, made.id, at=NOW)
    assert stored(town) == was
    assert town.scalar(text("SELECT count(*) FROM absences")) == 0


def test_a_leave_that_is_over_stays(town, config) -> None:
    made = leave(town, config)
    for change in (absences.cancel, absences.cover):
        with pytest.raises(Conflict, match="the past stays"):
            change(town, EVERYTHING, config, made.id, at=at(END))
    with pytest.raises(NotFound, match="no leave 0"):
        absences.cancel(town, EVERYTHING, config, 0, at=NOW)


def test_a_deputy_who_is_there_covers_already(town, config) -> None:
    changing.change(town, EVERYTHING, config, [Change(grid(7), "E", DEPUTY, TODAY)], at=NOW)
    done = leave(town, config)
    assert done.deputised == [{"grid_code": grid(7), "worker_code": "E"}]
    assert {row["grid_code"] for row in done.lines} == {grid(4), grid(8)}


def test_whoever_is_away_meanwhile_takes_nothing_and_hands_covers_on(town, config) -> None:
    leave(town, config, "B", START + timedelta(days=2), START + timedelta(days=3))
    covers = {row["grid_code"]: row["worker_code"] for row in leave(town, config, "A").lines}
    assert set(covers.values()) == {"C", "D"}
    handed = leave(town, config, "C")
    given = {row["grid_code"] for row in handed.lines}
    assert given >= {code for code, worker in covers.items() if worker == "C"} | {grid(1)}
    assert {row["worker_code"] for row in handed.lines} == {"D"}


def test_a_new_primary_worker_ends_the_cover(town, config) -> None:
    leave(town, config)
    changing.change(town, EVERYTHING, config, [Change(grid(7), "E", PRIMARY, START)], at=NOW)
    assert [row[1:3] for row in stored(town) if row[0] == 7] == [("A", PRIMARY), ("E", PRIMARY)]


@pytest.mark.parametrize(
    ("worker", "start", "end", "error", "says"),
    [
        ("A", START, START, InvalidInput, "is not after"),
        ("A", TODAY - timedelta(days=1), END, InvalidInput, "a leave begins today, 2026-07-01, or later"),
        ("Z", START, END, NotFound, "no worker 'Z'"),
        ("D", START + timedelta(days=3), None, Conflict, "D is on leave from 2026-07-06 to 2026-07-13"),
    ],
)
def test_a_leave_that_cannot_be_is_refused(town, config, worker, start, end, error, says) -> None:
    leave(town, config, "D")
    with pytest.raises(error, match=says):
        leave(town, config, worker, start, end)


def test_a_late_leave_is_a_correction_and_covers_from_today(town, config) -> None:
    done = leave(town, config, start=TODAY - timedelta(days=2), correction="told by telephone")
    assert {row["from"] for row in done.lines} == {TODAY}


def test_a_planner_sends_own_workers_on_leave(town, config) -> None:
    with pytest.raises(NotFound, match="no worker 'A' in your divisions"):
        absences.leave(town, Scope.of("440304"), config, Wish("A", START, END), at=NOW)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 9), st.integers(1, 6)), min_size=1, max_size=4)
)
def test_whatever_leave_is_taken_and_taken_back_the_roster_is_as_before(town, config, asked) -> None:
    with town.begin_nested() as kept:
        was, made = stored(town), []
        total = sum(loads(on(town, config, TODAY)).values())
        for worker, start, days in asked:
            begin = TODAY + timedelta(days=start)
            try:
                made.append(leave(town, config, worker, begin, begin + timedelta(days=days)).id)
            except Conflict:
                continue
        for day in (TODAY + timedelta(days=n) for n in range(0, 17, 2)):
            found = on(town, config, day)
            idle = sum(row["minutes"] for row in found.uncovered)
            assert sum(loads(found).values()) + idle == pytest.approx(total)
            primaries = [row["grid_code"] for row in found.rows if row["role"] == PRIMARY]
            assert len(primaries) == len(set(primaries)) == len(OWNERS)
        for absence in made:
            absences.cancel(town, EVERYTHING, config, absence, at=NOW)
        assert stored(town) == was
        kept.rollback()
