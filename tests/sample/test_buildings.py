"""Buildings: each strictly inside one grid, apart from the others, with counts that agree."""

from __future__ import annotations

import numpy as np
import shapely

from tests.sample.cities import frame, shapes


def test_buildings_stand_strictly_inside_one_grid_and_touch_no_other(city):
    buildings = shapes(city["buildings"])
    assert shapely.is_valid(buildings).all()
    tree = shapely.STRtree(shapes(city["grids"]))
    row, _ = tree.query(buildings, predicate="intersects")
    assert np.array_equal(np.sort(row), np.arange(1500))
    a, b = shapely.STRtree(buildings).query(buildings, predicate="intersects")
    assert np.array_equal(a, b)


def test_buildings_count_and_are_counted_plausibly(city):
    facts = frame(city["buildings"])
    assert (facts["population"] >= facts["households"]).all()
    assert facts["floors"].between(1, 88).all()
    assert (facts["height_m"] / facts["floors"]).between(2.5, 7).all()
    assert facts["address"].str.fullmatch(r".+社区.+\d+号").all()
    assert facts["source_id"].is_unique
