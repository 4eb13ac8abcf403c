import json

import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from sqlalchemy import text

from gridgis.__main__ import main
from gridgis.database import transaction
from gridgis.services import beats, designing
from tests.grid_rows import COMMUNITY, insert_city, insert_grids
from tests.sketch import sketch


def run(*arguments, **environment):
    return CliRunner().invoke(main, ["plan", *map(str, arguments)], env=environment)


def write(path, rows):
    """Write rows of attributes and geometry as GeoJSON."""
    features = [
        {"type": "Feature", "properties": attributes, "geometry": shapely.geometry.mapping(shape)}
        for attributes, shape in rows
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def drawn(text, **attributes):
    shapes = sketch(text, origin=(114.0, 22.5), cell=0.001)
    return [({"code": name, **attributes}, shape) for name, shape in shapes.items()]


def test_faults_are_counted_and_exit_1(tmp_path):
    grids = write(tmp_path / "grids.geojson", drawn("A A B\nA . B\nC C C"))
    report = tmp_path / "report.geojson"
    done = run("check", grids, "--report", report)
    assert done.exit_code == 1
    assert done.stdout.startswith("3 grids, read as EPSG:4326: 1 gap (11,394.3 m2)")
    found = pyogrio.read_dataframe(report)
    assert found[["what", "kind", "grids"]].to_numpy().tolist() == [["found", "gap", "A;B;C"]]


def test_borders_that_follow_no_road_are_listed_with_their_places(tmp_path):
    grids = write(tmp_path / "grids.geojson", drawn("A A B B\nA A B B\nC C C C"))
    middle = shapely.LineString([(114.002, 22.501), (114.002, 22.503)])
    roads = write(tmp_path / "roads.geojson", [({}, middle)])
    done = run("check", grids, "--roads", roads)
    assert done.exit_code == 0, done.output
    _, head, *edges = done.stdout.splitlines()
    assert head.startswith("2 borders follow no road, 3")
    assert sorted(edge.split(":")[0].strip() for edge in edges) == ["A | C", "B | C"]
    assert all("22.501000" in edge for edge in edges)
    told = json.loads(run("check", grids, "--roads", roads, "--within", 300, "--json").stdout)
    assert told["off_roads"] == []


def test_a_repaired_file_passes_and_keeps_its_columns(tmp_path):
    grids = write(tmp_path / "grids.geojson", drawn("A A B\nA . B\nC C C", name="格"))
    mended, report = tmp_path / "mended.geojson", tmp_path / "report.geojson"
    done = run("check", grids, "--repair", mended, "--report", report, "--json")
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout)
    assert (facts["moved"], facts["left"], facts["largest_change"]["grid"]) == (1, {}, "A")
    assert pyogrio.read_dataframe(mended)["name"].tolist() == ["格"] * 3
    assert pyogrio.read_dataframe(report)["given_to"].tolist()[1] == "A"
    assert "no gap, no overlap, no fault" in run("check", mended).stdout


def test_parents_come_from_a_file_or_from_the_database(tmp_path, engine, database_url):
    square = shapely.box(114.0, 22.5, 114.002, 22.501)
    grids = write(tmp_path / "grids.geojson", drawn("A ."))
    parents = write(tmp_path / "parents.geojson", [({"code": COMMUNITY}, square)])
    done = run("check", grids, "--parents", parents, "--json")
    assert json.loads(done.stdout)["covered"] == {COMMUNITY: pytest.approx(0.5, abs=0.001)}
    with transaction(engine) as session:
        insert_city(session)
    done = run("check", grids, "--division", "440303", GRIDGIS_DATABASE_URL=database_url)
    assert (done.exit_code, done.stderr) == (
        1,
        "error: no community in division 440303 has an outline\n",
    )


def test_traffic_zones_are_mended(shared, tmp_path):
    zones = shared / "data/shenzhen/traffic_zones/SZ_districts.shp"
    mended = tmp_path / "mended.gpkg"
    done = run("check", zones, "--repair", mended, "--json")
    facts = json.loads(done.stdout)
    assert facts["found"]["overlap"]["count"] == pytest.approx(518, abs=3)
    assert facts["found"]["gap"]["area_m2"] == pytest.approx(0.43e6, rel=0.02)
    assert facts["passes"]
    assert facts["absorbed"] == []
    assert json.loads(run("check", mended, "--json").stdout)["found"] == {}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--code", "Z"], "has no column 'Z'; it has code"),
        (["--repair", "x.docx"], "the ending says nothing that can be written"),
        (["--parents", "none.geojson"], "there is no file none.geojson"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(tmp_path, arguments, sentence):
    done = run("check", write(tmp_path / "grids.geojson", drawn("A B")), *arguments)
    assert done.exit_code == 1
    assert sentence in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--repair", "nowhere/mended.gpkg"], "there is no folder nowhere"),
        (["--roads", "roads.geojson", "--within", "nan"], "nan is not a finite number"),
    ],
)
def test_what_is_no_file_or_number_is_told_before_the_work(tmp_path, arguments, sentence):
    done = run("check", write(tmp_path / "grids.geojson", drawn("A B")), *arguments)
    assert (done.exit_code, sentence in done.stderr) == (2, True), done.output


def test_codes_that_come_twice_are_refused(tmp_path):
    rows = [({"code": "A"}, shape) for _, shape in drawn("A B")]
    done = run("check", write(tmp_path / "grids.geojson", rows))
    assert "row 2: A of row 1 again in column 'code'" in done.stderr


def city(tmp_path):
    """Two streets of six grids each, one of four households, the others of one."""
    shapes = sketch("A B C D\nE F G H\nI J K L", origin=(114.0, 22.5), cell=0.001)
    rows = []
    for k, (name, shape) in enumerate(sorted(shapes.items())):
        street = "440303001" if name in "ABEFIJ" else "440303002"
        rows.append(({"code": f"{street}001{k:03d}", "households": 4 if name == "A" else 1}, shape))
    return write(tmp_path / "grids.geojson", rows)


def test_grids_are_grouped_into_beats_inside_their_street(tmp_path):
    out = tmp_path / "beats.geojson"
    done = run(
        "beats", "--grids", city(tmp_path), "--workers", 4, "--weights", "households", "--out", out, "--json"
    )
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout)
    assert (facts["grids"], facts["beats"], facts["done"]) == (12, 4, 1.0)
    found = pyogrio.read_dataframe(out)
    assert (found["code"].str[:9] == found["beat"].str[:9]).all()
    assert (
        found.groupby("beat")["load"].sum().to_dict() == found.groupby("beat")["beat_load"].first().to_dict()
    )
    assert all(part.geom_type == "Polygon" for part in found.dissolve("beat").geometry)
    assert sorted(found.groupby("beat")["load"].sum()) == [3, 3, 4, 5]


def test_beats_of_today_keep_their_names(tmp_path):
    first, second = tmp_path / "first.geojson", tmp_path / "second.geojson"
    run("beats", "--grids", city(tmp_path), "--workers", 4, "--out", first)
    done = run("beats", "--grids", first, "--workers", 4, "--today", "beat", "--out", second)
    assert "0 of 12 units move" in done.stdout
    assert pyogrio.read_dataframe(first)["beat"].equals(pyogrio.read_dataframe(second)["beat"])


def today(tmp_path):
    """Beats of six, four, one and one grids, all whole."""
    beat = dict(zip("ABEFIJCDGHKL", "WWWWWWXXXXYZ", strict=True))
    rows = [
        (attributes | {"beat": beat[name]}, shape)
        for name, (attributes, shape) in zip("ABCDEFGHIJKL", features(city(tmp_path)), strict=True)
    ]
    return write(tmp_path / "today.geojson", rows)


def features(path):
    return [
        (feature["properties"], shapely.geometry.shape(feature["geometry"]))
        for feature in json.loads(path.read_text())["features"]
    ]


@pytest.mark.parametrize(("most", "moved"), [(0, 0), (1, 1), (2, 2), (9, 2)])
def test_beats_are_balanced_again_moving_few_grids(tmp_path, most, moved):
    out = tmp_path / "again.geojson"
    done = run("beats", "--grids", today(tmp_path), "--today", "beat", "--at-most", most, "--out", out)
    assert done.exit_code == 0, done.output
    assert f"{moved} of 12 units move" in done.stdout
    before, after = (pyogrio.read_dataframe(path)["beat"] for path in (tmp_path / "today.geojson", out))
    assert (before != after).sum() == moved


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--at-most", 2], "moves are counted from today's beats; name their column"),
        (["--at-most", 2, "--today", "beat", "--workers", 5], "there are 4 beats today; 5 cannot be made"),
        (["--at-most", 2, "--today", "code", "--street", "beat", "--workers", 4], "there are 12 beats today"),
        (["--at-most", 2, "--today", "households"], "1 lies in 2 pieces"),
        ([], "say for how many workers"),
    ],
)
def test_beats_that_cannot_be_balanced_again_are_refused(tmp_path, arguments, sentence):
    done = run("beats", "--grids", today(tmp_path), "--out", tmp_path / "x.geojson", *arguments)
    assert done.exit_code == 1
    assert sentence in done.stderr


def test_beats_do_not_reach_across_a_river_but_by_a_bridge(tmp_path):
    river = [(114.001, 22.499), (114.001, 22.504)]  # between A and B, E and F, I and J
    bridge = [(114.0005, 22.5005), (114.0015, 22.5005)]  # I and J
    lines = [
        ({"kind": "river"}, shapely.LineString(river)),
        ({"kind": "bridge"}, shapely.LineString(bridge)),
    ]
    options = ["beats", "--grids", city(tmp_path), "--workers", 2, "--out", tmp_path / "b.geojson"]
    cut = write(tmp_path / "cut.geojson", lines[:1])
    done = run(*options, "--barriers", cut)
    assert (done.exit_code, "2 zones are fewer than the 3 pieces" in done.stderr) == (1, True)
    done = run(*options, "--barriers", write(tmp_path / "both.geojson", lines))
    assert done.exit_code == 0, done.output


def test_roads_of_a_class_part_as_well(tmp_path):
    road = ({"class": "expressway"}, shapely.LineString([(114.001, 22.499), (114.001, 22.504)]))
    roads = write(tmp_path / "roads.geojson", [road])
    options = ["beats", "--grids", city(tmp_path), "--workers", 2, "--out", tmp_path / "b.geojson"]
    assert run(*options, "--roads", roads).exit_code == 0
    done = run(*options, "--roads", roads, "--cut-class", "expressway")
    assert "2 zones are fewer than the 3 pieces" in done.stderr
    done = run(*options, "--cut-class", "expressway")
    assert "classes of roads were named and no roads given" in done.stderr


def test_a_bridge_is_a_line(tmp_path):
    barriers = write(tmp_path / "b.geojson", [({"kind": "bridge"}, shapely.Point(114, 22.5))])
    done = run(
        "beats",
        "--grids",
        city(tmp_path),
        "--workers",
        2,
        "--barriers",
        barriers,
        "--out",
        tmp_path / "x.gpkg",
    )
    assert "b.geojson, row 1: a bridge is to be one line with an end on either side" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--workers", 13], "13 zones are more than the 12 units"),
        (["--workers", 1], "1 zones are fewer than the 2 pieces"),
        (["--workers", 3, "--weights", "people"], "has no column 'people'"),
        (["--workers", 3, "--weights", "households=-1"], "households weighs -1"),
        (["--workers", 3, "--lock", "X"], "has no grid X to lock"),
        (["--workers", 3, "--lock", "440303001001000"], "needs a beat today"),
    ],
)
def test_beats_that_cannot_be_made_are_refused(tmp_path, arguments, sentence):
    done = run("beats", "--grids", city(tmp_path), "--out", tmp_path / "x.geojson", *arguments)
    assert done.exit_code == 1
    assert sentence in done.stderr


def test_beats_are_made_of_the_grids_in_force(tmp_path, engine, database_url):
    with transaction(engine) as session:
        insert_city(session)
        insert_grids(session, sketch("A B C D", origin=(114.0, 22.5), cell=0.001).values())
    out = tmp_path / "beats.geojson"
    done = run(
        "beats", "--division", "440303", "--workers", 2, "--out", out, GRIDGIS_DATABASE_URL=database_url
    )
    assert done.exit_code == 0, done.output
    found = pyogrio.read_dataframe(out)
    assert sorted(found["beat"].value_counts()) == [2, 2]
    assert found["households"].tolist() == found["minutes"].tolist() == found["roads_m"].tolist() == [0.0] * 4


def test_types_are_counted_by_the_scheme_of_the_setting(engine, database_url):
    with transaction(engine) as session:
        insert_city(session)
        insert_grids(session, sketch("A B C", origin=(114.0, 22.5), cell=0.001).values())
        kept = text("UPDATE grids SET kind = 'village', sub_status = 'kept' WHERE code < :code")
        session.execute(kept, {"code": f"{COMMUNITY}003"})
    where = {"GRIDGIS_DATABASE_URL": database_url, "GRIDGIS_GRID_TYPES": "fringe"}
    done = run("types", "--division", COMMUNITY, **where)
    assert done.exit_code == 0, done.output
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == [f"{COMMUNITY},", "scheme", "fringe:", "3", "grids"]
    assert ["2", "village", "村庄"] in lines
    assert ["2", "kept", "保留"] in lines
    assert lines[-1] == ["1", "without", "a", "type"]
    assert json.loads(run("types", "--json", **where).stdout)["untyped"] == 1
    refused = run("types", **where | {"GRIDGIS_GRID_TYPES": "suburb"})
    assert refused.exit_code == 1
    assert "accepted are fringe, rural-fangshan, rural-miyun, urban" in refused.stderr


def test_ctrl_c_keeps_the_best_so_far(tmp_path, monkeypatch):
    def interrupted(*arguments, **options):
        yield next(search(*arguments, **options))
        raise KeyboardInterrupt

    search = beats.grouped
    monkeypatch.setattr(beats, "grouped", interrupted)
    out = tmp_path / "beats.geojson"
    done = run("beats", "--grids", city(tmp_path), "--workers", 4, "--out", out)
    assert done.exit_code == 0, done.output
    assert "stopped at 0%; the best so far is kept" in done.stderr
    assert pyogrio.read_dataframe(out)["beat"].nunique() == 4


def town(tmp_path, **columns):
    """Two communities side by side, forty houses each."""
    houses = [
        ({"households": 10 + k % 3, **columns}, shapely.box(x, y, x + 1.4e-4, y + 1.2e-4))
        for k, (x, y) in enumerate((114.0 + i * 3e-4, 22.5 + j * 3e-4) for i in range(16) for j in range(5))
    ]
    middle = 114.0 + 7.75 * 3e-4
    outlines = [
        ({"code": "440303001001"}, shapely.box(113.9998, 22.4998, middle, 22.5015)),
        ({"code": "440303001002"}, shapely.box(middle, 22.4998, 114.005, 22.5015)),
    ]
    return write(tmp_path / "houses.geojson", houses), outlines


def test_a_community_is_divided_into_grids(tmp_path):
    houses, outlines = town(tmp_path)
    within, out = write(tmp_path / "within.geojson", outlines[:1]), tmp_path / "grids.geojson"
    done = run(
        "design", "--buildings", houses, "--within", within, "--households", 110, "--out", out, "--json"
    )
    assert done.exit_code == 0, done.output
    (facts,) = json.loads(done.stdout)["communities"]
    assert (facts["code"], facts["grids"], sum(facts["households"])) == ("440303001001", 4, 439)
    found = pyogrio.read_dataframe(out)
    assert found["code"].tolist() == [f"440303001001{k:03d}" for k in (1, 2, 3, 4)]
    assert found["buildings"].sum() == 40
    assert "roads_crossed" not in {m["name"] for m in facts["measures"]}


def test_communities_share_their_borders_and_pass_the_check(tmp_path):
    houses, outlines = town(tmp_path)
    within, out = write(tmp_path / "within.geojson", outlines), tmp_path / "grids.geojson"
    done = run("design", "--buildings", houses, "--within", within, "--households", 110, "--out", out)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("2 communities, 8 grids of 109.9 households on average")
    assert "0 grids are more than 20% off 110 households" in done.stdout
    together = out.read_bytes()
    strict = run("design", "--buildings", houses, "--within", within, "--households", 110, "--out", out,
                 "--flag-beyond", 0, "--json", "--processes", 1)  # fmt: skip
    assert out.read_bytes() == together  # however many were divided at a time
    off = json.loads(strict.stdout)["off_target"]
    assert {one["name"] for one in off} <= set(pyogrio.read_dataframe(out)["code"])
    assert [abs(one["share"]) for one in off] == sorted((abs(one["share"]) for one in off), reverse=True)
    assert run("check", out, "--parents", within).exit_code == 0


def test_households_are_estimated_on_request(tmp_path):
    houses, outlines = town(tmp_path, levels="6", building="apartments")
    within, out = write(tmp_path / "within.geojson", outlines[:1]), tmp_path / "grids.geojson"
    options = ["design", "--buildings", houses, "--within", within, "--out", out, "--json"]
    done = run(*options, "--floor-area", 90)
    (facts,) = json.loads(done.stdout)["communities"]
    assert sum(facts["households"]) == 40 * 13  # 191 m2 on six floors, 90 m2 each


def test_without_households_the_way_out_is_said(tmp_path):
    within = write(tmp_path / "within.geojson", town(tmp_path)[1])
    houses = write(tmp_path / "houses.geojson", [({}, shapely.box(114, 22.5, 114.001, 22.501))])
    done = run("design", "--buildings", houses, "--within", within, "--out", tmp_path / "x.geojson")
    assert done.exit_code == 1
    assert "houses.geojson has no column households; give --floor-area" in done.stderr


def test_more_grids_than_a_community_has_numbers_are_refused_before_the_search(tmp_path, monkeypatch):
    outlines = town(tmp_path)[1]
    houses = write(
        tmp_path / "many.geojson",
        [
            ({"households": 1}, shapely.box(x, y, x + 1e-6, y + 1e-6))
            for x, y in ((114.0 + i * 6e-5, 22.5 + j * 4e-5) for i in range(34) for j in range(30))
        ],
    )
    monkeypatch.setattr(designing, "searched", lambda *_: pytest.fail("it was searched"))
    within = write(tmp_path / "within.geojson", outlines[:1])
    out = tmp_path / "grids.geojson"
    done = run("design", "--buildings", houses, "--within", within, "--households", 1, "--out", out)
    assert done.exit_code == 1
    assert "its numbers end at 999" in done.stderr
