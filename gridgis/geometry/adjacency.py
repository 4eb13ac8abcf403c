"""Which grids are neighbours: those that share an edge; a common point is not adjacency."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridgis.geometry.crs import to_metric


class Adjacency(NamedTuple):
    """Pairs of neighbours, each once.

    Attributes
    ----------
    one, other
        Rows, ``one < other``, sorted.
    shared_m
        Length of the common border in the metric CRS.
    """

    one: NDArray[Any]
    other: NDArray[Any]
    shared_m: NDArray[np.float64]


def adjacency(polygons: ArrayLike, srid: int) -> Adjacency:
    """Return the neighbours in a coverage, by the edges that are the same vertex for vertex.

    Parameters
    ----------
    polygons
        EPSG:4326. Where borders do not share their vertices neighbours are missed: `coverage.check_coverage`
        lists such places.
    srid
        Metric CRS of the lengths.
    """
    parts, polygon_of_part = shapely.get_parts(np.asarray(polygons, dtype=object), return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    within = ring[1:] == ring[:-1]
    starts, ends = coordinates[:-1][within], coordinates[1:][within]
    owner = polygon_of_part[part_of_ring[ring[1:][within]]]
    turned = (starts[:, 0] > ends[:, 0]) | ((starts[:, 0] == ends[:, 0]) & (starts[:, 1] > ends[:, 1]))
    edges = np.where(turned[:, None], np.hstack((ends, starts)), np.hstack((starts, ends)))
    order = np.lexsort(edges.T)
    edges, owner = edges[order], owner[order]
    twin = np.flatnonzero((edges[1:] == edges[:-1]).all(axis=1) & (owner[1:] != owner[:-1]))
    pairs = np.sort(np.column_stack((owner[twin], owner[twin + 1])), axis=1)
    x, y = to_metric(edges[twin][:, ::2], edges[twin][:, 1::2], srid)
    neighbours, which = np.unique(pairs, axis=0, return_inverse=True)
    lengths_m = np.hypot(x[:, 1] - x[:, 0], y[:, 1] - y[:, 0])
    shared_m = np.bincount(which.ravel(), lengths_m, minlength=len(neighbours)).astype(np.float64)
    return Adjacency(neighbours[:, 0], neighbours[:, 1], shared_m)


def islands(count: int, neighbours: Adjacency) -> list[list[int]]:
    """Return the connected groups of `count` grids, the largest first, each sorted (R13 wants one)."""
    beside: list[list[int]] = [[] for _ in range(count)]
    for a, b in zip(neighbours.one.tolist(), neighbours.other.tolist(), strict=True):
        beside[a].append(b)
        beside[b].append(a)
    groups: list[list[int]] = []
    seen = [False] * count
    for start in range(count):
        if seen[start]:
            continue
        seen[start] = True
        group = [start]
        for row in group:  # grows while it is walked
            for near in beside[row]:
                if not seen[near]:
                    seen[near] = True
                    group.append(near)
        groups.append(sorted(group))
    return sorted(groups, key=lambda group: (-len(group), group))
