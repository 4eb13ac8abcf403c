"""The small extract under ``data/samples``: one community in every format, and copies dirty on purpose."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from gridgis.geometry.datums import wgs84_to_gcj02
from gridgis.sample.city import CitySpec, Place, round_city, shenzhen
from gridgis.sample.generation import PRESENT, Amounts, layers

COMMUNITY = "440304011002"
_GRIDS = 12
_AMOUNTS = Amounts(buildings=60, components=80, incidents=30, days=1, track_workers=1)
_STAMP = (2026, 6, 30, 0, 0, 0)
_EXTENSIONS = {
    "geojson": "GeoJSON",
    "geojsonl": "GeoJSONSeq",
    "gpkg": "GPKG",
    "shp": "ESRI Shapefile",
    "fgb": "FlatGeobuf",
}
#: Layers with shapes, and the formats each is given in besides GeoJSON.
_FORMATS = {
    "divisions": (),
    "grids": ("geojsonl", "gpkg", "shp.zip", "fgb", "parquet", "csv"),
    "roads": ("geojsonl",),
    "buildings": ("gpkg", "shp.zip", "fgb", "parquet"),
    "components": ("geojsonl", "csv", "xlsx"),
    "workers": ("csv",),
    "incidents": ("csv", "xlsx", "parquet"),
}


def community() -> CitySpec:
    """Return a city of one community of Shenzhen, about a square kilometre, with its chain of divisions."""
    chain = {COMMUNITY, COMMUNITY[:9], COMMUNITY[:6], "440300", "440000"}
    places = tuple(
        Place(p.code, p.name, p.level, p.parent_code) for p in shenzhen().places if p.code in chain
    )
    return round_city(
        "深圳市", "440300", places, centre=(114.084, 22.547), area_km2=0.9, grids=_GRIDS, metric_srid=4547
    )


def write_extract(folder: Path, *, seed: int = 1, until: datetime = PRESENT) -> list[Path]:
    """Write the extract and its dirty copies; returns the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dirty").mkdir(exist_ok=True)
    frames = _frames(seed, until)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2026-06-30T00:00:00.000Z"})
    try:
        written = [
            _write(frames[name], folder, name, form)
            for name, forms in _FORMATS.items()
            for form in ("geojson", *forms)
        ]
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    for name in ("departments", "tracks"):
        path = folder / f"{name}.csv"
        frames[name].to_csv(path, index=False, lineterminator="\n")
        written.append(path)
    return written + _dirty(frames, folder / "dirty")


def _frames(seed: int, until: datetime) -> dict[str, Any]:
    """Return every layer as a frame; dates and instants as text, which all formats hold alike."""
    frames = {}
    for layer in layers(community(), _AMOUNTS, seed, until, "gbt47678.5-2026"):
        frame = layer.table.to_pandas()
        for column in frame.columns[frame.dtypes.astype(str).str.startswith("datetime64")]:
            frame[column] = frame[column].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        for column in frame.columns.intersection(["initial_date", "change_date", "valid_from"]):
            frame[column] = [None if pd.isna(day) else day.isoformat() for day in frame[column]]
        if layer.shapes is not None:
            frame = gpd.GeoDataFrame(frame, geometry=layer.shapes.geometries(0, len(layer)), crs=4326)
        frames[layer.name] = frame
    return frames


def _write(frame: gpd.GeoDataFrame, folder: Path, name: str, form: str) -> Path:
    path = folder / f"{name}.{form}"
    path.unlink(missing_ok=True)
    if form == "parquet":
        frame.to_parquet(path, index=False)
    elif form in ("csv", "xlsx"):
        _write_table(_flat(frame), path)
    elif form == "shp.zip":
        _write_shapefile(frame, path)
    else:
        options = {"COORDINATE_PRECISION": 7} if form.startswith("geojson") else {}
        frame.to_file(path, driver=_EXTENSIONS[form], engine="pyogrio", layer=name, **options)
    return path


def _flat(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return a frame without shapes: points as lon and lat, everything else as WKT."""
    table = pd.DataFrame(frame.drop(columns="geometry"))
    shapes = frame.geometry
    if (shapes.geom_type == "Point").all():
        return table.assign(lon=shapes.x, lat=shapes.y)
    return table.assign(wkt=shapely.to_wkt(shapes.to_numpy(), rounding_precision=7))


def _write_table(table: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        table.to_csv(path, index=False, lineterminator="\n")
    else:
        table.to_excel(path, index=False, engine="openpyxl")


def _write_shapefile(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write a zipped shapefile; its columns' names are cut at ten bytes, as every shapefile's are."""
    short = frame.rename(columns={c: c[:10] for c in frame.columns if c != "geometry"})
    stem = path.with_suffix("").with_suffix("")
    short.to_file(stem.with_suffix(".shp"), driver="ESRI Shapefile", engine="pyogrio", encoding="UTF-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(stem.parent.glob(f"{stem.name}.*")):
            if part.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                archive.writestr(zipfile.ZipInfo(part.name, _STAMP), part.read_bytes(), zipfile.ZIP_DEFLATED)
                part.unlink()


def _dirty(frames: dict[str, Any], folder: Path) -> list[Path]:
    """Write one file for each thing departments' files get wrong; ``data/samples/README.md`` lists them."""
    components, grids, buildings = frames["components"], frames["grids"], frames["buildings"]
    points = components[components.geom_type == "Point"]
    spoilt: dict[str, Callable[[Path], object]] = {
        "components-gbk.csv": lambda p: p.write_bytes(_csv(_flat(points)).encode("gbk")),
        "incidents-swapped.csv": lambda p: _text(p, _csv(_swapped(_flat(frames["incidents"])))),
        "grids-duplicate.geojson": lambda p: _text(p, _geojson(pd.concat([grids, grids.iloc[[2]]]))),
        "buildings-invalid.geojson": lambda p: _text(p, _geojson(_broken(buildings))),
        "grids-floats.csv": lambda p: _text(p, _csv(_flat(grids).assign(code=grids["code"] + ".0"))),
        "components-gcj02.geojson": lambda p: _text(p, _geojson(_shifted(points))),
    }
    for name, write in spoilt.items():
        write(folder / name)
    return [folder / name for name in spoilt]


def _csv(table: pd.DataFrame) -> str:
    return str(table.to_csv(index=False, lineterminator="\n"))


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _geojson(frame: gpd.GeoDataFrame) -> str:
    """Return a collection as it stands, faults included, which a well-meaning driver would mend."""
    features = json.loads(frame.reset_index(drop=True).to_json(drop_id=True))["features"]
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'


def _swapped(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(lon=table["lat"], lat=table["lon"])


def _broken(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return ten buildings: the third a bow-tie, the fifth without area, the seventh without shape."""
    some = buildings.iloc[:10].copy()
    west, south, east, north = some.geometry.iloc[2].bounds
    bow_tie = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    flat = shapely.Polygon([(west, south), (east, south), (west, south)])
    shapes = some.geometry.to_list()
    shapes[2], shapes[4], shapes[6] = bow_tie, flat, None
    return some.set_geometry(gpd.GeoSeries(shapes, index=some.index, crs=4326))


def _shifted(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    lon, lat = wgs84_to_gcj02(points.geometry.x.to_numpy(), points.geometry.y.to_numpy())
    return points.set_geometry(gpd.points_from_xy(lon.round(7), lat.round(7), crs=4326))
