"""What a patrol reached: time and length inside each grid, and the roads, ground and components beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridgis.errors import InvalidInput
from gridgis.geometry.cell_index import CellIndex
from gridgis.measures.track_cleaning import Legs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Roads and ground are judged at points: one for each section of at most so many metres.
SECTION_M = 20.0
#: A section this near a grid is the grid's; on a border it belongs to every grid beside it, in equal parts.
BESIDE_M = 1.0
_CELL_M = 60.0
_MOST_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Marks:
    """The points at which the patrol of a grid is judged, sorted by grid.

    Attributes
    ----------
    grid
        (n,) row of the grid.
    xy
        (n, 2) metres.
    weight
        (n,) metres of road, or square metres of ground in a grid without roads.
    is_road
        (n,) which of the two.
    """

    grid: Ints
    xy: Floats
    weight: Floats
    is_road: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Inside:
    """Time and length in grids, a row for each leg and grid it touches."""

    leg: Ints
    grid: Ints
    seconds: Floats
    length_m: Floats


def marks(polygons: ArrayLike, roads: ArrayLike) -> Marks:
    """Return the marks of grids: the middles of their roads' sections, or a lattice where they have none.

    Sections are counted from a road's own beginning, so that a grid's marks do not depend on which other
    grids are looked at, as long as its neighbours are among them.

    Parameters
    ----------
    polygons
        The grids, in the metric CRS.
    roads
        (Multi)LineStrings in the metric CRS.
    """
    grids = np.asarray(polygons, dtype=object)
    lines = shapely.get_parts(np.asarray(roads, dtype=object))
    lines = lines[shapely.length(lines) > 0]
    length = shapely.length(lines)
    count = np.ceil(length / SECTION_M).astype(np.int64)
    road = np.repeat(np.arange(len(lines)), count)
    nth = np.arange(len(road)) - np.repeat(np.cumsum(count) - count, count)
    section_m = (length / np.maximum(count, 1))[road]
    points = shapely.line_interpolate_point(lines[road], (nth + 0.5) * section_m)
    at, grid = shapely.STRtree(grids).query(points, predicate="dwithin", distance=BESIDE_M)
    shared = np.bincount(at, minlength=len(points))
    order = np.lexsort((at, grid))
    at, grid = at[order], grid[order]
    xy = shapely.get_coordinates(points[at])
    bare = np.setdiff1d(np.arange(len(grids)), grid)
    ground, ground_xy, ground_m2 = _ground(grids, bare)
    rows = np.concatenate((grid, ground))
    order = np.argsort(rows, kind="stable")
    return Marks(
        rows[order],
        np.vstack((xy, ground_xy))[order],
        np.concatenate(((section_m[at] / shared[at]), ground_m2))[order],
        np.repeat([True, False], [len(grid), len(ground)])[order],
    )


def _ground(grids: NDArray[Any], rows: Ints) -> tuple[Ints, Floats, Floats]:
    """Return lattice points inside grids, each for its equal part of the area."""
    grid, xy, weight = [np.empty(0, np.int64)], [np.empty((0, 2))], [np.empty(0)]
    for row in rows:
        west, south, east, north = shapely.bounds(grids[row])
        columns = np.arange(np.floor(west / SECTION_M), np.ceil(east / SECTION_M)) + 0.5
        lines = np.arange(np.floor(south / SECTION_M), np.ceil(north / SECTION_M)) + 0.5
        lattice = np.stack(np.meshgrid(columns * SECTION_M, lines * SECTION_M), axis=-1).reshape(-1, 2)
        lattice = lattice[shapely.contains_xy(grids[row], *lattice.T)]
        if not len(lattice):
            lattice = shapely.get_coordinates(shapely.point_on_surface(grids[row]))
        grid.append(np.full(len(lattice), row))
        xy.append(lattice)
        weight.append(np.full(len(lattice), shapely.area(grids[row]) / len(lattice)))
    return np.concatenate(grid), np.vstack(xy), np.concatenate(weight)


def inside(legs: Legs, polygons: ArrayLike) -> Inside:
    """Return how long and how far each leg was in which grid, cut exactly at the borders.

    Parameters
    ----------
    polygons
        Grids in the metric CRS, in order of code: the first that covers a piece's middle has it.
    """
    from gridgis.measures import track_kernels as kernels  # noqa: PLC0415 - see its docstring

    grids = np.asarray(polygons, dtype=object)
    nothing = np.empty(0, np.int64)
    if not len(legs.ends) or not len(grids):
        return Inside(nothing, nothing, np.empty(0), np.empty(0))
    edges = _edges(grids)
    raster = _Raster.over(edges)
    near = np.flatnonzero(raster.touches(legs.ends))
    ends = np.ascontiguousarray(legs.ends[near])
    start, listed = kernels.listed_in_cells(raster.boxes(edges), raster.across, raster.cells)
    pieces = np.empty((2 * len(near) + 1024, 3))
    for _ in range(2):
        found = kernels.cut(ends, raster.boxes(ends), edges, (start, listed, raster.across), pieces)
        if found <= len(pieces):
            break
        pieces = np.empty((found, 3))
    leg, middle = pieces[:found, 0].astype(np.int64), pieces[:found, 1:].mean(axis=1)
    x = ends[leg, 0] + middle * (ends[leg, 2] - ends[leg, 0])
    y = ends[leg, 1] + middle * (ends[leg, 3] - ends[leg, 1])
    grid = CellIndex(grids).covering(x, y).astype(np.int64)
    there = np.flatnonzero(grid >= 0)
    share = (pieces[:found, 2] - pieces[:found, 1])[there]
    leg = near[leg[there]]
    return Inside(leg, grid[there], legs.seconds[leg] * share, legs.length_m[leg] * share)


def reached(legs: Legs, first_day: int, xy: Floats, within_m: float) -> NDArray[np.uint64]:
    """Return for each point the days, as bits counted from `first_day`, on which a leg passed near it.

    Parameters
    ----------
    xy
        (m, 2) metres.
    within_m
        How near.

    Raises
    ------
    InvalidInput
        The legs are of more than 64 days, or the distance is not above 0.
    """
    from gridgis.measures import track_kernels as kernels  # noqa: PLC0415 - see its docstring

    if not 0 < within_m < np.inf:
        raise InvalidInput(f"within_m is {within_m:g}; metres above 0 are accepted", field="within_m")
    out = np.zeros(len(xy), dtype=np.uint64)
    if not len(xy) or not len(legs.ends):
        return out
    since = legs.day - first_day
    if since.min() < 0 or since.max() > 63:
        raise InvalidInput("legs of at most 64 days from the first are accepted", field="first_day")
    boxes = np.hstack((xy - within_m, xy + within_m))
    raster = _Raster.over(boxes)
    start, listed = kernels.listed_in_cells(
        raster.boxes(boxes[:, [0, 1, 0, 1]] + within_m), raster.across, raster.cells
    )
    near = np.flatnonzero(raster.touches(legs.ends))
    ends = np.ascontiguousarray(legs.ends[near])
    reach = np.hstack(
        (np.minimum(ends[:, :2], ends[:, 2:]) - within_m, np.maximum(ends[:, :2], ends[:, 2:]) + within_m)
    )
    bit = np.uint64(1) << since[near].astype(np.uint64)
    kernels.reach(
        ends,
        raster.boxes(reach),
        bit,
        np.ascontiguousarray(xy),
        (start, listed, raster.across),
        within_m,
        out,
    )
    return out


def _edges(grids: NDArray[Any]) -> Floats:
    """Return the edges of polygons, (n, 4), those that two grids share once."""
    rings, _ = shapely.get_rings(shapely.get_parts(grids), return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    within = ring[1:] == ring[:-1]
    one, other = coordinates[:-1][within], coordinates[1:][within]
    turned = (one[:, 0] > other[:, 0]) | ((one[:, 0] == other[:, 0]) & (one[:, 1] > other[:, 1]))
    edges = np.where(turned[:, None], np.hstack((other, one)), np.hstack((one, other)))
    edges = edges[np.lexsort(edges.T)]
    return np.ascontiguousarray(edges[np.r_[True, (np.diff(edges, axis=0) != 0).any(axis=1)]])


@dataclass(frozen=True, slots=True)
class _Raster:
    """Cells over some ground, to find what is near by looking at few."""

    west: float
    south: float
    cell_m: float
    across: int
    up: int

    @classmethod
    def over(cls, boxes: Floats) -> _Raster:
        low = np.minimum(boxes[:, :2], boxes[:, 2:]).min(axis=0)
        size = np.maximum(boxes[:, :2], boxes[:, 2:]).max(axis=0) - low
        cell_m = max(_CELL_M, float(np.sqrt(size[0] * size[1] / _MOST_CELLS)))
        across, up = (int(side // cell_m) + 1 for side in size)
        return cls(float(low[0]), float(low[1]), cell_m, across, up)

    @property
    def cells(self) -> int:
        return self.across * self.up

    def touches(self, ends: Floats) -> NDArray[np.bool_]:
        low, high = np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])
        size = np.array((self.across, self.up)) * self.cell_m
        corner = np.array((self.west, self.south))
        return np.asarray((high >= corner).all(axis=1) & (low <= corner + size).all(axis=1))

    def boxes(self, ends: Floats) -> NDArray[np.int32]:
        """Return the cells that boxes or segments reach, clipped to the raster."""
        corner, most = np.array((self.west, self.south)), np.array((self.across - 1, self.up - 1))
        low = (np.minimum(ends[:, :2], ends[:, 2:]) - corner) / self.cell_m
        high = (np.maximum(ends[:, :2], ends[:, 2:]) - corner) / self.cell_m
        cells = np.hstack((np.clip(np.floor(low), 0, most), np.clip(np.floor(high), 0, most)))
        return cells.astype(np.int32)
