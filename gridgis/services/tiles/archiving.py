"""All tiles of the city in one PMTiles file, for sites that only want files."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from gridgis.errors import InvalidInput
from gridgis.geometry.tile import Box, tiles_over
from gridgis.services.tiles import contract
from gridgis.sql import tiles as tiles_sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from gridgis.config import Config
    from gridgis.scope import Scope

#: What goes into an archive unasked: the base map and what changes slowly.
USUAL_LAYERS = ("divisions", "grids", "roads", "buildings", "components")

#: What may: positions and ways of workers leave the server in no file.
LAYERS = (*USUAL_LAYERS, "incidents")

_GZIP_WBITS = 31  # zlib's number for "with gzip's own header and checksum"

#: Called with the number of tiles done and the number there are.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Archive:
    """What was written: tiles with something in them, and the size of the file."""

    tiles: int
    size_bytes: int


def write_archive(
    session: Session,
    config: Config,
    out: Path,
    scope: Scope,
    *,
    layers: Sequence[str] = USUAL_LAYERS,
    minzoom: int = 8,
    maxzoom: int = 15,
    progress: Progress | None = None,
) -> Archive:
    """Write the tiles of `layers` over the city, all layers of a place in one tile.

    The session's one snapshot is read, which must therefore be REPEATABLE READ. The file appears under
    its name when it is complete.

    Raises
    ------
    InvalidInput
        A layer that does not go into archives, zooms in the wrong order, or a database without a city.
    """
    _check(layers, minzoom, maxzoom)
    extent = tiles_sql.select_extent(session)
    if extent is None:
        raise InvalidInput("There are no divisions and no grids yet; load them first.")
    queries = {name: contract.query(contract.layer(name), {}, scope, config.zone) for name in layers}
    places = [place for z in range(minzoom, maxzoom + 1) for place in _in_order(extent, z)]
    draft = out.with_name(f".{out.name}.part")
    written = 0
    try:
        with draft.open("wb") as file:
            writer = Writer(file)
            for done, (z, x, y) in enumerate(places, 1):
                body = b"".join(
                    tiles_sql.select_tile(session, name, z, x, y, query) for name, query in queries.items()
                )
                if body:
                    writer.write_tile(zxy_to_tileid(z, x, y), zlib.compress(body, 6, _GZIP_WBITS))
                    written += 1
                if progress is not None:
                    progress(done, len(places))
            writer.finalize(_header(extent, minzoom), _metadata(config, layers))
        os.replace(draft, out)
    finally:
        draft.unlink(missing_ok=True)
    return Archive(written, out.stat().st_size)


def _check(layers: Sequence[str], minzoom: int, maxzoom: int) -> None:
    for name in layers:
        if name not in LAYERS:
            raise InvalidInput(
                f"{name!r} does not go into archives; accepted: {', '.join(LAYERS)}.", field="layers"
            )
    if minzoom > maxzoom:
        raise InvalidInput(
            f"The least zoom {minzoom} is deeper than the deepest, {maxzoom}.", field="minzoom"
        )


def _in_order(extent: Box, z: int) -> Iterator[tuple[int, int, int]]:
    """Yield the tiles of a zoom along the archive's own curve, which keeps neighbours together in it."""
    x0, y0, x1, y1 = tiles_over(extent, z)
    places = [(z, x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]
    return iter(sorted(places, key=lambda place: zxy_to_tileid(*place)))


def _header(extent: Box, minzoom: int) -> dict[str, Any]:
    west, south, east, north = (round(degrees * 1e7) for degrees in extent)
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": minzoom,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }


def _metadata(config: Config, layers: Sequence[str]) -> dict[str, Any]:
    described = [contract.vector_layers(contract.layer(name)) for name in layers]
    return {
        "name": config.city_name,
        "description": ", ".join(layers),
        "type": "overlay",
        "vector_layers": [entry for entries in described for entry in entries],
    }
