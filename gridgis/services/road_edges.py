"""Which borders in a file of grids follow no road of another file."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import shapely

from gridgis.config import Config
from gridgis.planning.road_edges import edges_off_roads
from gridgis.services.polygon_files import read_polygons, read_shapes


class OffRoads(NamedTuple):
    """A border without a road: its two grids, metres, and a point of it (lon, lat)."""

    one: str
    other: str
    length_m: float
    place: tuple[float, float]


def of_file(
    path: Path,
    roads: Path,
    config: Config,
    *,
    within_m: float,
    crs: str | None = None,
    code: str | None = None,
) -> list[OffRoads]:
    """Return the borders between the grids of a file that no road runs along, the longest first.

    Parameters
    ----------
    path, crs, code
        As `plans.check_file`.
    roads
        File of lines.
    within_m
        How far from its road a border may be.

    Raises
    ------
    InvalidInput
        A file or its columns are not what is accepted.
    """
    grids = read_polygons(path, crs)
    codes = grids.codes(code)
    lines = read_shapes(roads)[1]
    found = edges_off_roads(grids.polygons, lines[~shapely.is_missing(lines)], within_m, config.metric_srid)
    return [
        OffRoads(str(codes[edge.one]), str(codes[edge.other]), edge.length_m, _point(edge.place))
        for edge in found
    ]


def _point(place: shapely.Geometry) -> tuple[float, float]:
    point = shapely.point_on_surface(place)
    return point.x, point.y
