import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgis.errors import InvalidInput
from gridgis.geometry.crs import from_metric, geometries_from_metric, geometries_to_metric, to_metric
from gridgis.geometry.location import GridSet
from tests.jigsaw import jigsaw, probes
from tests.sketch import sketch

SRID = 4547
TOLERANCE_M = 50.0
# easting, northing of a place in Shenzhen, where sketches of metres are laid out
EAST, NORTH = 506_000.0, 2_494_000.0


def laid_out(drawing, cell_m=100.0):
    """A sketch whose cells are so many metres wide, as grids coded by letter."""
    shapes = sketch(drawing, origin=(EAST, NORTH), cell=cell_m)
    return GridSet(
        list(shapes), geometries_from_metric(list(shapes.values()), SRID), srid=SRID, tolerance_m=TOLERANCE_M
    )


def at(east_m, north_m):
    """lon, lat of a place in metres from the sketch's south-west corner."""
    lon, lat = from_metric(EAST + east_m, NORTH + north_m, SRID)
    return float(lon), float(lat)


def brute_force(grids, x, y):
    """The rule, point by point, with nothing to make it fast."""
    metric = geometries_to_metric(grids.polygons, SRID)
    for lon, lat in zip(x, y, strict=True):
        covers = shapely.covers(grids.polygons, shapely.Point(lon, lat))
        if covers.any():
            yield grids.codes[covers.argmax()], "covered", 0.0
            continue
        distance_m = shapely.distance(metric, shapely.Point(*map(float, to_metric(lon, lat, SRID))))
        row = int((distance_m <= distance_m.min() + 0.001).argmax())
        near = distance_m[row] <= TOLERANCE_M
        yield (grids.codes[row], "snapped", max(distance_m[row], 0.001)) if near else (None, "none", math.nan)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 4))
def test_bulk_and_single_follow_the_rule(seed, n):
    polygons = jigsaw(n, seed)
    polygons = polygons[shapely.is_valid(polygons) & ~shapely.is_empty(polygons)]
    grids = GridSet(
        [f"G{k:03d}" for k in range(len(polygons))][::-1], polygons, srid=SRID, tolerance_m=TOLERANCE_M
    )
    x, y = probes(polygons, seed, 100)[:, :250]
    bulk = grids.locate_all(x, y)
    for k, (code, match, distance_m) in enumerate(brute_force(grids, x, y)):
        single = grids.locate(x[k], y[k])
        assert (bulk.grid_code[k], bulk.match[k]) == (single.grid_code, single.match) == (code, match)
        assert bulk.distance_m[k] == pytest.approx(distance_m, abs=1e-6, nan_ok=True)
        assert single.distance_m == (None if code is None else pytest.approx(distance_m, abs=1e-6))


def test_beside_the_grids_the_nearest_within_the_tolerance_is_taken():
    grids = laid_out("A B")
    for east_m, expected in ((-49.9, "A"), (-50.1, None), (249.9, "B"), (250.1, None)):
        found = grids.locate(*at(east_m, 50))
        assert found.grid_code == expected
        assert found.match == ("snapped" if expected else "none")
    assert grids.locate(*at(-30, 50)).distance_m == pytest.approx(30, abs=0.01)


def test_at_equal_distance_the_lowest_code_wins():
    grids = laid_out("B . A", cell_m=60)
    # the middle, and half a millimetre off it to either side
    assert [grids.locate(*at(90 + d, 30)).grid_code for d in (0.0, -0.0004, 0.0004)] == ["A"] * 3
    # two millimetres are no tie
    assert grids.locate(*at(89.998, 30)).grid_code == "B"


def test_a_point_within_reach_of_rounding_is_snapped_by_a_millimetre():
    grids = laid_out("A")
    lon, lat = at(50, 0)
    found = grids.locate(lon, lat - 1e-12)
    assert found.match in {"covered", "snapped"}
    assert found.distance_m == (0.0 if found.match == "covered" else 0.001)


def test_nothing_is_found_without_grids_or_far_from_them():
    empty = GridSet([], [], srid=SRID, tolerance_m=TOLERANCE_M)
    assert empty.locate(114.0, 22.5).match == "none"
    assert list(empty.locate_all([114.0], [22.5]).match) == ["none"]
    far = laid_out("A").locate_all([np.nan, 0.0, -170.0, 114.0], [22.5, 0.0, -89.999, np.inf])
    assert list(far.match) == ["none"] * 4
    assert list(far.grid_code) == [None] * 4
    assert np.isnan(far.distance_m).all()


def test_a_code_that_comes_twice_is_refused():
    square = shapely.box(0, 0, 1, 1)
    with pytest.raises(InvalidInput, match="grid A comes twice"):
        GridSet(["A", "B", "A"], [square, square, square], srid=SRID, tolerance_m=1.0)


def test_codes_are_text_and_keep_their_zeros():
    grids = GridSet(["010203"], [shapely.box(114, 22, 115, 23)], srid=SRID, tolerance_m=1.0)
    assert grids.locate(114.5, 22.5).grid_code == "010203"
    assert list(grids.locate_all([114.5], [22.5]).grid_code) == ["010203"]


def test_confidence_falls_towards_the_edge_and_below_a_half_outside():
    grids = laid_out("A B")
    inside = [grids.locate(*at(100 - d, 50), accuracy_m=10.0) for d in (45, 20, 5, 0.01)]
    assert [found.grid_code for found in inside] == ["A"] * 4
    assert [found.edge_distance_m for found in inside] == pytest.approx([45, 20, 5, 0.01], abs=0.001)
    confidences = [found.confidence for found in inside]
    assert confidences == sorted(confidences, reverse=True)
    assert confidences[0] > 0.999
    assert confidences[-1] == pytest.approx(0.5, abs=0.01)
    outside = grids.locate(*at(-5, 50), accuracy_m=10.0)
    assert outside.match == "snapped"
    assert outside.confidence < 0.5


def test_an_accuracy_radius_on_a_straight_edge_means_what_receivers_mean():
    # at one accuracy from a straight edge, the chance to be beyond it is that of 1.515 sigmas: 6.5 %
    found = laid_out("A B", cell_m=1000).locate(*at(990, 500), accuracy_m=10.0)
    assert found.confidence == pytest.approx(0.9351, abs=0.001)


def test_candidates_are_the_other_grids_within_the_accuracy():
    grids = laid_out("A B\nC D")
    found = grids.locate(*at(95, 110), accuracy_m=12.0)
    assert found.grid_code == "A"
    assert [(c.grid_code, round(c.distance_m)) for c in found.candidates] == [("B", 5), ("C", 10), ("D", 11)]
    assert grids.locate(*at(95, 110), accuracy_m=7.0).candidates[0].grid_code == "B"
    assert grids.locate(*at(95, 110)).candidates == ()
    assert grids.locate(*at(95, 110)).confidence is None


def test_a_lost_point_still_has_candidates_within_a_poor_accuracy():
    found = laid_out("A").locate(*at(-80, 50), accuracy_m=100.0)
    assert found.match == "none"
    assert [c.grid_code for c in found.candidates] == ["A"]
