"""Opening a file by what is in it: the content decides the format, the name only helps."""

from __future__ import annotations

import dataclasses
import gzip
import zipfile
from pathlib import Path

from gridgis.errors import InvalidInput, NotFound
from gridgis.formats.names import FORMATS, format_of
from gridgis.formats.source import Source
from gridgis.formats.tabular import open_csv, open_xlsx
from gridgis.formats.vector import open_parquet, open_vector

_MAGIC = (
    (b"PAR1", "parquet"),
    (b"SQLite format 3\0", "gpkg"),
    (b"fgb\x03fgb", "fgb"),
    (b"\x00\x00\x27\x0a", "shp"),
)


def open_source(path: Path, *, table: str | None = None, encoding: str | None = None) -> Source:
    """Open any file that can be loaded.

    Parameters
    ----------
    path
        The file; of a plain Shapefile, its ``.shp``.
    table
        Which layer or sheet, of a file that holds several.
    encoding
        Of its text; found by looking when not given.

    Raises
    ------
    NotFound
        There is no such file.
    InvalidInput
        It is empty, or in none of the accepted formats, or damaged.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {path}")
    found = sniffed(path)
    named = format_of(path)
    if found == "csv":
        source = open_csv(path, encoding=encoding)
    elif found == "xlsx":
        source = open_xlsx(path, sheet=table)
    elif found == "parquet":
        source = open_parquet(path)
    else:
        source = open_vector(path, found, layer=table, encoding=encoding)
    if named and named.name != found and {named.name, found} != {"geojson", "geojsonseq"}:
        note = f"the name says {named.title}, the content is {FORMATS[found].title} and was read as such"
        source = dataclasses.replace(source, notes=(*source.notes, note))
    return source


def sniffed(path: Path) -> str:
    """Return the name of the format of a file's content.

    Raises
    ------
    InvalidInput
        The file is empty or in no format we read.
    """
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
        head = file.read(65_536)
    if not head.strip():
        raise InvalidInput(f"{path.name} is empty")
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head.startswith(b"PK\x03\x04"):
        return _zipped(path)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\x1e \t\r\n")
    if start.startswith(b"{"):
        return _json_kind(start, sequence=head.lstrip()[:1] == b"\x1e", more=len(head) == 65_536)
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        titles = ", ".join(item.title for item in FORMATS.values())
        raise InvalidInput(f"{path.name} is in no format that can be loaded; accepted are {titles}")
    return "csv"


def _zipped(path: Path) -> str:
    names = zipfile.ZipFile(path).namelist()
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if any(name.lower().endswith(".shp") for name in names):
        return "shp"
    raise InvalidInput(
        f"{path.name} is a zip without a .shp; of zips, Shapefiles and Excel workbooks are read"
    )


def _json_kind(start: bytes, *, sequence: bool, more: bool) -> str:
    """Tell one GeoJSON object from one feature a line."""
    first, _, rest = start.partition(b"\n")
    whole = first.rstrip().endswith(b"}") and first.count(b"{") == first.count(b"}")
    is_line = whole and (b'"Feature"' in first) and b'"FeatureCollection"' not in first
    return "geojsonseq" if sequence or (is_line and (rest.lstrip().startswith(b"{") or more)) else "geojson"
