"""The file formats by name: one table for reading, writing, file dialogs and HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gridgis.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Format:
    """One file format.

    Attributes
    ----------
    name
        What ``--format`` and URLs call it.
    title
        What people call it.
    extensions
        Endings of file names, the usual one first.
    driver
        GDAL's name; empty for the tables we read and write ourselves.
    media_type
        Of an HTTP answer.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    driver: str
    media_type: str


FORMATS = {
    item.name: item
    for item in (
        Format("geojson", "GeoJSON", (".geojson", ".json"), "GeoJSON", "application/geo+json"),
        Format(
            "geojsonseq",
            "GeoJSON text sequence",
            (".geojsonseq", ".geojsonl", ".ndjson", ".jsonl", ".geojsons"),
            "GeoJSONSeq",
            "application/geo+json-seq",
        ),
        Format("gpkg", "GeoPackage", (".gpkg",), "GPKG", "application/geopackage+sqlite3"),
        Format("fgb", "FlatGeobuf", (".fgb",), "FlatGeobuf", "application/flatgeobuf"),
        Format("parquet", "GeoParquet", (".parquet", ".geoparquet"), "", "application/vnd.apache.parquet"),
        Format("shp", "Shapefile", (".shp", ".shp.zip", ".zip"), "ESRI Shapefile", "application/zip"),
        Format("csv", "CSV", (".csv", ".tsv", ".txt"), "", "text/csv"),
        Format(
            "xlsx",
            "Excel workbook",
            (".xlsx",),
            "",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    )
}


def format_of(path: Path) -> Format | None:
    """Return the format that the ending of a file's name stands for; a ``.gz`` on top is looked through."""
    name = path.name.lower().removesuffix(".gz")
    return next((f for f in FORMATS.values() if name.endswith(f.extensions)), None)


def format_named(name: str) -> Format:
    """Return a format by name.

    Raises
    ------
    InvalidInput
        There is none of that name; the message lists them.
    """
    if name not in FORMATS:
        raise InvalidInput(f"format {name!r} is unknown; accepted are {', '.join(FORMATS)}", field="format")
    return FORMATS[name]
