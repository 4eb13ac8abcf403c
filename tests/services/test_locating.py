from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import shapely
from sqlalchemy import text

from gridgis.database import transaction
from gridgis.errors import InvalidInput
from gridgis.geometry.crs import parse_crs
from gridgis.services.locating import Locator, Place
from tests.grid_rows import insert_city, insert_grids

NOW = datetime(2026, 6, 1, 2, tzinfo=UTC)  # ten in the morning in Shenzhen
WEST, EAST = shapely.box(114.0, 22.5, 114.01, 22.51), shapely.box(114.01, 22.5, 114.02, 22.51)
GRID = "440303001001001"


@pytest.fixture
def city(session):
    insert_city(session)
    insert_grids(session, [WEST])
    return session


@pytest.fixture
def locator(config):
    return Locator(config)


def give(session, worker, since, until=None, grid=GRID):
    session.execute(
        text("INSERT INTO beats (worker_code, grid_code, valid_from, valid_to) VALUES (:w, :g, :a, :b)"),
        {"w": worker, "g": grid, "a": since, "b": until},
    )


def test_a_point_is_told_its_grid_its_divisions_and_its_worker(city, locator):
    give(city, "W1", "2026-01-01")
    answer = locator.locate(city, 114.005, 22.505, at=NOW)
    assert answer.grid == Place(GRID, None)
    assert answer.community == Place("440303001001", "老围社区")
    assert answer.street == Place("440303001", "桂园街道")
    assert answer.district == Place("440303", "罗湖区")
    assert (answer.worker, answer.match, answer.distance_m) == ("W1", "covered", 0.0)
    assert answer.confidence is None


def test_accuracy_brings_confidence_and_candidates(city, locator):
    insert_grids(city, [EAST], first=2)
    answer = locator.locate(city, 114.00995, 22.505, at=NOW, accuracy_m=20.0)
    assert answer.grid.code == GRID
    assert 0.5 < answer.confidence < 0.9
    assert [c.grid_code for c in answer.candidates] == ["440303001001002"]


@pytest.mark.parametrize("crs", ["GCJ-02", "BD-09", "EPSG:4547", "EPSG:3857", "EPSG:4490"])
def test_any_system_may_be_asked_in(city, locator, crs):
    x, y = (float(v) for v in parse_crs(crs).from_wgs84(114.00001, 22.505))
    answer = locator.locate(city, x, y, at=NOW, crs=crs)
    assert (answer.lon, answer.lat) == pytest.approx((114.00001, 22.505), abs=1e-8)
    assert answer.grid.code == GRID


def test_a_point_in_no_grid_has_nothing_but_its_place(city, locator):
    answer = locator.locate(city, 115.0, 22.5, at=NOW)
    assert (answer.grid, answer.community, answer.worker, answer.match) == (None, None, None, "none")


@pytest.mark.parametrize(
    ("lon", "lat", "options", "field"),
    [
        (float("nan"), 22.5, {}, "lon"),
        (114.0, float("inf"), {}, "lat"),
        (181.0, 22.5, {}, "lon"),
        (22.5, 114.0, {}, "lat"),
        (114.0, 22.5, {"crs": "Mars"}, "crs"),
        (1e12, 1e12, {"crs": "EPSG:4547"}, "lon"),
        (114.0, 22.5, {"accuracy_m": 0.0}, "accuracy_m"),
        (114.0, 22.5, {"accuracy_m": float("nan")}, "accuracy_m"),
    ],
)
def test_what_is_no_place_is_refused_by_field(city, locator, lon, lat, options, field):
    with pytest.raises(InvalidInput) as raised:
        locator.locate(city, lon, lat, at=NOW, **options)
    assert raised.value.field == field


def test_an_edit_is_seen_by_the_next_request_of_every_process(city, config):
    # two locators share nothing, as in two processes
    here, there = Locator(config), Locator(config)
    point = 114.015, 22.505
    assert {here.locate(city, *point, at=NOW).match, there.locate(city, *point, at=NOW).match} == {"none"}
    insert_grids(city, [EAST], first=2)
    assert {here.locate(city, *point, at=NOW).match, there.locate(city, *point, at=NOW).match} == {"covered"}
    city.execute(text("UPDATE divisions SET name = '新围社区' WHERE code = '440303001001'"))
    assert there.locate(city, *point, at=NOW).community.name == "新围社区"
    give(city, "W2", "2026-01-01", grid="440303001001002")
    assert here.locate(city, *point, at=NOW).worker == "W2"


def test_only_what_changed_is_read_again(city, locator):
    locator.locate(city, 114.005, 22.505, at=NOW)
    grids = locator._copy.grids
    give(city, "W1", "2026-01-01")
    assert locator.locate(city, 114.005, 22.505, at=NOW).worker == "W1"
    assert locator._copy.grids is grids


def test_a_published_plan_comes_into_force_by_itself(city, locator):
    insert_grids(city, [EAST], first=2, since="2026-07-01")
    point = 114.015, 22.505
    assert locator.locate(city, *point, at=NOW).match == "none"
    july = datetime(2026, 7, 1, tzinfo=UTC)
    assert locator.locate(city, *point, at=july).match == "covered"
    # a clock that is set back, or a question about the past
    assert locator.locate(city, *point, at=NOW).match == "none"


def test_the_roster_turns_at_local_midnight(city, locator):
    give(city, "W1", "2026-01-01", "2026-06-02")
    give(city, "W2", "2026-06-02")
    for hour, worker in ((15, "W1"), (16, "W2")):  # 23:00 and 24:00 in Shenzhen
        at = NOW.replace(hour=hour)
        assert locator.locate(city, 114.005, 22.505, at=at).worker == worker


def test_the_tolerance_is_a_setting(city, config):
    point = 114.0102, 22.505  # 20 m beside
    assert Locator(config).locate(city, *point, at=NOW).match == "snapped"
    assert Locator(replace(config, snap_tolerance_m=5.0)).locate(city, *point, at=NOW).match == "none"


def test_threads_share_one_locator_while_grids_change(engine, config):
    locator = Locator(config)
    with transaction(engine) as session:
        insert_city(session)
        insert_grids(session, [WEST])

    def ask(_):
        with transaction(engine, read_only=True) as session:
            return locator.locate(session, 114.015, 22.505, at=NOW).match

    with ThreadPoolExecutor(4) as pool:
        before = list(pool.map(ask, range(20)))
        with transaction(engine) as session:
            insert_grids(session, [EAST], first=2)
        after = list(pool.map(ask, range(20)))
    assert (set(before), set(after)) == ({"none"}, {"covered"})
