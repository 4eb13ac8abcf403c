"""Point in polygon for millions of points: a raster of cells over the polygons, exact at the edges.

A cell wholly inside one polygon answers at once; one that edges touch lists the polygons to try, in the
order of the rule. Where rounding could decide, GEOS's robust predicate does.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridgis.errors import InvalidInput

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

#: Cells across the median polygon: finer means fewer points to test against edges, but more memory to miss.
CELLS_ACROSS = 14
#: A directory of at most so many blocks; polygons strewn over the globe get larger cells instead.
_MOST_BLOCKS = 4_000_000
_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


class _Arrays(NamedTuple):
    """What the kernel `covering` reads, in its order; described there."""

    frame: tuple[float, float, float, float]
    size: tuple[int, int, int]
    cells: tuple[Ints, Ints, Ints]
    outlines: tuple[Floats, Floats, Floats, Floats, Ints, Ints, Ints]


class CellIndex:
    """An index of polygons in the order in which they win; answers for points by the thousand.

    Parameters
    ----------
    polygons
        Valid Polygons or MultiPolygons. Where several cover a point, the first wins.
    cells_across
        Cells across the median polygon.

    Raises
    ------
    InvalidInput
        A row that is missing, empty or no polygon; the message says which.
    """

    def __init__(self, polygons: ArrayLike, *, cells_across: int = CELLS_ACROSS) -> None:
        self.polygons = np.asarray(polygons, dtype=object)
        bad = ~np.isin(shapely.get_type_id(self.polygons), _POLYGONS) | shapely.is_empty(self.polygons)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise InvalidInput(f"row {row} is {self.polygons[row]}; a polygon is needed", field="geometry")
        self._arrays = _build(self.polygons, cells_across) if len(self.polygons) else None

    @property
    def nbytes(self) -> int:
        """Bytes of the index itself, the polygons it was made of not counted."""
        if self._arrays is None:
            return 0
        return sum(array.nbytes for array in (*self._arrays.cells, *self._arrays.outlines))

    def covering(self, lon: ArrayLike, lat: ArrayLike, *, threads: int | None = None) -> Ints:
        """Return the row of the first polygon that covers each point, boundary included; -1 for none.

        Equal to ``shapely.covers`` in every case, points on vertices and edges included.

        Parameters
        ----------
        lon, lat
            Coordinates in the polygons' system, one-dimensional; a NaN is covered by nothing.
        threads
            Threads to spread the points over; all processors by default.
        """
        from gridgis.geometry import cell_kernels  # noqa: PLC0415 - see its docstring

        x = np.ascontiguousarray(lon, dtype=np.float64)
        y = np.ascontiguousarray(lat, dtype=np.float64)
        out = np.full(len(x), cell_kernels.NOWHERE, dtype=np.int32)
        if self._arrays is None or not len(x):
            return out
        arrays = self._arrays
        cuts = np.linspace(0, len(x), _share(threads, len(x)) + 1).astype(int)

        def run(part: slice) -> None:
            cell_kernels.covering(x[part], y[part], out[part], *arrays)

        parts = [slice(a, b) for a, b in pairwise(cuts)]
        if len(parts) == 1:
            run(parts[0])
        else:
            with ThreadPoolExecutor(len(parts)) as pool:
                list(pool.map(run, parts))
        unsure = np.flatnonzero(out == cell_kernels.UNSURE)
        if len(unsure):
            out[unsure] = self._exactly(x[unsure], y[unsure])
        return out

    def _exactly(self, lon: Floats, lat: Floats) -> Ints:
        """Answer the few points that lie within rounding of an edge."""
        point, polygon = self.tree.query(shapely.points(lon, lat), predicate="covered_by")
        first = np.full(len(lon), len(self.polygons), dtype=np.int32)
        np.minimum.at(first, point, polygon)
        return np.where(first == len(self.polygons), -1, first).astype(np.int32)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """A tree of the polygons' boxes, made when first asked for."""
        shapely.prepare(self.polygons)
        return shapely.STRtree(self.polygons)


def _share(threads: int | None, points: int) -> int:
    """Return how many threads are worth starting: each should have some milliseconds of work."""
    return max(1, min(threads or len(os.sched_getaffinity(0)), points // 50_000))


def _build(polygons: NDArray[Any], cells_across: int) -> _Arrays:
    from gridgis.geometry import cell_kernels as kernels  # noqa: PLC0415 - see its docstring

    parts, owner = shapely.get_parts(polygons, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    x, y = np.ascontiguousarray(shapely.get_coordinates(rings).T)
    ends = np.cumsum(shapely.get_num_coordinates(rings))
    edges = np.column_stack((np.r_[0, ends[:-1]], ends, owner[part])).astype(np.int32)
    ring_starts = np.searchsorted(edges[:, 2], np.arange(len(polygons) + 1)).astype(np.int32)

    bounds = shapely.bounds(polygons)
    vertices = np.bincount(edges[:, 2], edges[:, 1] - edges[:, 0]).astype(np.int64)
    counts = kernels.slab_count(vertices)
    slab_starts = np.r_[0, np.cumsum(counts)].astype(np.int32)
    south = np.ascontiguousarray(bounds[:, 1])
    per_degree = counts / np.maximum(bounds[:, 3] - south, np.finfo(float).tiny)
    starts, slab_edges = kernels.slabs(y, edges, south, per_degree, slab_starts)

    frame, size, boxes = _frame(bounds, cells_across, kernels.BLOCK)
    directory, blocks = _directory(boxes // kernels.BLOCK, size[2])
    raster = np.full(blocks * kernels.CELLS_IN_BLOCK, kernels.NOWHERE, dtype=np.int32)
    fx, fy = (x - frame[0]) * frame[2], (y - frame[1]) * frame[3]
    cells, ranks = kernels.rasterise(fx, fy, edges, ring_starts, boxes, directory, size[2], raster)
    order = np.argsort(cells, kind="stable")  # ranks ascend already
    lists = kernels.candidate_lists(cells[order], ranks[order], raster)
    outlines = (x, y, south, per_degree, slab_starts, starts, slab_edges)
    return _Arrays(frame, size, (directory, raster, lists), outlines)


def _frame(
    bounds: Floats, cells_across: int, block: int
) -> tuple[tuple[float, float, float, float], tuple[int, int, int], Ints]:
    """Choose the raster: its corner and cells per unit, its size, and each polygon's box in cells."""
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    cell_x = max(
        float(np.median(bounds[:, 2] - bounds[:, 0])) / cells_across, np.spacing(abs(east) + abs(west)) * 8
    )
    cell_y = max(
        float(np.median(bounds[:, 3] - bounds[:, 1])) / cells_across, np.spacing(abs(north) + abs(south)) * 8
    )
    blocks = (east - west) / (cell_x * block) * ((north - south) / (cell_y * block))
    if blocks > _MOST_BLOCKS:
        cell_x, cell_y = (cell * (blocks / _MOST_BLOCKS) ** 0.5 for cell in (cell_x, cell_y))
    # a cell of margin all round, so that what lies on the outermost edge lies in the raster
    frame = (float(west - cell_x), float(south - cell_y), 1.0 / cell_x, 1.0 / cell_y)
    low = (bounds[:, :2] - frame[:2]) * frame[2:]
    high = (bounds[:, 2:] - frame[:2]) * frame[2:]
    boxes = np.column_stack((np.floor(low - 1e-5), np.floor(high + 1e-5))).astype(np.int32)
    columns, rows = (int(side) + 2 for side in boxes[:, 2:].max(axis=0))
    return frame, (columns, rows, columns // block + 1), boxes


def _directory(boxes: Ints, across: int) -> tuple[Ints, int]:
    """Give a number to the blocks that some polygon's box reaches; the others take no memory."""
    used = np.zeros((boxes[:, 3].max() + 2, across + 1), dtype=np.int32)
    # each box adds 1 inside: corners in, sums over rows and columns out
    for corner_x, corner_y, sign in ((0, 1, 1), (2, 1, -1), (0, 3, -1), (2, 3, 1)):
        np.add.at(used, (boxes[:, corner_y] + (corner_y == 3), boxes[:, corner_x] + (corner_x == 2)), sign)
    reached = used.cumsum(axis=0).cumsum(axis=1)[:, :across].ravel() > 0
    directory = np.full(len(reached), -1, dtype=np.int32)
    directory[reached] = np.arange(reached.sum())
    return directory, int(reached.sum())
