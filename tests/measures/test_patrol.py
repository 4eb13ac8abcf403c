"""Time and length in grids, and what was passed, against shapely and against cases worked by hand."""

from __future__ import annotations

import gzip
import math

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgis.errors import InvalidInput
from gridgis.geometry.crs import to_metric
from gridgis.measures.patrol import inside, marks, reached
from gridgis.measures.track_cleaning import CleaningRules, Fixes, Legs, clean

SQUARES = np.array([shapely.box(100 * k, 0, 100 * (k + 1), 100) for k in range(3)], dtype=object)


def legs(*ends, seconds=None, day=0):
    rows = np.array(ends, dtype=float).reshape(-1, 4)
    took = np.full(len(rows), 10.0) if seconds is None else np.asarray(seconds, dtype=float)
    return Legs(np.zeros(len(rows), np.int64), np.full(len(rows), day), rows, took)


def by_grid(found, count):
    return np.bincount(found.grid, found.length_m, count), np.bincount(found.grid, found.seconds, count)


def test_a_leg_is_cut_where_it_crosses() -> None:
    length, seconds = by_grid(inside(legs((50, 50, 250, 50)), SQUARES), 3)
    assert length.tolist() == pytest.approx([50, 100, 50])
    assert seconds.tolist() == pytest.approx([2.5, 5, 2.5])


def test_what_lies_outside_belongs_to_no_grid() -> None:
    length, _ = by_grid(inside(legs((50, 50, 50, 250), (900, 900, 950, 950)), SQUARES), 3)
    assert length.tolist() == pytest.approx([50, 0, 0])


def test_a_pause_counts_as_time_only() -> None:
    length, seconds = by_grid(inside(legs((150, 50, 150, 50)), SQUARES), 3)
    assert length.tolist() == [0, 0, 0]
    assert seconds.tolist() == [0, 10, 0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-50, 350)] * 4), min_size=1, max_size=8))
def test_lengths_are_those_of_shapely(ends) -> None:
    length, _ = by_grid(inside(legs(*ends), SQUARES), 3)
    lines = shapely.linestrings(np.array(ends).reshape(-1, 2, 2))
    expected = [shapely.length(shapely.intersection(lines, square)).sum() for square in SQUARES]
    alone = all(abs(x % 100) > 1e-6 for x in np.array(ends)[:, [0, 2]].ravel())
    if alone:  # along a common border both squares have the line, and we give it to the first
        assert length == pytest.approx(expected, abs=1e-6)


def test_sections_on_a_border_are_shared_and_sum_to_the_road() -> None:
    road = shapely.LineString([(100, 0), (100, 100)])
    found = marks(SQUARES, [road])
    lengths = np.bincount(found.grid[found.is_road], found.weight[found.is_road], 3)
    assert lengths.tolist() == pytest.approx([50, 50, 0])
    ground = found.weight[(found.grid == 2) & ~found.is_road]
    assert ground.sum() == pytest.approx(10_000)  # a grid without a road is judged by its ground
    assert (np.diff(found.grid) >= 0).all()


def test_points_are_reached_within_the_distance_on_the_days_walked() -> None:
    ways = legs((0, 0, 100, 0), (0, 0, 100, 0))
    ways.day[1] = 5
    xy = np.array([[50.0, 30.0], [50.0, 30.01], [130.0, 0.0], [130.1, 0.0], [-21.0, 21.0]])
    assert reached(ways, 0, xy, 30.0).tolist() == [0b100001, 0, 0b100001, 0, 0b100001]


@pytest.mark.parametrize(("first", "within", "words"), [(0, 0.0, "within_m is 0"), (-70, 30.0, "64 days")])
def test_what_cannot_be_answered_is_refused(first: int, within: float, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        reached(legs((0, 0, 1, 1)), first, np.zeros((1, 2)), within)


@settings(max_examples=40, deadline=None)
@given(
    # shapely gives no distance to a line without length
    st.lists(
        st.tuples(*[st.floats(0, 300)] * 4).filter(lambda leg: math.dist(leg[:2], leg[2:]) > 1e-3),
        min_size=1,
        max_size=6,
    ),
    st.lists(st.tuples(st.floats(0, 300), st.floats(0, 300)), min_size=1, max_size=20),
)
def test_reaching_is_the_distance_of_shapely(ends, points) -> None:
    xy = np.array(points)
    near = shapely.distance(
        shapely.multilinestrings(list(np.array(ends).reshape(-1, 2, 2))), shapely.points(xy)
    )
    sure = np.abs(near - 30) > 1e-6
    assert np.array_equal((reached(legs(*ends), 0, xy, 30.0) > 0)[sure], (near <= 30)[sure])


def _day(shared, name):
    with gzip.open(shared / "data" / "tracks" / name) as file:
        frame = pd.read_csv(file)
    at = pd.to_datetime(frame["timestamp"], utc=True).dt.as_unit("s").astype("int64").to_numpy(float)
    lon, lat = frame["longitude"].to_numpy(float), frame["latitude"].to_numpy(float)
    x, y = to_metric(lon, lat, 32614)
    return pd.factorize(frame["vehicle_id"])[0], at, x, y, lon, lat


BUS = CleaningRules(gap_s=300.0, speed_m_s=40.0)
AUSTIN = (550_000.0, 3_300_000.0, 700_000.0, 3_450_000.0)


def test_a_day_of_buses_in_a_lattice_agrees_with_shapely(shared) -> None:
    who, at, x, y, _, _ = _day(shared, "capmetro_austin_2015-09-06.csv.gz")
    found = clean(Fixes(who, who * 0, at, x, y, at * np.nan), now_s=at.max(), rules=BUS, reach=AUSTIN)
    report = found.report()
    assert report["fixes"] == 53_569
    assert report["kept"] > 0.9 * report["fixes"]

    west, south = np.floor(found.legs.ends[:, :2].min(axis=0) / 500) * 500
    cells = np.array(
        [shapely.box(west + 500 * i, south + 500 * j, west + 500 * (i + 1), south + 500 * (j + 1))
         for j in range(120) for i in range(120)], dtype=object)  # fmt: skip
    ours, _ = by_grid(inside(found.legs, cells), len(cells))
    # by other means: straight to UTM by pyproj, one intersection for each line and cell it meets
    utm = pyproj.Transformer.from_crs(4326, 32614, always_xy=True)
    lon, lat = pyproj.Transformer.from_crs(32614, 4326, always_xy=True).transform(
        *found.legs.ends.reshape(-1, 2).T
    )
    lines = shapely.linestrings(np.column_stack(utm.transform(lon, lat)).reshape(-1, 2, 2))
    line, cell = shapely.STRtree(cells).query(lines, predicate="intersects")
    theirs = np.bincount(cell, shapely.length(shapely.intersection(lines[line], cells[cell])), len(cells))
    assert ours.sum() == pytest.approx(theirs.sum(), rel=1e-3)
    long = theirs > 1000
    assert long.sum() > 500
    assert ours[long] == pytest.approx(theirs[long], rel=1e-3)


def test_fixes_at_latitude_zero_are_left_out(shared) -> None:
    who, at, x, y, _, lat = _day(shared, "capmetro_austin_2017-04-18_evening_dirty.csv.gz")
    found = clean(Fixes(who, who * 0, at, x, y, at * np.nan), now_s=at.max(), rules=BUS, reach=AUSTIN)
    assert found.report()["fixes"] == 44_300
    assert (found.left_out[lat == 0] == 0).all()
    assert found.report()["outside"] == (lat == 0).sum() == 22
