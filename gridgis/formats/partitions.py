"""A city's parts as a folder of Parquet files, a file a layer and division; geometry is GeoParquet.

``occasion.json`` says what all parts have in common; ``<layer>/<division>.parquet`` holds what the figures of
the division's grids are made from, with the grids, roads and tracks that come near: a part needs no other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely
from pyarrow import parquet

from gridgis.errors import NotFound
from gridgis.measures.figures import Material, Moment
from gridgis.measures.ground import Ground
from gridgis.measures.part import Occasion, Part, Window
from gridgis.measures.workload import Parameters

_OCCASION = "occasion.json"
_TABLES = ("things", "looks", "weeks", "classes", "times", "beats")


def write_part(folder: Path, name: str, part: Part) -> None:
    """Write everything of a part but its tracks; what is there of it is replaced."""
    ground, own = part.ground, np.zeros(len(part.ground.codes), dtype=bool)
    own[ground.rows(part.codes)] = True
    grids = {"code": ground.codes, "own": own, "area_m2": ground.area_m2}
    codes = {code[:12] for code in part.codes} & set(part.outlines)
    outlines = {code: part.outlines[code] for code in sorted(codes)}
    layers = {
        "grids": (grids, ground.shapes),
        "roads": ({}, ground.roads),
        "components": ({"grid_code": ground.component_grids}, shapely.points(ground.component_lonlat)),
        "communities": ({"code": list(outlines)}, np.array(list(outlines.values()), dtype=object)),
    }
    for layer, (columns, geometry) in layers.items():
        gpd.GeoDataFrame(columns, geometry=geometry, crs=4326).to_parquet(_file(folder, layer, name))
    for table in _TABLES:
        parquet.write_table(getattr(part.material, table), _file(folder, table, name))
    parquet.write_table(part.kept, _file(folder, "patrol_days", name))


def write_tracks(folder: Path, name: str, window: Window) -> None:
    """Write the fixes of a part in one window; `told` becomes a column."""
    keys = sorted(window.told or ())
    told = pa.table(
        {"worker_code": pa.array([k for k, _ in keys], pa.string()),
         "day": pa.array([d for _, d in keys], pa.date32())}
    )  # fmt: skip
    parquet.write_table(window.fixes, _file(folder, f"tracks-{window.first}", name))
    parquet.write_table(told, _file(folder, f"told-{window.first}", name))


def write_occasion(folder: Path, occasion: Occasion, parts: Sequence[str], windows: Any) -> None:
    """Write what all parts have in common, their names, and the first and last days of the windows."""
    told = {
        "at": occasion.moment.at.isoformat(),
        "zone": occasion.zone.key,
        "srid": occasion.srid,
        "within_m": occasion.within_m,
        "reach": occasion.reach,
        "parameters": asdict(occasion.parameters),
        "stale": sorted(map(str, occasion.stale)),
        "parts": list(parts),
        "windows": [[str(first), str(last)] for first, last in windows],
    }
    (folder / _OCCASION).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def read_occasion(folder: Path) -> tuple[Occasion, list[str]]:
    """Return what all parts have in common, and their names.

    Raises
    ------
    NotFound
        Nothing was written there.
    """
    told = _told(folder)
    zone, reach = ZoneInfo(told["zone"]), told["reach"]
    occasion = Occasion(
        moment=Moment.of(datetime.fromisoformat(told["at"]), zone),
        zone=zone,
        srid=told["srid"],
        within_m=told["within_m"],
        reach=None if reach is None else tuple(reach),
        parameters=Parameters.of(told["parameters"]),
        stale=frozenset(map(date.fromisoformat, told["stale"])),
    )
    return occasion, told["parts"]


def read_grids(folder: Path, name: str) -> gpd.GeoDataFrame:
    """Return the grids of a part, and those around them: code, own, area_m2 and geometry."""
    return gpd.read_parquet(_file(folder, "grids", name))


def read_part(folder: Path, name: str, grids: gpd.GeoDataFrame) -> Part:
    """Return a part whose grids are read already."""
    roads, communities, components = (
        gpd.read_parquet(_file(folder, layer, name)) for layer in ("roads", "communities", "components")
    )
    codes = grids["code"].to_numpy(dtype=object)
    ground = Ground(
        _told(folder)["srid"],
        codes,
        grids["area_m2"].to_numpy(dtype=np.float64),
        grids.geometry.to_numpy(),
        roads.geometry.to_numpy(),
        components["grid_code"].to_numpy(dtype=object),
        shapely.get_coordinates(components.geometry.to_numpy()),
    )
    return Part(
        codes[grids["own"].to_numpy(dtype=bool)],
        ground,
        dict(zip(communities["code"], communities.geometry.to_numpy(), strict=True)),
        Material(**{table: _table(folder, table, name) for table in _TABLES}),
        _table(folder, "patrol_days", name),
        _windows(folder, name),
    )


def _windows(folder: Path, name: str) -> Iterator[Window]:
    for days in _told(folder)["windows"]:
        first, last = map(date.fromisoformat, days)
        told = _table(folder, f"told-{first}", name)
        keys = set(zip(*(told[column].to_pylist() for column in told.column_names), strict=True))
        yield Window(first, last, _table(folder, f"tracks-{first}", name), keys)


def _told(folder: Path) -> Mapping[str, Any]:
    try:
        told: Mapping[str, Any] = json.loads((folder / _OCCASION).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFound(
            f"there are no parts of a city in {folder}; write them with: gridgis coverage --write-partitions"
        ) from error
    return told


def _table(folder: Path, layer: str, name: str) -> pa.Table:
    return parquet.read_table(_file(folder, layer, name), partitioning=None)


def _file(folder: Path, layer: str, name: str) -> Path:
    place = folder / layer / f"{name}.parquet"
    place.parent.mkdir(parents=True, exist_ok=True)
    return place
