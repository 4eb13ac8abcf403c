"""The files under data/samples are what the command makes, and are as dirty as their README says."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridgis.geometry.datums import gcj02_to_wgs84
from gridgis.paths import resource
from gridgis.sample.extract import COMMUNITY, write_extract

SAMPLES = resource("data") / "samples"
DIRTY = SAMPLES / "dirty"


@pytest.fixture(scope="module")
def grids() -> gpd.GeoDataFrame:
    return gpd.read_file(SAMPLES / "grids.geojson")


@pytest.fixture(scope="module")
def remade(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    write_extract(folder)
    return folder


def test_the_folder_holds_what_the_command_makes_and_a_readme(remade):
    made = {path.relative_to(remade) for path in remade.rglob("*")}
    kept = {path.relative_to(SAMPLES) for path in SAMPLES.rglob("*")}
    assert made | {Path("README.md")} <= kept
    assert {path for path in kept if path.parts[0] == "dirty"} <= made


@pytest.mark.parametrize(
    "name",
    sorted(
        str(p.relative_to(SAMPLES))
        for p in SAMPLES.rglob("*")
        if p.suffix in (".csv", ".geojson", ".geojsonl")
    ),
)
def test_text_files_are_remade_byte_for_byte(remade, name):
    assert (remade / name).read_bytes() == (SAMPLES / name).read_bytes()


def test_the_readme_counts_right(grids):
    rows = re.findall(
        r"^\| (\w+) \| ([\d,]+) \|", (SAMPLES / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    for layer, count in rows:
        path = SAMPLES / f"{layer}.geojson"
        found = len(gpd.read_file(path)) if path.exists() else len(pd.read_csv(SAMPLES / f"{layer}.csv"))
        assert found == int(count.replace(",", "")), layer
    assert len(rows) == 9
    assert grids.to_crs(4547).area.sum() == pytest.approx(900_001, abs=1)
    assert shapely.coverage_is_valid(grids.geometry.to_numpy())


def test_all_formats_of_a_layer_hold_the_same(grids):
    for name in ("grids.geojsonl", "grids.gpkg", "grids.fgb"):
        other = gpd.read_file(SAMPLES / name).sort_values("code")
        assert other["code"].to_list() == grids["code"].to_list()
        assert shapely.equals_exact(
            other.geometry.to_numpy(), grids.geometry.to_numpy(), 1e-9, normalize=True
        ).all()
    assert gpd.read_parquet(SAMPLES / "grids.parquet")["code"].to_list() == grids["code"].to_list()
    assert gpd.read_file(f"zip://{SAMPLES / 'grids.shp.zip'}")["code"].to_list() == grids["code"].to_list()
    assert pd.read_csv(SAMPLES / "grids.csv", dtype=str)["code"].to_list() == grids["code"].to_list()
    assert all(code.startswith(COMMUNITY) for code in grids["code"])


def test_samples_stay_small():
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < 1_000_000


def test_gbk_is_not_utf_8():
    raw = (DIRTY / "components-gbk.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert len(raw.decode("gbk").splitlines()) == 75


def test_swapped_axes_are_swapped(grids):
    table = pd.read_csv(DIRTY / "incidents-swapped.csv")
    assert table["lat"].between(113, 115).all()
    assert shapely.covers(grids.union_all(), shapely.points(table["lat"], table["lon"])).all()


def test_one_code_is_there_twice():
    frame = gpd.read_file(DIRTY / "grids-duplicate.geojson")
    assert frame.index[frame["code"].duplicated(keep=False)].to_list() == [2, 12]
    assert frame["code"][12] == "440304011002003"


def test_three_buildings_are_broken():
    shapes = gpd.read_file(DIRTY / "buildings-invalid.geojson").geometry
    assert len(shapes) == 10
    assert shapes.index[shapes.isna()].to_list() == [6]
    assert shapes.index[~shapes.is_valid & shapes.notna()].to_list() == [2, 4]
    assert "Self-intersection" in shapely.is_valid_reason(shapes[2])


def test_codes_are_floats():
    codes = pd.read_csv(DIRTY / "grids-floats.csv", dtype=str)["code"]
    assert codes.str.fullmatch(r"\d{15}\.0").all()


def test_gcj_02_leaves_the_grids_and_its_inverse_brings_back(grids):
    points = gpd.read_file(DIRTY / "components-gcj02.geojson").geometry
    city = grids.union_all()
    assert points.within(city).sum() < len(points) / 2
    back = shapely.points(*gcj02_to_wgs84(points.x.to_numpy(), points.y.to_numpy()))
    assert shapely.covers(city, back).all()
    moved = gpd.GeoSeries(back, crs=4326).to_crs(4547)
    east = points.set_crs(4326, allow_override=True).to_crs(4547).x.to_numpy() - moved.x.to_numpy()
    assert np.mean(east) == pytest.approx(500, abs=40)
