"""A polygon cut along lines into pieces that share their vertices, and the points its border gets by it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgis.planning.editing.rings import (
    SNAP,
    Edge,
    Point,
    apart,
    edges_of,
    on_edge,
    rings_of,
    turned,
    without_points,
)

#: Share of a polygon that its pieces may lack by rounding.
_LOST = 1e-9


class Cut(NamedTuple):
    """What a cut makes: the pieces, and the points to put into the polygon's edges, in order along each.

    There are no pieces where lines, or a line and the border, lie too close together to be told apart: drawn
    together within a snap they can cross, and no whole faces are made of such.
    """

    pieces: list[shapely.Polygon]
    inserted: dict[Edge, list[Point]]


def cut(polygon: shapely.Polygon, lines: Iterable[shapely.Geometry]) -> Cut:
    """Return a polygon's pieces along lines; what of them does not part it is passed over.

    Parameters
    ----------
    lines
        Of any number and course: bent, crossing the border and each other, ending inside. A line that comes
        within `SNAP` of a vertex goes through it.
    """
    border = _Border(polygon)
    reach = shapely.box(*polygon.bounds).buffer(2 * SNAP, join_style="mitre")
    near = shapely.intersection(shapely.union_all([*lines]), reach)
    chords = {
        chord
        for line in shapely.get_parts(near)
        if line.geom_type == "LineString" and not line.is_empty
        for chord in border.chords([(x, y) for x, y in shapely.get_coordinates(line).tolist()])
    }
    faces = _faces(polygon, chords, border.inserted()) if chords else []
    if len(faces) < 2:
        return Cut([polygon], {})
    lost = abs(sum(face.area for face in faces) - polygon.area)
    return _used(faces, border) if lost < _LOST * polygon.area else Cut([], {})


def _faces(
    polygon: shapely.Polygon, chords: set[Edge], inserted: dict[Edge, list[Point]]
) -> list[shapely.Polygon]:
    lines = [*chords]
    for start, end in edges_of(polygon):
        lines += pairwise([start, *inserted.get((start, end), []), end])
    faces = shapely.get_parts(shapely.polygonize(shapely.linestrings(np.array(lines))))
    if polygon.interiors:
        faces = faces[shapely.intersects(polygon, shapely.point_on_surface(faces))]
    return [turned(face) for face in faces]


def _used(faces: list[shapely.Polygon], border: _Border) -> Cut:
    """Leave out the points on the border at which no cut begins."""
    inserted = border.inserted()
    rim = {part for edge in border.edges for part in pairwise([edge[0], *inserted.get(edge, []), edge[1]])}
    met = {start for face in faces for start, end in edges_of(face) if (start, end) not in rim}
    idle = {point for points in inserted.values() for point in points if point not in met}
    if idle:
        if any(len(set(ring) - idle) < 3 for face in faces for ring in rings_of(face)):
            return Cut([], {})
        faces = [without_points(face, idle) for face in faces]
        kept = {edge: [p for p in points if p not in idle] for edge, points in inserted.items()}
        inserted = {edge: points for edge, points in kept.items() if points}
    return Cut(faces, inserted)


class _Border:
    """A polygon's border, with the points that lines come to on it."""

    def __init__(self, polygon: shapely.Polygon) -> None:
        self.edges = edges_of(polygon)
        self._polygon = polygon
        shapely.prepare(polygon)
        self._vertices = [point for ring in rings_of(polygon) for point in ring]
        self._corners = np.array(self._vertices)
        self._starts, self._ends = np.array(self.edges)[:, 0], np.array(self.edges)[:, 1]
        self._new: dict[int, list[Point]] = {}

    def inserted(self) -> dict[Edge, list[Point]]:
        """Return the points that are no vertices yet, by edge and in order along it."""
        return {self.edges[row]: _from(self.edges[row][0], points) for row, points in self._new.items()}

    def chords(self, line: list[Point]) -> list[Edge]:
        """Return the parts of a line that run inside, from node to node, each the same way round."""
        nodes = [self._on_border(point) for point in line]
        points = [there or point for there, point in zip(nodes, line, strict=True)]
        known = {there for there in nodes if there}
        path = [points[0]]
        for start, end in pairwise(points):
            if start != end:
                found = self._crossings(start, end) - {start, end}
                known |= found
                path += [*_from(start, found), end]
        steps = [(a, b) for a, b in pairwise(path) if a != b]
        return [(min(a, b), max(a, b)) for a, b in steps if self._is_inside(a, b, a in known and b in known)]

    def _is_inside(self, start: Point, end: Point, from_border_to_border: bool) -> bool:
        middle = shapely.Point((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        if from_border_to_border and shapely.dwithin(self._polygon.boundary, middle, SNAP):
            return False  # along the border, or off a corner no wider than a snap
        return bool(shapely.contains(self._polygon, middle))

    def _on_border(self, point: Point) -> Point | None:
        """Return the point of the border that a point is meant to be."""
        far = np.hypot(*(self._corners - point).T)
        if far.min() <= SNAP:
            return self._vertices[int(far.argmin())]
        for row in self._edges_near(point):
            place = on_edge(point, self.edges[row])
            if apart(place, point) <= SNAP:
                return self._node(row, place)
        return None

    def _edges_near(self, point: Point) -> list[int]:
        low, high = np.minimum(self._starts, self._ends) - SNAP, np.maximum(self._starts, self._ends) + SNAP
        return np.flatnonzero(((low <= point) & (high >= point)).all(axis=1)).tolist()

    def _crossings(self, start: Point, end: Point) -> set[Point]:
        """Return the points where a straight line meets the border, its own ends aside."""
        along, edge = np.subtract(end, start), self._ends - self._starts
        off = self._starts - start
        across = along[0] * edge[:, 1] - along[1] * edge[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            on_line = (off[:, 0] * edge[:, 1] - off[:, 1] * edge[:, 0]) / across
            share = (off[:, 0] * along[1] - off[:, 1] * along[0]) / across
        rows = np.flatnonzero((on_line >= 0) & (on_line <= 1) & (share >= 0) & (share <= 1))
        found = {self._vertices[row] for row in self._passed(start, along)}
        for row in rows.tolist():
            place = self._starts[row] + share[row] * edge[row]
            point = (float(place[0]), float(place[1]))
            if apart(point, start) > SNAP and apart(point, end) > SNAP:
                found.add(self._node(row, point))
        return found

    def _passed(self, start: Point, along: NDArray[np.float64]) -> list[int]:
        """Return the corners that a straight line passes within a snap of."""
        off = self._corners - start
        share = np.clip((off @ along) / (along @ along), 0.0, 1.0)
        return np.flatnonzero(np.hypot(*(off - share[:, None] * along).T) <= SNAP).tolist()

    def _node(self, row: int, place: Point) -> Point:
        """Return the vertex, or the point put in before, that a place on an edge is meant to be."""
        for point in (*self.edges[row], *self._new.get(row, [])):
            if apart(point, place) <= SNAP:
                return point
        self._new.setdefault(row, []).append(place)
        return place


def _from(start: Point, points: Iterable[Point]) -> list[Point]:
    """Return points on a line in order from its start."""
    return sorted(points, key=lambda point: apart(point, start))
