"""What lies in new grids: points counted once, and shares that add up."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from gridgis.planning.apportioning import SHARED, Points, Today, apportioned

OLD = np.array([shapely.box(0, 0, 2, 1), shapely.box(2, 0, 3, 1)], dtype=object)
BURDENS = {name: np.array([10.0, 4.0]) for name in SHARED}


def things(layer: str, *places: tuple[float, float, int]) -> Points:
    """Return things of a layer: x, y and the row of the grid in force; each counts 3 households."""
    names = ("buildings", "households", "population", "firms") if layer == "buildings" else (layer,)
    return Points(
        shapely.points([place[:2] for place in places]) if places else np.array([], dtype=object),
        np.array([place[2] for place in places], dtype=np.int64),
        {name: np.full(len(places), 1.0 if name == layer else 3.0) for name in names},
    )


def shared(
    polygons: list[shapely.Geometry], roads: tuple[shapely.Geometry, ...] = (), today: Today | None = None
) -> dict[str, list[float]]:
    """Return the figures of new grids over two old ones with three buildings, one of them on a border."""
    layers = {
        "buildings": things("buildings", (0.2, 0.5, 0), (0.5, 0.5, 0), (1.5, 0.5, 0), (9.0, 9.0, -1)),
        "components": things("components", (0.4, 0.4, 0)),
        "incidents": things("incidents"),
    }
    found = apportioned(polygons, today or Today(OLD, BURDENS), layers, list(roads))
    return {name: values.tolist() for name, values in found.items()}


def test_a_point_on_a_border_is_counted_once_and_for_the_first() -> None:
    found = shared([shapely.box(0, 0, 0.5, 1), shapely.box(0.5, 0, 2, 1)])
    assert found["buildings"] == [2, 1]
    assert found["households"] == [6, 3]
    assert found["components"] == [1, 0]
    assert found["buildings_a_week"] == pytest.approx([20 / 3, 10 / 3])
    assert found["components_a_week"] == [10, 0]


def test_what_has_no_things_to_go_by_goes_by_ground() -> None:
    found = shared([shapely.box(0, 0, 0.5, 1), shapely.box(0.5, 0, 2, 1)])
    for name in ("incidents_a_week", "roads_m", "bare_m2", "tour_m"):
        assert found[name] == pytest.approx([2.5, 7.5]), name


def test_roads_go_by_their_length_and_half_on_a_border() -> None:
    across, between = shapely.LineString([(0, 0.5), (2, 0.5)]), shapely.LineString([(1, 0), (1, 1)])
    found = shared([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], (across, between))
    assert found["roads_m"] == pytest.approx([5, 5])
    uneven = shared([shapely.box(0, 0, 0.5, 1), shapely.box(0.5, 0, 2, 1)], (across,))
    assert uneven["roads_m"] == pytest.approx([2.5, 7.5])


def test_a_grid_over_two_gets_of_both_and_nothing_of_a_mere_neighbour() -> None:
    assert shared([shapely.box(1, 0, 3, 1)])["tour_m"] == pytest.approx([9])
    road = shapely.LineString([(2, 0), (2, 1)])
    assert shared([shapely.box(0, 0, 2, 1)], (road,))["roads_m"] == pytest.approx([10])


def test_what_is_not_known_stays_unknown() -> None:
    today = Today(OLD, {name: np.array([math.nan, 4.0]) for name in SHARED})
    found = shared([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)], today=today)
    assert math.isnan(found["tour_m"][0])
    assert found["tour_m"][1] == 4


def test_free_land_carries_nothing() -> None:
    found = shared([shapely.box(5, 5, 6, 6)])
    assert all(values == [0] for values in found.values())
