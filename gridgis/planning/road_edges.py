"""Which edges of grids follow no road."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridgis.geometry.crs import geometries_from_metric, geometries_to_metric

Objects = NDArray[Any]


class Edge(NamedTuple):
    """What two neighbours share beside no road: their rows, its length, and where (EPSG:4326)."""

    one: int
    other: int
    length_m: float
    place: shapely.Geometry


def edges_off_roads(
    polygons: ArrayLike, roads: ArrayLike, within_m: float, srid: int, least_m: float = 1.0
) -> list[Edge]:
    """Return the stretches of borders between grids that no road runs along, the longest first.

    Outer borders are not asked: they are the community's.

    Parameters
    ----------
    polygons
        A coverage, EPSG:4326.
    roads
        Lines, EPSG:4326.
    within_m
        A border follows a road as far as it is no further from it.
    least_m
        Pairs with less than this off roads are left out.
    """
    grids = geometries_to_metric(polygons, srid)
    lines = geometries_to_metric(roads, srid)
    one, other = shapely.STRtree(grids).query(grids, "intersects")
    one, other = one[one < other], other[one < other]
    borders = _lines(shapely.intersection(shapely.boundary(grids[one]), shapely.boundary(grids[other])))
    row, road = shapely.STRtree(lines).query(borders, "dwithin", within_m)
    off = borders.copy()
    for at in np.unique(row):
        beside = shapely.buffer(lines[road[row == at]], within_m)
        off[at] = shapely.difference(borders[at], shapely.union_all(beside))
    length_m = shapely.length(off)
    found = np.flatnonzero(length_m >= least_m)
    found = found[np.argsort(-length_m[found], kind="stable")]
    places = geometries_from_metric(off[found], srid)
    return [
        Edge(int(one[k]), int(other[k]), float(length_m[k]), place)
        for k, place in zip(found, places, strict=True)
    ]


def _lines(shapes: Objects) -> Objects:
    """Return the lines of intersections, without the points where borders only touch."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    is_line = shapely.get_dimensions(parts) == 1
    gathered = np.full(len(shapes), shapely.MultiLineString(), dtype=object)
    for at in np.unique(owner[is_line]):
        gathered[at] = shapely.line_merge(shapely.multilinestrings(parts[is_line & (owner == at)]))
    return gathered
