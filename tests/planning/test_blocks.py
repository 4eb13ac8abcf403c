import numpy as np
import pytest
import shapely

from gridgis.geometry.coverage import check_coverage
from gridgis.geometry.crs import geometries_from_metric, geometries_to_metric
from gridgis.planning.barriers import Lines
from gridgis.planning.blocks import block_units, building_blocks

SRID = 4547
NO_ROADS = np.array([], dtype=object)


def put_down(shapes):
    """Shapes in metres, put down in Shenzhen."""
    origin = np.array([506_000.0, 2_494_000.0])
    moved = shapely.transform(list(shapes), lambda xy: xy + origin)
    return geometries_from_metric(moved, SRID)


def houses(seed, count, side=400.0):
    """Rectangles of all sizes and directions, some touching, none upon another."""
    rng = np.random.default_rng(seed)
    found = []
    while len(found) < count:
        x, y, turn = rng.uniform(0, (side, side, 90.0))
        house = shapely.affinity.rotate(
            shapely.box(x, y, x + rng.uniform(6, 40), y + rng.uniform(6, 15)), turn, origin=(x, y)
        )
        if not any(house.intersects(other) for other in found):
            found.append(house)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_blocks_tile_the_community_and_cut_no_building(seed):
    outline = shapely.box(-20, -20, 440, 440).difference(shapely.box(200, 200, 500, 230))  # a notch
    (ground,) = put_down([shapely.segmentize(outline, 5.0)])
    buildings = put_down(h for h in houses(seed, 120) if outline.contains(h))
    blocks = building_blocks(ground, buildings, SRID)
    names = [str(k) for k in range(len(blocks.polygons))]
    check = check_coverage(names, blocks.polygons, ["P"] * len(names), {"P": ground}, srid=SRID)
    assert [f for f in check.findings if f.area_m2 > 0.01 or f.kind == "unshared_vertex"] == []
    outside = shapely.difference(buildings, blocks.polygons[blocks.block])
    assert shapely.area(geometries_to_metric(outside, SRID)).max() < 1e-3
    assert set(blocks.block) == set(range(len(names)))


def test_buildings_that_touch_are_one_block():
    row = [shapely.box(x, 10, x + 10, 20) for x in (10, 20, 30)] + [shapely.box(60, 10, 70, 20)]
    blocks = building_blocks(put_down([shapely.box(0, 0, 80, 30)])[0], put_down(row), SRID)
    assert len(blocks.polygons) == 2
    assert blocks.block[0] == blocks.block[1] == blocks.block[2] != blocks.block[3]


@pytest.mark.parametrize("count", [0, 1])
def test_without_two_buildings_the_community_is_the_block(count):
    (outline,) = put_down([shapely.box(0, 0, 80, 30)])
    blocks = building_blocks(outline, put_down([shapely.box(10, 10, 20, 20)] * count), SRID)
    assert blocks.polygons.tolist() == [outline]
    assert blocks.block.tolist() == [0] * count


def test_a_road_lies_between_the_blocks_on_its_sides():
    row = [shapely.box(x, 10, x + 10, 20) for x in (10, 40, 70)]
    blocks = building_blocks(put_down([shapely.box(0, 0, 90, 30)])[0], put_down(row), SRID)
    roads = put_down([shapely.LineString([(30, 0), (30, 30)])])
    west_first = np.argsort(shapely.bounds(blocks.polygons)[:, 0])
    units = block_units(blocks.polygons[west_first], [1, 2, 3], Lines(roads), SRID)
    assert units.near.tolist() == [1, 0, 2, 1]
    assert units.crossings.tolist() == [1, 1, 0, 0]
    assert block_units(blocks.polygons, [1, 2, 3], Lines(), SRID).crossings.sum() == 0
