"""Vertices that lie on a neighbour's edge, made vertices of the neighbour too."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

Objects = NDArray[Any]

#: A vertex this near an edge, in degrees (a tenth of a millimetre), lies on it.
_ON_EDGE = 1e-9


def stitched(polygons: ArrayLike) -> Objects:
    """Return polygons that share their borders vertex for vertex where they already meet.

    Only edges that no other polygon has are looked at, so a coverage with few seams takes little time. An
    edge is bent by no more than the distance that counts as lying on it.

    Parameters
    ----------
    polygons
        EPSG:4326, without holes between them or overlaps; polygons of several parts are allowed.
    """
    shapes = np.asarray(polygons, dtype=object)
    starts, ends, owner = _edges(shapes)
    edges = np.where(_turned(starts, ends)[:, None], np.hstack((ends, starts)), np.hstack((starts, ends)))
    _, first, count = np.unique(edges, axis=0, return_index=True, return_counts=True)
    alone = first[count == 1]
    vertices = np.unique(np.vstack((starts[alone], ends[alone])), axis=0)
    lines = shapely.linestrings(np.stack((starts[alone], ends[alone]), axis=1))
    edge, vertex = shapely.STRtree(shapely.points(vertices)).query(lines, "dwithin", _ON_EDGE)
    between = (vertices[vertex] != starts[alone][edge]).any(axis=1)
    between &= (vertices[vertex] != ends[alone][edge]).any(axis=1)
    missing: dict[tuple[float, ...], list[Any]] = {}
    for k, v in zip(alone[edge[between]], vertex[between], strict=True):
        missing.setdefault((*starts[k], *ends[k]), []).append(vertices[v])
    result = shapes.copy()
    for row in np.unique(owner[alone[edge[between]]]):
        result[row] = _with_vertices(shapes[row], missing)
    return result


def _edges(shapes: Objects) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    parts, polygon = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    within = ring[1:] == ring[:-1]
    return points[:-1][within], points[1:][within], polygon[part[ring[1:][within]]]


def _turned(starts: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (starts[:, 0] > ends[:, 0]) | ((starts[:, 0] == ends[:, 0]) & (starts[:, 1] > ends[:, 1]))


def _with_vertices(shape: shapely.Geometry, missing: dict[tuple[float, ...], list[Any]]) -> shapely.Geometry:
    def ring(line: shapely.LinearRing) -> NDArray[np.float64]:
        points = shapely.get_coordinates(line)
        out = [points[0]]
        for start, end in pairwise(points):
            new = np.array(missing.get((*start, *end), [])).reshape(-1, 2)
            out += list(new[np.argsort(np.hypot(*(new - start).T), kind="stable")])
            out.append(end)
        return np.array(out)

    parts = [
        shapely.Polygon(ring(part.exterior), [ring(hole) for hole in part.interiors])
        for part in shapely.get_parts(shape)
    ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
