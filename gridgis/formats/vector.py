"""Spatial files as streams of chunks: what GDAL reads, and GeoParquet."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyogrio.raw import open_arrow

from gridgis.errors import InvalidInput
from gridgis.formats import encodings
from gridgis.formats.source import CHUNK_ROWS, Chunk, Source, numbered

#: Formats whose files may hold several tables; asking the others would read a whole GeoJSON for nothing.
_MANY_LAYERS = ("gpkg",)


def open_vector(
    path: Path, format_name: str, *, layer: str | None = None, encoding: str | None = None
) -> Source:
    """Open GeoJSON, GeoJSONSeq, GeoPackage, FlatGeobuf or a Shapefile (plain or zipped).

    Parameters
    ----------
    path
        The file; ``.gz`` around a text format is read through.
    format_name
        One of `names.FORMATS`.
    layer
        Which table of a file that holds several.
    encoding
        Of a Shapefile's texts; found from the ``.cpg`` or by trying when not given.

    Raises
    ------
    InvalidInput
        GDAL cannot read the file, or it holds several layers and none is named.
    """
    location = _gdal_path(path, format_name)
    if format_name in _MANY_LAYERS:
        layer = _one_layer(location, path, layer)
    guessed = False
    if format_name == "shp" and encoding is None:
        encoding, guessed = _shapefile_encoding(path)
    with _gdal_errors(path):
        info = pyogrio.read_info(location, layer=layer, encoding=encoding)
    rows = int(info["features"])

    def chunks() -> Iterator[Chunk]:
        with (
            _gdal_errors(path),
            open_arrow(location, layer=layer, encoding=encoding, batch_size=CHUNK_ROWS, use_pyarrow=True) as (
                meta,
                reader,
            ),
        ):
            name = meta["geometry_name"] or "wkb_geometry"
            for first_row, batch in numbered(reader):
                yield _chunk(
                    first_row, pa.Table.from_batches([batch]), name, meta["geometry_type"] is not None
                )

    return Source(
        format=format_name,
        columns=tuple(str(name) for name in info["fields"]),
        crs=_quiet_default(info["crs"], format_name),
        rows=rows if rows >= 0 else None,
        has_geometry=info["geometry_type"] is not None,
        chunks=chunks,
        encoding=(encoding or "utf-8").lower(),
        encoding_guessed=guessed,
    )


def open_parquet(path: Path) -> Source:
    """Open GeoParquet (WKB), or a plain Parquet table whose places are columns.

    Raises
    ------
    InvalidInput
        The file is damaged, or its geometry is in an encoding other than WKB.
    """
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InvalidInput(f"{path.name} is not readable as Parquet: {error}") from error
    stated = (file.schema_arrow.metadata or {}).get(b"geo")
    geo = json.loads(stated) if stated else {}
    name = geo.get("primary_column", "")
    column = geo.get("columns", {}).get(name, {})
    if name and column.get("encoding", "WKB") != "WKB":
        raise InvalidInput(f"{path.name}: geometry in {column['encoding']} is not read; write it as WKB")
    crs = ""
    if name:
        crs = "EPSG:4326" if "crs" not in column else _crs_text(column["crs"])

    def chunks() -> Iterator[Chunk]:
        with pq.ParquetFile(path) as again:
            for first_row, batch in numbered(again.iter_batches(batch_size=CHUNK_ROWS)):
                yield _chunk(first_row, pa.Table.from_batches([batch]), name, bool(name))

    return Source(
        format="parquet",
        columns=tuple(c for c in file.schema_arrow.names if c != name),
        crs=crs,
        rows=file.metadata.num_rows,
        has_geometry=bool(name),
        chunks=chunks,
    )


def _chunk(first_row: int, table: pa.Table, geometry_column: str, has_geometry: bool) -> Chunk:
    if not has_geometry or geometry_column not in table.column_names:
        return Chunk(first_row, table, None)
    wkb = table.column(geometry_column).to_numpy(zero_copy_only=False)
    geometry = shapely.from_wkb(wkb, on_invalid="ignore")
    lost = shapely.is_missing(geometry) & ~np.asarray(table.column(geometry_column).is_null())
    return Chunk(first_row, table.drop_columns([geometry_column]), geometry, lost if lost.any() else None)


def _gdal_path(path: Path, format_name: str) -> str:
    if format_name == "shp" and zipfile.is_zipfile(path):
        inside = [name for name in zipfile.ZipFile(path).namelist() if name.lower().endswith(".shp")]
        if len(inside) != 1:
            found = ", ".join(inside) if inside else "none"
            raise InvalidInput(f"{path.name} must hold one .shp; it holds {found}: zip each Shapefile alone")
        return f"/vsizip/{path.resolve()}/{inside[0]}"
    if path.suffix.lower() == ".gz":
        return f"/vsigzip/{path.resolve()}"
    return str(path.resolve())


def _one_layer(location: str, path: Path, layer: str | None) -> str | None:
    with _gdal_errors(path):
        names = [str(name) for name, _ in pyogrio.list_layers(location)]
    if not names:
        raise InvalidInput(f"{path.name} holds no table")
    if layer is None and len(names) == 1:
        return names[0]
    if layer not in names:
        raise InvalidInput(
            f"{path.name} holds the tables {', '.join(names)}; name one with --table", field="table"
        )
    return layer


def _shapefile_encoding(path: Path) -> tuple[str, bool]:
    """Return the encoding of a Shapefile's texts, and whether it had to be guessed."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            members = {Path(name).suffix.lower(): name for name in archive.namelist()}
            stated = encodings.cpg_encoding(archive.read(members[".cpg"])) if ".cpg" in members else ""
            dbf = b"" if stated or ".dbf" not in members else archive.read(members[".dbf"])
    else:
        cpg, table = (_sibling(path, suffix) for suffix in (".cpg", ".dbf"))
        stated = encodings.cpg_encoding(cpg.read_bytes()) if cpg else ""
        dbf = b"" if stated or not table else table.read_bytes()
    if stated:
        return stated, False
    return (encodings.dbf_encoding(dbf, path.name) if dbf else "utf-8"), True


def _sibling(path: Path, suffix: str) -> Path | None:
    return next(
        (p for p in path.parent.glob(f"{path.stem}.*") if p.suffix.lower() == suffix and p.stem == path.stem),
        None,
    )


def _quiet_default(crs: str | None, format_name: str) -> str:
    """GeoJSON's CRS is EPSG:4326 by its RFC; the others say it or are silent."""
    if crs:
        return str(crs)
    return "EPSG:4326" if format_name.startswith("geojson") else ""


def _crs_text(stated: Any) -> str:
    if stated is None:
        return ""
    crs = pyproj.CRS.from_user_input(stated)
    number = crs.to_epsg()
    if number:
        return f"EPSG:{number}"
    authority = crs.to_authority()
    return ":".join(authority) if authority else crs.to_wkt()


class _gdal_errors:  # noqa: N801 - reads as the `with` statement it is
    """GDAL's errors in our words; its warnings do not reach the terminal."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.quiet = warnings.catch_warnings()

    def __enter__(self) -> None:
        self.quiet.__enter__()
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self.quiet.__exit__(kind, error, trace)
        if isinstance(error, DataSourceError | DataLayerError):
            raise InvalidInput(f"{self.path.name} cannot be read: {error}") from error
