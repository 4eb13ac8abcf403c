"""A city as a folder: what is in it, what it says of itself, and that a seed is enough to make it again."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pyarrow.parquet as pq
import pytest
import shapely

from gridgis.sample.generation import Amounts, generate
from tests.sample.cities import shuangfeng

FEW = Amounts(buildings=300, components=400, incidents=300, days=1, track_workers=3)
WITH_SHAPES = ("divisions", "grids", "roads", "buildings", "components", "workers", "incidents")
REPOSITORY = Path(__file__).resolve().parents[2]

_PROGRAM = """
import sys
from pathlib import Path
from gridgis.sample.generation import Amounts, generate
from tests.sample.cities import shuangfeng
few = Amounts(buildings=300, components=400, incidents=300, days=1, track_workers=3)
generate(shuangfeng(), few, Path(sys.argv[1]), seed=7)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    generate(shuangfeng(), FEW, folder, seed=7)
    return folder


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_seed_makes_the_same_bytes_in_another_process(folder, tmp_path):
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "4711",
        "TZ": "America/New_York",
        "PYTHONPATH": str(REPOSITORY),
    }
    subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path)], check=True, env=environment, cwd=REPOSITORY
    )
    assert digests(tmp_path) == digests(folder)


def test_another_seed_makes_another_city(folder, tmp_path):
    generate(shuangfeng(), FEW, tmp_path, seed=8)
    assert digests(tmp_path)["grids.parquet"] != digests(folder)["grids.parquet"]


@pytest.mark.parametrize("name", WITH_SHAPES)
def test_layers_are_geoparquet_in_lon_lat(folder, name):
    frame = gpd.read_parquet(folder / f"{name}.parquet")
    assert frame.crs.to_epsg() == 4326
    shapes = frame.geometry.dropna()
    assert shapes.is_valid.all()
    west, south, east, north = shapes.total_bounds
    assert shapely.box(117, 31, 118, 33).contains(shapely.box(west, south, east, north))
    geo = json.loads(pq.read_schema(folder / f"{name}.parquet").metadata[b"geo"])
    assert geo["columns"]["geometry"]["bbox"] == pytest.approx([west, south, east, north])
    assert set(shapes.geom_type) <= set(geo["columns"]["geometry"]["geometry_types"])


def test_every_file_says_it_is_invented(folder):
    manifest = json.loads((folder / "sample.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 7
    assert "Invented" in manifest["statement"]
    for path in folder.glob("*.parquet"):
        assert b"Invented" in pq.read_schema(path).metadata[b"description"]
        assert manifest["rows"][path.stem] == pq.read_metadata(path).num_rows


def test_columns_are_those_of_the_tables(folder):
    columns = {path.stem: pq.read_schema(path).names for path in folder.glob("*.parquet")}
    assert columns["divisions"] == ["code", "name", "level", "parent_code", "geometry"]
    assert columns["departments"] == ["code", "name", "kind", "division_code"]
    assert columns["grids"] == ["code", "name", "geometry"]
    assert columns["roads"] == ["code", "name", "class", "geometry"]
    assert columns["tracks"] == ["worker_code", "fixed_at", "accuracy_m", "speed_m_s", "lon", "lat"]


def test_progress_is_told_of_every_row(tmp_path):
    told: dict[str, int] = {}

    def progress(layer: str, rows: int) -> None:
        told[layer] = told.get(layer, 0) + rows

    figures = generate(shuangfeng(), FEW, tmp_path, seed=1, progress=progress)
    assert told == figures["rows"]
