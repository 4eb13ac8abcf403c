"""Vector tiles, their TileJSON, and the base map's styles over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from apiflask import APIBlueprint
from flask import Flask, Response, current_app, request
from flask.blueprints import BlueprintSetupState

from gridgis.routes.access import check_tile_layer, current_scope
from gridgis.routes.context import context, reading
from gridgis.services.tiles import files
from gridgis.services.tiles import serving as tiles_service
from gridgis.services.tiles.serving import Tiles

_KEY = "gridgis.tiles"
_MIMETYPE = "application/vnd.mapbox-vector-tile"
_NO_ARGUMENTS: dict[str, list[str]] = {}
_ANSWERS: Any = {
    200: {
        "description": "The tile, as Mapbox Vector Tile 2.1.",
        "content": {_MIMETYPE: {"schema": {"type": "string", "format": "binary"}}},
    },
    204: {"description": "The tile has nothing in it."},
    304: {"description": "The tile is still the one the caller has, by its `ETag`."},
}

blueprint = APIBlueprint("tiles", __name__, url_prefix="/tiles", tag="tiles")


@blueprint.record
def _prepare(state: BlueprintSetupState) -> None:
    app = cast("Flask", state.app)
    with app.app_context():
        app.extensions[_KEY] = Tiles(context().engine, context().config)


@blueprint.get("/<layer>/<int:z>/<int:x>/<int:y>.mvt")
@blueprint.doc(responses=_ANSWERS)
def tile(layer: str, z: int, x: int, y: int) -> Response:
    """Return one tile of a layer."""
    check_tile_layer(layer)
    arguments = request.args.to_dict(flat=False) if request.query_string else _NO_ARGUMENTS
    tiles = cast("Tiles", current_app.extensions[_KEY])
    found = tiles.tile(layer, z, x, y, arguments, current_scope())
    if not found.body:
        return Response(status=204)
    compressed = "gzip" in request.headers.get("Accept-Encoding", "") and request.accept_encodings["gzip"] > 0
    tag = f"{found.digest}-gzip" if compressed else found.digest
    headers = {"ETag": f'"{tag}"', "Vary": "Accept-Encoding"}
    if "If-None-Match" in request.headers and request.if_none_match.contains_weak(tag):
        return Response(status=304, headers=headers)
    if compressed:
        headers["Content-Encoding"] = "gzip"
    body = found.gzipped if compressed else found.body
    kept = _kept_as_file(layer, tag, body)
    if kept is not None:
        headers["X-Accel-Redirect"], body = kept, b""
    return Response(body, headers=headers, mimetype=_MIMETYPE)


def _kept_as_file(layer: str, tag: str, body: bytes) -> str | None:
    """Return where a web server in front that says it sends files finds this tile, if there is one."""
    folder = context().config.tile_folder
    if not folder or request.headers.get("X-Sendfile-Type") != "X-Accel-Redirect":
        return None
    return files.keep(Path(folder), layer, tag, body)


@blueprint.get("/<layer>.json")
def tilejson(layer: str) -> dict[str, Any]:
    """Return the TileJSON 3 of a layer: where its tiles are and what they hold."""
    with reading() as session:
        return tiles_service.tilejson(session, layer, request.url_root)


@blueprint.get("/styles/<style>.json")
def style(style: str) -> dict[str, Any]:
    """Return a MapLibre style of the base map."""
    return tiles_service.style(style, request.url_root, context().config)
