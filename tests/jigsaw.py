"""Crooked tessellations to locate points in, and the points that are hardest to locate in them."""

from __future__ import annotations

import numpy as np
import shapely


def jigsaw(n, seed, *, origin=(114.0, 22.5), cell=0.003):
    """A tessellation with crooked shared borders: Voronoi cells whose edges are split and bent as one."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, n, (n * n, 2))
    cells = shapely.voronoi_polygons(shapely.multipoints(centres), extend_to=shapely.box(0, 0, n, n))
    cells = shapely.segmentize(shapely.intersection(shapely.get_parts(cells), shapely.box(0, 0, n, n)), 0.2)

    def bend(xy):
        wave = np.column_stack((np.sin(3 * xy[:, 0] + 2 * xy[:, 1]), np.cos(2 * xy[:, 0] - 3 * xy[:, 1])))
        return np.asarray(origin) + cell * (xy + 0.03 * wave)

    return shapely.transform(cells, bend)


def probes(polygons, seed, count):
    """Random points in and around, all vertices, all edge midpoints, and points a last bit beside them."""
    rng = np.random.default_rng(seed)
    west, south, east, north = shapely.total_bounds(polygons)
    margin = 0.1 * max(east - west, north - south)
    scattered = rng.uniform((west - margin, south - margin), (east + margin, north + margin), (count, 2))
    vertices = shapely.get_coordinates(polygons)
    midpoints = (vertices[1:] + vertices[:-1]) / 2
    beside = midpoints + rng.integers(-2, 3, midpoints.shape) * np.spacing(midpoints)
    return np.concatenate((scattered, vertices, midpoints, beside)).T
