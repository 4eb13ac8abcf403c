"""Tables of figures into files: CSV, an Excel sheet, or GeoJSON with a shape a row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import shapely

from gridgis.errors import InvalidInput

ENDINGS = (".csv", ".xlsx", ".geojson")


def write_figures(path: Path, rows: Sequence[Mapping[str, Any]], shapes: Mapping[str, bytes]) -> None:
    """Write rows of one kind to a file, in the format of its ending.

    What is not available is left empty (null in GeoJSON). Codes are text, also in a sheet.

    Parameters
    ----------
    shapes
        WKB (EPSG:4326) by the value of ``code`` or, where there is none, ``worker_code``; used by GeoJSON,
        where a row without one has no geometry.

    Raises
    ------
    InvalidInput
        The ending names no format of these.
    """
    if path.suffix.lower() not in ENDINGS:
        raise InvalidInput(
            f"the ending of {path.name} names no format; accepted are {', '.join(ENDINGS)}", field="out"
        )
    path.write_bytes(encoded(path.suffix.lower(), rows, shapes))


def encoded(ending: str, rows: Sequence[Mapping[str, Any]], shapes: Mapping[str, bytes]) -> bytes:
    """Return the bytes of a file of one of `ENDINGS`; see `write_figures`."""
    match ending:
        case ".csv":
            return _csv(rows)
        case ".xlsx":
            buffer = io.BytesIO()
            _workbook(rows).save(buffer)
            return buffer.getvalue()
        case _:
            return json.dumps(_collection(rows, shapes), ensure_ascii=False).encode()


def plain(value: Any) -> Any:
    """Return a value as JSON has it; instants in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(rows[0] if rows else ["code"])
    writer.writerows([["" if v is None else plain(v) for v in row.values()] for row in rows])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()  # without the mark spreadsheets misread Chinese


def _workbook(rows: Sequence[Mapping[str, Any]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("figures")
    sheet.append(list(rows[0]) if rows else ["code"])
    for row in rows:
        sheet.append([plain(value) for value in row.values()])
    return book


def _collection(rows: Sequence[Mapping[str, Any]], shapes: Mapping[str, bytes]) -> dict[str, Any]:
    features = []
    for row in rows:
        wkb = shapes.get(row.get("code", row.get("worker_code", "")))
        geometry = json.loads(shapely.to_geojson(shapely.from_wkb(wkb))) if wkb else None
        properties = {name: plain(value) for name, value in row.items()}
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return {"type": "FeatureCollection", "features": features}
