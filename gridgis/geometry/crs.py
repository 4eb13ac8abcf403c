"""Coordinate systems by name: any source into EPSG:4326, and EPSG:4326 into metres.

Coordinates are always x, y: longitude before latitude, easting before northing, whatever order the
authority's definition states (EPSG:4490 and the 4326 URIs say latitude first; files do not follow).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj.exceptions import CRSError

from gridgis.errors import InvalidInput
from gridgis.geometry.datums import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

ACCEPTED = (
    "EPSG:4326, EPSG:4490 (CGCS2000), EPSG:4547 or another CGCS2000 zone (EPSG:4491-4554), EPSG:3857, "
    "any other EPSG number, CRS84, GCJ-02, BD-09"
)

#: Readings tried on points that do not lie where they should.
SUSPECTS = ("GCJ-02", "BD-09", "EPSG:4547", "EPSG:3857")

_ENCRYPTED = {"GCJ-02": (gcj02_to_wgs84, wgs84_to_gcj02), "BD-09": (bd09_to_wgs84, wgs84_to_bd09)}
_NAMES = {
    "WGS84": "EPSG:4326",
    "CRS84": "EPSG:4326",
    "OGCCRS84": "EPSG:4326",
    "CGCS2000": "EPSG:4490",
    "GCJ02": "GCJ-02",
    "BD09": "BD-09",
    "BD09LL": "BD-09",
}
_EPSG = re.compile(r"(?:.*EPSG(?::|/)[\d.]*(?::|/)|EPSG:)?(\d{4,6})", re.IGNORECASE)
_CRS84 = re.compile(r".*OGC(?::|/)[\d.]*(?::|/)CRS84", re.IGNORECASE)
_CGCS2000 = re.compile(r"CGCS[ _]?2000|China[ _]2000|China Geodetic Coordinate System 2000", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SourceCrs:
    """A coordinate system data may come in.

    Attributes
    ----------
    name
        ``EPSG:4547``, ``GCJ-02`` …; what `imports.datum` keeps.
    definition
        What pyproj makes of it; empty for the two encrypted datums.
    """

    name: str
    definition: str = ""

    @property
    def is_identity(self) -> bool:
        """Whether numbers are EPSG:4326 as they stand; CGCS2000 and WGS 84 count as one datum here."""
        return self.name in {"EPSG:4326", "EPSG:4490"}

    def to_wgs84(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """Return lon, lat in degrees (EPSG:4326); NaN where a coordinate has no image.

        Parameters
        ----------
        x, y
            Arrays of one shape, in this system's units.
        """
        return self._apply(x, y, forward=False)

    def from_wgs84(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        """Return x, y in this system of points in EPSG:4326; NaN where a point has no image."""
        return self._apply(lon, lat, forward=True)

    def geometries_to_wgs84(self, geometries: ArrayLike) -> Geometries:
        """Return the geometries in EPSG:4326, vertex by vertex, without Z; ``None`` stays ``None``."""
        return _each_vertex(geometries, self.to_wgs84)

    def _apply(self, x: ArrayLike, y: ArrayLike, *, forward: bool) -> tuple[Floats, Floats]:
        if self.is_identity:
            return _floats(x), _floats(y)
        if self.name in _ENCRYPTED:
            return _ENCRYPTED[self.name][forward](x, y)
        source, target = self.definition, _geodetic(self.definition)
        return _project(_transformer(target, source) if forward else _transformer(source, target), x, y)


WGS84 = SourceCrs("EPSG:4326", "EPSG:4326")


@lru_cache(maxsize=64)
def parse_crs(text: str) -> SourceCrs:
    """Return the system that `text` names.

    Parameters
    ----------
    text
        ``EPSG:4547``, ``4547``, a URN or URI of EPSG, ``CRS84``, ``GCJ-02``, ``BD-09``, or the WKT of a file.

    Raises
    ------
    InvalidInput
        Nothing accepted goes by that name; the message lists what does.
    """
    wanted = text.strip()
    squeezed = re.sub(r"[\s_:-]", "", wanted).upper()
    name = "EPSG:4326" if _CRS84.fullmatch(wanted) else _NAMES.get(squeezed, "")
    if not name and (number := _EPSG.fullmatch(wanted)):
        name = f"EPSG:{number.group(1)}"
    if name in _ENCRYPTED:
        return SourceCrs(name)
    try:
        crs = pyproj.CRS.from_user_input(name or wanted) if wanted else None
    except CRSError:
        crs = None
    if crs is None or not (crs.is_geographic or crs.is_projected):
        shown = wanted if len(wanted) <= 60 else wanted[:57] + "…"
        raise InvalidInput(f"{shown!r} is not a coordinate system we know; accepted: {ACCEPTED}", field="crs")
    if not name:
        number_found = crs.to_epsg()
        name = f"EPSG:{number_found}" if number_found else crs.name
    return SourceCrs(name, name if name.startswith("EPSG:") else crs.to_wkt())


def to_metric(lon: ArrayLike, lat: ArrayLike, srid: int) -> tuple[Floats, Floats]:
    """Return x, y in metres of points in EPSG:4326; NaN where the projection has no image.

    Parameters
    ----------
    srid
        EPSG number of the city's metric CRS.
    """
    return _project(_transformer("EPSG:4326", f"EPSG:{srid}"), lon, lat)


def from_metric(x: ArrayLike, y: ArrayLike, srid: int) -> tuple[Floats, Floats]:
    """Return lon, lat (EPSG:4326) of points in the metric CRS `srid`."""
    return _project(_transformer(f"EPSG:{srid}", "EPSG:4326"), x, y)


def geometries_to_metric(geometries: ArrayLike, srid: int) -> Geometries:
    """Return EPSG:4326 geometries in the metric CRS `srid`, vertex by vertex; edges stay straight."""
    return _each_vertex(geometries, lambda lon, lat: to_metric(lon, lat, srid))


def geometries_from_metric(geometries: ArrayLike, srid: int) -> Geometries:
    """Return geometries of the metric CRS `srid` in EPSG:4326, vertex by vertex; edges stay straight."""
    return _each_vertex(geometries, lambda x, y: from_metric(x, y, srid))


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the coordinates of a file, and the share of its points that then lie in place."""

    name: str
    share_inside: float


def readings(x: ArrayLike, y: ArrayLike, reference: Any, *, sample: int = 2_000) -> list[Reading]:
    """Return how many points lie in the reference outline under each plausible reading of their numbers.

    The readings are: as EPSG:4326, with axes swapped, and as each of `SUSPECTS`. A wrong datum of some
    hundred metres shows only against an outline much finer than a bounding box; a share below 1 for
    "as is" and above it for another reading is the evidence, and the caller decides.

    Parameters
    ----------
    x, y
        Coordinates as found; non-finite ones are left out.
    reference
        Polygon or MultiPolygon in EPSG:4326, or a bbox ``(xmin, ymin, xmax, ymax)``.
    sample
        At most this many points, evenly spread over the rows, are looked at.

    Returns
    -------
    list of Reading
        The largest share first; equal shares keep the order above. Empty when no point is finite.
    """
    points = np.column_stack((np.ravel(_floats(x)), np.ravel(_floats(y))))
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return []
    if len(points) > sample:
        points = points[np.linspace(0, len(points) - 1, sample).astype(int)]
    outline = shapely.box(*reference) if isinstance(reference, tuple) else reference
    shapely.prepare(outline)
    east, north = points[:, 0], points[:, 1]
    places = {"as is": (east, north), "swapped axes": (north, east)}
    places |= {name: parse_crs(name).to_wgs84(east, north) for name in SUSPECTS}
    found = [Reading(name, _share_inside(outline, *place)) for name, place in places.items()]
    return sorted(found, key=lambda reading: -reading.share_inside)


def _share_inside(outline: Any, lon: Floats, lat: Floats) -> float:
    return float(np.mean(shapely.intersects_xy(outline, lon, lat)))


@lru_cache(maxsize=64)
def _geodetic(definition: str) -> str:
    """Return the geographic system to end in: a CGCS2000 zone's own, so that no datum shift is applied."""
    base = pyproj.CRS.from_user_input(definition).geodetic_crs
    return base.to_wkt() if base is not None and _CGCS2000.search(base.name) else "EPSG:4326"


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> pyproj.Transformer:
    try:
        found = pyproj.Transformer.from_crs(source, target, always_xy=True)
    except CRSError as error:
        raise InvalidInput(f"there is no way from {source} to {target}: {error}", field="crs") from error
    # Each thread makes its own copy: of the one pipeline in microseconds, of a pair of systems by searching
    # PROJ's database again, which takes 0.2 s.
    is_one = found.definition.startswith("proj=pipeline")
    return pyproj.Transformer.from_pipeline(found.definition) if is_one else found


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _project(transformer: pyproj.Transformer, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    out_x, out_y = transformer.transform(_floats(x), _floats(y))
    lost = ~(np.isfinite(out_x) & np.isfinite(out_y))
    return np.where(lost, np.nan, out_x), np.where(lost, np.nan, out_y)


def _each_vertex(
    geometries: ArrayLike, transform: Callable[[Floats, Floats], tuple[Floats, Floats]]
) -> Geometries:
    return shapely.transform(
        np.asarray(geometries, dtype=object),
        transform,
        include_z=False,
        interleaved=False,
    )
