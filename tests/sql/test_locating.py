from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from gridgis.geometry.location import GridSet
from gridgis.sql import locating
from tests.grid_rows import insert_city, insert_grids
from tests.jigsaw import jigsaw, probes

NOW = datetime(2026, 6, 1, tzinfo=UTC)
RULE = {"tolerance_m": 50.0, "metric_srid": 4547}


@pytest.fixture
def city(session):
    insert_city(session)
    return session


def located(session, x, y, at=NOW):
    """SQL's answers for many points in one statement."""
    rows = session.execute(
        text("""
        SELECT l.* FROM unnest(CAST(:x AS float8[]), CAST(:y AS float8[])) WITH ORDINALITY p(x, y, n)
        CROSS JOIN LATERAL
          locate_grid(ST_SetSRID(ST_MakePoint(x, y), 4326), :at, :tolerance_m, :metric_srid) l
        ORDER BY n
        """),
        {"x": x.tolist(), "y": y.tolist(), "at": at, **RULE},
    ).all()
    return [tuple(row) for row in rows]


def store(session, n, seed):
    polygons = jigsaw(n, seed)
    polygons = polygons[shapely.is_valid(polygons) & ~shapely.is_empty(polygons)]
    codes = insert_grids(session, polygons)
    return GridSet(codes, polygons, srid=RULE["metric_srid"], tolerance_m=RULE["tolerance_m"])


@pytest.mark.slow
def test_three_engines_agree_on_100_000_points_every_vertex_and_every_shared_edge(city):
    grids = store(city, 12, seed=11)
    x, y = probes(grids.polygons, seed=12, count=100_000)
    bulk = grids.locate_all(x, y)
    answers = located(city, x, y)
    codes, matches, distances_m = (np.array(column, dtype=object) for column in zip(*answers, strict=True))
    assert (codes == bulk.grid_code).all()
    assert (matches == bulk.match).all()
    assert set(matches) == {"covered", "snapped", "none"}
    assert np.nanmax(np.abs(distances_m.astype(float) - bulk.distance_m)) < 1e-5
    for k in range(0, len(x), 10):
        single = grids.locate(x[k], y[k])
        assert (single.grid_code, single.match) == (codes[k], matches[k])


def test_points_that_floating_point_puts_on_the_wrong_side_are_put_right(city):
    a, b = (0.1, 0.1), (12.3, 7.7)
    polygons = [shapely.Polygon([a, b, (0.0, 9.0)]), shapely.Polygon([b, a, (13.0, 0.0)])]
    grids = GridSet(insert_grids(city, polygons), polygons, srid=4547, tolerance_m=50.0)
    t = np.random.default_rng(4).uniform(0.01, 0.99, 2_000)
    x, y = a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])
    assert [code for code, *_ in located(city, x, y)] == list(grids.locate_all(x, y).grid_code)


def test_grids_out_of_force_are_not_there(city):
    west, east = shapely.box(114.0, 22.5, 114.01, 22.51), shapely.box(114.01, 22.5, 114.02, 22.51)
    insert_grids(city, [west])
    insert_grids(city, [east], first=2, since="2026-07-01")
    july = datetime(2026, 7, 1, tzinfo=UTC)
    point = np.array([114.015]), np.array([22.505])
    assert located(city, *point) == [(None, "none", None)]
    assert located(city, *point, at=july)[0][:2] == ("440303001001002", "covered")
    assert locating.select_next_change(city, NOW) == july
    assert locating.select_next_change(city, july) is None
    assert [row.code for row in locating.select_grids(city, NOW)] == ["440303001001001"]


@pytest.mark.parametrize("point", [(0.0, 0.0), (-66.0, 89.9999), (float("nan"), 22.5), (float("inf"), 22.5)])
def test_a_point_that_cannot_be_projected_is_nowhere_and_no_error(city, point):
    insert_grids(city, [shapely.box(114.0, 22.5, 114.01, 22.51)])
    row = locating.locate_point(city, *point, NOW, **RULE)
    assert tuple(row) == (None, "none", None)


def test_an_empty_point_is_nowhere(city):
    answer = city.execute(text("SELECT * FROM locate_grid('SRID=4326;POINT EMPTY', now(), 50, 4547)")).one()
    assert answer.match == "none"


def insert_buildings(session, polygons):
    session.execute(
        text(
            "INSERT INTO buildings (code, footprint_m2, geom)"
            " VALUES (:code, 1, ST_Multi(ST_GeomFromWKB(:geom, 4326)))"
        ),
        [{"code": f"B{k}", "geom": shapely.to_wkb(polygon)} for k, polygon in enumerate(polygons)],
    )


def test_rehoming_gives_each_row_what_a_single_look_up_would(city):
    grids = store(city, 5, seed=21)
    x, y = probes(grids.polygons, seed=22, count=300)[:, :400]
    buildings = shapely.buffer(shapely.points(x, y), 0.00002, quad_segs=1)
    insert_buildings(city, buildings)
    stored = city.execute(
        text(
            "SELECT ST_X(p) AS x, ST_Y(p) AS y"
            " FROM (SELECT ST_PointOnSurface(geom) AS p, id FROM buildings) b ORDER BY id"
        )
    ).all()
    expected = grids.locate_all([row.x for row in stored], [row.y for row in stored])
    changed = locating.rehome(city, "buildings", None, NOW, **RULE)
    assert changed == (expected.match != "none").sum()
    rows = city.execute(text("SELECT grid_code, match, distance_m FROM buildings ORDER BY id")).all()
    assert [row.grid_code for row in rows] == list(expected.grid_code)
    assert [row.match for row in rows] == list(expected.match)
    assert locating.rehome(city, "buildings", None, NOW, **RULE) == 0


def test_rehoming_an_area_leaves_the_rest_alone(city):
    insert_grids(city, [shapely.box(114.0, 22.5, 114.01, 22.51), shapely.box(114.01, 22.5, 114.02, 22.51)])
    insert_buildings(city, [shapely.box(x, 22.505, x + 0.0001, 22.5051) for x in (114.005, 114.015)])
    west = shapely.to_wkb(shapely.box(114.0, 22.5, 114.0099, 22.51))
    assert locating.rehome(city, "buildings", west, NOW, **RULE) == 1
    assert city.scalar(text("SELECT count(*) FROM buildings WHERE match = 'none'")) == 1


@pytest.mark.parametrize("layer", ["buildings", "components", "incidents"])
def test_every_located_layer_can_be_rehomed(city, layer):
    assert locating.rehome(city, layer, None, NOW, **RULE) == 0


def test_versions_grow_with_every_change(city):
    before = locating.select_versions(city, ["grids", "beats"])
    insert_grids(city, [shapely.box(114.0, 22.5, 114.01, 22.51)])
    after = locating.select_versions(city, ["grids", "beats"])
    assert after["grids"] > before["grids"]
    assert after["beats"] == before["beats"]
