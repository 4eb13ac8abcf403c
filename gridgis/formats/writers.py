"""Rows into files: CSV as a stream of bytes, the binary formats batch by batch."""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio
import shapely
from pyarrow import parquet
from pyproj import CRS

SRID = 4326

#: Decimals of a degree in text formats: 1 cm.
DECIMALS = 7

#: Names that a shapefile's ten bytes do not hold, and what stands there instead.
SHAPEFILE_NAMES = {
    "accuracy_class": "accu_class",
    "change_date": "chg_date",
    "community_code": "commu_code",
    "competent_dept_code": "comp_dept",
    "competent_dept_name": "comp_dname",
    "component_code": "comp_code",
    "data_source": "data_src",
    "department_code": "dept_code",
    "description": "descr",
    "dispatched_at": "dispatch",
    "division_code": "div_code",
    "footprint_m2": "footprt_m2",
    "has_contact": "contact",
    "initial_date": "init_date",
    "maintainer_code": "maint_code",
    "maintainer_name": "maint_name",
    "parent_code": "par_code",
    "reported_at": "reported",
    "reporter_code": "reporter",
}

_TYPES = {
    "text": pa.string(),
    "integer": pa.int64(),
    "real": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "instant": pa.timestamp("ms", tz="UTC"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, and its kind (text, integer, real, boolean, date or instant)."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows to be written, batch by batch.

    Attributes
    ----------
    name
        Of the layer in formats that name one.
    fields
        The columns.
    geometry
        Kind of geometry in the words of the standard, "Geometry" for mixed ones, "" for none.
    unplaced
        Whether rows may lack geometry.
    batches
        Rows in the order of `fields`; where there is geometry its WKB (EPSG:4326, x = lon) comes last.
    """

    name: str
    fields: tuple[Field, ...]
    geometry: str
    unplaced: bool
    batches: Iterable[Sequence[Sequence[Any]]]


def csv_text(table: Table) -> Iterator[bytes]:
    """Yield CSV (RFC 4180) in UTF-8 with a mark, without which spreadsheets misread Chinese.

    Points become the columns ``lon`` and ``lat``, other geometry ``WKT``, all with 7 decimals; codes are
    written as they are, so a reader must be told that they are text.
    """
    coordinates = {"": [], "Point": ["lon", "lat"]}.get(table.geometry, ["WKT"])
    yield "\ufeff".encode() + _lines([[f.name for f in table.fields] + coordinates])
    for batch in table.batches:
        if not table.geometry:
            yield _lines([[_cell(value) for value in row] for row in batch])
            continue
        shapes = shapely.from_wkb([_bytes(row[-1]) for row in batch])
        if table.geometry == "Point":
            places = [[_degrees(x), _degrees(y)] for x, y in zip(*_xy(shapes), strict=True)]
        else:
            places = [[wkt or ""] for wkt in shapely.to_wkt(shapes, rounding_precision=DECIMALS)]
        yield _lines(
            [[*(_cell(v) for v in row[:-1]), *place] for row, place in zip(batch, places, strict=True)]
        )


def write_vector(table: Table, path: Path, driver: str) -> None:
    """Write a GeoPackage, FlatGeobuf or shapefile through GDAL.

    A FlatGeobuf gets its spatial index unless rows may lack geometry, which the index cannot hold.
    A shapefile gets the short names of `SHAPEFILE_NAMES`, instants as text, and a ``.cpg`` that says UTF-8.
    """
    is_shapefile = driver == "ESRI Shapefile"
    schema = _schema(table, shapefile=is_shapefile)
    options = {"SPATIAL_INDEX": "NO"} if driver == "FlatGeobuf" and table.unplaced else {}
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(schema, _record_batches(table, schema)),
        path,
        layer=table.name,
        driver=driver,
        geometry_name="geometry",
        geometry_type="Unknown" if table.geometry == "Geometry" else table.geometry,
        crs=f"EPSG:{SRID}",
        encoding="UTF-8" if is_shapefile else None,
        layer_options=options,
    )


def write_parquet(table: Table, path: Path) -> None:
    """Write GeoParquet 1.1 (WKB), or plain Parquet where there is no geometry."""
    schema = _schema(table)
    bounds: list[float] = []
    types: set[str] = set()
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in _record_batches(table, schema):
            writer.write_batch(batch)
            if table.geometry:
                shapes = shapely.from_wkb(batch.column("geometry").to_numpy(zero_copy_only=False))
                types |= {shape.geom_type for shape in shapes if shape is not None}
                bounds = _united(bounds, shapely.total_bounds(shapes).tolist())
        if table.geometry:
            writer.add_key_value_metadata({"geo": json.dumps(_geo_metadata(types, bounds))})


def zip_files(files: Iterable[Path], path: Path) -> None:
    """Pack files, without their folder, into a ZIP."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.name)


def _schema(table: Table, *, shapefile: bool = False) -> pa.Schema:
    fields = []
    for f in table.fields:
        kind = pa.string() if shapefile and f.kind == "instant" else _TYPES[f.kind]
        fields.append(pa.field(SHAPEFILE_NAMES.get(f.name, f.name) if shapefile else f.name, kind))
    if table.geometry:
        fields.append(pa.field("geometry", pa.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"}))
    return pa.schema(fields)


def _record_batches(table: Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    instants = {i for i, f in enumerate(table.fields) if f.kind == "instant"}
    for batch in table.batches:
        arrays = []
        for i, (values, field) in enumerate(zip(zip(*batch, strict=True), schema, strict=True)):
            column: Iterable[Any] = values
            if field.name == "geometry":
                column = (_bytes(value) for value in values)
            elif i in instants and pa.types.is_string(field.type):
                column = (None if value is None else _instant(value) for value in values)
            arrays.append(pa.array(column, type=field.type))
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _geo_metadata(types: set[str], bounds: list[float]) -> dict[str, Any]:
    column = {
        "encoding": "WKB",
        "geometry_types": sorted(types),
        "crs": CRS.from_epsg(SRID).to_json_dict(),
        "orientation": "counterclockwise",
    }
    if bounds:
        column["bbox"] = bounds
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def _united(a: list[float], b: list[float]) -> list[float]:
    if math.isnan(b[0]):  # nothing in b
        return a
    if not a:
        return b
    return [min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])]


def _xy(points: Any) -> tuple[Any, Any]:
    return shapely.get_x(points), shapely.get_y(points)


def _degrees(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.{DECIMALS}f}"


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _instant(value) if isinstance(value, datetime) else str(value)


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
