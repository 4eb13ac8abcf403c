"""Roads: along the grids' borders, connected, named."""

from __future__ import annotations

import pytest
import shapely

from tests.sample.cities import frame, shapes


def test_roads_run_along_grid_borders_and_are_connected(city):
    roads = shapes(city["roads"])
    borders = shapely.union_all(shapely.boundary(shapes(city["grids"])))
    corners = {tuple(c) for c in shapely.get_coordinates(borders)}
    assert {tuple(c) for c in shapely.get_coordinates(roads)} <= corners
    assert (shapely.get_num_geometries(roads) == 1).all()
    net = shapely.union_all(roads)
    assert shapely.line_merge(net).length == pytest.approx(net.length)
    assert frame(city["roads"])["name"].is_unique
