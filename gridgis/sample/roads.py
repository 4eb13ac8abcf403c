"""Roads: each line that divided the land is one, from end to end along the grids' borders."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from gridgis.sample.divisions import Land
from gridgis.sample.fabric import Fabric
from gridgis.sample.layers import LINE, Layer, Shapes, coded
from gridgis.sample.names import ordinal, short, stems

CLASSES = ("expressway", "arterial", "collector", "local", "path")
#: From this length on, a line between districts or streets is an expressway.
_EXPRESSWAY_M = 9_000.0
_SUFFIXES = {"expressway": "快速路", "arterial": "大道", "collector": "路"}
#: Half the width of the carriageway, metres: how far buildings and street furniture keep from the
#: centre-line.
HALF_WIDTH_M = np.array([22.0, 15.0, 9.0, 5.0, 2.0])


@dataclass(frozen=True)
class Roads:
    """The roads, and the road of every edge.

    Attributes
    ----------
    names, codes
        One a road; road k is line k of the tessellation.
    road_class
        (roads,) index into ``CLASSES``.
    edge_class
        (edges,) class of the edge's road; the outline, which has no road, counts as a path.
    edge_start, points
        (roads + 1,) offsets into ``points``, the point numbers along each road.
    """

    names: list[str]
    codes: list[str]
    road_class: np.ndarray
    edge_class: np.ndarray
    start: np.ndarray
    points: np.ndarray

    def layer(self, fabric: Fabric) -> Layer:
        """Return the roads as a layer."""
        table = pa.table(
            {
                "code": pa.array(self.codes, pa.string()),
                "name": pa.array(self.names, pa.string()),
                "class": coded(list(CLASSES), self.road_class),
            }
        )
        shapes = Shapes(self.start, fabric.lonlat[self.points], LINE, multi=True)
        return Layer("roads", table, shapes, ("MultiLineString",))


def lay_roads(land: Land, fabric: Fabric, rng: np.random.Generator) -> Roads:
    """Return the roads of a city: one for each line of its tessellation, classed by what it divides."""
    count = len(land.line_rank)
    start, points = _chained(fabric, count)
    step = np.hypot(*np.diff(fabric.xy[points], axis=0).T) if len(points) else np.empty(0)
    step = np.append(step, 0.0)
    step[start[1:] - 1] = 0.0  # not from one road to the next
    length = np.add.reduceat(step, start[:-1]) if count else np.empty(0)
    own = fabric.edge_line >= 0
    lines, beside = fabric.edge_line[own], fabric.edge_left[own]
    density, community = np.zeros(count), np.zeros(count, np.int64)
    density[lines], community[lines] = land.density[beside], land.community_of[beside]
    road_class = np.array([1, 1, 2, 3])[land.line_rank]
    road_class[(land.line_rank <= 1) & (length > _EXPRESSWAY_M)] = 0
    shortish = length < np.median(length[land.line_rank == 3]) if (land.line_rank == 3).any() else length < 0
    path = (density < 1.6) | (rng.random(count) < np.where(shortish, 0.22, 0.03))
    road_class[(land.line_rank == 3) & path] = 4
    edge_class = np.full(len(fabric.edge_line), 4)
    edge_class[own] = road_class[lines]
    names = _names(road_class, [short(c.name) for c in land.communities], community, rng)
    codes = [f"R{land.spec.root_code[:4]}{k + 1:06d}" for k in range(count)]
    return Roads(names, codes, road_class, edge_class, start, points)


def _chained(fabric: Fabric, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each line's points from end to end: its edges, in order, one way round."""
    edges = np.flatnonzero(fabric.edge_line >= 0)
    line = fabric.edge_line[edges]
    a = fabric.straight[fabric.edge_points[fabric.edge_start[edges]]]
    b = fabric.straight[fabric.edge_points[fabric.edge_start[edges + 1] - 1]]
    heading = np.zeros((count, 2))
    heading[line] = b - a
    forward = np.einsum("ij,ij->i", b - a, heading[line]) > 0
    along = np.einsum("ij,ij->i", a + b, heading[line] / np.hypot(*heading[line].T)[:, None])
    order = np.lexsort((along, line))
    edges, line, forward = edges[order], line[order], forward[order]
    size = np.diff(fabric.edge_start)[edges]
    offset = np.cumsum(size) - size
    k = np.arange(size.sum()) - np.repeat(offset, size)
    whole = np.repeat(fabric.edge_start[edges], size)
    flip = np.repeat(size, size) - 1 - k
    points = fabric.edge_points[whole + np.where(np.repeat(forward, size), k, flip)]
    opens = np.append(True, line[1:] != line[:-1])
    keep = (k > 0) | np.repeat(opens, size)  # the joint of two edges once
    start = np.concatenate([[0], np.cumsum(np.bincount(np.repeat(line, size)[keep], minlength=count))])
    return start, points[keep]


def _names(
    road_class: np.ndarray, communities: list[str], community: np.ndarray, rng: np.random.Generator
) -> list[str]:
    """Return road names: large roads have their own, small ones are numbered within their community."""
    own = iter(stems(int((road_class <= 2).sum()), rng))
    used: Counter[tuple[str, str]] = Counter()
    names = []
    for kind, place in zip((CLASSES[k] for k in road_class), community, strict=True):
        if kind in _SUFFIXES:
            names.append(next(own) + _SUFFIXES[kind])
            continue
        suffix = "巷" if kind == "path" else "街"
        used[communities[place], suffix] += 1
        names.append(communities[place] + ordinal(used[communities[place], suffix]) + suffix)
    return names
