"""Exports over HTTP: one address a layer and format, streamed from one snapshot."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import Length, OneOf, Range, Regexp
from flask import Response, g, request

from gridgis.errors import NotAllowed
from gridgis.formats.names import FORMATS
from gridgis.routes.access import current_scope, is_admin
from gridgis.routes.context import context, reading
from gridgis.services import exporting

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = APIBlueprint("exports", __name__, url_prefix="/api/exports", tag="exports")

_log = logging.getLogger(__name__)

_CHUNK_BYTES = 1 << 18


class ExportPath(Schema):
    """Which layer in which format."""

    layer = fields.String(required=True, metadata={"enum": [*exporting.LAYER_NAMES]})
    format = fields.String(required=True, metadata={"enum": [*exporting.FORMAT_NAMES]})


class ExportQuery(Schema):
    """Which rows, and for whom."""

    division = fields.String(
        validate=Regexp(r"[0-9]{2,12}\Z"), metadata={"description": "Code of a division of any level."}
    )
    bbox = fields.DelimitedList(
        fields.Float(validate=Range(-180, 180)),
        validate=Length(equal=4),
        metadata={"description": "xmin,ymin,xmax,ymax in degrees; features that touch it."},
    )
    as_of = fields.Date(
        metadata={"description": "The state at the end of this local day; grids and workers."}
    )
    start = fields.Date(data_key="from", metadata={"description": "Incidents reported on or after this day."})
    end = fields.Date(data_key="to", metadata={"description": "Incidents reported on or before this day."})
    class_prefix = fields.String(
        data_key="class",
        validate=Regexp(r"[^\x00]{1,40}\Z"),
        metadata={"description": "First digits of a class code, or the name of a class."},
    )
    profile = fields.String(
        validate=OneOf(exporting.PROFILES),
        metadata={"description": "The audience; `internal` needs the admin token and is then the default."},
    )
    purpose = fields.String(validate=Length(max=200), metadata={"description": "Written to the log."})


_BODIES = {
    FORMATS[name].media_type: {"schema": {"type": "string", "format": "binary"}}
    for name in exporting.FORMAT_NAMES
    if name != "geojson"
} | {FORMATS["geojson"].media_type: {"schema": {"type": "object"}}}

_RESPONSES: Any = {
    200: {"description": "The features.", "content": _BODIES},
    304: {"description": "What the caller has, by its `ETag`, is still so."},
}


@blueprint.get("/<layer>.<format>")
@blueprint.input(ExportPath, location="path", arg_name="path")
@blueprint.input(ExportQuery, location="query", arg_name="query")
@blueprint.doc(responses=_RESPONSES)
def get_export(layer: str, format: str, path: Any, query: Any) -> Response:  # noqa: A002 - named by the path
    """Take a layer out.

    The database is read in one snapshot. Counts of people below the floor are left out and named in
    `hidden`; remarks never leave.
    """
    profile = query.pop("profile", "internal" if is_admin() else "public")
    if profile != "public" and not is_admin():
        raise NotAllowed("The profile 'internal' needs the admin token.", field="profile")
    purpose = query.pop("purpose", None)
    if "bbox" in query:
        query["bbox"] = tuple(query["bbox"])
    wish = exporting.Wish(layer, format, profile, **query)
    with ExitStack() as stack:
        session = stack.enter_context(reading())
        export = exporting.prepare(session, wish, current_scope(), context().config, datetime.now(UTC))
        if request.if_none_match.contains_weak(export.tag):
            response = Response(status=304)
        else:
            body = (
                exporting.stream(session, export)
                if format in exporting.STREAMED
                else stack.enter_context(_file(session, export))
            )
            response = Response(body, content_type=_content_type(export))
            response.headers.set("Content-Disposition", "attachment", filename=export.file_name)
            # The snapshot outlives this function: it ends with the stream, or when the reader goes away.
            response.call_on_close(stack.pop_all().close)
            _record(wish, purpose)
    response.set_etag(export.tag, weak=True)
    return response


@contextmanager
def _file(session: Session, export: exporting.Export) -> Iterator[Iterator[bytes]]:
    """Write a format that needs a whole file, and yield its bytes; the file is gone afterwards."""
    with TemporaryDirectory(prefix="gridgis-export-") as folder:
        path = Path(folder, export.file_name)
        exporting.write(session, export, path)
        with path.open("rb") as file:
            yield iter(lambda: file.read(_CHUNK_BYTES), b"")


def _content_type(export: exporting.Export) -> str:
    media_type = export.format.media_type
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _record(wish: exporting.Wish, purpose: str | None) -> None:
    """Log what left and what for (P08); the request's own line says who asked and when."""
    members = {name: value for name, value in asdict(wish).items() if value is not None}
    _log.info("export", extra={"members": {**members, "purpose": purpose, "request_id": g.request_id}})
