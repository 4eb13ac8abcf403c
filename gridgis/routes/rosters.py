"""The roster over HTTP: who has which grid, changes with their loads, suggestions, leave, and files of it."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import Length, OneOf, Range, Regexp
from flask import Response, jsonify, request

from gridgis.errors import Unavailable
from gridgis.formats.figures import plain
from gridgis.planning.rosters import PRIMARY, ROLES, Change
from gridgis.routes import caller
from gridgis.routes.access import current_scope
from gridgis.routes.context import about, context, reading, writing
from gridgis.routes.errors import problem
from gridgis.routes.openapi import answer
from gridgis.services.map_pictures import print_sheet
from gridgis.services.rosters import absences, beat_sheets, changing, files, suggesting
from gridgis.services.rosters.absences import Cover, Wish
from gridgis.services.rosters.changing import Outcome, RowsRefused

blueprint = APIBlueprint("rosters", __name__, url_prefix="/api", tag="rosters")

_DIVISION = {"description": "Division code; the whole city when left out."}
_WORKER = Regexp(r"[0-9A-Za-z_-]{1,32}\Z")
_GRID = Regexp(r"[0-9]{15}\Z")
#: Changes of one request; a table in a file may have more.
_MOST_CHANGES = 20_000
_CORRECTION = {"description": "Why days before today are altered; without it they cannot be."}
_CSV: Any = {200: answer("The roster.", "text/csv", {"type": "string"})}
_GEOJSON: Any = {200: answer("The assignment.", "application/geo+json", {"type": "object"})}
_UNKNOWN = "No such worker, or none the caller may see."
_PATIENCE_S = 60.0
#: Chromium takes some 300 MB: one sheet at a time in each server process.
_printer = threading.Lock()
_TABLES = {"text/csv": ".csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx"}


class RosterQuery(Schema):
    """Which roster."""

    division = fields.String(metadata=_DIVISION)
    on = fields.Date(metadata={"description": "Local day; today when left out."})


class ChangeBody(Schema):
    """One grid given to somebody, or to nobody."""

    grid_code = fields.String(required=True, validate=_GRID)
    worker_code = fields.String(
        required=True, allow_none=True, validate=_WORKER, metadata={"description": "null: nobody's."}
    )
    role = fields.String(load_default=PRIMARY, validate=OneOf(ROLES))
    start = fields.Date(data_key="from", metadata={"description": "First day; today when left out."})
    end = fields.Date(
        data_key="to", allow_none=True, metadata={"description": "First day on which it no longer holds."}
    )


class ChangesBody(Schema):
    """Changes: all of them or none."""

    changes = fields.List(fields.Nested(ChangeBody), required=True, validate=Length(min=1, max=_MOST_CHANGES))
    preview = fields.Boolean(load_default=False, metadata={"description": "Say what would be, save nothing."})
    correction = fields.String(validate=Length(1, 200), metadata=_CORRECTION)


class FileQuery(Schema):
    """How a table of the roster is taken."""

    preview = fields.Boolean(load_default=False)
    correction = fields.String(validate=Length(1, 200), metadata=_CORRECTION)


class SuggestionsQuery(Schema):
    """For which grids."""

    grid_code = fields.String(validate=_GRID)
    division = fields.String(metadata=_DIVISION | {"description": "All its grids without a primary worker."})
    on = fields.Date(metadata={"description": "Local day; today when left out."})
    limit = fields.Integer(load_default=3, validate=Range(1, 20), metadata={"description": "Of each grid."})


class LeaveBody(Schema):
    """Who is away."""

    worker_code = fields.String(required=True, validate=_WORKER)
    start = fields.Date(data_key="from", metadata={"description": "First day; today when left out."})
    end = fields.Date(
        data_key="to", allow_none=True, metadata={"description": "Day of return; open when left out."}
    )
    cover = fields.Boolean(load_default=True, metadata={"description": "Neighbours take over meanwhile."})
    preview = fields.Boolean(load_default=False)
    correction = fields.String(validate=Length(1, 200), metadata=_CORRECTION)


class ReturnBody(Schema):
    """Who is back, and from which day."""

    worker_code = fields.String(required=True, validate=_WORKER)
    on = fields.Date(metadata={"description": "First day back; today when left out."})
    preview = fields.Boolean(load_default=False)


class PreviewQuery(Schema):
    """Whether anything is saved."""

    preview = fields.Boolean(load_default=False)


class SheetQuery(Schema):
    """Which day, in which language."""

    on = fields.Date(metadata={"description": "Local day; today when left out."})
    lang = fields.String(load_default="zh", validate=OneOf(beat_sheets.LANGUAGES))


@blueprint.get("/rosters")
@blueprint.input(RosterQuery, location="query")
def get_roster(query_data: dict[str, Any]) -> Response:
    """Return who has which grid on a day, the grids nobody has or sees to, loads, and leave.

    A worker is told of no other worker.
    """
    who = caller.current()
    with reading() as session:
        found = changing.roster(
            session, current_scope(), context().config, _division(query_data), at=_now(),
            on=query_data.get("on"),
        )  # fmt: skip
        if who.role == "worker":
            found = changing.told_to_worker(session, found, who.login)
    return jsonify(_plain(asdict(found)))


@blueprint.post("/rosters")
@blueprint.input(ChangesBody)
def change_roster(json_data: dict[str, Any]) -> Response:
    """Give grids to workers from a day on, all or none; answers the load of everyone touched."""
    at = _now()
    today = at.astimezone(context().config.zone).date()
    changes = [
        Change(one["grid_code"], one["worker_code"], one["role"], one.get("start") or today, one.get("end"))
        for one in json_data["changes"]
    ]
    options = {"correction": json_data.get("correction"), "preview": json_data["preview"]}
    try:
        with reading() if options["preview"] else writing() as session:
            done = changing.change(session, current_scope(), context().config, changes, at=at, **options)
            _note(done, options["correction"], changes)
    except RowsRefused as refused:
        return _refusal(refused)
    return jsonify(_plain(asdict(done)))


@blueprint.post("/rosters/file")
@blueprint.input(FileQuery, location="query")
@blueprint.doc(
    description="The body is the table itself, CSV or an Excel workbook: grid_code, worker_code, and if need "
    "be role, from and to. An empty worker_code makes the grid nobody's."
)
def load_roster(query_data: dict[str, Any]) -> Response:
    """Work a table of the roster in, all rows or none; faults name row, field and value."""
    with tempfile.TemporaryDirectory(prefix="gridgis-roster-") as folder:
        path = Path(folder, f"roster{_TABLES.get(request.mimetype, '.csv')}")
        path.write_bytes(request.get_data())
        try:
            with reading() if query_data["preview"] else writing() as session:
                done = files.load(session, current_scope(), context().config, path, at=_now(), **query_data)
                _note(done, query_data.get("correction"), ())
        except RowsRefused as refused:
            return _refusal(refused)
    return jsonify(_plain(asdict(done)))


@blueprint.get("/rosters/suggestions")
@blueprint.input(SuggestionsQuery, location="query")
def list_suggestions(query_data: dict[str, Any]) -> Response:
    """Return the best workers for grids without a primary one, each with its reasons; nothing is changed."""
    with reading() as session:
        found = suggesting.suggest(
            session, current_scope(), context().config, at=_now(), grid=query_data.get("grid_code"),
            division=query_data.get("division"), on=query_data.get("on"), most=query_data["limit"],
        )  # fmt: skip
    return jsonify(suggestions=found)


@blueprint.post("/absences")
@blueprint.input(LeaveBody)
@blueprint.doc(responses={200: "What would be.", 201: "The leave and its cover.", 404: _UNKNOWN})
def create_absence(json_data: dict[str, Any]) -> tuple[Response, int]:
    """Record a leave and cover it by neighbours until the return; a preview saves nothing."""
    at = _now()
    start = json_data.get("start") or at.astimezone(context().config.zone).date()
    wish = Wish(json_data["worker_code"], start, json_data.get("end"), json_data["cover"])
    preview, correction = json_data["preview"], json_data.get("correction")
    with reading() if preview else writing() as session:
        done = absences.leave(
            session, current_scope(), context().config, wish, at=at, correction=correction, preview=preview
        )
        about(f"worker {wish.worker}", **_days(done), cover=wish.cover, correction=correction)
    return jsonify(_cover(done)), 200 if preview else 201


@blueprint.post("/absences/return")
@blueprint.input(ReturnBody)
@blueprint.doc(responses={200: "The leave as it ends.", 404: _UNKNOWN})
def return_worker(json_data: dict[str, Any]) -> Response:
    """End the leave of a worker on a day; its cover ends with it."""
    preview = json_data["preview"]
    with reading() if preview else writing() as session:
        done = absences.come_back(
            session, current_scope(), context().config, json_data["worker_code"], json_data.get("on"),
            at=_now(), preview=preview,
        )  # fmt: skip
        about(f"worker {done.worker_code}", **_days(done))
    return jsonify(_cover(done))


@blueprint.post("/absences/<int:absence_id>/cover")
@blueprint.input(PreviewQuery, location="query")
@blueprint.doc(responses={200: "The leave and its cover.", 409: "The leave is over."})
def cover_absence(absence_id: int, query_data: dict[str, Any]) -> Response:
    """Cover what is left of a leave anew, by the roster and loads of now."""
    preview = query_data["preview"]
    with reading() if preview else writing() as session:
        done = absences.cover(
            session, current_scope(), context().config, absence_id, at=_now(), preview=preview
        )
        about(f"worker {done.worker_code}", **_days(done))
    return jsonify(_cover(done))


@blueprint.delete("/absences/<int:absence_id>")
@blueprint.input(PreviewQuery, location="query")
@blueprint.doc(responses={200: "The leave and its cover.", 409: "The leave is over."})
def cancel_absence(absence_id: int, query_data: dict[str, Any]) -> Response:
    """Take back a leave that has not begun, or end today one that has; its cover goes with it."""
    preview = query_data["preview"]
    with reading() if preview else writing() as session:
        done = absences.cancel(
            session, current_scope(), context().config, absence_id, at=_now(), preview=preview
        )
        about(f"worker {done.worker_code}", **_days(done))
    return jsonify(_cover(done))


@blueprint.get("/exports/roster.csv")
@blueprint.input(RosterQuery, location="query")
@blueprint.doc(responses=_CSV)
def export_csv(query_data: dict[str, Any]) -> Response:
    """Take the roster of a day out as a table that can be read back."""
    return _export(query_data, "csv", "text/csv; charset=utf-8")


@blueprint.get("/exports/roster.geojson")
@blueprint.input(RosterQuery, location="query")
@blueprint.doc(responses=_GEOJSON)
def export_geojson(query_data: dict[str, Any]) -> Response:
    """Take the assignment of a day out for other systems: grids with their workers and minutes."""
    return _export(query_data, "geojson", "application/geo+json")


@blueprint.get("/rosters/beats/<worker_code>.pdf")
@blueprint.input(SheetQuery, location="query")
@blueprint.doc(responses={200: answer("A sheet of A3.", "application/pdf", {"type": "string"})})
def print_beat(worker_code: str, query_data: dict[str, Any]) -> Response:
    """Print the grids of a worker on one sheet of A3, true to scale."""
    with reading() as session:
        page = beat_sheets.draw(
            session, current_scope(), context().config, worker_code, at=_now(), on=query_data.get("on"),
            language=query_data["lang"],
        )  # fmt: skip
    # what leaves is noted before it does
    with writing():
        about(f"worker {worker_code}", on=plain(query_data.get("on")))
    if not _printer.acquire(timeout=_PATIENCE_S):
        raise Unavailable("other sheets are being printed; try again in a minute")
    try:
        body = print_sheet(page)
    finally:
        _printer.release()
    response = Response(body, content_type="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"beat-{worker_code}.pdf")
    return response


def _export(query_data: Mapping[str, Any], file_format: str, media_type: str) -> Response:
    division, on = _division(query_data), query_data.get("on")
    with reading() as session:
        chunks = files.export(
            session, current_scope(), context().config, division, file_format, at=_now(), on=on
        )
        body = b"".join(chunks)
    # what leaves is noted before it does
    with writing():
        about(f"roster.{file_format}", division=division, on=plain(on))
    response = Response(body, content_type=media_type)
    name = "-".join(str(part) for part in ("roster", division, on) if part)
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.{file_format}")
    return response


def _refusal(refused: RowsRefused) -> Response:
    """Return the answer that names every row that cannot be."""
    return problem(
        400,
        refused.message,
        field=refused.field,
        kind="invalid-input",
        errors=[_plain(asdict(fault)) | {"message": str(fault)} for fault in refused.faults],
    )


def _note(done: Outcome, correction: str | None, changes: Any) -> None:
    """Say for the audit log what changed; a correction with the lines as they were."""
    grids = sorted({change.grid for change in changes})
    about(
        grids[0] if len(grids) == 1 else f"{len(grids) or 'a file of'} grids",
        added=done.added, altered=done.altered, deleted=done.deleted, correction=correction,
        past=[_plain(line) for line in done.past],
    )  # fmt: skip


def _days(done: Cover) -> dict[str, Any]:
    return {"from": plain(done.start), "to": plain(done.end), "covered": len(done.lines)}


def _cover(done: Cover) -> dict[str, Any]:
    told = _plain(asdict(done))
    told["from"], told["to"] = told.pop("start"), told.pop("end")
    return told


def _plain(value: Any) -> Any:
    """Write days as ISO 8601, however deep they lie."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return plain(value)


def _division(query_data: Mapping[str, Any]) -> str:
    return query_data.get("division") or context().config.root_division


def _now() -> datetime:
    return datetime.now(UTC)
