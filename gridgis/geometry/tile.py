"""Arithmetic of Web Mercator tiles (XYZ scheme, EPSG:3857); knows nothing of what is drawn in them.

A box is ``(xmin, ymin, xmax, ymax)`` in metres of EPSG:3857 unless it says lon/lat. Rows are counted from
the north, as in the XYZ scheme and OGC's WebMercatorQuad.
"""

from __future__ import annotations

import math
from typing import NamedTuple

#: Edge of the one tile of zoom 0, in metres of EPSG:3857.
WORLD_M = 2 * math.pi * 6378137.0

#: Deepest zoom answered; a pixel there is a few centimetres.
MAX_ZOOM = 22

#: Units along a tile's edge, and how far outside of it geometry is still drawn.
EXTENT, BUFFER = 4096, 64

Box = tuple[float, float, float, float]


class Range(NamedTuple):
    """Columns ``x0..x1`` and rows ``y0..y1`` of one zoom, both ends included."""

    x0: int
    y0: int
    x1: int
    y1: int


def exists(z: int, x: int, y: int) -> bool:
    """Tell whether the scheme has such a tile, up to `MAX_ZOOM`."""
    return 0 <= z <= MAX_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z


def bounds(z: int, x: int, y: int) -> Box:
    """Return the box of a tile, without its buffer."""
    edge = WORLD_M / (1 << z)
    west, north = x * edge - WORLD_M / 2, WORLD_M / 2 - y * edge
    return west, north - edge, west + edge, north


def drawn_in(box: Box, z: int) -> Range:
    """Return the tiles of a zoom that may show something of `box`: buffers reach into neighbours."""
    edge = WORLD_M / (1 << z)
    reach = edge * (BUFFER + 1) / EXTENT
    last = (1 << z) - 1
    xmin, ymin, xmax, ymax = box

    def clamped(value: float) -> int:
        return min(max(math.floor(value / edge), 0), last)

    return Range(
        clamped(xmin - reach + WORLD_M / 2),
        clamped(WORLD_M / 2 - ymax - reach),
        clamped(xmax + reach + WORLD_M / 2),
        clamped(WORLD_M / 2 - ymin + reach),
    )


def tiles_over(lonlat_box: Box, z: int) -> Range:
    """Return the tiles of a zoom that a box in degrees lies on."""
    west, south, east, north = lonlat_box
    x0, y0 = at(west, north, z)
    x1, y1 = at(east, south, z)
    return Range(x0, y0, x1, y1)


def at(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Return column and row of the tile a point in degrees lies on; near a pole, the outermost row."""
    last = (1 << z) - 1
    radians = math.radians(min(max(lat, -85.0511), 85.0511))
    column = math.floor((lon + 180) / 360 * (1 << z))
    row = math.floor((1 - math.asinh(math.tan(radians)) / math.pi) / 2 * (1 << z))
    return min(max(column, 0), last), min(max(row, 0), last)
