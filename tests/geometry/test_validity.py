import numpy as np
import pytest
import shapely

from gridgis.geometry.validity import repair
from tests import specimens

SRID = 4547


def in_shenzhen(geometry):
    """Specimen units become ten metres or so in Shenzhen."""
    return shapely.transform(
        geometry, lambda xyz: xyz * 1e-4 + [114.0, 22.5, 0][: xyz.shape[1]], include_z=True
    )


def repaired(geometry, kind="polygon"):
    result = repair(np.array([geometry], dtype=object), kind, SRID)
    return result.geometries[0], result.actions[0], result.area_change_m2[0], result.reasons[0]


@pytest.mark.parametrize("name", specimens.POLYGON_SPECIMENS)
def test_every_polygon_comes_out_valid_flat_and_right_handed(name):
    geometry, *_ = repaired(in_shenzhen(specimens.POLYGON_SPECIMENS[name]))
    assert shapely.is_valid(geometry)
    assert not shapely.has_z(geometry)
    assert shapely.get_type_id(geometry) in {shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON}
    for part in shapely.get_parts(geometry):
        assert shapely.is_ccw(shapely.get_exterior_ring(part))
        assert not any(shapely.is_ccw(ring) for ring in part.interiors)


@pytest.mark.parametrize("name", ["square", "sliver", "two parts", "repeated vertices"])
def test_what_is_good_is_left_alone(name):
    good = in_shenzhen(specimens.POLYGON_SPECIMENS[name])
    geometry, actions, change_m2, reason = repaired(good)
    assert shapely.equals_identical(geometry, good)
    assert (actions, change_m2, reason) == ([], 0.0, "")


def test_a_bow_tie_gets_both_wings_and_says_why():
    geometry, actions, change_m2, reason = repaired(in_shenzhen(specimens.BOW_TIE))
    assert len(geometry.geoms) == 2
    assert actions[0] == "made valid"
    # both wings cancelled out before; now they count: half of a square of 103 m by 111 m
    assert change_m2 == pytest.approx(5_700, rel=0.01)
    assert "Self-intersection" in reason


def test_overlapping_parts_lose_what_they_counted_twice():
    geometry, actions, change_m2, _ = repaired(in_shenzhen(specimens.OVERLAPPING_PARTS))
    assert geometry.geom_type == "Polygon"
    assert "made valid" in actions
    assert change_m2 == pytest.approx(-114, rel=0.01)


@pytest.mark.parametrize(
    ("geometry", "action"),
    [
        (specimens.CLOCKWISE_SQUARE, "turned rings"),
        (specimens.SQUARE_Z, "dropped Z"),
        (specimens.ONE_PART_AS_MULTI, "unwrapped the single part"),
        (specimens.COLLECTION, "kept the polygons"),
    ],
)
def test_a_harmless_repair_is_named_and_changes_no_area(geometry, action):
    out, actions, change_m2, reason = repaired(in_shenzhen(geometry))
    assert action in actions
    assert change_m2 == pytest.approx(0.0, abs=1e-6)
    assert reason == ""
    assert out.area == pytest.approx(1e-6)


@pytest.mark.parametrize(
    "nothing", [None, specimens.EMPTY_POLYGON, specimens.ZERO_AREA, specimens.CROSSING_LINE]
)
def test_nothing_polygonal_leaves_nothing(nothing):
    assert repaired(nothing)[0] is None


def test_a_coordinate_that_is_no_number_is_given_up():
    geometry, actions, *_ = repaired(specimens.NAN_POINT, "point")
    assert geometry is None
    assert actions == ["has a coordinate that is no number"]


def test_lines_stay_lines_and_points_points():
    line = in_shenzhen(specimens.CROSSING_LINE)
    assert repaired(line, "line")[0] == line
    assert repaired(in_shenzhen(specimens.COLLECTION), "line")[0].geom_type == "LineString"
    assert repaired(in_shenzhen(specimens.CENTRE_POINT), "point")[1] == []
    assert repaired(in_shenzhen(specimens.COLLECTION), "any")[0].geom_type == "GeometryCollection"


def test_rows_keep_their_places():
    rows = [None, in_shenzhen(specimens.SQUARE), in_shenzhen(specimens.BOW_TIE), specimens.EMPTY_POLYGON]
    result = repair(rows, "polygon", SRID)
    assert [geometry is None for geometry in result.geometries] == [True, False, False, True]
    assert [bool(actions) for actions in result.actions] == [False, False, True, False]
    assert repair([], "polygon", SRID).actions == []
