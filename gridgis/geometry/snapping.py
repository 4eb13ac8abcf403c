"""The nearest grid of a point that none covers, measured in the city's metric CRS."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgis.geometry.crs import geometries_to_metric, to_metric

Floats = NDArray[np.float64]

#: Distances this near the smallest are equal, so that the lowest code wins and not the last bit of a
#: projection; and the least a snapped distance is reported as, since it must differ from "covered".
TIE_M = 0.001

#: Metres in a degree of latitude, and of longitude on the equator, both from below.
_METRES_PER_DEGREE_LAT, _METRES_PER_DEGREE_LON = 110_500.0, 111_300.0
#: What a metric CRS may shrink distances by; boxes are drawn larger by as much.
_SLACK = 1.05
#: Points worked on at a time, which bounds the memory of the pairs.
_CHUNK = 50_000


class Nearest(NamedTuple):
    """Row of the nearest polygon (-1: none within reach) and its distance in metres (NaN: none)."""

    row: NDArray[np.int32]
    distance_m: Floats


class MetricPolygons:
    """Polygons in EPSG:4326 that are projected, vertex by vertex, when a point first comes near them.

    Parameters
    ----------
    polygons, tree
        The polygons in the order of their codes, and a tree of them.
    srid
        The city's metric CRS.
    """

    def __init__(self, polygons: NDArray[Any], tree: shapely.STRtree, srid: int) -> None:
        self._polygons, self._tree, self.srid = polygons, tree, srid
        self._metric = np.full(len(polygons), None, dtype=object)

    def metric(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return polygons by row in the metric CRS."""
        missing = np.unique(rows[shapely.is_missing(self._metric[rows])])
        if len(missing):
            self._metric[missing] = geometries_to_metric(self._polygons[missing], self.srid)
        return self._metric[rows]

    def within(self, lon: Floats, lat: Floats, reach_m: float) -> tuple[NDArray[Any], NDArray[Any], Floats]:
        """Return pairs of point and polygon at most `reach_m` metres apart.

        Returns
        -------
        points, rows, distance_m
            Aligned arrays; 0 metres inside.
        """
        up = reach_m * _SLACK / _METRES_PER_DEGREE_LAT
        # towards the poles a degree of longitude shrinks to nothing; no city lies beyond 89 degrees
        shrink = np.cos(np.radians(np.minimum(np.abs(lat) + up, 89.0)))
        across = reach_m * _SLACK / (_METRES_PER_DEGREE_LON * shrink)
        points, rows = self._tree.query(shapely.box(lon - across, lat - up, lon + across, lat + up))
        x, y = to_metric(lon[points], lat[points], self.srid)
        distance_m = shapely.distance(self.metric(rows), shapely.points(x, y))
        near = distance_m <= reach_m
        return points[near], rows[near], distance_m[near]

    def nearest(self, lon: Floats, lat: Floats, tolerance_m: float) -> Nearest:
        """Return for each point the nearest polygon within `tolerance_m`.

        Of those within `TIE_M` of the smallest distance the first row wins; the distance is that of the
        winner, and at least `TIE_M`.

        Parameters
        ----------
        lon, lat
            Finite coordinates in EPSG:4326 of points that no polygon covers.
        """
        row = np.full(len(lon), -1, dtype=np.int32)
        distance_m = np.full(len(lon), np.nan)
        for start in range(0, len(lon), _CHUNK):
            part = slice(start, start + _CHUNK)
            points, rows, found_m = self.within(lon[part], lat[part], tolerance_m)
            smallest = np.full(len(lon[part]), np.inf)
            np.minimum.at(smallest, points, found_m)
            tied = found_m <= smallest[points] + TIE_M
            points, rows, found_m = points[tied], rows[tied], found_m[tied]
            order = np.lexsort((rows, points))
            winners, first = np.unique(points[order], return_index=True)
            row[start + winners] = rows[order][first]
            distance_m[start + winners] = np.maximum(found_m[order][first], TIE_M)
        return Nearest(row, distance_m)
