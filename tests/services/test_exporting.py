"""What leaves re-reads as what is stored, in every format, and tells no more than it may."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridgis.config import Config
from gridgis.errors import InvalidInput, NotAllowed, NotFound
from gridgis.formats.writers import SHAPEFILE_NAMES
from gridgis.scope import EVERYTHING, Scope
from gridgis.services import exporting
from gridgis.services.disclosure import publishable
from gridgis.services.exporting import Wish
from gridgis.sql.export_layers import COUNTS, LAYERS
from tests.routes.city import GRIDS, fill

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SPATIAL = [name for name, layer in LAYERS.items() if layer.geometry]


@pytest.fixture
def city(session: Session) -> Session:
    fill(session)
    return session


def _write(city: Session, config: Config, folder: Path, wish: Wish, scope: Scope = EVERYTHING) -> Path:
    export = exporting.prepare(city, wish, scope, config, NOW)
    path = folder / export.file_name
    exporting.write(city, export, path)
    assert [file.name for file in folder.iterdir()] == [path.name], "no draft is left beside the file"
    return path


def _read(path: Path) -> geopandas.GeoDataFrame:
    if path.suffix == ".parquet":
        return geopandas.read_parquet(path)
    if path.suffix == ".csv":
        frame = pyogrio.read_dataframe(path, X_POSSIBLE_NAMES="lon", Y_POSSIBLE_NAMES="lat", encoding="UTF-8")
        return frame.set_crs(4326)  # a CSV names no system
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            shapes = [name for name in archive.namelist() if name.endswith(".shp")]
            for name in shapes:
                assert archive.read(name.replace(".shp", ".cpg")).strip().upper() == b"UTF-8"
        frames = [pyogrio.read_dataframe(f"/vsizip/{path}/{name}") for name in shapes]
        back = {short: long for long, short in SHAPEFILE_NAMES.items()}
        frames = [frame.rename(columns=back) for frame in frames]
        return geopandas.pd.concat(frames, ignore_index=True)
    return pyogrio.read_dataframe(path)


@pytest.mark.parametrize("file_format", exporting.FORMAT_NAMES)
@pytest.mark.parametrize("layer", SPATIAL)
def test_each_format_reads_back_the_same_ids_crs_and_shapes(
    city: Session, config: Config, tmp_path: Path, layer: str, file_format: str
) -> None:
    described = LAYERS[layer]
    stored = city.execute(
        text(f"SELECT {described.id} AS id, ST_AsBinary(geom) AS wkb FROM {layer} ORDER BY {described.id}")
    ).all()
    path = _write(city, config, tmp_path, Wish(layer, file_format, "internal"))
    frame = _read(path).sort_values(described.id)
    assert frame.crs.to_epsg() == 4326
    assert frame[described.id].tolist() == [row.id for row in stored]
    assert all(isinstance(code, str) for code in frame[described.id])
    shapes = shapely.from_wkb([None if row.wkb is None else bytes(row.wkb) for row in stored])
    for measured in (shapely.area, shapely.length):
        found, expected = np.nansum(measured(frame.geometry.array)), np.nansum(measured(shapes))
        assert found == pytest.approx(expected, rel=1e-6)


def test_chinese_survives_a_shapefile(city: Session, config: Config, tmp_path: Path) -> None:
    frame = _read(_write(city, config, tmp_path, Wish("roads", "shp")))
    assert "莲城路" in set(frame["name"])


def test_short_names_are_short_and_differ_within_a_layer() -> None:
    for layer in LAYERS.values():
        names = [SHAPEFILE_NAMES.get(column.name, column.name) for column in layer.columns]
        assert len(set(names)) == len(names)
        assert all(len(name.encode()) <= 10 for name in names)


def test_geojson_turns_right_handed_and_carries_ids(city: Session, config: Config) -> None:
    export = exporting.prepare(city, Wish("grids", "geojson"), EVERYTHING, config, NOW)
    told = json.loads(b"".join(exporting.stream(city, export)))
    assert [feature["id"] for feature in told["features"]] == list(GRIDS)
    for feature in told["features"]:
        ring = shapely.LinearRing(feature["geometry"]["coordinates"][0])
        assert ring.is_ccw


def test_a_text_sequence_is_one_feature_a_record(city: Session, config: Config) -> None:
    export = exporting.prepare(city, Wish("grids", "geojsonseq"), EVERYTHING, config, NOW)
    records = b"".join(exporting.stream(city, export)).split(b"\x1e")
    assert records[0] == b""
    assert [json.loads(record)["id"] for record in records[1:]] == list(GRIDS)


def test_an_empty_layer_is_still_a_file(session: Session, config: Config, tmp_path: Path) -> None:
    for name in set(exporting.FORMAT_NAMES) - {"geojsonseq"}:  # an empty sequence is an empty file
        path = tmp_path / name
        path.mkdir()
        frame = _read(_write(session, config, path, Wish("grids", name)))
        assert len(frame) == 0


@pytest.mark.parametrize(
    ("wish", "ids"),
    [
        (Wish("grids", "geojson", bbox=(114.0005, 22.5005, 114.001, 22.501)), {GRIDS[0]}),
        (Wish("grids", "geojson", division="440304"), set()),
        (Wish("grids", "geojson", as_of=date(2019, 12, 31)), set()),
        (Wish("grids", "geojson", as_of=date(2020, 1, 1)), GRIDS),
        (Wish("roads", "geojson", division="440305001001"), {"R1"}),
        (Wish("roads", "geojson", class_prefix="arterial"), {"R2"}),
        (Wish("departments", "geojson", class_prefix="company"), set()),
    ],
    ids=str,
)
def test_filters(city: Session, config: Config, wish: Wish, ids: Collection[str]) -> None:
    export = exporting.prepare(city, wish, EVERYTHING, config, NOW)
    told = json.loads(b"".join(exporting.stream(city, export)))
    assert {feature["id"] for feature in told["features"]} == set(ids)


def test_days_are_local_and_both_ends_count(city: Session, config: Config) -> None:
    wish = Wish("incidents", "geojson", start=date(2024, 5, 8), end=date(2024, 5, 9))
    export = exporting.prepare(city, wish, EVERYTHING, config, NOW)
    told = json.loads(b"".join(exporting.stream(city, export)))
    assert [f["properties"]["reported_at"][:10] for f in told["features"]] == ["2024-05-08", "2024-05-09"]


def test_the_scope_holds(city: Session, config: Config) -> None:
    narrow = Scope.of(GRIDS[1])
    export = exporting.prepare(city, Wish("buildings", "geojson"), narrow, config, NOW)
    told = json.loads(b"".join(exporting.stream(city, export)))
    assert {f["properties"]["grid_code"] for f in told["features"]} == {GRIDS[1]}
    with pytest.raises(NotFound):
        exporting.prepare(city, Wish("buildings", "geojson", division="440304"), narrow, config, NOW)


def test_the_public_gets_masked_columns_not_empty_ones(city: Session, config: Config) -> None:
    def properties(profile: str, layer: str) -> dict[str, object]:
        export = exporting.prepare(city, Wish(layer, "geojson", profile), EVERYTHING, config, NOW)
        return json.loads(b"".join(exporting.stream(city, export)))["features"][0]["properties"]

    assert "description" not in properties("public", "incidents")
    assert properties("internal", "incidents")["description"] == "说明"
    assert "has_contact" not in properties("public", "buildings")
    assert "has_contact" in properties("internal", "buildings")


def test_no_remark_and_no_home_ever_leaves() -> None:
    for layer in LAYERS.values():
        assert {"remark", "station"}.isdisjoint(column.name for column in layer.columns)


def test_buildings_hide_the_cells_that_the_rule_hides(city: Session, config: Config) -> None:
    config = replace(config, count_floor=7)
    export = exporting.prepare(city, Wish("buildings", "geojson"), EVERYTHING, config, NOW)
    told = json.loads(b"".join(exporting.stream(city, export)))
    for grid in GRIDS:
        rows = city.execute(
            text("SELECT households, population, firms FROM buildings WHERE grid_code = :grid ORDER BY code"),
            {"grid": grid},
        ).all()
        cards = [f["properties"] for f in told["features"] if f["properties"]["grid_code"] == grid]
        for name in COUNTS:
            expected = publishable([row._mapping[name] for row in rows], 7)
            assert [card[name] for card in cards] == expected
            assert [name in card["hidden"].split(";") for card in cards] == [
                cell is None for cell in expected
            ]


def test_a_part_of_a_grid_hides_the_same_cells_as_the_whole(city: Session, config: Config) -> None:
    def told(wish: Wish) -> dict[str, str]:
        export = exporting.prepare(city, wish, EVERYTHING, config, NOW)
        features = json.loads(b"".join(exporting.stream(city, export)))["features"]
        return {f["id"]: f["properties"]["hidden"] for f in features}

    whole = told(Wish("buildings", "geojson"))
    part = told(Wish("buildings", "geojson", bbox=(114.0003, 22.5004, 114.0006, 22.5007)))
    assert 0 < len(part) < len(whole)
    assert part.items() <= whole.items()


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        (Wish("tracks", "geojson", "internal"), NotAllowed),
        (Wish("workers", "csv"), NotAllowed),
        (Wish("nothing", "csv"), NotFound),
        (Wish("grids", "xlsx"), NotFound),
        (Wish("departments", "gpkg"), InvalidInput),
        (Wish("workers", "csv", "internal", bbox=(0, 0, 1, 1)), InvalidInput),
        (Wish("grids", "csv", class_prefix="01"), InvalidInput),
        (Wish("buildings", "csv", as_of=date(2024, 1, 1)), InvalidInput),
        (Wish("grids", "csv", bbox=(2, 0, 1, 1)), InvalidInput),
        (Wish("incidents", "csv", start=date(2024, 1, 2), end=date(2024, 1, 1)), InvalidInput),
        (Wish("incidents", "csv", end=date(9999, 12, 31)), InvalidInput),
        (Wish("grids", "csv", division="990000"), NotFound),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_with_a_reason(
    session: Session, config: Config, wish: Wish, error: type[Exception]
) -> None:
    with pytest.raises(error):
        exporting.prepare(session, wish, EVERYTHING, config, NOW)


def test_the_tag_changes_with_content_scope_and_wish_only(city: Session, config: Config) -> None:
    def tag(wish: Wish = Wish("grids", "geojson"), scope: Scope = EVERYTHING) -> str:  # noqa: B008
        return exporting.prepare(city, wish, scope, config, NOW).tag

    first = tag()
    assert tag() == first
    assert tag(scope=Scope.of("4403")) != first
    assert tag(Wish("grids", "csv")) != first
    city.execute(text("UPDATE grids SET name = 'x' WHERE code = :code"), {"code": GRIDS[0]})
    assert tag() != first
