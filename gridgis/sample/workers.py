"""Workers and their beats: groups of adjacent grids, one primary worker each; opaque codes, never names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import shapely

from gridgis.errors import InvalidInput
from gridgis.sample.departments import Departments
from gridgis.sample.divisions import Land
from gridgis.sample.grids import Grids
from gridgis.sample.layers import Layer, Shapes, dates


@dataclass(frozen=True)
class Workers:
    """The workers.

    Attributes
    ----------
    of_grid
        (grids,) index of each grid's worker, by face.
    beats
        The faces of each worker.
    """

    codes: list[str]
    of_grid: np.ndarray
    beats: list[np.ndarray]
    layer: Layer


def employ(land: Land, grids: Grids, departments: Departments, count: int, from_day: int) -> Workers:
    """Return ``count`` workers, each with a beat of connected grids; together they have every grid once.

    Raises
    ------
    InvalidInput
        More workers than grids, or none.
    """
    if not 1 <= count <= len(grids.codes):
        raise InvalidInput(
            f"{count} workers for {len(grids.codes)} grids; from 1 to {len(grids.codes)} can have some each",
            field="workers",
        )
    group = land.tessellation.groups(count, land.community_of)
    first = np.full(count, len(grids.order))
    rank = np.empty(len(grids.order), np.int64)
    rank[grids.order] = np.arange(len(grids.order))
    np.minimum.at(first, group, rank)
    place = np.argsort(np.argsort(first))  # workers in order of their first grid's code
    of_grid = place[group]
    by_worker = grids.order[np.argsort(of_grid[grids.order], kind="stable")]
    beats = np.split(by_worker, np.cumsum(np.bincount(of_grid, minlength=count))[:-1])
    codes = [f"W{land.spec.root_code[:4]}{k + 1:05d}" for k in range(count)]
    home = np.array([beat[0] for beat in beats])
    streets = [land.communities[land.community_of[f]].parent_code for f in home]
    station = shapely.get_coordinates(shapely.point_on_surface(grids.polygons[home])).round(7)
    table = pa.table(
        {
            "code": pa.array(codes, pa.string()),
            "division_code": pa.array(streets, pa.string()),
            "department_code": pa.array([departments.codes[departments.street_office[s]] for s in streets]),
            "active": pa.array(np.ones(count, bool)),
            "grid_codes": pa.array([";".join(grids.codes[beat]) for beat in beats], pa.string()),
            "valid_from": dates(np.full(count, from_day)),
        }
    )
    return Workers(codes, of_grid, beats, Layer("workers", table, Shapes.points(station), ("Point",)))
