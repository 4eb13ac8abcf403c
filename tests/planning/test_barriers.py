import numpy as np
import pytest
import shapely

from gridgis.geometry.adjacency import adjacency
from gridgis.planning.barriers import Lines, between, lines_of, reached
from gridgis.planning.fields import fields, grouped, uneven
from gridgis.planning.partition import units_from
from tests.sketch import sketch

SRID = 4547
SHAPES = sketch("A B C\nD E F", origin=(114.0, 22.5), cell=0.001)
NAMES = np.array(list(SHAPES), dtype=object)
POLYGONS = np.array(list(SHAPES.values()), dtype=object)
#: Along the border of B and E, and no further.
WEST_EAST = shapely.LineString([(114.0010, 22.5010), (114.0020, 22.5010)])
#: From north to south through the border of A and B, D and E.
RIVER = shapely.LineString([(114.0010, 22.4990), (114.0010, 22.5030)])
BRIDGE = shapely.LineString([(114.0008, 22.5015), (114.0012, 22.5015)])
FERRY = shapely.LineString([(114.0005, 22.5015), (114.0025, 22.5005)])


def pairs(*, afar=False, **lines):
    given = Lines(**{name: np.array(shapes, dtype=object) for name, shapes in lines.items()})
    found = reached(adjacency(POLYGONS, SRID), POLYGONS, given, afar=afar)
    return {NAMES[one] + NAMES[other] for one, other in zip(found.one, found.other, strict=True)}


EVERY = {"AB", "AD", "BC", "BE", "CF", "DE", "EF"}


def test_without_barriers_neighbours_share_an_edge():
    assert pairs() == EVERY


def test_a_river_parts_what_lies_on_either_side():
    assert pairs(cuts=[RIVER]) == EVERY - {"AB", "DE"}
    assert pairs(cuts=[WEST_EAST]) == EVERY - {"BE"}


def test_a_bridge_joins_the_pair_it_touches():
    assert pairs(cuts=[RIVER], joins=[BRIDGE]) == EVERY - {"DE"}


def test_a_ferry_joins_units_without_a_common_edge_where_that_is_allowed():
    assert pairs(joins=[FERRY], afar=True) == EVERY | {"AF"}
    assert pairs(joins=[FERRY]) == EVERY


def test_lines_are_told_apart_by_their_kind():
    lines = lines_of([], [RIVER, BRIDGE, FERRY], ["railway", "bridge", "ferry"])
    assert (lines.cuts.tolist(), lines.joins.tolist()) == ([RIVER], [BRIDGE, FERRY])


def test_a_road_lies_between_two_when_it_crosses_the_way():
    found = adjacency(POLYGONS, SRID)
    crossed = between(found, POLYGONS, np.array([RIVER], dtype=object))
    assert [NAMES[found.one[k]] + NAMES[found.other[k]] for k in np.flatnonzero(crossed)] == ["AB", "DE"]


@pytest.mark.parametrize("seed", range(3))
def test_no_zone_reaches_across_a_barrier(seed):
    drawing = "\n".join(" ".join(f"{x}{y}" for x in "abcdefgh") for y in range(6))
    shapes = sketch(drawing, origin=(114.0, 22.5), cell=0.001)
    names, polygons = (np.array(list(kind), dtype=object) for kind in (shapes, shapes.values()))
    river = shapely.LineString([(114.0030, 22.499), (114.0030, 22.507)])
    near = reached(
        adjacency(polygons, SRID), polygons, Lines(cuts=np.array([river], dtype=object)), afar=False
    )
    units = units_from(near, load=np.ones(48), area_m2=np.ones(48), around_m=4 * np.ones(48))
    parts = fields(units, names, np.full(48, "P"), 6)
    assert sorted(len(part.rows) for part in parts) == [18, 30]
    *_, best = grouped(units, parts, seed=seed, effort=100)
    west = shapely.get_x(shapely.centroid(polygons)) < 114.003
    assert all(len(set(west[best.zone == zone])) == 1 for zone in range(6))


def test_pieces_that_cannot_be_within_the_tolerance_are_named_before_the_search():
    near = reached(adjacency(POLYGONS, SRID), POLYGONS, Lines(cuts=np.array([RIVER])), afar=False)
    units = units_from(near, load=np.ones(6), area_m2=np.ones(6), around_m=np.ones(6))
    parts = fields(units, NAMES, np.full(6, "P"), 2)
    (obstacle,) = uneven(units, parts, NAMES, 0.02)
    assert "P from B on, 4 units, 4.0 for 1 zones" in obstacle.sentence
    assert uneven(units, parts, NAMES, 0.5) == []
