"""A layer of the sample: columns and geometries, held flat so that a million rows stay small."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import shapely

POINT, LINE, POLYGON = 0, 1, 2


@dataclass(frozen=True)
class Shapes:
    """Geometries of one layer: their coordinates one after the other.

    Attributes
    ----------
    start
        (rows + 1,) offsets into ``lonlat``; the rings of polygons are open.
    lonlat
        (coordinates, 2), EPSG:4326.
    kind
        (rows,) ``POINT``, ``LINE`` or ``POLYGON``; a single value for all.
    multi
        Whether to write MultiLineString and MultiPolygon.
    """

    start: np.ndarray
    lonlat: np.ndarray
    kind: np.ndarray | int = POINT
    multi: bool = False

    @classmethod
    def points(cls, lonlat: np.ndarray) -> Shapes:
        """Return point shapes of (rows, 2) coordinates."""
        return cls(np.arange(len(lonlat) + 1), lonlat)

    @classmethod
    def of(cls, geometries: np.ndarray, *, multi: bool = False) -> Shapes:
        """Return shapes of simple shapely geometries of one type without holes."""
        kind = {0: POINT, 1: LINE, 3: POLYGON}[int(shapely.get_type_id(geometries[0]))]
        coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
        if kind == POLYGON:
            last = np.flatnonzero(np.append(owner[1:] != owner[:-1], True))
            coordinates, owner = np.delete(coordinates, last, axis=0), np.delete(owner, last)
        start = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(geometries)))])
        return cls(start, coordinates, kind, multi)

    def geometries(self, first: int, last: int) -> np.ndarray:
        """Return rows first to last (excluded) as shapely geometries."""
        sizes = np.diff(self.start[first : last + 1])
        lonlat = self.lonlat[self.start[first] : self.start[last]]
        if isinstance(self.kind, int):
            return _geometries(self.kind, sizes, lonlat, multi=self.multi)
        kinds, out = self.kind[first:last], np.empty(last - first, object)
        for kind in np.unique(kinds):
            rows = kinds == kind
            out[rows] = _geometries(int(kind), sizes[rows], lonlat[np.repeat(rows, sizes)], multi=self.multi)
        return out


def _geometries(kind: int, sizes: np.ndarray, lonlat: np.ndarray, *, multi: bool) -> np.ndarray:
    if kind == POINT:
        return shapely.points(lonlat)
    rows = np.arange(len(sizes))
    if kind == LINE:
        lines = shapely.linestrings(lonlat, indices=np.repeat(rows, sizes))
        return shapely.multilinestrings(lines, indices=rows) if multi else lines
    first = np.cumsum(sizes) - sizes
    closed = np.insert(lonlat, np.cumsum(sizes), lonlat[first], axis=0)
    polygons = shapely.polygons(shapely.linearrings(closed, indices=np.repeat(rows, sizes + 1)))
    return shapely.multipolygons(polygons, indices=rows) if multi else polygons


@dataclass(frozen=True)
class Outlines:
    """Geometries of a small layer, as shapely holds them; None where a row has none."""

    rows: np.ndarray

    @property
    def lonlat(self) -> np.ndarray:
        """Every coordinate, (coordinates, 2)."""
        return shapely.get_coordinates(self.rows)

    def geometries(self, first: int, last: int) -> np.ndarray:
        """Return rows first to last (excluded)."""
        return self.rows[first:last]


@dataclass(frozen=True)
class Layer:
    """One file of the sample: a table, with shapes or without."""

    name: str
    table: pa.Table
    shapes: Shapes | Outlines | None = None
    geometry_types: tuple[str, ...] = field(default_factory=tuple)

    def __len__(self) -> int:
        return int(self.table.num_rows)


def coded(values: list[str], index: np.ndarray) -> pa.Array:
    """Return a text column from distinct values and (rows,) indexes into them; a negative index is null."""
    picked = pa.array(index.astype(np.int32), mask=index < 0)
    return pa.DictionaryArray.from_arrays(picked, pa.array(values, pa.string())).cast(pa.string())


def numbered(numbers: np.ndarray, digits: int) -> pa.Array:
    """Return whole numbers as text of a fixed width, zeros in front."""
    return pa.array(np.char.zfill(numbers.astype(f"U{digits}"), digits))


def instants(seconds: np.ndarray) -> pa.Array:
    """Return POSIX seconds as UTC instants; negative means none."""
    return pa.array(np.maximum(seconds, 0) * 1000, pa.timestamp("ms", "UTC"), mask=seconds < 0)


def dates(days: np.ndarray) -> pa.Array:
    """Return days since 1970 as dates; negative means none."""
    return pa.array(np.maximum(days, 0).astype(np.int32), mask=days < 0).cast(pa.date32())
