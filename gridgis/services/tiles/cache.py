"""Finished tiles kept in memory: the ones used last, up to a number of bytes, findable by place."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from hashlib import blake2b
from threading import Lock
from typing import NamedTuple

from gridgis.geometry.tile import Box, drawn_in

_GZIP_WBITS = 31  # zlib's number for "with gzip's own header and checksum"
_GZIP_LEVEL = 5

#: What an entry costs besides its bytes: key, tags, places in three dictionaries.
_OVERHEAD_BYTES = 1000


class TileKey(NamedTuple):
    """What makes a tile; `query` carries its filters and the scope."""

    layer: str
    z: int
    x: int
    y: int
    query: str


class Tile:
    """The bytes of a tile and their names; an empty body is a tile with nothing in it."""

    __slots__ = ("_gzipped", "body", "digest")

    def __init__(self, key: TileKey, body: bytes) -> None:
        self.body = body
        # the scope is in the name too: equal bytes of two scopes are still two representations
        secret = blake2b(key.query.encode(), digest_size=16).digest()
        self.digest = blake2b(body, digest_size=12, key=secret).hexdigest()
        self._gzipped: bytes | None = None

    @property
    def gzipped(self) -> bytes:
        """The body compressed, made at the first use: most tiles are asked for in one form only."""
        if self._gzipped is None:
            self._gzipped = zlib.compress(self.body, _GZIP_LEVEL, _GZIP_WBITS)
        return self._gzipped


class TileCache:
    """Least recently used tiles, with an index by layer, zoom and place to forget those that changed."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._tiles: OrderedDict[TileKey, Tile] = OrderedDict()
        self._places: dict[tuple[str, int], dict[tuple[int, int], set[TileKey]]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._tiles)

    def __contains__(self, key: TileKey) -> bool:
        return key in self._tiles

    def get(self, key: TileKey) -> Tile | None:
        """Return a tile and count it as used."""
        with self._lock:
            tile = self._tiles.get(key)
            if tile is not None:
                self._tiles.move_to_end(key)
            return tile

    def put(self, key: TileKey, tile: Tile) -> None:
        """Keep a tile; those unused for longest make room for it."""
        with self._lock:
            self._remove(key)
            self._tiles[key] = tile
            self._places.setdefault((key.layer, key.z), {}).setdefault((key.x, key.y), set()).add(key)
            self._bytes += _cost(tile)
            while self._bytes > self._most_bytes and self._tiles:
                self._remove(next(iter(self._tiles)))

    def forget(self, layer: str, zooms: range, box: Box | None) -> None:
        """Drop the tiles of a layer that may show something of `box` (EPSG:3857), all for ``None``."""
        with self._lock:
            for z in zooms:
                places = self._places.get((layer, z))
                if not places:
                    continue
                for place in list(places) if box is None else _touched(places, box, z):
                    for key in list(places.get(place, ())):
                        self._remove(key)

    def _remove(self, key: TileKey) -> None:
        tile = self._tiles.pop(key, None)
        if tile is None:
            return
        self._bytes -= _cost(tile)
        places = self._places[key.layer, key.z]
        keys = places[key.x, key.y]
        keys.discard(key)
        if not keys:
            del places[key.x, key.y]


def _touched(places: dict[tuple[int, int], set[TileKey]], box: Box, z: int) -> list[tuple[int, int]]:
    """Look each tile of the box up, or each tile there is in the box: whichever are fewer."""
    x0, y0, x1, y1 = drawn_in(box, z)
    if (x1 - x0 + 1) * (y1 - y0 + 1) <= len(places):
        return [(x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1) if (x, y) in places]
    return [(x, y) for x, y in places if x0 <= x <= x1 and y0 <= y <= y1]


def _cost(tile: Tile) -> int:
    # reckoned with its compressed copy, which may be made later
    return len(tile.body) * 3 // 2 + _OVERHEAD_BYTES
