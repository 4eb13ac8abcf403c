"""R18: edges of grids that follow no road."""

import pytest
import shapely

from gridgis.planning.road_edges import edges_off_roads
from tests.sketch import sketch

ORIGIN, CELL = (114.0, 22.5), 0.001
GRIDS = list(sketch("A A B B\nA A B B\nC C C C", origin=ORIGIN, cell=CELL).values())
#: Along the border of A and B, and along the western half of the border north of C.
NORTH = shapely.LineString([(114.002, 22.501), (114.002, 22.503)])
WEST = shapely.LineString([(114.0, 22.501), (114.002, 22.501)])


def pairs(roads, within_m=15.0):
    return [
        (edge.one, edge.other, edge.length_m) for edge in edges_off_roads(GRIDS, roads, within_m, srid=4547)
    ]


def test_without_a_road_every_border_is_listed_the_longest_first():
    found = pairs([])
    assert found[0] == (0, 1, pytest.approx(221.5, rel=0.01))
    assert sorted(found[1:]) == [
        (0, 2, pytest.approx(205.8, rel=0.01)),
        (1, 2, pytest.approx(205.8, rel=0.01)),
    ]


def test_what_lies_along_a_road_is_not_listed():
    found = edges_off_roads(GRIDS, [NORTH, WEST], 15.0, srid=4547)
    assert [(edge.one, edge.other) for edge in found] == [(1, 2)]
    assert found[0].length_m == pytest.approx(205.8 - 15, rel=0.01)
    west, south, east, north = found[0].place.bounds
    assert (west, east) == (pytest.approx(114.00215, abs=1e-5), pytest.approx(114.004, abs=1e-9))
    assert (south, north) == (pytest.approx(22.501, abs=1e-8), pytest.approx(22.501, abs=1e-8))


def test_a_road_further_away_than_is_asked_does_not_count():
    beside = shapely.LineString([(114.0022, 22.501), (114.0022, 22.503)])  # 20.6 m
    assert len(pairs([beside, WEST], within_m=15.0)) == 2
    assert len(pairs([beside, WEST], within_m=25.0)) == 1
