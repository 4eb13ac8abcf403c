"""Suggestions for grids without a primary worker, with what speaks for each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from gridgis.errors import NotFound
from gridgis.planning.rosters import PRIMARY, Change
from gridgis.scope import EVERYTHING, Scope
from gridgis.services.measuring.refresh import refresh
from gridgis.services.rosters import absences, changing
from gridgis.services.rosters.absences import Wish
from gridgis.services.rosters.suggesting import suggest
from tests.services.rosters.roster_town import NOW, TODAY, fill, grid


@pytest.fixture
def town(session, config):
    fill(session, config)
    return session


def workers(found) -> list[str]:
    return [row["worker_code"] for row in found["workers"]]


def test_each_grid_without_a_primary_gets_workers_with_their_reasons(town, config) -> None:
    (found,) = suggest(town, EVERYTHING, config, at=NOW, division="440305", most=9)
    assert found["grid_code"] == grid(3)
    assert workers(found)[0] == "E"
    assert set(workers(found)[:3]) == {"E", "B", "D"}
    told = {row["worker_code"]: row for row in found["workers"]}
    assert told["B"]["beside"] == [grid(2)]
    assert told["D"]["beside"] == [grid(6)]
    assert told["E"]["station_m"] == 0
    assert told["E"]["after"] == pytest.approx(found["minutes"])
    assert told["B"]["after"] == pytest.approx(told["B"]["before"] + found["minutes"])
    assert "F" not in told


def test_who_had_the_grid_or_walked_in_it_knows_it(town, config) -> None:
    changing.change(town, EVERYTHING, config, [Change(grid(4), "C", PRIMARY, TODAY)], at=NOW)
    town.execute(text("SELECT ensure_partitions('tracks', '2026-06-20Z', '2026-06-30Z')"))
    town.execute(
        text("""
            INSERT INTO tracks (worker_code, fixed_at, accuracy_m, geom)
            SELECT 'D', timestamptz '2026-06-29 02:00Z' + n * interval '30 seconds', 5,
                   ST_SetSRID(ST_MakePoint(114.0005 + n * 0.0001, 22.503), 4326)
            FROM generate_series(0, 20) n
        """)
    )
    refresh(town, config, NOW)
    (found,) = suggest(town, EVERYTHING, config, at=NOW + timedelta(days=1), grid=grid(4), most=9)
    told = {row["worker_code"]: row for row in found["workers"]}
    assert told["A"]["held_days"] > 90
    assert told["A"]["knows"] == 1
    assert (told["D"]["walked_days"], told["B"]["walked_days"]) == (1, 0)
    assert "C" not in told, "whoever has it needs no suggestion"


def test_whoever_is_away_is_not_suggested(town, config) -> None:
    absences.leave(town, EVERYTHING, config, Wish("E", TODAY, None), at=NOW)
    (found,) = suggest(town, EVERYTHING, config, at=NOW, grid=grid(3))
    assert "E" not in workers(found)


def test_only_own_grids_are_asked_about(town, config) -> None:
    with pytest.raises(NotFound, match="no grid"):
        suggest(town, Scope.of("440304"), config, at=NOW, grid=grid(3))
    assert suggest(town, EVERYTHING, config, at=NOW, division="440304") == []
