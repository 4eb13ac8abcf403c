"""The search box over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import Length

from gridgis.routes.access import current_scope
from gridgis.routes.context import context, reading
from gridgis.services import search

blueprint = APIBlueprint("search", __name__, url_prefix="/api/search", tag="places")


class Query(Schema):
    """One line, as typed."""

    q = fields.String(required=True, validate=Length(1, 100))


class Result(Schema):
    """One thing found."""

    kind = fields.String(required=True)
    id = fields.String(required=True)
    title = fields.String(required=True)
    hint = fields.String(required=True, allow_none=True)
    lon = fields.Float(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)
    grid_code = fields.String(required=True, allow_none=True)


class Results(Schema):
    """What the line can mean, the surest kind first."""

    results = fields.List(fields.Nested(Result), required=True)


@blueprint.get("")
@blueprint.input(Query, location="query", arg_name="query")
@blueprint.output(Results)
def find(query: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Find divisions, grids, buildings, components, incidents, classes and places by one line of text."""
    with reading() as session:
        found = search.find(session, current_scope(), context().config, query["q"], datetime.now(UTC))
    return {"results": [asdict(result) for result in found]}
