"""Awkward geometries by name; plane coordinates unless the name says otherwise."""

from __future__ import annotations

import shapely

EMPTY_POLYGON = shapely.Polygon()
SQUARE = shapely.box(0, 0, 10, 10)
CLOCKWISE_SQUARE = shapely.Polygon([(0, 0), (0, 10), (10, 10), (10, 0)])
SQUARE_WITH_HOLE = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [[(4, 4), (4, 6), (6, 6), (6, 4)]])
ISLAND_IN_THE_HOLE = shapely.box(4, 4, 6, 6)
BOW_TIE = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
HOLE_OUTSIDE_SHELL = shapely.Polygon(
    [(0, 0), (10, 0), (10, 10), (0, 10)], [[(20, 20), (20, 22), (22, 22), (22, 20)]]
)
SPIKE = shapely.Polygon([(0, 0), (10, 0), (10, 5), (20, 5), (10, 5), (10, 10), (0, 10)])
SLIVER = shapely.Polygon([(0, 0), (100, 0), (100, 0.001), (0, 0.001)])
ZERO_AREA = shapely.Polygon([(0, 0), (5, 5), (10, 10), (0, 0)])
REPEATED_VERTICES = shapely.Polygon([(0, 0), (10, 0), (10, 0), (10, 10), (10, 10), (0, 10)])
TWO_PARTS = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(3, 0, 4, 1)])
ONE_PART_AS_MULTI = shapely.MultiPolygon([SQUARE])
OVERLAPPING_PARTS = shapely.MultiPolygon([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)])
SQUARE_Z = shapely.Polygon([(0, 0, 7), (10, 0, 7), (10, 10, 7), (0, 10, 7)])
CENTRE_POINT = shapely.Point(5, 5)
CROSSING_LINE = shapely.LineString([(0, 0), (10, 10), (10, 0), (0, 10)])
POINT_LIKE_LINE = shapely.LineString([(3, 3), (3, 3)])
COLLECTION = shapely.GeometryCollection([SQUARE, CROSSING_LINE, CENTRE_POINT])
NAN_POINT = shapely.Point(float("nan"), 22.5)

# Two by two squares: the point in the middle is on the boundary of all four, as is each half-edge of two
FOUR_CORNERS = tuple(shapely.box(x, y, x + 5, y + 5) for x, y in ((0, 5), (5, 5), (0, 0), (5, 0)))
WHERE_FOUR_MEET = shapely.Point(5, 5)
ON_A_SHARED_EDGE = shapely.Point(5, 7.5)

# The left square has no vertex at (10, 5), where its two right neighbours meet: a T-junction
T_JUNCTION = (shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 5), shapely.box(10, 5, 20, 10))

# lon, lat in Shenzhen, and the same place read wrongly
SHENZHEN_LON_LAT = (114.0579, 22.5431)
SHENZHEN_SWAPPED = (22.5431, 114.0579)

POLYGON_SPECIMENS = {
    "square": SQUARE,
    "clockwise": CLOCKWISE_SQUARE,
    "hole": SQUARE_WITH_HOLE,
    "bow-tie": BOW_TIE,
    "hole outside": HOLE_OUTSIDE_SHELL,
    "spike": SPIKE,
    "sliver": SLIVER,
    "repeated vertices": REPEATED_VERTICES,
    "two parts": TWO_PARTS,
    "one part as multi": ONE_PART_AS_MULTI,
    "overlapping parts": OVERLAPPING_PARTS,
    "z": SQUARE_Z,
    "collection": COLLECTION,
}
