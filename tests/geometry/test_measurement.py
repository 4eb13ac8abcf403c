import numpy as np
import pytest
import shapely

from gridgis.geometry.measurement import (
    area_m2,
    area_stretch,
    geodesic_area_m2,
    geodesic_distance_m,
    ground_m2,
    length_m,
    point_on_surface,
)
from tests import specimens

KILOMETRE_OR_SO = shapely.box(114.0, 22.5, 114.01, 22.51)
HOLED = shapely.Polygon(KILOMETRE_OR_SO.exterior, [shapely.box(114.004, 22.504, 114.006, 22.506).exterior])


def test_karneys_geodesics_are_met_to_the_micrometre(shared):
    rows = np.loadtxt(shared / "data/oracles/GeodTest-100.dat")
    lat1, lon1, _, lat2, lon2, _, expected_m = rows.T[:7]
    assert len(rows) == 100
    assert np.abs(geodesic_distance_m(lon1, lat1, lon2, lat2) - expected_m).max() < 1e-6


def test_planar_and_ellipsoidal_measures_agree_in_the_city():
    assert area_m2([KILOMETRE_OR_SO], 4547)[0] == pytest.approx(geodesic_area_m2(KILOMETRE_OR_SO), rel=1e-5)
    assert abs(area_stretch(KILOMETRE_OR_SO, 4547)) < 1e-5
    side_m = float(geodesic_distance_m(114.0, 22.5, 114.0, 22.51))
    assert length_m([shapely.LineString([(114.0, 22.5), (114.0, 22.51)])], 4547)[0] == pytest.approx(
        side_m, rel=1e-5
    )


def test_measuring_in_web_mercator_is_caught():
    assert area_stretch(KILOMETRE_OR_SO, 3857) == pytest.approx(0.17, abs=0.01)


def test_holes_and_parts_count():
    hole_m2 = geodesic_area_m2(KILOMETRE_OR_SO) - geodesic_area_m2(HOLED)
    assert hole_m2 == pytest.approx(geodesic_area_m2(KILOMETRE_OR_SO) * 0.04, rel=1e-3)
    both = shapely.MultiPolygon([HOLED, shapely.box(114.02, 22.5, 114.03, 22.51)])
    assert geodesic_area_m2(both) == pytest.approx(geodesic_area_m2(KILOMETRE_OR_SO) * 1.96, rel=1e-3)


def test_ground_is_what_many_short_edges_would_enclose():
    wide = shapely.box(114.0, 22.5, 114.1, 22.6)
    short_edges = shapely.segmentize(wide, 1e-4)
    assert ground_m2([wide, HOLED], 4547) == pytest.approx(area_m2([short_edges, HOLED], 4547), rel=1e-6)


def test_a_strip_without_width_holds_no_ground():
    along = np.linspace(114.0, 114.1, 50)
    strip = shapely.Polygon([*zip(along, np.full(50, 22.5), strict=True)])
    assert area_m2([strip], 4547)[0] > 4_000
    assert ground_m2([strip], 4547)[0] == 0.0


def test_missing_geometries_have_no_measure():
    assert np.isnan(ground_m2([None], 4547)[0])
    assert ground_m2([specimens.EMPTY_POLYGON, shapely.Point(114, 22.5)], 4547).tolist() == [0.0, 0.0]
    assert ground_m2([], 4547).shape == (0,)
    assert np.isnan(area_m2([None], 4547)[0])
    assert area_m2([shapely.Point(114, 22.5)], 4547)[0] == 0.0
    assert area_m2([], 4547).shape == (0,)


def test_each_geometry_is_stood_for_by_a_point_on_it():
    hole = specimens.SQUARE_WITH_HOLE
    points = point_on_surface(
        [hole, specimens.CENTRE_POINT, specimens.CROSSING_LINE, None, specimens.EMPTY_POLYGON]
    )
    assert shapely.covers(hole, points[0])
    assert points[1] == specimens.CENTRE_POINT
    assert shapely.distance(specimens.CROSSING_LINE, points[2]) < 1e-12
    assert list(points[3:]) == [None, None]
