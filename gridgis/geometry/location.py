"""The one rule of which grid a point is in (invariant 2), for points by the million and for one point.

The grids that cover the point, boundary included, exactly, in EPSG:4326; the lowest code wins. Where none
does, the nearest within a tolerance, measured in the metric CRS. Else none. The SQL of the same rule is
migrations/functions/locate.sql.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridgis.errors import InvalidInput
from gridgis.geometry.cell_index import CellIndex
from gridgis.geometry.crs import to_metric
from gridgis.geometry.snapping import MetricPolygons

COVERED, SNAPPED, NONE = "covered", "snapped", "none"

# GPS receivers state the radius that holds 68 % of fixes; of a round normal error that is 1.515 sigma.
_SIGMAS_IN_ACCURACY = 1.515


class Located(NamedTuple):
    """Where points are, one entry a point.

    Attributes
    ----------
    grid_code
        Text, ``None`` where no grid is near.
    match
        ``covered``, ``snapped`` or ``none``.
    distance_m
        0 where covered, metres to the grid where snapped, NaN where there is none.
    """

    grid_code: NDArray[Any]
    match: NDArray[Any]
    distance_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A grid other than the answer that the true position may lie in."""

    grid_code: str
    distance_m: float


@dataclass(frozen=True, slots=True)
class Location:
    """Where one point is, and how sure that is.

    Attributes
    ----------
    edge_distance_m
        To the nearest edge of the answer, from inside or outside; ``None`` without accuracy or answer.
    confidence
        Probability that the true position lies in the answer, were its nearest edge a straight line and the
        error round and normal with 68 % inside the stated accuracy; ``None`` without accuracy or answer.
    candidates
        The other grids within the stated accuracy, nearest first, then by code.
    """

    grid_code: str | None
    match: str
    distance_m: float | None
    edge_distance_m: float | None = None
    confidence: float | None = None
    candidates: tuple[Candidate, ...] = ()


class GridSet:
    """The grids in force, ready to be asked where points are.

    Parameters
    ----------
    codes
        Grid codes as text.
    polygons
        Their polygons in EPSG:4326, valid, in the same order.
    srid, tolerance_m
        The city's metric CRS, and how far a point may be snapped.

    Raises
    ------
    InvalidInput
        A code comes twice, or a geometry is no polygon.
    """

    def __init__(self, codes: ArrayLike, polygons: ArrayLike, *, srid: int, tolerance_m: float) -> None:
        given = np.asarray(codes, dtype=object).astype(str)
        order = np.argsort(given, kind="stable")
        self.codes: NDArray[Any] = given[order]
        self.polygons = np.asarray(polygons, dtype=object)[order]
        self.tolerance_m = tolerance_m
        twice = np.flatnonzero(self.codes[1:] == self.codes[:-1])
        if len(twice):
            raise InvalidInput(
                f"grid {self.codes[twice[0]]} comes twice; a code stands for one grid", field="code"
            )
        shapely.prepare(self.polygons)
        self._tree = shapely.STRtree(self.polygons)
        self._metric = MetricPolygons(self.polygons, self._tree, srid)

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def cell_index(self) -> CellIndex:
        """The index for bulk, built when first asked for (about a third of a second for 16,000 grids)."""
        return CellIndex(self.polygons)

    def locate_all(self, lon: ArrayLike, lat: ArrayLike) -> Located:
        """Return where each point is.

        Parameters
        ----------
        lon, lat
            One-dimensional, EPSG:4326; NaN or infinite coordinates are in no grid.
        """
        x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        rows = self.cell_index.covering(x, y)
        match = np.where(rows >= 0, COVERED, NONE).astype(object)
        distance_m = np.where(rows >= 0, 0.0, np.nan)
        open_rows = np.flatnonzero((rows < 0) & np.isfinite(x) & np.isfinite(y))
        if len(open_rows) and len(self):
            nearest = self._metric.nearest(x[open_rows], y[open_rows], self.tolerance_m)
            rows[open_rows], distance_m[open_rows] = nearest
            match[open_rows[nearest.row >= 0]] = SNAPPED
        named = np.full(len(self) + 1, None, dtype=object)  # row -1 is the None at the end
        named[:-1] = self.codes
        return Located(named[rows], match, distance_m)

    def locate(self, lon: float, lat: float, accuracy_m: float | None = None) -> Location:
        """Return where one point is; the same answer as `locate_all`, without a cell index.

        Parameters
        ----------
        lon, lat
            Finite, EPSG:4326.
        accuracy_m
            Radius within which the true position lies with 68 %, as receivers state it.
        """
        covering = self._tree.query(shapely.points(lon, lat), predicate="covered_by")
        if len(covering):
            row, match, distance_m = int(covering.min()), COVERED, 0.0
        else:
            nearest = self._metric.nearest(np.array([lon]), np.array([lat]), self.tolerance_m)
            row, match, distance_m = int(nearest.row[0]), SNAPPED, float(nearest.distance_m[0])
        candidates = self._candidates(lon, lat, accuracy_m, row) if accuracy_m else ()
        if row < 0:
            return Location(None, NONE, None, candidates=candidates)
        code = str(self.codes[row])
        if not accuracy_m:  # measuring to the edge costs as much as finding the grid
            return Location(code, match, distance_m)
        edge_m = self._edge_distance_m(lon, lat, row)
        sigmas = math.copysign(edge_m, 1.0 if match == COVERED else -1.0) * _SIGMAS_IN_ACCURACY / accuracy_m
        confidence = 0.5 * (1.0 + math.erf(sigmas / math.sqrt(2.0)))
        return Location(code, match, distance_m, edge_m, confidence, candidates)

    def _edge_distance_m(self, lon: float, lat: float, row: int) -> float:
        x, y = to_metric(lon, lat, self._metric.srid)
        polygon = self._metric.metric(np.array([row]))[0]
        return float(shapely.distance(shapely.boundary(polygon), shapely.points(x, y)))

    def _candidates(self, lon: float, lat: float, accuracy_m: float, row: int) -> tuple[Candidate, ...]:
        _, rows, distances_m = self._metric.within(np.array([lon]), np.array([lat]), accuracy_m)
        others = sorted((d, r) for d, r in zip(distances_m.tolist(), rows.tolist(), strict=True) if r != row)
        return tuple(Candidate(str(self.codes[r]), d) for d, r in others)
