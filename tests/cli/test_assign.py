import json

from click.testing import CliRunner

from gridgis.__main__ import main
from gridgis.database import transaction
from tests.grid_rows import COMMUNITY, insert_city, insert_grids
from tests.sketch import sketch


def run(*arguments, **environment):
    return CliRunner().invoke(main, ["assign", *map(str, arguments)], env=environment)


def points(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("id,lon,lat\n007,114.005,22.505\n008,0,0\n")
    return path


def test_points_are_assigned_from_the_database(engine, database_url, tmp_path):
    with transaction(engine) as session:
        insert_city(session)
        insert_grids(session, sketch("A B", origin=(114.0, 22.5), cell=0.01).values())
    out = tmp_path / "out.csv"
    done = run(points(tmp_path), "--out", out, "--json", GRIDGIS_DATABASE_URL=database_url)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["covered"] == 1
    assert f'"007","114.005","22.505","{COMMUNITY}001","covered",0' in out.read_text()


def test_people_are_told_how_it_went(tmp_path):
    grids = tmp_path / "grids.geojson"
    square = {
        "type": "Polygon",
        "coordinates": [[[114, 22.5], [115, 22.5], [115, 23], [114, 23], [114, 22.5]]],
    }
    feature = {"type": "Feature", "properties": {"code": f"{COMMUNITY}001"}, "geometry": square}
    grids.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    done = run(points(tmp_path), "--out", tmp_path / "out.csv", "--grids", grids)
    assert done.exit_code == 0, done.output
    assert "2 rows, read as EPSG:4326: 1 covered, 0 snapped, 1 in no grid" in done.stdout


def test_a_database_without_grids_is_one_clear_line(database_url, tmp_path):
    done = run(points(tmp_path), "--out", tmp_path / "out.csv", GRIDGIS_DATABASE_URL=database_url)
    assert done.exit_code == 1
    assert "holds no grids in force" in done.stderr
    assert not (tmp_path / "out.csv").exists()


def test_a_wrong_system_is_one_clear_line(tmp_path):
    grids = tmp_path / "g.geojson"
    grids.write_text('{"type": "FeatureCollection", "features": []}')
    done = run(points(tmp_path), "--out", tmp_path / "o.csv", "--crs", "Mars", "--grids", grids)
    assert done.exit_code == 1
    assert done.stderr.startswith("error:")


def test_usage_errors_exit_2(tmp_path):
    assert run(points(tmp_path)).exit_code == 2
