"""Layers to files: GeoParquet 1.1 in row groups, so that memory stays low, and the manifest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from gridgis.sample.city import STATEMENT
from gridgis.sample.layers import Layer

ROWS_IN_GROUP = 65_536


def write_layer(layer: Layer, folder: Path, progress: Callable[[int], None] = lambda rows: None) -> Path:
    """Write a layer as ``<name>.parquet``: GeoParquet where it has shapes; returns the path.

    The bytes depend on the layer and the library versions only.
    """
    path = folder / f"{layer.name}.parquet"
    table = layer.table
    schema = table.schema
    if layer.shapes is not None:
        geometry = pa.field("geometry", pa.binary())
        schema = schema.append(geometry).with_metadata({b"geo": json.dumps(_geo(layer)).encode()})
    with pq.ParquetWriter(path, _described(schema), compression="zstd", compression_level=1) as writer:
        for first in range(0, max(len(layer), 1), ROWS_IN_GROUP):
            last = min(first + ROWS_IN_GROUP, len(layer))
            part = table.slice(first, last - first)
            if layer.shapes is not None:
                wkb = shapely.to_wkb(layer.shapes.geometries(first, last), flavor="iso")
                part = part.append_column("geometry", pa.array(wkb, pa.binary()))
            writer.write_table(part.cast(writer.schema))
            progress(last - first)
    return path


def write_parts(
    first: Layer, rest: Iterable[Layer], folder: Path, progress: Callable[[int], None] = lambda rows: None
) -> int:
    """Write a layer without shapes that comes in parts as one file, a row group a part; returns its rows."""
    rows = 0
    path = folder / f"{first.name}.parquet"
    with pq.ParquetWriter(
        path, _described(first.table.schema), compression="zstd", compression_level=1
    ) as writer:
        for part in chain([first], rest):
            writer.write_table(part.table.cast(writer.schema))
            rows += len(part)
            progress(len(part))
    return rows


def _described(schema: pa.Schema) -> pa.Schema:
    return schema.with_metadata({**(schema.metadata or {}), b"description": STATEMENT.encode()})


def _geo(layer: Layer) -> dict[str, object]:
    """Return the ``geo`` metadata of GeoParquet 1.1; coordinates are lon, lat, as the format asks."""
    assert layer.shapes is not None  # noqa: S101 -- for the type checker; the caller looked
    column: dict[str, object] = {
        "encoding": "WKB",
        "geometry_types": list(layer.geometry_types),
        "crs": json.loads(pyproj.CRS.from_epsg(4326).to_json()),
        "edges": "planar",
    }
    if len(layer.shapes.lonlat):
        low, high = layer.shapes.lonlat.min(axis=0), layer.shapes.lonlat.max(axis=0)
        column["bbox"] = [float(v) for v in np.concatenate([low, high])]
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def write_manifest(folder: Path, figures: dict[str, object]) -> Path:
    """Write ``sample.json``: what was asked, what was made, and that the shapes are invented."""
    path = folder / "sample.json"
    text = json.dumps({"statement": STATEMENT, "crs": "EPSG:4326", **figures}, ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    return path
