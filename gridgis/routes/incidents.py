"""Incidents over HTTP: report one, list them, one with its history, and the classes a text may mean."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import Length, OneOf, Range, Regexp
from flask import Response, jsonify

from gridgis.errors import InvalidInput
from gridgis.models.incidents import SOURCES
from gridgis.routes import caller
from gridgis.routes.access import current_scope
from gridgis.routes.context import about, context, reading, writing
from gridgis.services import incidents
from gridgis.services.incidents import Filter, Report

blueprint = APIBlueprint("incidents", __name__, url_prefix="/api", tag="incidents")

_CODE = Regexp(r"[0-9]{2,20}\Z")


class FilterQuery(Schema):
    """Which incidents; all of them when nothing is given."""

    division = fields.String(validate=_CODE, metadata={"description": "Code of a division or grid."})
    state = fields.String(metadata={"description": "`open`, `final`, or states separated by commas."})
    class_prefix = fields.String(
        data_key="class",
        validate=Regexp(r"[0-9]{2,5}\Z"),
        metadata={"description": "First digits of the class."},
    )
    source = fields.String(validate=OneOf(SOURCES))
    overdue = fields.Boolean(metadata={"description": "Open and past its time limit."})
    unlocated = fields.Boolean(metadata={"description": "In no grid."})
    bbox = fields.String(metadata={"description": "xmin,ymin,xmax,ymax in EPSG:4326."})
    since = fields.AwareDateTime(data_key="from", metadata={"description": "Reported at or after."})
    until = fields.AwareDateTime(data_key="to", metadata={"description": "Reported before."})
    open_since = fields.AwareDateTime(
        metadata={
            "description": "Open at some instant from then on: still open, or closed since and reported"
            " at most 60 days before it."
        }
    )


class QueueQuery(FilterQuery):
    """One page of the queue."""

    sort = fields.String(load_default="newest", validate=OneOf(["newest", "due"]))
    limit = fields.Integer(load_default=50, validate=Range(1, 500))
    after = fields.String(load_default="", metadata={"description": "`next` of the page before."})


class NewIncident(Schema):
    """A report: a class, or words that name one, and a place."""

    text = fields.String(validate=Length(1, 500))
    class_code = fields.String(validate=Regexp(r"[0-9]{4,5}\Z"))
    kind = fields.String(validate=OneOf(["event", "component"]))
    lon = fields.Float(required=True, metadata={"description": "x in `crs`: longitude or easting."})
    lat = fields.Float(required=True, metadata={"description": "y in `crs`: latitude or northing."})
    crs = fields.String(load_default="EPSG:4326")
    accuracy_m = fields.Float()
    source = fields.String(load_default="service", validate=OneOf(SOURCES))
    address = fields.String(validate=Length(max=256))
    component_code = fields.String(validate=Regexp(r"[0-9]{16,17}\Z"))
    client_uuid = fields.UUID(
        metadata={"description": "Made by the sender; sent again, it is the same report."}
    )


class WordsQuery(Schema):
    """What somebody says."""

    text = fields.String(required=True, validate=Length(max=500))


@blueprint.post("/incidents")
@blueprint.input(NewIncident)
def create_incident(json_data: dict[str, Any]) -> tuple[Response, int]:
    """Report an incident; it is located, numbered, logged and on every open screen within a second."""
    if not json_data.get("text") and not json_data.get("class_code"):
        raise InvalidInput("give a text or a class_code", field="text")
    at = datetime.now(UTC)
    with writing() as session:
        made = incidents.report(
            session,
            current_scope(),
            context().config,
            Report(**json_data),
            actor=caller.current().name,
            role=caller.current().role,
            at=at,
        )
        about(made["number"])
    return jsonify(_plain(made)), 201


@blueprint.get("/incidents")
@blueprint.input(QueueQuery, location="query")
def list_incidents(query_data: dict[str, Any]) -> Response:
    """List incidents, newest or most urgent first, page by page.

    The first page has the total, counted to 10,000 and no further.
    """
    with reading() as session:
        page = incidents.queue(
            session,
            current_scope(),
            _filter(query_data),
            division=query_data.get("division"),
            by_due=query_data["sort"] == "due",
            after=query_data["after"],
            limit=query_data["limit"],
        )
    return jsonify(items=[_plain(item) for item in page.items], next=page.next, total=page.total)


@blueprint.get("/incidents/points")
@blueprint.input(FilterQuery, location="query")
def list_points(query_data: dict[str, Any]) -> Response:
    """Return located incidents as columns, for a map; instants are epoch seconds."""
    with reading() as session:
        columns = incidents.points(
            session, current_scope(), _filter(query_data), division=query_data.get("division")
        )
    return jsonify(columns)


@blueprint.get("/incidents/<int:incident_id>")
def get_incident(incident_id: int) -> Response:
    """Return one incident with its log."""
    with reading() as session:
        item = incidents.get(session, current_scope(), incident_id)
    item["log"] = [_plain(step) for step in item["log"]]
    return jsonify(_plain(item))


@blueprint.get("/classes/recognise")
@blueprint.input(WordsQuery, location="query")
def recognise(query_data: dict[str, Any]) -> Response:
    """Return the classes that words may mean, best first."""
    return jsonify(candidates=incidents.recognise(context().config, query_data["text"]))


def _filter(query: dict[str, Any]) -> Filter:
    now = datetime.now(UTC)
    return Filter(
        prefixes=(),
        unlocated=query.get("unlocated", False),
        states=tuple(query["state"].split(",")) if query.get("state") else (),
        class_prefix=query.get("class_prefix"),
        source=query.get("source"),
        bbox=_bbox(query["bbox"]) if query.get("bbox") else None,
        since=query.get("since"),
        until=query.get("until"),
        due_before=now if query.get("overdue") else None,
        open_since=query.get("open_since"),
    )


def _bbox(text: str) -> tuple[float, float, float, float]:
    try:
        xmin, ymin, xmax, ymax = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InvalidInput(f"bbox {text!r} is not xmin,ymin,xmax,ymax", field="bbox") from error
    if not (-180 <= xmin < xmax <= 180 and -85 <= ymin < ymax <= 85):
        raise InvalidInput(f"bbox {text!r} is empty or outside the world (latitude to 85)", field="bbox")
    return xmin, ymin, xmax, ymax


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    """Write instants as RFC 3339."""
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in item.items()}
