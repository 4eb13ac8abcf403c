"""Cutting a polygon into a given number of block-like cells by straight chords.

Each chord leaves two simple polygons, so any group of cells that one chord parted from the rest is
connected: the tree of cuts gives nested levels and contiguous groups for nothing. Cells share every vertex,
T-junctions included. Knows nothing of cities: what a cell stands for, and how straight lines become roads,
is the caller's.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numba import njit

from gridgis.errors import InvalidInput
from gridgis.geometry.half_edges import HalfEdges, connect, half_edges, ring_of, split_edge

_BISECTIONS = 40
_ORIENTATION_BINS = 18


class Chord(NamedTuple):
    """A chord of a ring: from edge ``i`` at share ``si`` of it to edge ``j`` at ``sj``."""

    i: int
    si: float
    j: int
    sj: float
    offset: float  # of its line along the normal
    low_share: float  # area on the side of smaller offsets / area of the ring
    length: float
    roundness: float  # the worse 4 pi area / perimeter^2 of the two pieces; 0 where no chord was found


@njit(cache=True)
def _area_below(d: np.ndarray, u: np.ndarray, t: float) -> float:
    """Area of the part of a ring with d < t: d is the offset along the normal, u along the line (Green)."""
    total, n = 0.0, len(d)
    for a in range(n):
        b = a + 1 if a + 1 < n else 0
        du = u[b] - u[a]
        if d[a] <= t and d[b] <= t:
            total += 0.5 * (d[a] + d[b]) * du
        elif d[a] > t and d[b] > t:
            total += t * du
        else:
            s = (t - d[a]) / (d[b] - d[a])
            below = 0.5 * (d[a] + t) * s if d[a] <= t else 0.5 * (t + d[b]) * (1 - s)
            total += (below + t * ((1 - s) if d[a] <= t else s)) * du
    return total


@njit(cache=True)
def _piece(x: np.ndarray, y: np.ndarray, i: int, si: float, j: int, sj: float) -> tuple[float, float]:
    """Area and perimeter of the piece from the point on edge i, along the ring, to the point on edge j."""
    n = len(x)
    i1, j1 = (i + 1) % n, (j + 1) % n
    ax, ay = x[i] + si * (x[i1] - x[i]), y[i] + si * (y[i1] - y[i])
    bx, by = x[j] + sj * (x[j1] - x[j]), y[j] + sj * (y[j1] - y[j])
    px, py, area, perimeter, k = ax, ay, 0.0, 0.0, i1
    while True:
        area += (px - ax) * (y[k] - ay) - (x[k] - ax) * (py - ay)
        perimeter += np.hypot(x[k] - px, y[k] - py)
        px, py = x[k], y[k]
        if k == j:
            break
        k = (k + 1) % n
    area += (px - ax) * (by - ay) - (bx - ax) * (py - ay)
    return 0.5 * area, perimeter + np.hypot(bx - px, by - py) + np.hypot(bx - ax, by - ay)


@njit(cache=True)
def _sort(keys: np.ndarray, values: np.ndarray, count: int) -> None:
    """Sort the first few keys upwards, and the values with them (by insertion: a line crosses few edges)."""
    for a in range(1, count):
        key, value, b = keys[a], values[a], a
        while b > 0 and keys[b - 1] > key:
            keys[b], values[b] = keys[b - 1], values[b - 1]
            b -= 1
        keys[b], values[b] = key, value


@njit(cache=True)
def find_chord(x: np.ndarray, y: np.ndarray, angle: float, share: float) -> Chord:
    """Return the chord at right angles to ``angle`` that leaves about ``share`` of the area before it.

    Of a concave ring the line may have several chords; the one that divides nearest to the share is taken.
    """
    nx, ny, n = np.cos(angle), np.sin(angle), len(x)
    d, u = x * nx + y * ny, y * nx - x * ny
    total = _area_below(d, u, d.max() + 1.0)
    low, high = d.min(), d.max()
    for _ in range(_BISECTIONS):
        t = 0.5 * (low + high)
        if _area_below(d, u, t) < share * total:
            low = t
        else:
            high = t
    edges, places, at = np.empty(n, np.int64), np.empty(n), 0
    for a in range(n):
        b = a + 1 if a + 1 < n else 0
        if (d[a] < t) != (d[b] < t):
            edges[at] = a
            places[at] = u[a] + (t - d[a]) / (d[b] - d[a]) * (u[b] - u[a])
            at += 1
    best = Chord(0, 0.0, 0, 0.0, t, 0.0, 0.0, 0.0)
    error = np.inf
    _sort(places, edges, at)
    for p in range(0, at - 1, 2):
        i, j = edges[p], edges[p + 1]
        si = (t - d[i]) / (d[(i + 1) % n] - d[i])
        sj = (t - d[j]) / (d[(j + 1) % n] - d[j])
        area, perimeter = _piece(x, y, i, si, j, sj)
        rest, other = _piece(x, y, j, sj, i, si)
        low_share = (area if d[(i + 1) % n] < t else rest) / total
        if abs(low_share - share) < error:
            error = abs(low_share - share)
            roundness = 4 * np.pi * min(area / perimeter**2, rest / other**2)
            best = Chord(i, si, j, sj, t, low_share, places[p + 1] - places[p], roundness)
    return best


@njit(cache=True)
def _corner(x: np.ndarray, y: np.ndarray, i: int, s: float, near: float, joint: float) -> int:
    """Return the ring index of the vertex a chord's end should use instead of its own point, or -1.

    Any vertex nearer than ``near``; a T-junction (a straight vertex of this ring) already nearer than
    ``joint``, so that it becomes a crossing.
    """
    n = len(x)
    b = (i + 1) % n
    length = np.hypot(x[b] - x[i], y[b] - y[i])
    v, gap = (i, s * length) if s < 0.5 else (b, (1 - s) * length)
    if gap < near:
        return v
    p, q = (v - 1) % n, (v + 1) % n
    ex, ey, fx, fy = x[v] - x[p], y[v] - y[p], x[q] - x[v], y[q] - y[v]
    straight = abs(ex * fy - ey * fx) < 1e-6 * np.hypot(ex, ey) * np.hypot(fx, fy)
    return v if straight and gap < joint else -1


@njit(cache=True)
def _is_clear(x: np.ndarray, y: np.ndarray, a: int, b: int, ends: np.ndarray) -> bool:
    """Whether the segment ``ends`` runs inside the ring; a and b are ring vertices it may touch (or -1)."""
    ax, ay, bx, by = ends
    dx, dy, n = bx - ax, by - ay, len(x)
    length = np.hypot(dx, dy)
    mx, my, inside = 0.5 * (ax + bx), 0.5 * (ay + by), False
    for i in range(n):
        k = (i + 1) % n
        if (y[i] > my) != (y[k] > my) and mx < x[i] + (my - y[i]) / (y[k] - y[i]) * (x[k] - x[i]):
            inside = not inside
        if i not in (a, b):  # a vertex on or beside the chord would make a needle
            along = ((x[i] - ax) * dx + (y[i] - ay) * dy) / length
            if 0 < along < length and abs((x[i] - ax) * dy - (y[i] - ay) * dx) < 1e-6 * length**2:
                return False
        if i in (a, b) or k in (a, b):
            continue
        s0 = (x[i] - ax) * dy - (y[i] - ay) * dx
        s1 = (x[k] - ax) * dy - (y[k] - ay) * dx
        if (s0 < 0) != (s1 < 0):
            ex, ey = x[k] - x[i], y[k] - y[i]
            t = ((x[i] - ax) * ey - (y[i] - ay) * ex) / (dx * ey - dy * ex)
            if 1e-9 < t < 1 - 1e-9:
                return False
    return inside


@njit(cache=True)
def apply_chord(m: HalfEdges, face: int, chord: Chord, size: float) -> tuple[int, int]:
    """Cut a face along a chord; returns the faces before and after its line (one of them keeps the number).

    Chord ends within a twelfth of ``size`` (metres) of a vertex use it, and within a third of a T-junction,
    too.
    """
    ring = ring_of(m, face)
    x, y, n = m.x[m.origin[ring]], m.y[m.origin[ring]], len(ring)
    i, j = chord.i, chord.j
    i1, j1 = (i + 1) % n, (j + 1) % n
    ax, ay = x[i] + chord.si * (x[i1] - x[i]), y[i] + chord.si * (y[i1] - y[i])
    bx, by = x[j] + chord.sj * (x[j1] - x[j]), y[j] + chord.sj * (y[j1] - y[j])
    va = _corner(x, y, i, chord.si, size / 12, size / 3)
    vb = _corner(x, y, j, chord.sj, size / 12, size / 3)
    for ta, tb in ((va, vb), (va, -1), (-1, vb)):
        if (ta < 0 and tb < 0) or (ta >= 0 and tb >= 0 and ta == tb):
            continue
        ends = np.empty(4)
        ends[0], ends[1] = (x[ta], y[ta]) if ta >= 0 else (ax, ay)
        ends[2], ends[3] = (x[tb], y[tb]) if tb >= 0 else (bx, by)
        if _is_clear(x, y, ta, tb, ends):
            va, vb = ta, tb
            break
    else:
        va, vb = -1, -1
    ha = ring[va] if va >= 0 else split_edge(m, ring[i], ax, ay)
    hb = ring[vb] if vb >= 0 else split_edge(m, ring[j], bx, by)
    # a chord runs with the normal on its right: what is left of a -> b has the smaller offsets
    return connect(m, ha, hb), face


@njit(cache=True)
def _orientations(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the two strongest directions of a ring's edges, modulo a right angle, in radians."""
    weight, mean, n = np.zeros(_ORIENTATION_BINS), np.zeros(_ORIENTATION_BINS), len(x)
    for i in range(n):
        k = (i + 1) % n
        length, angle = np.hypot(x[k] - x[i], y[k] - y[i]), np.arctan2(y[k] - y[i], x[k] - x[i]) % (np.pi / 2)
        b = int(angle / (np.pi / 2) * _ORIENTATION_BINS) % _ORIENTATION_BINS
        weight[b] += length
        mean[b] += length * angle
    best = np.empty(2)
    for k in range(2):
        b = int(weight.argmax())
        best[k] = mean[b] / max(weight[b], 1e-9)
        weight[b] = 0.0
    return best


@njit(cache=True)
def _block_chord(x: np.ndarray, y: np.ndarray, share: float, roll: np.ndarray) -> Chord:
    """Return the chord along one of a ring's own directions, a little turned, with the roundest pieces."""
    directions = _orientations(x, y)
    best, score = find_chord(x, y, directions[0], share), -1.0
    for c in range(4):
        angle = directions[c // 2] + (c % 2) * np.pi / 2 + 0.12 * (roll[2] - 0.5)
        chord = find_chord(x, y, angle, share)
        value = chord.roundness * (0.85 + 0.3 * roll[3 + c])
        if abs(chord.low_share - share) > 0.15:
            value *= 0.3
        if value > score:
            best, score = chord, value
    return best


@njit(cache=True)
def split_face(m: HalfEdges, face: int, cells: int, dice: np.ndarray, cuts: np.ndarray) -> None:
    """Cut a face into ``cells`` cells of about equal area along its own directions, by halves.

    Parameters
    ----------
    dice
        (cells, 8) uniform numbers in [0, 1); row k serves the k-th cut.
    cuts
        (cells - 1, 2) filled with the faces each cut made.
    """
    stack_face, stack_cells = np.empty(cells + 1, np.int64), np.empty(cells + 1, np.int64)
    stack_face[0], stack_cells[0], top, done = face, cells, 1, 0
    while top > 0:
        top -= 1
        f, n = stack_face[top], stack_cells[top]
        if n == 1:
            continue
        roll = dice[done]
        ring = ring_of(m, f)
        x, y = m.x[m.origin[ring]], m.y[m.origin[ring]]
        part = (
            min(n - 1, max(1, int(n * (0.38 + 0.24 * roll[0]) + 0.5)))
            if n > 3
            else 1 + (n == 3 and roll[0] < 0.5)
        )
        share = part / n + (0.18 * (roll[1] - 0.5) if n < 4 else 0.0)
        best = _block_chord(x, y, share, roll)
        area = _area_below(x, y, x.max())
        before, after = apply_chord(m, f, best, np.sqrt(area / n))
        cuts[done, 0], cuts[done, 1] = before, after
        done += 1
        stack_face[top], stack_cells[top] = before, part
        stack_face[top + 1], stack_cells[top + 1] = after, n - part
        top += 2


@dataclass
class Tessellation:
    """A polygon being cut; faces are numbered from 0, and each cut turns one face into two.

    Attributes
    ----------
    edges
        The half-edge arrays, planar metres.
    cuts
        One (faces before, face after the line) per cut, in order: the tree.
    """

    edges: HalfEdges
    cuts: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, ring: np.ndarray, cells: int) -> Tessellation:
        """Start from an (n, 2) ring, counter-clockwise and not closed, with room for ``cells`` cells."""
        if cells < 1:
            raise InvalidInput(f"a tessellation needs at least one cell, not {cells}", field="cells")
        return cls(half_edges(np.asarray(ring, float), cells))

    @property
    def faces(self) -> int:
        """Number of faces so far."""
        return int(self.edges.sizes[2])

    def ring(self, face: int) -> np.ndarray:
        """Return the (n, 2) corners of a face, T-junctions included."""
        v = self.edges.origin[ring_of(self.edges, face)]
        return np.column_stack([self.edges.x[v], self.edges.y[v]])

    def area_m2(self, face: int) -> float:
        """Return the area of a face before any warp."""
        x, y = self.ring(face).T
        return float(0.5 * np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))

    def cut(self, face: int, chord: Chord, size_m: float) -> tuple[int, int]:
        """Cut a face along a chord of its present ring; returns the faces before and after the line."""
        if not chord.length:
            raise InvalidInput(f"face {face} has no such chord", field="chord")
        before, after = apply_chord(self.edges, face, chord, size_m)
        self.cuts.append((int(before), int(after)))
        return self.cuts[-1]

    def split(self, face: int, cells: int, rng: np.random.Generator) -> None:
        """Cut a face into ``cells`` block-like cells of about equal area."""
        made = np.empty((cells - 1, 2), np.int64)
        split_face(self.edges, face, cells, rng.random((cells, 8)), made)
        self.cuts.extend((int(a), int(b)) for a, b in made)

    def groups(self, count: int, parts: np.ndarray | None = None) -> np.ndarray:
        """Return, for each face, the number of its group when the faces form ``count`` groups.

        The tree of cuts is followed from the root, always opening the group with the most faces: groups
        differ little in size, each is connected, and those of a larger count lie inside those of a smaller.

        Parameters
        ----------
        parts
            (faces,) labels of parts that cuts made whole. While there are fewer groups than parts a group
            may hold several; then none holds faces of two.
        """
        if not 1 <= count <= self.faces:
            raise InvalidInput(f"{self.faces} cells cannot form {count} groups", field="count")
        children, leaves, face_of = self._tree()
        held = self._held(children, face_of, np.zeros(self.faces, np.int64) if parts is None else parts)
        heap = [(held[0] >= 0, -leaves[0], 0)]
        while len(heap) < count:
            *_, node = heapq.heappop(heap)
            for child in children[node]:
                heapq.heappush(heap, (held[child] >= 0, -leaves[child], child))
        label = np.empty(self.faces, np.int64)
        for group, root in enumerate(sorted(node for *_, node in heap)):
            stack = [root]
            while stack:
                node = stack.pop()
                stack.extend(children.get(node, ()))
                if node in face_of:
                    label[face_of[node]] = group
        return label

    def _held(
        self, children: dict[int, tuple[int, int]], face_of: dict[int, int], parts: np.ndarray
    ) -> np.ndarray:
        """Return the part that every node of the tree of cuts lies in; -1 for nodes of several."""
        held = np.empty(2 * len(self.cuts) + 1, np.int64)
        for node in reversed(range(len(held))):
            if node in face_of:
                held[node] = parts[face_of[node]]
            else:
                first, second = held[list(children[node])]
                held[node] = first if first == second else -1
        return held

    def _tree(self) -> tuple[dict[int, tuple[int, int]], np.ndarray, dict[int, int]]:
        """Return the children of each cut node, how many faces every node holds, and the faces of leaves."""
        node_of, children = {0: 0}, {}
        for k, (before, after) in enumerate(self.cuts):
            parent = node_of[min(before, after)]  # the new face has the higher number
            node_of[before], node_of[after] = 2 * k + 1, 2 * k + 2
            children[parent] = (2 * k + 1, 2 * k + 2)
        leaves = np.ones(2 * len(self.cuts) + 1, np.int64)
        for parent in sorted(children, reverse=True):
            leaves[parent] = leaves[list(children[parent])].sum()
        return children, leaves, {node: face for face, node in node_of.items()}
