import numpy as np
import pytest
import shapely

from gridgis.geometry.coverage import check_coverage
from gridgis.geometry.crs import geometries_from_metric
from gridgis.planning.barriers import Lines
from gridgis.planning.design import Weights
from gridgis.planning.dividing import divided, ground, sketched

SRID = 4547
NO_ROADS = np.array([], dtype=object)


def community(across, down, *, gap=30.0):
    """A rectangle of houses in rows, put down in Shenzhen."""
    at = np.array([506_000.0, 2_494_000.0])
    houses = [
        shapely.box(x * gap + 8, y * gap + 8, x * gap + 22, y * gap + 20)
        for y in range(down)
        for x in range(across)
    ]
    outline = shapely.segmentize(shapely.box(0, 0, across * gap, down * gap), gap)
    moved = [shapely.transform(shape, lambda xy: xy + at) for shape in (outline, *houses)]
    (first, *others) = geometries_from_metric(moved, SRID)
    return first, np.array(others, dtype=object)


def divide(outline, houses, households, target, network=NO_ROADS, **weights):
    place = ground(
        "440303001001", outline, houses, households, Lines(network), target=target, tolerance=0.02, srid=SRID
    )
    *_, best = place.search(seed=1, weights=Weights(**weights), tolerance=0.02, effort=500)
    return place, divided(place, best, SRID)


def test_grids_tile_the_community_with_equal_households():
    outline, houses = community(12, 10)
    households = np.random.default_rng(1).integers(5, 20, 120).astype(float)
    _, result = divide(outline, houses, households, 300)
    assert len(result.polygons) == round(households.sum() / 300)
    assert result.households.sum() == households.sum()
    assert result.buildings.sum() == 120
    assert result.households.max() / result.households.mean() <= 1.03
    codes = [str(k) for k in range(len(result.polygons))]
    check = check_coverage(codes, result.polygons, ["P"] * len(codes), {"P": outline}, srid=SRID)
    assert [f for f in check.findings if f.area_m2 > 0.01] == []
    assert [m.name for m in result.measures] == ["largest_deviation", "compactness"]


def test_a_sketch_shows_the_same_grids_with_fewer_corners():
    outline, houses = community(12, 10)
    place, result = divide(outline, houses, np.full(120, 10.0), 300)
    *_, best = place.search(seed=1, weights=Weights(), tolerance=0.02, effort=500)
    sketch = sketched(place, best)
    assert sorted(sketch.households) == sorted(result.households)
    assert sketch.buildings.sum() == 120
    assert shapely.coverage_is_valid(sketch.polygons)
    assert (
        shapely.get_num_coordinates(sketch.polygons).sum()
        < shapely.get_num_coordinates(result.polygons).sum()
    )
    assert shapely.area(sketch.polygons).sum() == pytest.approx(shapely.area(outline), rel=0.01)


def test_the_zone_that_is_the_reason_is_a_place_in_the_polygons():
    outline, houses = community(12, 10)
    households = np.random.default_rng(1).integers(5, 20, 120).astype(float)
    _, result = divide(outline, houses, households, 300)
    deviation = result.measures[0]
    assert result.households[deviation.zone] == deviation.values["load"]


def test_grids_are_numbered_from_the_north_west():
    outline, houses = community(8, 8)
    _, result = divide(outline, houses, np.full(64, 10.0), 160)
    middles = shapely.get_coordinates(shapely.centroid(result.polygons))
    assert len(middles) == 4
    assert middles[:2, 1].min() > middles[2:, 1].max()
    assert middles[0, 0] < middles[1, 0]
    assert middles[2, 0] < middles[3, 0]


def test_roads_become_borders():
    outline, houses = community(8, 4)
    west, south, east, north = shapely.bounds(outline)
    y = (south + north) / 2  # along it grids are long; two squares would be rounder
    road = np.array([shapely.LineString([(west, y), (east, y)])], dtype=object)
    _, free = divide(outline, houses, np.full(32, 10.0), 160, road, roads=0.0)
    _, kept = divide(outline, houses, np.full(32, 10.0), 160, road, roads=500.0)
    crossed = [{m.name: m.value for m in result.measures}["roads_crossed"] for result in (free, kept)]
    assert crossed[0] > crossed[1] == 0.0


def test_a_community_without_households_is_one_grid():
    outline, houses = community(3, 2)
    _, result = divide(outline, houses, np.zeros(6), 300)
    assert len(result.polygons) == 1
    assert shapely.area(result.polygons).sum() == pytest.approx(shapely.area(outline))


def test_a_block_above_the_target_is_named():
    outline, houses = community(5, 4)
    households = np.full(20, 30.0)
    households[7] = 500.0
    place, result = divide(outline, houses, households, 300)
    assert "440303001001, block" in place.obstacles[0].sentence
    assert "(500.0)" in place.obstacles[0].sentence
    assert place.obstacles[0].units == (int(place.units.load.argmax()),)
    assert result.obstacles == place.obstacles
