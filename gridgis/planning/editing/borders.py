"""What borders grids have in common."""

from __future__ import annotations

import numpy as np
import shapely

from gridgis.geometry.measurement import length_m
from gridgis.planning.editing.rings import Edge, Point, edges_of
from gridgis.planning.editing.surgery import Surgery


def common_edges(surgery: Surgery, key: str) -> dict[str, list[Edge]]:
    """Return the edges that a grid shares with each neighbour, in its own direction and order."""
    polygon = surgery.held(key).polygon
    own = edges_of(polygon)
    shared: dict[str, list[Edge]] = {}
    for other in surgery.near(polygon.bounds):
        if other != key:
            theirs = set(edges_of(surgery.held(other).polygon))
            edges = [(start, end) for start, end in own if (end, start) in theirs]
            if edges:
                shared[other] = edges
    return shared


def chains(edges: list[Edge]) -> list[list[Point]]:
    """Return edges of one polygon, in its order, as lines; one that closes ends where it begins."""
    lines: list[list[Point]] = []
    for start, end in edges:
        if lines and lines[-1][-1] == start:
            lines[-1].append(end)
        else:
            lines.append([start, end])
    return _joined(lines)


def _joined(lines: list[list[Point]]) -> list[list[Point]]:
    """Join a line to the one it continues, which a ring's beginning has torn off."""
    for last in lines:
        for first in lines:
            if first is not last and last[-1] == first[0]:
                rest = [line for line in lines if line is not first and line is not last]
                return _joined([*rest, last + first[1:]])
    return lines


def shared_m(edges: list[Edge], srid: int) -> float:
    """Return the length of edges in the metric CRS."""
    return float(length_m(shapely.linestrings(np.array(edges)), srid).sum())
