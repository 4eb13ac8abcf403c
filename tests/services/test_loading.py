from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import text

from gridgis.errors import Conflict, InvalidInput, NotFound
from gridgis.geometry.datums import wgs84_to_gcj02
from gridgis.services.loading import undoing
from gridgis.services.loading.doctor import Refused
from gridgis.services.loading.load import load
from gridgis.services.loading.options import Options
from tests.services import town


@pytest.fixture
def city(session, config, tmp_path):
    town.build(session, config, tmp_path)
    return session


def count(session, table: str) -> int:
    return session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def column(session, query: str) -> list:
    return list(session.execute(text(query)).scalars())


def test_the_first_grids_publish_a_plan_that_holds_since_2000(city):
    plan = city.execute(text("SELECT state, valid_from, valid_to FROM plans")).one()
    assert (plan.state, plan.valid_from.isoformat(), plan.valid_to) == (
        "published",
        "1999-12-31T16:00:00+00:00",
        None,
    )
    assert count(city, "grids") == 4
    assert column(city, "SELECT round(sum(area_m2)) FROM grids")[0] == pytest.approx(45_500, rel=0.02)


def test_components_are_coded_ascending_and_located(city, config, tmp_path):
    path = town.write(town.components(), tmp_path, "lamps.parquet")
    report = load(city, config, "components", path)
    assert report.outcome == "loaded"
    assert dict(report.counts) == {"rows": 8, "refused": 0, "codes_given": 8, "covered": 8, "loaded": 8}
    rows = city.execute(
        text("SELECT component_code, grid_code, match, state, name FROM components ORDER BY id")
    ).all()
    assert [row.component_code for row in rows] == [f"44030301001{n:06d}" for n in range(1, 9)]
    assert {row.grid_code[-3:] for row in rows} == {"003", "004"}
    assert {(row.match, row.state) for row in rows} == {("covered", "intact")}
    assert all(row.name for row in rows), "a component without a name takes that of its class"


def test_serials_are_not_given_again_after_an_undo(city, config, tmp_path):
    path = town.write(town.components(3), tmp_path, "lamps.parquet")
    first = load(city, config, "components", path)
    undoing.undo(city, first.import_id, "test")
    assert count(city, "components") == 0
    load(city, config, "components", path)
    assert column(city, "SELECT max(component_code) FROM components") == ["44030301001000006"]


def test_the_same_file_twice_is_said_and_does_not_double(city, config, tmp_path):
    path = town.write(town.components(), tmp_path, "lamps.parquet")
    first = load(city, config, "components", path)
    again = load(city, config, "components", path)
    assert (again.outcome, again.import_id) == ("already loaded", first.import_id)
    assert count(city, "components") == 8


def test_a_dry_run_writes_nothing(city, config, tmp_path):
    before = {table: count(city, table) for table in ("imports", "components", "serials")}
    path = town.write(town.components(), tmp_path, "lamps.parquet")
    report = load(city, config, "components", path, Options(dry_run=True))
    assert (report.outcome, report.counts["rows"], report.import_id) == ("checked", 8, None)
    assert {table: count(city, table) for table in before} == before


def test_buildings_get_the_same_codes_from_the_same_file(city, config, tmp_path):
    path = town.write(town.buildings(), tmp_path, "houses.parquet")
    first = load(city, config, "buildings", path)
    codes = column(city, "SELECT code FROM buildings ORDER BY id")
    undoing.undo(city, first.import_id, "test")
    shuffled = town.buildings().iloc[::-1]
    load(city, config, "buildings", town.write(shuffled, tmp_path, "houses2.parquet"))
    assert column(city, "SELECT code FROM buildings ORDER BY id DESC") == codes
    assert sorted(column(city, "SELECT right(grid_code, 3) FROM buildings")) == ["001", "002", "003", "004"]


def test_two_buildings_with_one_footprint_are_duplicates(city, config, tmp_path):
    twice = pd.concat([town.buildings(), town.buildings().iloc[[0]].assign(name="戊")])
    path = town.write(twice, tmp_path, "houses.parquet")
    with pytest.raises(Refused) as refused:
        load(city, config, "buildings", path, Options(dry_run=True))
    assert refused.value.report.duplicates.kept[0].row == 5
    report = load(city, config, "buildings", path, Options(skip_refused=True))
    assert (report.counts["loaded"], report.counts["refused"]) == (4, 1)


@pytest.mark.parametrize(
    ("values", "field", "accepted"),
    [
        ({"class_code": "01999"}, "class_code", "major 01 has"),
        ({"class_code": None}, "class_code", "class code"),
        ({"state": "坏了"}, "state", "完好"),
        ({"initial_date": "31 March"}, "initial_date", "2026-03-31"),
        ({"change_date": "2020-01-01"}, "change_date", "not before initial_date"),
        ({"component_code": "44030301002000001"}, "component_code", "the row's class_code"),
        ({"competent_dept_code": "城管局"}, "competent_dept_code", "capital letters"),
        ({"geometry": shapely.Point()}, "geometry", "a place"),
        ({"geometry": shapely.Point(np.nan, 22.55)}, "geometry", "NaN or infinite"),
        ({"geometry": shapely.Point(np.inf, 22.55)}, "geometry", "NaN or infinite"),
        ({"geometry": None}, "geometry", "a place"),
        ({"geometry": shapely.Point(22.55, 114.1)}, "geometry", "longitude -180 to 180"),
    ],
)
def test_a_bad_value_is_refused_with_row_field_value_and_what_is_accepted(
    city, config, tmp_path, values, field, accepted
):
    frame = town.components(3).astype({"geometry": object})
    for name, value in values.items():
        if name not in frame:
            frame[name] = None
        frame[name] = frame[name].astype(object)
        frame.at[1, name] = value
    path = town.write(gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326"), tmp_path, "bad.parquet")
    with pytest.raises(Refused) as refused:
        load(city, config, "components", path, Options(dry_run=True))
    report = refused.value.report
    assert [(one.row, one.field) for one in report.refused.kept] == [(2, field)]
    assert accepted in report.refused.kept[0].text
    assert json.loads(json.dumps(report.as_dict()))["outcome"] == "refused"
    assert load(city, config, "components", path, Options(skip_refused=True)).counts["loaded"] == 2


def test_a_lost_leading_zero_of_a_class_is_put_back(city, config, tmp_path):
    frame = town.components(2).assign(class_code=[1001, 1001])
    report = load(city, config, "components", town.write(frame, tmp_path, "lamps.parquet"))
    assert report.repaired.by_field["class_code"] == 2
    assert column(city, "SELECT DISTINCT class_code FROM components") == ["01001"]


def test_personal_numbers_in_free_text_are_masked_and_counted(city, config, tmp_path):
    frame = town.components(2).assign(remark=["联系13800138000", "门前"])
    report = load(city, config, "components", town.write(frame, tmp_path, "lamps.parquet"))
    assert report.counts["personal_masked"] == 1
    assert sorted(column(city, "SELECT remark FROM components")) == ["联系***", "门前"]


def test_a_bow_tie_is_repaired_and_the_change_of_area_told(city, config, tmp_path):
    west, south, side = town.WEST, town.SOUTH, town.SIDE / 2
    bow_tie = shapely.Polygon(
        [(west, south), (west + side, south + side), (west + side, south), (west, south + side)]
    )
    frame = gpd.GeoDataFrame({"name": ["蝴蝶结"]}, geometry=[bow_tie], crs="EPSG:4326")
    report = load(city, config, "buildings", town.write(frame, tmp_path, "bow.gpkg"))
    (repair,) = report.repaired.kept
    assert "made valid" in repair.text
    assert repair.area_change_m2 == pytest.approx(1430, rel=0.05)


def test_heights_are_dropped_and_counted(city, config, tmp_path):
    frame = town.components(2)
    frame["geometry"] = shapely.force_3d(frame.geometry.to_numpy(), 12.5)
    report = load(city, config, "components", town.write(frame, tmp_path, "lamps.parquet"))
    assert report.counts["made_two_dimensional"] == 2
    assert column(city, "SELECT DISTINCT ST_NDims(geom) FROM components") == [2]


def test_swapped_axes_are_recognised_and_nothing_is_loaded(city, config, tmp_path):
    frame = town.components()
    table = pd.DataFrame(frame.drop(columns="geometry")).assign(lon=frame.geometry.y, lat=frame.geometry.x)
    with pytest.raises(Refused, match="swapped axes"):
        load(city, config, "components", town.write(table, tmp_path, "lamps.csv"), Options(skip_refused=True))


def test_a_foreign_datum_is_recognised_by_where_the_points_would_lie(city, config, tmp_path):
    frame = town.components(100)
    frame["geometry"] = shapely.points(*wgs84_to_gcj02(frame.geometry.x, frame.geometry.y))
    path = town.write(frame, tmp_path, "lamps.parquet")
    with pytest.raises(Refused, match=r"100\.0% when read as GCJ-02"):
        load(city, config, "components", path)
    report = load(city, config, "components", path, Options(crs="GCJ-02"))
    assert (report.counts["covered"], report.crs) == (100, "GCJ-02")


def test_projected_coordinates_are_transformed(city, config, tmp_path):
    path = town.write(town.components().to_crs(4547), tmp_path, "lamps.gpkg")
    report = load(city, config, "components", path)
    assert (report.crs, report.counts["covered"]) == ("EPSG:4547", 8)
    x = column(city, "SELECT ST_X(geom) FROM components ORDER BY 1")
    assert x == pytest.approx(sorted(town.components().geometry.x), abs=1e-8)


def test_a_point_just_outside_is_snapped_and_one_far_off_is_kept_unlocated(city, config, tmp_path):
    near = shapely.Point(town.WEST - 0.0001, town.SOUTH + 0.0005)
    far = shapely.Point(town.WEST - 0.1, town.SOUTH)
    frame = gpd.GeoDataFrame({"class_code": ["01001"] * 2}, geometry=[near, far], crs="EPSG:4326")
    report = load(city, config, "components", town.write(frame, tmp_path, "lamps.parquet"))
    assert (report.counts["snapped"], report.counts["unlocated"]) == (1, 1)
    rows = city.execute(text("SELECT match, distance_m, grid_code FROM components ORDER BY id")).all()
    assert rows[0].distance_m == pytest.approx(10.27, abs=0.1)
    assert (rows[1].match, rows[1].grid_code) == ("none", None)


def test_grids_with_a_gap_are_refused_with_the_place(session, config, tmp_path):
    town.build(session, config, tmp_path, until="divisions")
    holed = town.grids()
    holed.loc[0, "geometry"] = town.square(0, 1, town.SIDE * 0.9)
    path = town.write(holed, tmp_path, "grids.gpkg")
    with pytest.raises(Refused, match="do not tile") as refused:
        load(session, config, "grids", path, Options(dry_run=True))
    assert {place["properties"]["what"] for place in refused.value.report.places} >= {"gap"}
    report = load(session, config, "grids", path, Options(accept_gaps=True))
    assert (report.outcome, report.counts["loaded"]) == ("loaded", 4)


def test_grids_in_force_change_by_a_plan_only(city, config, tmp_path):
    more = town.grids().assign(code=[f"{town.COMMUNITY}{n:03d}" for n in range(11, 15)])
    with pytest.raises(Conflict, match="change by a plan"):
        load(city, config, "grids", town.write(more, tmp_path, "more.parquet"))


def test_grids_loaded_late_find_what_stands_in_them_and_their_undo_lets_go(session, config, tmp_path):
    town.build(session, config, tmp_path, until="divisions")
    report = load(session, config, "buildings", town.write(town.buildings(), tmp_path, "houses.parquet"))
    assert report.counts["unlocated"] == 4
    report = load(session, config, "grids", town.write(town.grids(), tmp_path, "grids.parquet"))
    assert report.counts["buildings_located_anew"] == 4
    done = undoing.undo(session, report.import_id, "test")
    assert (done.removed, done.without_grid["buildings"]) == ({"grids": 4, "plans": 1}, 4)
    assert column(session, "SELECT DISTINCT match FROM buildings") == ["none"]


def test_a_load_that_others_stand_on_is_not_undone(city):
    (divisions,) = column(city, "SELECT id FROM imports WHERE layer = 'divisions'")
    with pytest.raises(Conflict, match="4 grids"):
        undoing.undo(city, divisions, "test")
    with pytest.raises(NotFound):
        undoing.undo(city, 10**6, "test")


def test_an_outline_file_fills_in_divisions_that_had_none(session, config, tmp_path):
    names = pd.DataFrame(town.divisions().drop(columns="geometry"))
    load(session, config, "divisions", town.write(names, tmp_path, "names.csv"))
    assert column(session, "SELECT count(*) FROM divisions WHERE geom IS NULL") == [5]
    report = load(
        session, config, "divisions", town.write(town.divisions().iloc[1:], tmp_path, "outlines.gpkg")
    )
    assert report.counts["outlines_filled"] == 4
    undoing.undo(session, report.import_id, "test")
    assert column(session, "SELECT count(*) FROM divisions WHERE geom IS NULL") == [5]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("440303002,无父,street,440304", "parent_code"),
        ("440303002001,孤儿,community,", "parent_code"),
        ("440303002,错级,community,", "level"),
        ("44030,短码,,", "code"),
    ],
)
def test_divisions_that_contradict_their_codes_are_refused(city, config, tmp_path, row, field):
    path = tmp_path / "d.csv"
    path.write_text(f"code,name,level,parent_code\n{row}\n", encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load(city, config, "divisions", path)
    assert field in refused.value.report.refused.by_field


def test_a_worker_brings_beats_and_no_grid_has_two(city, config, tmp_path):
    path = tmp_path / "workers.csv"
    codes = [f"{town.COMMUNITY}{n:03d}" for n in range(1, 4)]
    path.write_text(f"code,grid_codes\nW1,{codes[0]};{codes[1]}\nW2,{codes[2]}\n", encoding="utf-8")
    report = load(city, config, "workers", path)
    assert (report.counts["loaded"], report.counts["beats"]) == (2, 3)
    path.write_text(f"code,grid_codes\nW3,{codes[0]}\n", encoding="utf-8")
    with pytest.raises(Refused, match="has W1"):
        load(city, config, "workers", path)


def test_a_persons_number_is_no_workers_code(city, config, tmp_path):
    path = tmp_path / "workers.csv"
    path.write_text("code\n11010519491231002X\n", encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load(city, config, "workers", path)
    assert "11010519491231002X" not in json.dumps(refused.value.report.as_dict())


def test_tracks_sent_twice_are_dropped_and_counted(city, config, tmp_path):
    (tmp_path / "w.csv").write_text("code\nW1\n", encoding="utf-8")
    load(city, config, "workers", tmp_path / "w.csv")
    header = "worker_code,fixed_at,lon,lat\n"
    fixes = [f"W1,2026-03-31T08:00:{s:02d}+08:00,114.1005,22.5505\n" for s in (0, 10, 10, 20)]
    (tmp_path / "t.csv").write_text(header + "".join(fixes), encoding="utf-8")
    report = load(city, config, "tracks", tmp_path / "t.csv")
    assert (report.counts["loaded"], report.counts["repeated_fixes_dropped"]) == (3, 1)
    late = fixes[-1] + "W1,2026-03-31T08:00:30+08:00,114.1005,22.5505\n"
    (tmp_path / "t2.csv").write_text(header + late, encoding="utf-8")
    report = load(city, config, "tracks", tmp_path / "t2.csv")
    assert (report.counts["loaded"], report.counts["repeated_fixes_dropped"]) == (1, 1)
    assert count(city, "tracks") == 4


INCIDENTS = (
    "kind,class_code,source,state,reported_at,description,lon,lat\n"
    "event,06001,patrol,filed,2026-03-31 23:30:00,堆放杂物,114.1005,22.5505\n"
    "component,01001,public,reported,2026-04-01T00:10:00+08:00,井盖,114.1015,22.5505\n"
    "component,01001,public,reported,2026-04-01T09:10:00+08:00,井盖,114.1015,22.5515\n"
)


def test_incidents_get_numbers_by_local_day_and_a_log_row_each(city, config, tmp_path):
    path = tmp_path / "incidents.csv"
    path.write_text(INCIDENTS.replace("06001", some_event(city)), encoding="utf-8")
    report = load(city, config, "incidents", path, Options(actor="test"))
    numbers = column(city, "SELECT number FROM incidents ORDER BY id")
    assert [n[-12:] for n in numbers] == ["202603310001", "202604010001", "202604010002"]
    assert column(city, "SELECT DISTINCT action || to_state FROM incident_log ORDER BY 1") == [
        "importfiled", "importreported",
    ]  # fmt: skip
    assert report.counts["covered"] == 3
    undoing.undo(city, report.import_id, "test")
    assert [count(city, t) for t in ("incidents", "incident_keys", "incident_log")] == [0, 0, 0]


def test_incidents_that_were_worked_on_since_are_not_undone(city, config, tmp_path):
    path = tmp_path / "incidents.csv"
    path.write_text(INCIDENTS.replace("06001", some_event(city)), encoding="utf-8")
    report = load(city, config, "incidents", path, Options(actor="test"))
    city.execute(text("SELECT ensure_partitions('incident_log', now(), now())"))
    city.execute(
        text(
            "INSERT INTO incident_log (incident_id, actor, role, action, to_state)"
            " SELECT id, 'x', 'leader', 'note', state FROM incidents LIMIT 1"
        )
    )
    with pytest.raises(Conflict, match="1 later steps in their logs"):
        undoing.undo(city, report.import_id, "test")


def some_event(session) -> str:
    wanted = "profile = 'gbt47678.5-2026' AND kind = 'event' AND NOT reserved AND code >= '06'"
    return column(session, f"SELECT min(code) FROM classes WHERE {wanted}")[0]


@pytest.mark.parametrize(
    ("name", "content"), [("empty.csv", ""), ("header.csv", "code,name\n"), ("noise.csv", "\n\n")]
)
def test_a_file_without_rows_is_refused(city, config, tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"empty|no rows"):
        load(city, config, "divisions", tmp_path / name)


def test_a_file_that_is_not_there_is_said_so(city, config, tmp_path):
    with pytest.raises(NotFound, match="no file"):
        load(city, config, "divisions", tmp_path / "gone.csv")
