"""Exports over HTTP: one address a layer and format, streamed from one snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import Length, OneOf, Range, Regexp
from flask import Response, request

from gridgis.errors import NotAllowed
from gridgis.formats.names import FORMATS
from gridgis.routes import caller
from gridgis.routes.access import INTERNAL_EXPORTS, current_scope
from gridgis.routes.context import about, context, reading, writing
from gridgis.services import exporting

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

blueprint = APIBlueprint("exports", __name__, url_prefix="/api/exports", tag="exports")

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
        metadata={"description": "The audience; `internal` is for staff, and then the default."},
    )
    purpose = fields.String(validate=Length(max=200), metadata={"description": "Written to the audit log."})


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
    may_have_all = caller.current().role in INTERNAL_EXPORTS
    profile = query.pop("profile", "internal" if may_have_all else "public")
    if profile != "public" and not may_have_all:
        raise NotAllowed(
            f"the profile 'internal' is not for the role {caller.current().role}; take 'public'",
            field="profile",
        )
    purpose = query.pop("purpose", None)
    if "bbox" in query:
        query["bbox"] = tuple(query["bbox"])
    wish = exporting.Wish(layer, format, profile, **query)
    with reading() as session:
        tag = _prepared(session, wish).tag
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
        response.set_etag(tag, weak=True)
        return response
    _record(wish, purpose)
    return _answer(wish)


def _prepared(session: Session, wish: exporting.Wish) -> exporting.Export:
    return exporting.prepare(session, wish, current_scope(), context().config, datetime.now(UTC))


def _answer(wish: exporting.Wish) -> Response:
    with ExitStack() as stack:
        session = stack.enter_context(reading())
        export = _prepared(session, wish)
        body = (
            exporting.stream(session, export)
            if wish.format in exporting.STREAMED
            else stack.enter_context(_file(session, export))
        )
        response = Response(body, content_type=_content_type(export))
        response.headers.set("Content-Disposition", "attachment", filename=export.file_name)
        response.set_etag(export.tag, weak=True)
        # The snapshot outlives this function: it ends with the stream, or when the reader goes away.
        response.call_on_close(stack.pop_all().close)
    return response


@contextmanager
def _file(session: Session, export: exporting.Export) -> Iterator[Iterator[bytes]]:
    """Write a format that needs a whole file, and yield its bytes; it has no name by then."""
    with TemporaryDirectory(prefix="gridgis-export-") as folder:
        path = Path(folder, export.file_name)
        exporting.write(session, export, path)
        file = path.open("rb")

    def chunks() -> Iterator[bytes]:
        with file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    with file:
        yield chunks()


def _content_type(export: exporting.Export) -> str:
    media_type = export.format.media_type
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _record(wish: exporting.Wish, purpose: str | None) -> None:
    """Note what leaves, for whom and what for, before the first byte does (P08)."""
    asked = {name: value for name, value in asdict(wish).items() if value is not None}
    dates = {name: value.isoformat() for name, value in asked.items() if isinstance(value, date)}
    with writing():
        about(f"{wish.layer}.{wish.format}", **(asked | dates), purpose=purpose)
