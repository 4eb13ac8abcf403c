"""Where the rows of a load stand: their grid by the one rule, and the district a new code begins with."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from gridgis.geometry.measurement import point_on_surface
from gridgis.services.loading.job import Job
from gridgis.services.locating import load_grids
from gridgis.sql import loading as loading_sql

Objects = NDArray[Any]


class Standing:
    """The grids in force at an instant (now, unless another is given), asked where rows are."""

    def __init__(self, job: Job, at: datetime | None = None) -> None:
        self.job = job
        self.grids = load_grids(job.session, job.config, at or datetime.now(UTC))
        self._districts = loading_sql.select_outlines(job.session, "district") if not len(self.grids) else []

    def locate(self, geometry: Objects) -> tuple[dict[str, pa.Array], Objects]:
        """Return the columns grid_code, match and distance_m, and the points that stand for the rows."""
        points = point_on_surface(geometry)
        found = self.grids.locate_all(shapely.get_x(points), shapely.get_y(points))
        distance_m = np.where(found.match == "snapped", np.maximum(found.distance_m, 1e-9), found.distance_m)
        columns = {
            "grid_code": pa.array(found.grid_code, pa.string()),
            "match": pa.array(found.match, pa.string()),
            "distance_m": pa.array(distance_m, pa.float64(), from_pandas=True),
        }
        return columns, points

    def districts(self, grid_code: pa.Array, points: Objects) -> Objects:
        """Return the 6-digit district of each row: its grid's, else the nearest; ``None`` without any.

        A thing that stands in no grid still needs a code; the nearest district is the one that will
        answer for it.
        """
        codes = grid_code.to_numpy(zero_copy_only=False)
        named = np.array([code[:6] if code is not None else None for code in codes], dtype=object)
        rows = np.flatnonzero((named == None) & ~shapely.is_missing(points))  # noqa: E711
        if len(rows) and self._nearest is not None:
            tree, names = self._nearest
            named[rows] = names[tree.nearest(points[rows])]
        return named

    @cached_property
    def _nearest(self) -> tuple[shapely.STRtree, Objects] | None:
        if len(self.grids):
            return shapely.STRtree(self.grids.polygons), np.array(
                [c[:6] for c in self.grids.codes], dtype=object
            )
        if self._districts:
            outlines = shapely.from_wkb([bytes(row.wkb) for row in self._districts])
            return shapely.STRtree(outlines), np.array([row.code for row in self._districts], dtype=object)
        return None
