"""Places along the roads: so far along a side of a grid, so far from it, always inside that grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from gridgis.sample.fabric import Fabric
from gridgis.sample.roads import HALF_WIDTH_M, Roads


@dataclass(frozen=True)
class Kerbs:
    """The sides of all grids' rings, grid after grid.

    Attributes
    ----------
    start, step
        (sides, 2) where each side begins, and the vector to where it ends; metres.
    face
        (sides,) its grid, on the left.
    road_class
        (sides,) class of the road that runs on it.
    length
        (sides,) metres.
    """

    fabric: Fabric
    start: np.ndarray
    step: np.ndarray
    face: np.ndarray
    road: np.ndarray
    road_class: np.ndarray
    length: np.ndarray

    def places(self, side: np.ndarray, along: np.ndarray, off_m: np.ndarray) -> np.ndarray:
        """Return (n, 2) places ``along`` (0-1) a side and ``off_m`` to its left, inside its grid."""
        return self.strips(side, along[:, None], off_m[:, None])[:, 0]

    def strips(self, side: np.ndarray, along: np.ndarray, off_m: np.ndarray) -> np.ndarray:
        """Return (n, k, 2) corners at (n, k) places along sides and distances from them; inside their grids.

        Near a sharp corner of the grid a strip is drawn together, towards the middle of its side, until it
        fits.
        """
        xy = np.stack([self._at(side, along[:, k], off_m[:, k]) for k in range(along.shape[1])], axis=1)
        for nearer in (0.4, 0.15, 0.05):
            lost = self._lost(xy, side)
            if not len(lost):
                break
            for k in range(along.shape[1]):
                middle = 0.5 + (0.2 + nearer) * (along[lost, k] - 0.5)
                xy[lost, k] = self._at(side[lost], middle, 0.1 + nearer * off_m[lost, k])
        return xy

    def _at(self, side: np.ndarray, along: np.ndarray, off_m: np.ndarray) -> np.ndarray:
        step = self.step[side]
        normal = np.column_stack([-step[:, 1], step[:, 0]]) / self.length[side][:, None]
        return self.start[side] + along[:, None] * step + off_m[:, None] * normal

    def _lost(self, xy: np.ndarray, side: np.ndarray) -> np.ndarray:
        rings, start = self.fabric.xy[self.fabric.ring_points], self.fabric.ring_start
        inside = [holds(rings, start, self.face[side], xy[:, k].copy()) for k in range(xy.shape[1])]
        return np.flatnonzero(~np.all(inside, axis=0))


def kerbs(fabric: Fabric, roads: Roads) -> Kerbs:
    """Return the sides along which street furniture stands and things happen."""
    start = fabric.xy[fabric.ring_points]
    step = fabric.xy[fabric.ring_following()] - start
    edge = fabric.ring_edges()
    return Kerbs(
        fabric,
        start,
        step,
        fabric.ring_faces(),
        np.maximum(fabric.edge_line[edge], -1),
        roads.edge_class[edge],
        np.hypot(*step.T),
    )


def half_width_m(ways: Kerbs, side: np.ndarray) -> np.ndarray:
    """Return the distance from each side, the centre-line, to the kerb."""
    return HALF_WIDTH_M[ways.road_class[side]]


@njit(cache=True)
def holds(ring_xy: np.ndarray, ring_start: np.ndarray, face: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Tell for each of n points whether the given face's ring holds it (even-odd rule)."""
    out = np.zeros(len(xy), np.bool_)
    for k in range(len(xy)):
        a, b, inside = ring_start[face[k]], ring_start[face[k] + 1], False
        px, py = xy[k, 0], xy[k, 1]
        j = b - 1
        for i in range(a, b):
            yi, yj = ring_xy[i, 1], ring_xy[j, 1]
            if (yi > py) != (yj > py):
                x = ring_xy[i, 0] + (py - yi) / (yj - yi) * (ring_xy[j, 0] - ring_xy[i, 0])
                if px < x:
                    inside = not inside
            j = i
        out[k] = inside
    return out
