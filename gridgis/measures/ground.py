"""Some grids and what patrols are judged by in them, in metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgis.geometry.adjacency import Adjacency, adjacency
from gridgis.geometry.crs import geometries_to_metric, to_metric
from gridgis.measures.patrol import marks


@dataclass(frozen=True)
class Ground:
    """Grids in force, by code: all of a city, or some with those around them.

    Attributes
    ----------
    srid
        The metric CRS.
    codes, area_m2, shapes
        (grids,) polygons in EPSG:4326.
    roads
        Lines in EPSG:4326 that come near any of the grids, in an order that is always the same.
    component_grids, component_lonlat
        (components,) code of the grid, (components, 2) degrees; by grid and id.
    """

    srid: int
    codes: NDArray[Any]
    area_m2: NDArray[np.float64]
    shapes: NDArray[Any]
    roads: NDArray[Any]
    component_grids: NDArray[Any]
    component_lonlat: NDArray[np.float64]

    def rows(self, codes: Sequence[Any] | NDArray[Any]) -> NDArray[np.int64]:
        """Return the rows of grids by code, -1 where one is not among them."""
        if not len(self.codes):
            return np.full(len(codes), -1)
        names = self.codes.astype(str)
        wanted = np.asarray(codes, dtype=object).astype(str)
        at = np.minimum(np.searchsorted(names, wanted), len(names) - 1)
        return np.where(names[at] == wanted, at, -1)

    @cached_property
    def polygons(self) -> NDArray[Any]:
        """Polygons in the metric CRS."""
        return geometries_to_metric(self.shapes, self.srid)

    @cached_property
    def middles(self) -> NDArray[np.float64]:
        """(grids, 2) the centroids, in metres."""
        return shapely.get_coordinates(shapely.centroid(self.polygons)).reshape(-1, 2)

    @cached_property
    def neighbours(self) -> Adjacency:
        """Which of the grids share an edge."""
        return adjacency(self.shapes, self.srid)

    @cached_property
    def targets(self) -> Targets:
        """What a patrol can reach in the grids."""
        found = marks(self.polygons, geometries_to_metric(self.roads, self.srid))
        lon, lat = self.component_lonlat.T
        xy = np.column_stack(to_metric(lon, lat, self.srid)).reshape(-1, 2)
        grid = self.rows(self.component_grids)
        here = grid >= 0
        grids = np.concatenate((found.grid, grid[here]))
        order = np.argsort(grids, kind="stable")  # of a grid: its marks, then its components by id
        counts = [np.bincount(rows, minlength=len(self.codes)) for rows in (found.grid, grid[here])]
        return Targets(
            start=np.r_[0, np.cumsum(counts[0] + counts[1])],
            marks=counts[0],
            xy=np.vstack((found.xy, xy[here]))[order],
            weight=np.concatenate((found.weight, np.zeros(here.sum())))[order],
            is_road=np.concatenate((found.is_road, np.zeros(here.sum(), bool)))[order],
        )


@dataclass(frozen=True, slots=True)
class Targets:
    """Marks and components, grid by grid.

    Attributes
    ----------
    start
        (grids + 1,) where each grid's begin.
    marks
        (grids,) how many of them are marks; components follow.
    xy, weight, is_road
        Of each; a component weighs nothing.
    """

    start: NDArray[np.int64]
    marks: NDArray[np.int64]
    xy: NDArray[np.float64]
    weight: NDArray[np.float64]
    is_road: NDArray[np.bool_]

    def of(self, grid: int) -> slice:
        """Return where a grid's targets are."""
        return slice(int(self.start[grid]), int(self.start[grid + 1]))

    def weights_by_grid(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the road (metres) and the ground without road (square metres) of each grid."""
        grid = np.repeat(np.arange(len(self.marks)), np.diff(self.start))
        roads = np.bincount(grid, self.weight * self.is_road, len(self.marks))
        bare = np.bincount(grid, self.weight * ~self.is_road, len(self.marks))
        return roads.astype(np.float64), bare.astype(np.float64)
