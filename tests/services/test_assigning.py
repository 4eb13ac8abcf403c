import csv
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from gridgis.errors import InvalidInput, NotFound
from gridgis.geometry.crs import parse_crs
from gridgis.geometry.location import GridSet
from gridgis.services.assigning import assign, read_grids

WEST, EAST = shapely.box(114.0, 22.5, 114.01, 22.51), shapely.box(114.01, 22.5, 114.02, 22.51)
CODES = ["440303001001001", "440303001001002"]
# in the west, in the east, on their edge, 20 m beside, far away
POINTS = [(114.005, 22.505), (114.015, 22.505), (114.01, 22.505), (114.0202, 22.505), (115.0, 22.5)]
EXPECTED = [CODES[0], CODES[1], CODES[0], CODES[1], None]
MATCHES = ["covered", "covered", "covered", "snapped", "none"]


@pytest.fixture(scope="module")
def grids():
    return GridSet(CODES, [WEST, EAST], srid=4547, tolerance_m=50.0)


@pytest.fixture
def table(tmp_path):
    """A CSV with codes that must stay text."""

    def write(points=POINTS, header=("编号", "lon", "lat"), name="points.csv"):
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *((f"00{k}", *point) for k, point in enumerate(points))])
        return path

    return write


def read_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_points(path, *, crs="EPSG:4326", xy=POINTS):
    geometry = pa.array(list(shapely.to_wkb(shapely.points(xy))), pa.binary())
    rows = pa.table({"code": [f"00{k}" for k in range(len(xy))], "geometry": geometry})
    pyogrio.write_arrow(rows, path, geometry_name="geometry", geometry_type="Point", crs=crs)
    return path


def test_a_tables_rows_come_back_with_their_grid(table, grids, tmp_path):
    out = tmp_path / "out.csv"
    done = assign(table(), out, grids)
    rows = read_csv(out)
    assert list(rows[0]) == ["编号", "lon", "lat", "grid_code", "match", "distance_m"]
    assert [row["编号"] for row in rows] == ["000", "001", "002", "003", "004"]
    assert [row["grid_code"] or None for row in rows] == EXPECTED
    assert [row["match"] for row in rows] == MATCHES
    assert float(rows[3]["distance_m"]) == pytest.approx(20.6, abs=0.2)
    assert rows[4]["distance_m"] == ""
    assert (done.rows, done.covered, done.snapped, done.none, done.without_place) == (5, 3, 1, 1, 0)


@pytest.mark.parametrize(
    "name", ["out.geojson", "out.geojsonseq", "out.gpkg", "out.fgb", "out.parquet", "out.csv"]
)
@pytest.mark.parametrize("given", ["in.geojson", "in.gpkg", "in.csv", "in.parquet"])
def test_every_format_in_and_out_tells_the_same(table, grids, tmp_path, given, name):
    path, out = tmp_path / given, tmp_path / name
    if given == "in.csv":
        path = table(header=("code", "lon", "lat"))
    elif given == "in.parquet":
        lon, lat = zip(*POINTS, strict=True)
        pq.write_table(pa.table({"code": [f"00{k}" for k in range(5)], "lon": lon, "lat": lat}), path)
    else:
        write_points(path)
    assign(path, out, grids)
    if name.endswith(".csv"):
        rows = read_csv(out)
    elif name.endswith(".parquet"):
        rows = pq.read_table(out).to_pylist()
    else:
        rows = pyogrio.read_arrow(out)[1].to_pylist()
    by_code = {row["code"]: row for row in rows}
    assert [by_code[f"00{k}"]["grid_code"] or None for k in range(5)] == EXPECTED
    assert [by_code[f"00{k}"]["match"] for k in range(5)] == MATCHES


@pytest.mark.parametrize("crs", ["GCJ-02", "BD-09", "EPSG:4547"])
def test_places_are_read_in_the_system_named(table, grids, tmp_path, crs):
    x, y = parse_crs(crs).from_wgs84(*np.array(POINTS).T)
    out = tmp_path / "out.geojson"
    done = assign(table(list(zip(x, y, strict=True))), out, grids, crs=crs)
    assert done.crs == crs
    features = json.loads(out.read_text())["features"]
    # the point on the edge may fall to either side after the round trip
    assert [f["properties"]["grid_code"] for f in features[:2]] == EXPECTED[:2]
    assert features[0]["geometry"]["coordinates"] == pytest.approx(POINTS[0], abs=1e-6)


def test_a_file_keeps_its_own_system_except_in_geojson(grids, tmp_path):
    x, y = parse_crs("EPSG:4547").from_wgs84(*np.array(POINTS).T)
    given = write_points(tmp_path / "in.gpkg", crs="EPSG:4547", xy=np.column_stack((x, y)))
    assign(given, tmp_path / "out.gpkg", grids)
    assign(given, tmp_path / "out.parquet", grids)
    assign(given, tmp_path / "out.geojson", grids)
    assert pyogrio.read_info(tmp_path / "out.gpkg")["crs"] == "EPSG:4547"
    stated = json.loads(pq.read_schema(tmp_path / "out.parquet").metadata[b"geo"])
    assert stated["columns"]["geometry"]["crs"]["id"]["code"] == 4547
    lon, _ = json.loads((tmp_path / "out.geojson").read_text())["features"][0]["geometry"]["coordinates"]
    assert lon == pytest.approx(114.005, abs=1e-6)


def test_polygons_are_located_by_a_point_on_them_and_kept(grids, tmp_path):
    path = tmp_path / "in.geojson"
    square = {
        "type": "Polygon",
        "coordinates": [[list(c) for c in shapely.box(114.004, 22.504, 114.006, 22.506).exterior.coords]],
    }
    features = [{"type": "Feature", "properties": {"n": 1}, "geometry": g} for g in (square, None)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    done = assign(path, tmp_path / "out.geojson", grids)
    out = json.loads((tmp_path / "out.geojson").read_text())["features"]
    assert [f["properties"]["grid_code"] for f in out] == [CODES[0], None]
    assert [f["geometry"] and f["geometry"]["type"] for f in out] == ["Polygon", None]
    assert (done.without_place, done.first_without_place) == (1, [2])


def test_rows_without_a_readable_place_are_kept_and_numbered(table, grids, tmp_path):
    places = [("", ""), ("abc", "22.5"), POINTS[0], ("nan", "1"), (22.505, 114.005)]
    done = assign(table(places), tmp_path / "out.csv", grids)
    rows = read_csv(tmp_path / "out.csv")
    assert [row["match"] for row in rows] == ["none", "none", "covered", "none", "none"]
    assert [row["lon"] for row in rows][:2] == ["", "abc"]
    assert done.first_without_place == [1, 2, 4, 5]


def test_columns_may_be_named(table, grids, tmp_path):
    path = table(header=("id", "东", "北"))
    with pytest.raises(InvalidInput, match="name them with --lon and --lat"):
        assign(path, tmp_path / "out.csv", grids)
    assert assign(path, tmp_path / "out.csv", grids, lon="东", lat="北").covered == 3
    with pytest.raises(InvalidInput, match="no column 'x'; the file has id, 东, 北"):
        assign(path, tmp_path / "out.csv", grids, lon="x", lat="北")
    with pytest.raises(InvalidInput, match="both --lon and --lat"):
        assign(path, tmp_path / "out.csv", grids, lon="东")


def test_a_files_own_answers_are_never_trusted(table, grids, tmp_path):
    path = table([(*POINTS[0], "999999999999999")], header=("id", "lon", "lat", "grid_code"))
    done = assign(path, tmp_path / "out.csv", grids)
    assert done.replaced == ("grid_code",)
    assert read_csv(tmp_path / "out.csv")[0]["grid_code"] == CODES[0]


def test_rows_stream_in_order_through_many_chunks(table, grids, tmp_path):
    seen = []
    many = [POINTS[k % 5] for k in range(150_000)]
    done = assign(
        table(many), tmp_path / "out.csv", grids, progress=lambda rows, total: seen.append((rows, total))
    )
    rows = read_csv(tmp_path / "out.csv")
    assert len(rows) == done.rows == 150_000
    assert [row["grid_code"] or None for row in rows[149_995:]] == EXPECTED
    assert rows[149_999]["编号"] == "00149999"
    assert len(seen) > 1
    assert seen[-1] == (150_000, None)


def test_nothing_is_left_of_a_run_that_fails(table, grids, tmp_path):
    out = tmp_path / "out.csv"
    out.write_text("precious")
    (tmp_path / "empty.csv").write_text("lon,lat\n")
    with pytest.raises(InvalidInput, match="no rows"):
        assign(tmp_path / "empty.csv", out, grids)
    assert out.read_text() == "precious"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty.csv", "out.csv"]


def test_what_cannot_be_read_or_written_is_said(table, grids, tmp_path):
    path = table()
    with pytest.raises(InvalidInput, match=r"use \.csv"):
        assign(path, tmp_path / "out.docx", grids)
    with pytest.raises(InvalidInput, match="the file being read"):
        assign(path, path, grids)
    with pytest.raises(NotFound):
        assign(tmp_path / "absent.csv", tmp_path / "out.csv", grids)


def test_grids_may_come_from_a_file(config, tmp_path):
    path = tmp_path / "grids.geojson"
    geometry = pa.array(list(shapely.to_wkb([WEST, EAST])), pa.binary())
    pyogrio.write_arrow(
        pa.table({"code": CODES, "geometry": geometry}),
        path,
        geometry_name="geometry",
        geometry_type="Polygon",
        crs="EPSG:4326",
    )
    assert read_grids(path, config).locate(*POINTS[1]).grid_code == CODES[1]
    with pytest.raises(InvalidInput, match="a column `code`"):
        read_grids(write_nameless(tmp_path / "nameless.geojson"), config)
    with pytest.raises(InvalidInput, match="row 1: a grid needs a code and a polygon"):
        read_grids(write_points(tmp_path / "points.geojson"), config)


def write_nameless(path):
    geometry = pa.array(list(shapely.to_wkb([WEST])), pa.binary())
    pyogrio.write_arrow(
        pa.table({"area": [1.0], "geometry": geometry}),
        path,
        geometry_name="geometry",
        geometry_type="Polygon",
        crs="EPSG:4326",
    )
    return path
