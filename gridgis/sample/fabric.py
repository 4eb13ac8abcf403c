"""From straight lines to streets: one smooth warp bends every edge, alike for whoever shares it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gridgis.errors import InvalidInput
from gridgis.geometry.half_edges import FACES, HALF_EDGES, VERTICES
from gridgis.sample.divisions import Land

#: Wavelength and strength (root mean square of the shift), in metres, of the three bands of the warp:
#: the lie of the land, the bend of a road, the unevenness of a kerb.
_BANDS = ((9000.0, 330.0), (1500.0, 33.0), (420.0, 6.0))
_WAVES = 10
FEWEST, MOST = 20, 60  # vertices of a grid


@dataclass(frozen=True)
class Fabric:
    """The grids' rings and the edges between them, sharing points.

    Attributes
    ----------
    xy, lonlat
        (points, 2) in the metric CRS and in EPSG:4326 rounded to 1e-7 degree.
    straight
        (points, 2) where the points lay before the warp, when every line was straight.
    edge_start
        (edges + 1,) offsets into ``edge_points``.
    edge_points
        Point numbers along each edge, both ends included.
    edge_line, edge_left, edge_right
        (edges,) line of the tessellation (negative: the outline), grids on either side (-1: none).
    ring_start, ring_points
        Point numbers around each grid, counter-clockwise, open.
    """

    xy: np.ndarray
    lonlat: np.ndarray
    straight: np.ndarray
    edge_start: np.ndarray
    edge_points: np.ndarray
    edge_line: np.ndarray
    edge_left: np.ndarray
    edge_right: np.ndarray
    ring_start: np.ndarray
    ring_points: np.ndarray

    def polygons(self) -> np.ndarray:
        """Return the grids as shapely polygons, EPSG:4326, in face order."""
        return _polygons(self.lonlat, self.ring_start, self.ring_points)

    def ring_edges(self) -> np.ndarray:
        """Return the edge under each side of the rings; side i runs from ring point i to the next."""
        inner = np.ones(len(self.edge_points), bool)
        inner[self.edge_start[1:] - 1] = False
        edge = np.repeat(np.arange(len(self.edge_line)), np.diff(self.edge_start) - 1)
        key = self._side(self.edge_points[inner], self.edge_points[np.flatnonzero(inner) + 1])
        order = np.argsort(key)
        return edge[order[np.searchsorted(key[order], self._side(self.ring_points, self.ring_following()))]]

    def ring_following(self) -> np.ndarray:
        """Return the point after each ring point, around its ring."""
        following = np.roll(self.ring_points, -1)
        following[self.ring_start[1:] - 1] = self.ring_points[self.ring_start[:-1]]
        return following

    def ring_faces(self) -> np.ndarray:
        """Return the grid each ring point belongs to."""
        return np.repeat(np.arange(len(self.ring_start) - 1), np.diff(self.ring_start))

    def _side(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.minimum(a, b) * np.int64(len(self.xy)) + np.maximum(a, b)

    def polygons_m(self) -> np.ndarray:
        """Return the grids as shapely polygons in the metric CRS, in face order."""
        return _polygons(self.xy, self.ring_start, self.ring_points)


def weave(land: Land, rng: np.random.Generator) -> Fabric:
    """Bend a divided city's lines into streets, weakening the warp until every grid is valid and edges match.

    Raises
    ------
    InvalidInput
        Grids so small (centimetres) that no warp leaves them valid.
    """
    waves = _waves(rng)
    edges = land.tessellation.edges
    v, h, f = (int(edges.sizes[k]) for k in (VERTICES, HALF_EDGES, FACES))
    corners = np.column_stack([edges.x[:v], edges.y[:v]])
    start, end = edges.origin[0:h:2], edges.origin[1:h:2]
    left, right = edges.face[0:h:2], edges.face[1:h:2]
    inner = _inner_points(np.hypot(*(corners[end] - corners[start]).T), left, right, f)
    first = v + np.cumsum(inner) - inner
    straight = np.vstack([corners, _between(corners[start], corners[end], inner)])
    edge_start, edge_points = _chains(start, end, first, inner)
    ring_start, ring_points = _rings(land, first, inner)
    area_m2 = shapely.area(shapely.polygons(land.spec.outline_m))
    for strength in (1.0, 0.7, 0.5, 0.3, 0.1, 0.0):
        xy = _warped(straight, waves, strength)
        xy = xy.mean(axis=0) + (xy - xy.mean(axis=0)) * np.sqrt(area_m2 / _area(xy, ring_start, ring_points))
        lonlat = land.spec.to_lonlat(xy)
        grids = _polygons(lonlat, ring_start, ring_points)
        if shapely.is_valid(grids).all() and shapely.coverage_is_valid(grids):
            line, xy = edges.line[: h // 2].copy(), land.spec.to_metres(lonlat)
            return Fabric(
                xy, lonlat, straight, edge_start, edge_points, line, left, right, ring_start, ring_points
            )
    raise InvalidInput("the grids are too small to be drawn at a centimetre's resolution", field="grids")


def _waves(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return, for every band, wave vectors (waves, 2), phases (waves,) and shifts (waves, 2)."""
    waves = []
    for length_m, shift_m in _BANDS:
        turn, heading = rng.random(_WAVES) * 2 * np.pi, rng.random(_WAVES) * 2 * np.pi
        k = 2 * np.pi / (length_m * np.exp(rng.normal(0, 0.2, _WAVES)))
        size = shift_m * np.sqrt(2 / _WAVES)
        vectors = k[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
        shifts = size * np.column_stack([np.cos(heading), np.sin(heading)])
        waves.append((vectors, rng.random(_WAVES) * 2 * np.pi, shifts))
    return waves


def _warped(
    xy: np.ndarray, waves: list[tuple[np.ndarray, np.ndarray, np.ndarray]], strength: float
) -> np.ndarray:
    middle, moved = xy.mean(axis=0), xy.copy()
    for vectors, phases, shifts in waves:
        for vector, phase, shift in zip(vectors, phases, shifts, strict=True):
            moved += strength * np.sin((xy - middle) @ vector + phase)[:, None] * shift
    return moved


def _inner_points(length: np.ndarray, left: np.ndarray, right: np.ndarray, faces: int) -> np.ndarray:
    """Return how many points to put inside each edge, so that every grid has 20-60 vertices in all.

    A long edge of a large grid beside small ones must not overfill the large one, hence the rounds.
    """
    sides = np.concatenate([left, right])
    inside = sides >= 0

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(sides[inside], np.concatenate([values, values])[inside], faces)

    def of_larger(values: np.ndarray) -> np.ndarray:
        return np.maximum(np.where(left >= 0, values[left], 0), np.where(right >= 0, values[right], 0))

    perimeter = total(length)
    inner = np.floor(length / of_larger(perimeter) * 30).astype(np.int64)
    for _ in range(40):
        count = total(inner + 1)
        short, full = count < FEWEST + 2, count > MOST - 4
        if not (short.any() or full.any()):
            break
        cut = of_larger(full.astype(float)) > 0
        inner[cut] = inner[cut] // 2
        grow = (of_larger(short.astype(float)) > 0) & ~cut
        inner[grow] += 1
    return inner


def _between(start: np.ndarray, end: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Return the points that divide each edge evenly, edge after edge."""
    k = np.arange(inner.sum()) - np.repeat(np.cumsum(inner) - inner, inner) + 1
    share = (k / np.repeat(inner + 1, inner))[:, None]
    return np.repeat(start, inner, axis=0) * (1 - share) + np.repeat(end, inner, axis=0) * share


def _chains(
    start: np.ndarray, end: np.ndarray, first: np.ndarray, inner: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return offsets and point numbers of all edges, ends included."""
    size = inner + 2
    offset = np.concatenate([[0], np.cumsum(size)])
    points = np.repeat(first - 1 - offset[:-1], size) + np.arange(offset[-1])
    points[offset[:-1]], points[offset[1:] - 1] = start, end
    return offset, points


def _rings(land: Land, first: np.ndarray, inner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return offsets and point numbers of all rings: each half-edge gives its origin and inner points."""
    edges = land.tessellation.edges
    faces, following = int(edges.sizes[FACES]), edges.following.tolist()
    walk: list[int] = []
    sizes: list[int] = []
    for entry in edges.entry[:faces].tolist():
        h, before = entry, len(walk)
        while True:
            walk.append(h)
            h = following[h]
            if h == entry:
                break
        sizes.append(len(walk) - before)
    h = np.array(walk)
    size = inner[h // 2] + 1
    offset = np.cumsum(size) - size
    k = np.arange(size.sum()) - np.repeat(offset, size)
    edge, forward = np.repeat(h // 2, size), np.repeat(h % 2 == 0, size)
    points = np.where(forward, first[edge] + k - 1, first[edge] + inner[edge] - k)
    points[offset] = edges.origin[h]
    ends = np.concatenate([[0], np.cumsum(size)])[np.concatenate([[0], np.cumsum(sizes)])]
    return ends, points


def _area(xy: np.ndarray, ring_start: np.ndarray, ring_points: np.ndarray) -> float:
    return float(shapely.area(_polygons(xy, ring_start, ring_points)).sum())


def _polygons(lonlat: np.ndarray, ring_start: np.ndarray, ring_points: np.ndarray) -> np.ndarray:
    sizes = np.diff(ring_start)
    closed = np.insert(ring_points, ring_start[1:], ring_points[ring_start[:-1]])
    rings = shapely.linearrings(lonlat[closed], indices=np.repeat(np.arange(len(sizes)), sizes + 1))
    return shapely.polygons(rings)
