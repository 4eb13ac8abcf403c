"""Polygons as rings of coordinate pairs: vertices are the same when their two numbers are, and only then.

Whether two grids share a border is never measured; it is a question of equal numbers. So a point that is
put into an edge is put, with the same numbers, into every ring that has the edge.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import pairwise

import shapely

Point = tuple[float, float]
Edge = tuple[Point, Point]
Ring = list[Point]

#: Points nearer to each other than this are meant to be the same point: degrees, about a decimetre.
SNAP = 1e-6


def rings_of(polygon: shapely.Polygon) -> list[Ring]:
    """Return the outer ring and the holes, open, in the order and direction they are stored in."""
    return [
        [(x, y) for x, y in shapely.get_coordinates(ring)[:-1].tolist()]
        for ring in (polygon.exterior, *polygon.interiors)
    ]


def polygon_of(rings: list[Ring]) -> shapely.Polygon:
    """Return the polygon of open rings, the first the outer one, turned as RFC 7946 (3.1.6) wants."""
    return turned(shapely.Polygon(rings[0], rings[1:]))


def turned(polygon: shapely.Polygon) -> shapely.Polygon:
    """Return the polygon with its outer ring anticlockwise and its holes clockwise."""
    return shapely.orient_polygons(polygon, exterior_cw=False)


def edges_of(polygon: shapely.Polygon) -> list[Edge]:
    """Return the edges, each with the polygon's ground to its left."""
    return [edge for ring in rings_of(turned(polygon)) for edge in pairwise([*ring, ring[0]])]


def with_points(polygon: shapely.Polygon, points: Mapping[Edge, list[Point]]) -> shapely.Polygon:
    """Return the polygon with points put into its edges, or itself where it has none of the edges.

    Parameters
    ----------
    points
        By edge, in either direction, in the order from its start.
    """
    rings, found = [], False
    for ring in rings_of(polygon):
        longer: Ring = []
        for start, end in pairwise([*ring, ring[0]]):
            new = points.get((start, end)) or [*reversed(points.get((end, start), []))]
            found |= bool(new)
            longer += [start, *new]
        rings.append(longer)
    return shapely.Polygon(rings[0], rings[1:]) if found else polygon


def without_points(polygon: shapely.Polygon, points: Iterable[Point]) -> shapely.Polygon:
    """Return the polygon without some of its vertices."""
    gone = set(points)
    rings = [[point for point in ring if point not in gone] for ring in rings_of(polygon)]
    return shapely.Polygon(rings[0], rings[1:])


def apart(one: Point, other: Point) -> float:
    """Return the distance of two points in degrees."""
    return math.hypot(one[0] - other[0], one[1] - other[1])


def on_edge(point: Point, edge: Edge) -> Point:
    """Return the point of an edge that is nearest to a point."""
    (ax, ay), (bx, by) = edge
    dx, dy = bx - ax, by - ay
    share = ((point[0] - ax) * dx + (point[1] - ay) * dy) / (dx * dx + dy * dy)
    if share <= 0.0:
        return edge[0]
    return edge[1] if share >= 1.0 else (ax + share * dx, ay + share * dy)
