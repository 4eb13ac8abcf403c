"""Some grids and what patrols are judged by in them, in metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridgis.geometry.adjacency import Adjacency, adjacency
from gridgis.geometry.crs import geometries_to_metric, to_metric
from gridgis.measures.patrol import marks
from gridgis.services.measuring.wanted import AROUND_DEG
from gridgis.sql import measuring as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Ground:
    """Grids in force, by code: all, or some with those around them."""

    session: Session
    srid: int
    every: bool
    codes: NDArray[Any]
    area_m2: NDArray[np.float64]
    shapes: NDArray[Any]

    @classmethod
    def read(cls, session: Session, srid: int, at: datetime, codes: Sequence[str] | None) -> Ground:
        """Return the grids; those around `codes` are there so that borders are shared as they are in all."""
        rows = sql.select_grids(session, at, codes, AROUND_DEG)
        return cls(
            session,
            srid,
            codes is None,
            np.array([row.code for row in rows], dtype=object),
            np.array([row.area_m2 for row in rows]),
            shapely.from_wkb([bytes(row.geom) for row in rows]),
        )

    def rows(self, codes: Sequence[Any]) -> NDArray[np.int64]:
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
    def neighbours(self) -> Adjacency:
        """Which of the grids share an edge."""
        return adjacency(self.shapes, self.srid)

    @cached_property
    def targets(self) -> Targets:
        """What a patrol can reach in the grids."""
        around = None if self.every else list(self.codes)
        roads = geometries_to_metric(
            shapely.from_wkb(sql.select_roads(self.session, around, AROUND_DEG)), self.srid
        )
        found = marks(self.polygons, roads)
        table = sql.select_components(self.session, around)
        x, y = to_metric(table["lon"].to_numpy(), table["lat"].to_numpy(), self.srid)
        grid = self.rows(table["grid_code"].to_numpy(zero_copy_only=False))
        here = grid >= 0
        grids = np.concatenate((found.grid, grid[here]))
        order = np.argsort(grids, kind="stable")  # of a grid: its marks, then its components by id
        counts = [np.bincount(rows, minlength=len(self.codes)) for rows in (found.grid, grid[here])]
        return Targets(
            start=np.r_[0, np.cumsum(counts[0] + counts[1])],
            marks=counts[0],
            xy=np.vstack((found.xy, np.column_stack((x, y))[here]))[order],
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
