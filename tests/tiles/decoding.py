"""Tiles as plain data."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile

from gridgis.geometry.tile import at
from gridgis.scope import EVERYTHING
from gridgis.sql.tiles import TileReader
from tests.tiles.city import SIDE, SOUTH, STEP, WEST


def decode(body: bytes) -> dict[str, list[dict[str, Any]]]:
    """Return the features of each vector layer, coordinates in tile units from the north-west corner."""
    if not body:
        return {}
    tile = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})
    return {name: layer["features"] for name, layer in tile.items()}


def tiles_of_city(z: int) -> list[tuple[int, int, int]]:
    """Return every tile of a zoom that the small city lies on."""
    x0, y0 = at(WEST - STEP, SOUTH + (SIDE + 1) * STEP, z)
    x1, y1 = at(WEST + (SIDE + 1) * STEP, SOUTH - STEP, z)
    return [(z, x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]


def features(reader: TileReader, layer: str, z: int, query: str = "{}") -> dict[str, list[dict[str, Any]]]:
    """Return the features of all tiles of a zoom, by vector layer."""
    found: dict[str, list[dict[str, Any]]] = {}
    for place in tiles_of_city(z):
        for name, more in decode(reader.tile(layer, *place, query, EVERYTHING)[0]).items():
            found.setdefault(name, []).extend(more)
    return found
