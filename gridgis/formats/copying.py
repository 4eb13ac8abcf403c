"""Writing a stream of chunks back into a file, the columns as they came and some added."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import pyproj
import shapely
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from gridgis.errors import InvalidInput
from gridgis.formats.names import Format, format_of

#: Formats a stream can be written to.
WRITABLE = ("csv", "parquet", "geojson", "geojsonseq", "gpkg", "fgb")
GEOMETRY = "geometry"

#: A table of attributes and, where there are places, one geometry or ``None`` a row.
Rows = tuple[pa.Table, Any]


def writable_format(path: Path) -> Format:
    """Return the format that a file's name asks for.

    Raises
    ------
    InvalidInput
        The ending stands for none that can be written; the message lists those that do.
    """
    found = format_of(path)
    if found is None or found.name not in WRITABLE or path.suffix.lower() == ".gz":
        raise InvalidInput(
            f"{path.name}: the ending says nothing that can be written;"
            " use .csv, .parquet, .geojson, .geojsonseq, .gpkg or .fgb",
            field="out",
        )
    return found


def write_chunks(path: Path, chunks: Iterable[Rows], *, crs: str) -> None:
    """Write chunks in constant memory; the file gets its name when it is complete.

    Parameters
    ----------
    path
        Its ending decides the format (see `writable_format`). A file of that name is replaced.
    chunks
        At least one; all of the first one's columns, geometry in all or in none. A CSV has geometry
        as WKT in a last column.
    crs
        ``EPSG:…`` of the geometry.

    Raises
    ------
    InvalidInput
        The name has no writable ending, or a later chunk's values do not fit the first one's types.
    """
    form = writable_format(path)
    stream = iter(chunks)
    first = next(stream)
    has_geometry = first[1] is not None
    schema = _encoded(first, form.name).schema
    batches = _batches(chain([first], stream), schema, form.name)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        if form.name == "csv":
            with arrow_csv.CSVWriter(part, schema) as sheet:
                for batch in batches:
                    sheet.write_batch(batch)
        elif form.name == "parquet":
            with parquet.ParquetWriter(part, _stated(schema, crs, has_geometry), compression="zstd") as file:
                for batch in batches:
                    file.write_batch(batch.replace_schema_metadata(None))
        else:
            _write_vector(part, form.driver, schema, batches, crs if has_geometry else None)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _write_vector(
    part: Path, driver: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch], crs: str | None
) -> None:
    part.unlink(missing_ok=True)
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(schema, batches),
        part,
        driver=driver,
        layer=part.stem.removeprefix(".").removesuffix(".part"),
        geometry_name=GEOMETRY if crs else None,
        geometry_type="Unknown" if crs else None,
        crs=crs,
    )


def _encoded(rows: Rows, format_name: str) -> pa.Table:
    table, geometry = rows
    if geometry is None:
        return table
    if format_name == "csv":
        texts = [
            None if shape is None else shapely.to_wkt(shape, rounding_precision=-1) for shape in geometry
        ]
        return table.append_column("WKT", pa.array(texts, pa.string()))
    return table.append_column(GEOMETRY, pa.array(list(shapely.to_wkb(np.asarray(geometry))), pa.binary()))


def _batches(chunks: Iterable[Rows], schema: pa.Schema, format_name: str) -> Iterator[pa.RecordBatch]:
    for rows in chunks:
        table = _encoded(rows, format_name)
        try:
            table = table if table.schema.equals(schema) else table.select(schema.names).cast(schema)
        except (pa.ArrowInvalid, KeyError) as error:
            raise InvalidInput(f"a later part of the file does not fit its beginning: {error}") from error
        yield from table.combine_chunks().to_batches()


def _stated(schema: pa.Schema, crs: str, has_geometry: bool) -> pa.Schema:
    """Add GeoParquet 1.1's description of the geometry column."""
    if not has_geometry:
        return schema.with_metadata(None)
    column = {"encoding": "WKB", "geometry_types": [], "crs": pyproj.CRS(crs).to_json_dict()}
    stated = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
    return schema.with_metadata({"geo": json.dumps(stated)})
