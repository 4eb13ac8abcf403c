"""A file of polygons held in memory: its rows as they came, its shapes in EPSG:4326."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from gridgis.errors import InvalidInput
from gridgis.formats.converting import as_text
from gridgis.formats.opening import open_source
from gridgis.geometry.crs import WGS84, parse_crs
from gridgis.geometry.validity import repair


@dataclass(frozen=True, slots=True)
class PolygonFile:
    """The rows of a file.

    Attributes
    ----------
    name
        Of the file, for messages.
    table
        The attributes as they came.
    polygons
        Valid, EPSG:4326, one a row.
    made_valid
        Row numbers, from 1, whose shape had to be made valid.
    crs
        What the coordinates were read as.
    """

    name: str
    table: pa.Table
    polygons: NDArray[Any]
    made_valid: tuple[int, ...]
    crs: str

    def codes(self, column: str | None, usual: Sequence[str] = ("code",)) -> NDArray[Any]:
        """Return the code of each row as text, from a column; by default from one of the usual names.

        Without such a column the rows are named by their numbers.

        Raises
        ------
        InvalidInput
            The column named is not there, or a code is missing or comes twice.
        """
        if column is None:
            column = next((name for name in usual if name in self.table.column_names), None)
            if column is None:
                width = len(str(len(self.polygons)))
                return np.array([f"{row:0{width}}" for row in range(1, len(self.polygons) + 1)], dtype=object)
        found = as_text(self.column(column)).to_pylist()
        first: dict[str, int] = {}
        for row, code in enumerate(found, start=1):
            if code is None or code in first:
                wrong = f"{code} of row {first[code]} again" if code else "no code"
                raise InvalidInput(
                    f"{self.name}, row {row}: {wrong} in column {column!r}; each row needs its own",
                    field="code",
                )
            first[code] = row
        return np.array(found, dtype=object)

    def labels(self, column: str) -> NDArray[Any]:
        """Return a column as text, ``None`` where it is empty; errors as of `column`."""
        return np.array(as_text(self.column(column)).to_pylist(), dtype=object)

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a column of amounts, 0 where it is empty.

        Raises
        ------
        InvalidInput
            The column is not there, or a value is no number or below 0.
        """
        values = self.column(column)
        if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
            try:
                values = pc.cast(as_text(values), pa.float64())
            except pa.ArrowInvalid as error:
                raise InvalidInput(
                    f"{self.name}: column {column!r} is not of numbers", field=column
                ) from error
        amounts = np.nan_to_num(pc.cast(values, pa.float64(), safe=False).to_numpy())
        below = np.flatnonzero(~((amounts >= 0) & np.isfinite(amounts)))
        if len(below):
            raise InvalidInput(
                f"{self.name}, row {below[0] + 1}: {column} is {amounts[below[0]]:g}; 0 or more is accepted",
                field=column,
            )
        return amounts

    def column(self, name: str) -> pa.ChunkedArray:
        """Return a column.

        Raises
        ------
        InvalidInput
            There is none of that name; the message lists those there are.
        """
        if name not in self.table.column_names:
            raise InvalidInput(
                f"{self.name} has no column {name!r}; it has {', '.join(self.table.column_names)}", field=name
            )
        return self.table.column(name)


def read_polygons(path: Path, crs: str | None = None) -> PolygonFile:
    """Read a file of polygons, one in every row.

    Parameters
    ----------
    path
        Any file with geometry that can be read.
    crs
        Of its coordinates; by default what the file says, else EPSG:4326.

    Raises
    ------
    InvalidInput
        It has no rows or no geometry, or a row holds no polygon.
    """
    table, shapes, system = read_shapes(path, crs)
    mended = repair(shapes, "polygon", _ANY_METRIC)
    for row, shape in enumerate(mended.geometries, start=1):
        if shape is None:
            raise InvalidInput(f"{path.name}, row {row}: there is no polygon; every row needs one")
    invalid = tuple(int(row) + 1 for row in np.flatnonzero(mended.reasons != ""))
    return PolygonFile(path.name, table, mended.geometries, invalid, system)


def read_outlines(path: Path) -> dict[str, Any]:
    """Return code -> outline (EPSG:4326) of a file of divisions, without the rows that have none.

    Of a file that holds several levels of the tree (column ``level``) the communities are read.

    Raises
    ------
    InvalidInput
        The file holds no outline, or a code is missing or comes twice.
    """
    table, shapes, system = read_shapes(path)
    outlines = repair(shapes, "polygon", _ANY_METRIC).geometries
    wanted = ~shapely.is_missing(outlines)
    if "level" in table.column_names:
        wanted &= np.asarray(table.column("level").to_pylist(), dtype=object) == "community"
    if not wanted.any():
        raise InvalidInput(f"{path.name} holds no outline of a community")
    kept = PolygonFile(path.name, table.filter(pa.array(wanted)), outlines[wanted], (), system)
    return dict(zip(kept.codes(None).tolist(), kept.polygons, strict=True))


#: World Mercator: `repair` measures its changes of area in some metric system, and none is read here.
_ANY_METRIC = 3857


def read_shapes(path: Path, crs: str | None = None) -> tuple[pa.Table, NDArray[Any], str]:
    """Return the attributes, the geometries of any kind in EPSG:4326, and the system they were read as.

    Raises
    ------
    InvalidInput
        The file has no rows or no geometry.
    """
    source = open_source(path)
    if not source.has_geometry:
        raise InvalidInput(f"{path.name} has no geometry; give a map file such as GeoJSON or GeoPackage")
    system = parse_crs(crs or source.crs or WGS84.name)
    tables: list[pa.Table] = []
    shapes: list[NDArray[Any]] = []
    for chunk in source.chunks():
        tables.append(chunk.table)
        shapes.append(system.geometries_to_wgs84(np.asarray(chunk.geometry)))
    if not tables:
        raise InvalidInput(f"{path.name} has no rows")
    return pa.concat_tables(tables, promote_options="default"), np.concatenate(shapes), system.name


def holding(places: NDArray[Any], outlines: NDArray[Any]) -> NDArray[np.int64]:
    """Return for each place the row of the outline that holds its point on surface, else of the nearest.

    Of several outlines that hold it the first counts.
    """
    points = shapely.point_on_surface(places)
    tree = shapely.STRtree(outlines)
    row = np.full(len(places), len(outlines), dtype=np.int64)
    inside, found = tree.query(points, predicate="intersects")
    np.minimum.at(row, inside, found)
    lost = row == len(outlines)
    row[lost] = tree.nearest(points[lost])
    return row
