"""The browser side's files, as written: ours revalidated at each use, vendored ones kept for ever."""

from __future__ import annotations

from pathlib import PurePosixPath

from apiflask import APIBlueprint
from flask import Response, send_from_directory
from werkzeug.exceptions import NotFound

from gridgis.paths import resource

blueprint = APIBlueprint("assets", __name__, url_prefix="/web", enable_openapi=False)

#: What is served, and as what; the machine's own table of types may lack ``.mjs``.
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript",
    ".pbf": "application/x-protobuf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_FOR_EVER = "public, max-age=31536000, immutable"  # the version is part of a vendored file's path


@blueprint.get("/<path:name>")
def file(name: str) -> Response:
    """Send one file below web/."""
    path = PurePosixPath(name)
    mimetype = _TYPES.get(path.suffix)
    if mimetype is None or any(part.startswith(".") or part == "node_modules" for part in path.parts):
        raise NotFound(f"There is no file /web/{name}.")
    response = send_from_directory(resource("web"), name, mimetype=mimetype)
    vendored = path.parts[0] == "vendor"
    response.headers["Cache-Control"] = _FOR_EVER if vendored else "public, no-cache"
    return response
