"""A planar subdivision kept as half-edges: every edge is stored once, whoever shares it.

Half-edges ``2k`` and ``2k + 1`` are the two directions of edge ``k``. Faces have their ring on the left;
the outside is face -1. Knows rings and vertices only, nothing of what a face stands for.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

OUTSIDE = -1
VERTICES, HALF_EDGES, FACES, LINES = 0, 1, 2, 3


class HalfEdges(NamedTuple):
    """Arrays of a subdivision; the first ``sizes[...]`` entries of each are in use."""

    x: np.ndarray  # (vertices,) float64, planar metres
    y: np.ndarray
    origin: np.ndarray  # (half-edges,) vertex a half-edge starts from
    following: np.ndarray  # (half-edges,) next half-edge of the same face
    preceding: np.ndarray
    face: np.ndarray  # (half-edges,) face on the left
    line: np.ndarray  # (edges,) the straight line an edge is part of; -1 - i for side i of the first ring
    entry: np.ndarray  # (faces,) some half-edge of the face
    sizes: np.ndarray  # (4,) vertices, half-edges, faces, lines in use


def half_edges(ring: np.ndarray, faces: int) -> HalfEdges:
    """Return a subdivision of one face, with room to be cut into ``faces``.

    Parameters
    ----------
    ring
        (n, 2) corners of a simple polygon, counter-clockwise, not closed.
    faces
        Number of faces it will be cut into; each cut adds at most two vertices and three edges.
    """
    n = len(ring)
    room_v, room_h = n + 2 * faces, 2 * (n + 3 * faces)
    x, y = np.zeros(room_v), np.zeros(room_v)
    x[:n], y[:n] = ring[:, 0], ring[:, 1]
    origin, following, preceding, face = (np.zeros(room_h, np.int32) for _ in range(4))
    k = np.arange(n)
    ahead, behind = (k + 1) % n, (k - 1) % n
    origin[2 * k], origin[2 * k + 1] = k, ahead
    following[2 * k], preceding[2 * k] = 2 * ahead, 2 * behind
    following[2 * k + 1], preceding[2 * k + 1] = 2 * behind + 1, 2 * ahead + 1
    face[2 * k + 1] = OUTSIDE
    line = np.zeros(room_h // 2, np.int32)
    line[k] = -1 - k
    sizes = np.array([n, 2 * n, 1, 0], np.int64)
    return HalfEdges(x, y, origin, following, preceding, face, line, np.zeros(faces, np.int32), sizes)


@njit(cache=True)
def ring_of(m: HalfEdges, face: int) -> np.ndarray:
    """Return the half-edges around a face, counter-clockwise from its entry."""
    first = m.entry[face]
    count, h = 1, m.following[first]
    while h != first:
        count += 1
        h = m.following[h]
    ring = np.empty(count, np.int64)
    h = first
    for i in range(count):
        ring[i] = h
        h = m.following[h]
    return ring


@njit(cache=True)
def split_edge(m: HalfEdges, h: int, x: float, y: float) -> int:
    """Put a vertex into an edge, for both its faces; returns the half-edge that starts there."""
    v, n = m.sizes[0], m.sizes[1]
    m.sizes[0] += 1
    m.sizes[1] += 2
    m.x[v], m.y[v] = x, y
    back = h ^ 1
    far = m.origin[back]
    m.origin[n], m.origin[n + 1], m.origin[back] = v, far, v
    m.face[n], m.face[n + 1] = m.face[h], m.face[back]
    m.line[n // 2] = m.line[h // 2]
    after, before = m.following[h], m.preceding[back]
    m.following[h], m.preceding[n], m.following[n], m.preceding[after] = n, h, after, n
    m.following[before], m.preceding[n + 1], m.following[n + 1], m.preceding[back] = (
        n + 1,
        before,
        back,
        n + 1,
    )
    return n


@njit(cache=True)
def connect(m: HalfEdges, ha: int, hb: int) -> int:
    """Join the origins of two half-edges of one face by a new line; returns the new face, left of ``hb``."""
    n, new, line = m.sizes[1], m.sizes[2], m.sizes[3]
    m.sizes[1] += 2
    m.sizes[2] += 1
    m.sizes[3] += 1
    old = m.face[ha]
    before_a, before_b = m.preceding[ha], m.preceding[hb]
    m.origin[n], m.origin[n + 1] = m.origin[ha], m.origin[hb]
    m.line[n // 2] = line
    m.following[n], m.preceding[hb], m.following[before_a], m.preceding[n] = hb, n, n, before_a
    m.following[n + 1], m.preceding[ha], m.following[before_b], m.preceding[n + 1] = (
        ha,
        n + 1,
        n + 1,
        before_b,
    )
    m.face[n + 1], m.entry[old] = old, n + 1
    m.entry[new] = n
    h = n
    while True:
        m.face[h] = new
        h = m.following[h]
        if h == n:
            break
    return new
