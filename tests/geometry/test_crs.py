import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgis.errors import InvalidInput
from gridgis.geometry.crs import (
    ACCEPTED,
    WGS84,
    from_metric,
    geometries_from_metric,
    geometries_to_metric,
    parse_crs,
    readings,
    to_metric,
)
from tests import specimens

SHENZHEN = shapely.box(113.74, 22.44, 114.63, 22.87)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("EPSG:4326", "EPSG:4326"),
        ("epsg:4547", "EPSG:4547"),
        ("4547", "EPSG:4547"),
        (" 4490 ", "EPSG:4490"),
        ("urn:ogc:def:crs:EPSG::4490", "EPSG:4490"),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", "EPSG:4326"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "EPSG:4326"),
        ("WGS 84", "EPSG:4326"),
        ("CGCS2000", "EPSG:4490"),
        ("GCJ-02", "GCJ-02"),
        ("gcj02", "GCJ-02"),
        ("bd_09", "BD-09"),
    ],
)
def test_a_system_goes_by_many_names(text, name):
    assert parse_crs(text).name == name


@pytest.mark.parametrize("text", ["", "  ", "EPSG:1", "Mars", "EPSG:999999", "EPSG:5773", "x" * 300])
def test_an_unknown_name_is_told_what_is_accepted(text):
    with pytest.raises(InvalidInput) as raised:
        parse_crs(text)
    assert ACCEPTED in raised.value.message
    assert raised.value.field == "crs"
    assert len(raised.value.message) < 400


def test_the_wkt_beside_a_shapefile_is_a_name_too():
    wkt = (
        'PROJCS["CGCS2000_3_Degree_GK_CM_114E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",'
        'DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],'
        'UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],'
        'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",114.0],PARAMETER["Scale_Factor",1.0],'
        'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )
    lon, lat = parse_crs(wkt).to_wgs84(*to_metric(114.06, 22.54, 4547))
    assert (lon, lat) == pytest.approx((114.06, 22.54), abs=1e-9)


@pytest.mark.parametrize("zone", [4491, 4501, 4502, 4513, 4533, 4534, 4546, 4547, 4554])
def test_every_cgcs2000_zone_comes_back_to_the_same_place(zone):
    crs = parse_crs(f"EPSG:{zone}")
    lon, lat = crs.to_wgs84(*crs.from_wgs84(114.06, 22.54))
    assert (lon, lat) == pytest.approx((114.06, 22.54), abs=1e-8)


def test_a_cgcs2000_zone_is_projected_and_not_shifted():
    x, y = parse_crs("EPSG:4547").from_wgs84(114.0, 22.5)
    assert x == pytest.approx(500_000, abs=1e-6)
    assert 2_489_000 < y < 2_491_000


@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:4490"])
def test_wgs84_and_cgcs2000_count_as_one(name):
    lon, lat = parse_crs(name).to_wgs84([114.0], [22.5])
    assert (lon[0], lat[0]) == (114.0, 22.5)


@given(lon=st.floats(113.7, 114.7), lat=st.floats(22.4, 22.9))
@pytest.mark.parametrize("name", ["GCJ-02", "BD-09", "EPSG:4547", "EPSG:3857", "EPSG:32650"])
def test_there_and_back_is_within_a_centimetre(name, lon, lat):
    crs = parse_crs(name)
    back = crs.to_wgs84(*crs.from_wgs84(lon, lat))
    assert np.hypot(back[0] - lon, back[1] - lat) * 111_320 < 0.01


def test_what_has_no_image_is_nan_and_spoils_nothing():
    x, y = to_metric([114.0, np.nan, np.inf], [22.5, 22.5, 22.5], 4547)
    assert np.isfinite([x[0], y[0]]).all()
    assert np.isnan(x[1:]).all()
    assert np.isnan(y[1:]).all()


def test_geometries_go_vertex_by_vertex_without_z():
    given = np.array([shapely.Point(114.0, 22.5, 9), None, shapely.Polygon(), SHENZHEN], dtype=object)
    metric = geometries_to_metric(given, 4547)
    assert metric[1] is None
    assert metric[2].is_empty
    assert not metric[0].has_z
    assert len(metric[3].exterior.coords) == 5
    assert shapely.equals_exact(geometries_from_metric(metric[3:], 4547)[0], SHENZHEN, 1e-9)
    assert shapely.equals_exact(WGS84.geometries_to_wgs84(given[3:])[0], SHENZHEN)
    assert from_metric(*to_metric(114.0, 22.5, 4547), 4547) == pytest.approx((114.0, 22.5))


def spread(n=500):
    rng = np.random.default_rng(7)
    return rng.uniform(113.8, 114.6, n), rng.uniform(22.5, 22.8, n)


def test_points_in_place_are_left_as_they_are():
    best = readings(*spread(), SHENZHEN)[0]
    assert (best.name, best.share_inside) == ("as is", 1.0)


def test_swapped_axes_are_seen():
    lon, lat = spread()
    best = readings(lat, lon, SHENZHEN.bounds)[0]
    assert (best.name, best.share_inside) == ("swapped axes", 1.0)


@pytest.mark.parametrize("name", ["EPSG:4547", "EPSG:3857"])
def test_metres_taken_for_degrees_are_seen(name):
    found = readings(*parse_crs(name).from_wgs84(*spread()), SHENZHEN)
    assert (found[0].name, found[0].share_inside) == (name, 1.0)
    assert {reading.name: reading.share_inside for reading in found}["as is"] == 0.0


@pytest.mark.parametrize("name", ["GCJ-02", "BD-09"])
def test_an_encrypted_datum_is_seen_against_small_outlines(name):
    lon, lat = spread()
    buildings = shapely.union_all(shapely.buffer(shapely.points(lon, lat), 0.0005))
    found = readings(*parse_crs(name).from_wgs84(lon, lat), buildings)
    assert found[0].name == name
    assert found[0].share_inside == 1.0


def test_without_a_finite_point_there_is_no_evidence():
    assert readings([np.nan], [1.0], SHENZHEN) == []


def test_the_specimen_place_is_in_shenzhen():
    assert readings(*([v] for v in specimens.SHENZHEN_LON_LAT), SHENZHEN)[0].name == "as is"
    assert readings(*([v] for v in specimens.SHENZHEN_SWAPPED), SHENZHEN)[0].name == "swapped axes"
