"""Where a point is, over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import Length
from flask import Response, jsonify

from gridgis.routes.access import current_scope
from gridgis.routes.context import context, reading
from gridgis.routes.features import Named
from gridgis.scope import EVERYTHING
from gridgis.services.locating import locate_at

blueprint = APIBlueprint("locate", __name__, url_prefix="/api", tag="places")


class LocateQuery(Schema):
    """A point, in any known system."""

    lon = fields.Float(required=True, metadata={"description": "Longitude, or easting in metres."})
    lat = fields.Float(required=True, metadata={"description": "Latitude, or northing in metres."})
    crs = fields.String(
        load_default="EPSG:4326",
        validate=Length(1, 40),
        metadata={"description": "EPSG:4326, EPSG:4490, EPSG:4547, GCJ-02, BD-09, …"},
    )
    accuracy_m = fields.Float(
        load_default=None,
        metadata={"description": "The radius a receiver states; asks for confidence and candidates."},
    )
    at = fields.AwareDateTime(
        load_default=None,
        default_timezone=UTC,
        metadata={
            "description": "An instant: the answer is given under the plan in force then. Left out: now."
        },
    )


class Candidate(Schema):
    """Another grid that the true position may lie in."""

    grid_code = fields.String(required=True)
    distance_m = fields.Float(required=True)


class Located(Schema):
    """Where the point is; `match` is `none`, and all places null, where no grid is near."""

    lon = fields.Float(required=True, metadata={"description": "EPSG:4326"})
    lat = fields.Float(required=True, metadata={"description": "EPSG:4326"})
    grid = fields.Nested(Named, required=True, allow_none=True)
    community = fields.Nested(Named, required=True, allow_none=True)
    street = fields.Nested(Named, required=True, allow_none=True)
    district = fields.Nested(Named, required=True, allow_none=True)
    worker = fields.String(required=True, allow_none=True)
    match = fields.String(required=True, metadata={"enum": ["covered", "snapped", "none"]})
    distance_m = fields.Float(required=True, allow_none=True)
    edge_distance_m = fields.Float(
        required=True, allow_none=True, metadata={"description": "Only where accuracy_m was given."}
    )
    confidence = fields.Float(required=True, allow_none=True)
    candidates = fields.List(fields.Nested(Candidate), required=True)


@blueprint.get("/locate")
@blueprint.input(LocateQuery, location="query", arg_name="query")
@blueprint.output(Located)
def locate(query: Any) -> Response:
    """Find the grid of a point, the divisions it is in and who answers for it."""
    if (at := query.pop("at")) is not None:
        with reading(EVERYTHING) as session:
            found = locate_at(session, context().config, at=at, **query)
    else:
        found = context().follower.locate(lambda: reading(EVERYTHING), datetime.now(UTC), **query)
    # Written out directly: `Located` documents the answer, and going through it would double its price.
    return jsonify(asdict(found.within(current_scope())))
