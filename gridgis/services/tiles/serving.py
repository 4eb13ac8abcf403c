"""Tiles that are cached and fresh at once, their TileJSON, and the base map's styles."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from gridgis.errors import NotFound
from gridgis.geometry import tile as tile_math
from gridgis.paths import resource
from gridgis.services.tiles import contract
from gridgis.services.tiles.cache import Tile, TileCache, TileKey
from gridgis.services.tiles.contract import LAYERS, Source
from gridgis.sql import tiles as tiles_sql
from gridgis.sql.tiles import Change, TileReader

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from gridgis.config import Config
    from gridgis.scope import Scope

#: Zoom to which services of picture tiles usually go; a client enlarges beyond.
_DEEPEST_PICTURES = 18

#: So long a tile in memory is given without asking anew whether anything changed. Whoever writes over HTTP
#: is answered only after as long (routes/context.py): each request after it sees what was written, anywhere.
UNASKED_S = 0.005

_FOLLOWED: dict[str, list[tuple[str, Source]]] = {}
for _layer in LAYERS.values():
    for _source in _layer.sources:
        _FOLLOWED.setdefault(_source.name, []).append((_layer.name, _source))


class Tiles:
    """The tiles of one process.

    One number grows with each committed change. It is read together with every tile that is not in memory,
    and before one that is, unless it was read in the last `UNASKED_S`. While it stands still, what is in
    memory is what the database would answer. When it has grown, the boxes of the changes since are read and
    only the tiles they touch are forgotten. So an edit is seen `UNASKED_S` after its commit at the latest,
    whoever made it, and nothing needs to be told or to heal.
    """

    def __init__(self, engine: Engine, config: Config) -> None:
        self._reader = TileReader(engine)
        self._zone = config.zone
        self._cache = TileCache(config.tile_cache_mb * 2**20)
        self._known: dict[str, int] | None = None
        self._total = -1
        self._dated_until_s = 0.0
        self._asked_at_s = float("-inf")
        self._lock = Lock()

    def tile(
        self, layer: str, z: int, x: int, y: int, arguments: Mapping[str, list[str]], scope: Scope
    ) -> Tile:
        """Return one tile as `scope` sees it.

        Raises
        ------
        NotFound
            No such layer, or no such tile in the scheme.
        InvalidInput
            A filter the layer does not have, or whose value does not parse.
        """
        asked = contract.layer(layer)
        if not tile_math.exists(z, x, y):
            raise NotFound(f"There is no tile {z}/{x}/{y}: zooms go from 0 to {tile_math.MAX_ZOOM}.")
        key = TileKey(layer, z, x, y, contract.query(asked, arguments, scope, self._zone))
        if self._known is None or key in self._cache:
            self._ask_again()
            found = self._cache.get(key)
            if found is not None:
                return found
        dated_until_s = self._dated_until_s
        body, total = self._reader.tile(layer, z, x, y, key.query, scope)
        made = Tile(key, body)
        self._catch_up(total)
        with self._lock:
            # what was cut before a change that has been dealt with since would never be forgotten
            if total == self._total and dated_until_s == self._dated_until_s:
                self._cache.put(key, made)
        return made

    def close(self) -> None:
        """Close the connections."""
        self._reader.close()

    def _ask_again(self) -> None:
        now_s = time.monotonic()
        if now_s - self._asked_at_s < UNASKED_S and time.time() < self._dated_until_s:
            return
        self._catch_up(self._reader.total())
        self._asked_at_s = now_s  # when it was asked: the answer may lack what was committed since

    def _catch_up(self, total: int) -> None:
        if total <= self._total and time.time() < self._dated_until_s:
            return
        with self._lock:
            if self._known is None:
                self._known = self._reader.versions()
            if total > self._total:
                changes = self._reader.changes(self._known)
                for change in changes:
                    self._apply(change)
                if any(change.source == "grids" for change in changes):
                    self._dated_until_s = min(self._dated_until_s, self._next_date_s())
                self._total = sum(self._known.values())
            if time.time() >= self._dated_until_s:
                for layer in LAYERS.values():
                    if layer.dated:
                        self._cache.forget(layer.name, range(tile_math.MAX_ZOOM + 1), None)
                self._dated_until_s = self._next_date_s()

    def _next_date_s(self) -> float:
        return self._reader.next_change_s() or float("inf")

    def _apply(self, change: Change) -> None:
        assert self._known is not None  # noqa: S101 - set before the first change is read
        self._known[change.source] = max(change.version, self._known.get(change.source, 0))
        for layer, source in _FOLLOWED.get(change.source, ()):
            zooms = range(source.lowest, source.highest + 1)
            self._cache.forget(layer, zooms, None if source.whole else change.box)


def tilejson(session: Session, layer: str, root_url: str) -> dict[str, Any]:
    """Return the TileJSON 3.0.0 of a layer; `root_url` is the server's, with a slash at its end.

    Raises
    ------
    NotFound
        No such layer.
    """
    described = contract.layer(layer)
    box = tiles_sql.select_extent(session)
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": layer,
        "description": described.description,
        "version": "1.0.0",
        "scheme": "xyz",
        "tiles": [f"{root_url}tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": 0,
        "maxzoom": _overzoomed_from(layer),
        "vector_layers": contract.vector_layers(described),
    }
    if box is not None:
        document["bounds"] = [round(value, 6) for value in box]
        document["center"] = [round((box[0] + box[2]) / 2, 6), round((box[1] + box[3]) / 2, 6), 10]
    return document


def _overzoomed_from(layer: str) -> int:
    """Return the deepest zoom worth asking for; a client enlarges its tiles beyond."""
    return {"divisions": 14, "grids": 16, "roads": 15}.get(layer, 18)


def style(name: str, root_url: str, config: Config) -> dict[str, Any]:
    """Return a style of the base map with its sources at this server, and the city's own background if set.

    Raises
    ------
    NotFound
        Listing the styles there are.
    """
    folder = resource("tiles") / "styles"
    names = sorted(file.stem for file in folder.glob("*.json"))
    if name not in names:
        raise NotFound(f"There is no style {name!r}; there are {', '.join(names)}.")
    document: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    for source in document["sources"].values():
        # a map resolves nothing against the address its style came from
        source["url"] = root_url + source["url"].removeprefix("/")
    background = base_layer(config)
    if background is not None:
        document["sources"]["base"] = _raster(background)
        over_land = [layer["id"] for layer in document["layers"]].index("land") + 1
        document["layers"].insert(over_land, {"id": "base", "type": "raster", "source": "base"})
    return document


def base_layer(config: Config) -> dict[str, str] | None:
    """Return url, name and attribution of the picture tiles that the city set as a background."""
    if not config.base_layer_url:
        return None
    return {
        "url": config.base_layer_url,
        "name": config.base_layer_name,
        "attribution": config.base_layer_attribution,
    }


def _raster(background: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "raster",
        "tiles": [background["url"]],
        "tileSize": 256,
        "maxzoom": _DEEPEST_PICTURES,
        "attribution": background["attribution"],
    }
