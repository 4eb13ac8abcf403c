"""Building blocks: the ground of a community shared out among its buildings, each building whole."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridgis.geometry.adjacency import Adjacency, adjacency, islands
from gridgis.geometry.crs import geometries_from_metric, geometries_to_metric
from gridgis.planning.barriers import Lines, between, reached
from gridgis.planning.partition import Units, units_from
from gridgis.planning.repair import mended

Objects = NDArray[Any]

#: Buildings nearer to each other than this are one block: no border fits between them.
TOUCHING_M = 0.5
#: Walls are sampled at most this far apart, and at least so near that a border cannot cut a corner: with
#: samples less than two gaps apart every point of a wall is nearer to a sample of its own.
_COARSE_M, _SAMPLES_PER_GAP = 20.0, 1.6


class Blocks(NamedTuple):
    """Polygons in EPSG:4326 that tile the community, and the block of each building."""

    polygons: Objects
    block: NDArray[np.int64]


def building_blocks(outline: shapely.Geometry, buildings: ArrayLike, srid: int) -> Blocks:
    """Return the ground nearest to each building, or to each group of buildings that touch.

    Parameters
    ----------
    outline
        Of the community, EPSG:4326.
    buildings
        Polygons in EPSG:4326 whose point on surface lies in it; what sticks out of it is left out.
    srid
        Metric CRS of the distances.
    """
    shapes = np.asarray(buildings, dtype=object)
    shapely.prepare(outline)
    beyond = ~shapely.covers(outline, shapes)
    inside = shapes.copy()
    inside[beyond] = shapely.intersection(shapes[beyond], outline)
    walls = _touching(geometries_to_metric(inside, srid))
    if len(walls) < 2:
        return Blocks(np.array([outline], dtype=object), np.zeros(len(shapes), dtype=np.int64))
    cells = geometries_from_metric(_cells(walls, geometries_to_metric([outline], srid)[0]), srid)
    ground = _within(outline, cells, srid)
    home = np.full(len(shapes), len(ground), dtype=np.int64)
    found = shapely.STRtree(ground).query(shapely.point_on_surface(shapes), predicate="intersects")
    np.minimum.at(home, *found)
    return Blocks(ground, home)


def block_units(polygons: Objects, load: ArrayLike, lines: Lines, srid: int) -> Units:
    """Return blocks as units; a road lies between two where it crosses the line from one to the other.

    Blocks across a barrier are neighbours only where a bridge touches both and they share an edge, so that
    a zone is one polygon.
    """
    neighbours = reached(adjacency(polygons, srid), polygons, lines, afar=False)
    metric = geometries_to_metric(polygons, srid)
    return units_from(
        neighbours,
        load=load,
        area_m2=shapely.area(metric),
        around_m=shapely.length(metric),
        crossings=between(neighbours, polygons, lines.roads),
    )


def _touching(buildings: Objects) -> Objects:
    """Return buildings, those that touch as one."""
    one, other = shapely.STRtree(buildings).query(buildings, predicate="dwithin", distance=TOUCHING_M)
    pairs = one < other
    rows, ends = np.unique(np.stack((one[pairs], other[pairs])), return_inverse=True)
    near, far = ends.reshape(2, -1)
    groups = islands(len(rows), Adjacency(near, far, np.zeros(len(near))))
    joined = [shapely.union_all(buildings[rows[group]]) for group in groups]
    return np.array([*joined, *np.delete(buildings, rows)], dtype=object)


def _within(outline: shapely.Geometry, cells: Objects, srid: int) -> Objects:
    """Return cells cut to the outline, which they fill; what a notch cuts off goes to the neighbour there.

    Only the cells at the outline are noded with it, which is where nearly all the time would go.
    """
    whole = shapely.contains_properly(outline, cells)
    rim = cells[~whole]
    left = shapely.difference(outline, shapely.coverage_union_all(cells[whole]))
    names = [f"{k:07d}" for k in range(len(rim))]
    ground = np.concatenate(
        (cells[whole], mended(names, rim, ["rim"] * len(rim), {"rim": left}, srid=srid).polygons)
    )
    return ground[~shapely.is_missing(ground)]


def _cells(walls: Objects, outline: shapely.Geometry) -> Objects:
    """Return for each of some buildings the ground nearer to it than to others, beyond the outline too."""
    one, other = shapely.STRtree(walls).query(walls, "dwithin", _COARSE_M / _SAMPLES_PER_GAP)
    one, other = one[one != other], other[one != other]
    spacing = np.full(len(walls), _COARSE_M)
    np.minimum.at(spacing, one, _SAMPLES_PER_GAP * shapely.distance(walls[one], walls[other]))
    spacing = np.maximum(spacing, _SAMPLES_PER_GAP * TOUCHING_M)
    sampled = shapely.segmentize(shapely.boundary(walls), spacing)
    points, owner = shapely.get_coordinates(sampled, return_index=True)
    points, first = np.unique(points, axis=0, return_index=True)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(points), extend_to=outline, ordered=True)
    )
    order = np.argsort(owner[first], kind="stable")
    ends = np.cumsum(np.bincount(owner[first], minlength=len(walls)))
    parts = np.split(cells[order], ends[:-1])
    return np.array([shapely.coverage_union_all(part) for part in parts], dtype=object)
