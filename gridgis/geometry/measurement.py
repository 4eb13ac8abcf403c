"""Areas and lengths of EPSG:4326 geometries: in the city's metric CRS, and on the ellipsoid to check it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from gridgis.geometry.crs import geometries_to_metric, to_metric

Floats = NDArray[np.float64]


def area_m2(geometries: ArrayLike, srid: int) -> Floats:
    """Return planar areas in the metric CRS `srid`; 0 for points and lines, NaN for ``None``."""
    return shapely.area(geometries_to_metric(geometries, srid))


def ground_m2(geometries: ArrayLike, srid: int) -> Floats:
    """Return the areas of ground between edges that are straight in degrees; 0 for points, lines and empty.

    `area_m2` joins projected vertices by straight edges instead. Those lie up to a metre beside an edge of
    ten kilometres, so that a strip of no width, whose other side has vertices in between, seems to hold half
    a hectare. Here the area in degrees is multiplied by what the projection makes of a small square at the
    centroid, right to some millionths within a city.

    Parameters
    ----------
    geometries
        EPSG:4326; ``None`` gives NaN.
    srid
        Metric CRS of the square metres.
    """
    shapes = np.asarray(geometries, dtype=object)
    middle = np.where(shapely.is_empty(shapes), _ANYWHERE, shapely.centroid(shapes))
    lon, lat = shapely.get_x(middle)[..., None], shapely.get_y(middle)[..., None]
    x, y = to_metric(lon + _SQUARE_DEG * _EAST, lat + _SQUARE_DEG * _NORTH, srid)
    # the shoelace formula with its origin in one corner, so that large eastings cancel exactly
    x, y = x - x[..., :1], y - y[..., :1]
    square_m2 = np.abs(np.sum(x[..., :-1] * y[..., 1:] - x[..., 1:] * y[..., :-1], axis=-1)) / 2
    return np.asarray(shapely.area(shapes) * square_m2 / _SQUARE_DEG**2, dtype=np.float64)


#: A square of a hundred metres or so, and the steps from its middle to its corners.
_SQUARE_DEG = 1e-3
_ANYWHERE = shapely.Point(0.0, 0.0)
_EAST, _NORTH = np.array([-0.5, 0.5, 0.5, -0.5]), np.array([-0.5, -0.5, 0.5, 0.5])


def length_m(geometries: ArrayLike, srid: int) -> Floats:
    """Return planar lengths in the metric CRS `srid` (perimeters of polygons); NaN for ``None``."""
    return shapely.length(geometries_to_metric(geometries, srid))


def point_on_surface(geometries: ArrayLike) -> NDArray[Any]:
    """Return the point that stands for each geometry when it is located (EPSG:4326 in, EPSG:4326 out).

    A point stands for itself; lines and polygons by a point on them. ``None`` and empty give ``None``.
    """
    geometries = np.asarray(geometries, dtype=object)
    points = np.where(
        shapely.get_type_id(geometries) == shapely.GeometryType.POINT,
        geometries,
        shapely.point_on_surface(geometries),
    )
    points[shapely.is_empty(points)] = None
    return points


def geodesic_distance_m(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Floats:
    """Return the shortest distances over the WGS 84 ellipsoid (Karney 2013); degrees in, metres out."""
    return np.asarray(_ellipsoid().inv(lon1, lat1, lon2, lat2)[2], dtype=np.float64)


def geodesic_area_m2(geometry: shapely.Geometry) -> float:
    """Return the area over the ellipsoid of one polygon or multipolygon in EPSG:4326, holes taken off.

    Rings may wind either way. Slow: for checking figures of `area_m2`, whose projection stretches.
    """
    total = 0.0
    for polygon in shapely.get_parts(geometry):
        holes = [
            shapely.get_interior_ring(polygon, i) for i in range(shapely.get_num_interior_rings(polygon))
        ]
        total += _ring_area(shapely.get_exterior_ring(polygon)) - sum(map(_ring_area, holes))
    return total


def area_stretch(geometry: shapely.Geometry, srid: int) -> float:
    """Return planar area / ellipsoidal area, less 1: what measuring in `srid` is off by there."""
    return float(area_m2([geometry], srid)[0]) / geodesic_area_m2(geometry) - 1.0


def _ring_area(ring: shapely.LinearRing) -> float:
    lon, lat = shapely.get_coordinates(ring).T
    return abs(_ellipsoid().polygon_area_perimeter(lon, lat)[0])


@lru_cache(maxsize=1)
def _ellipsoid() -> pyproj.Geod:
    return pyproj.Geod(ellps="WGS84")
