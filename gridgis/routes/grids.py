"""Grids over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint, Schema, fields

from gridgis.routes.access import current_scope
from gridgis.routes.context import context, reading
from gridgis.routes.features import Feature, audience
from gridgis.services import grids

blueprint = APIBlueprint("grids", __name__, url_prefix="/api/grids", tag="places")


class Counts(Schema):
    """What the grid holds; counts of people too small to tell are null."""

    buildings = fields.Integer(required=True)
    components = fields.Integer(required=True)
    open_incidents = fields.Integer(required=True)
    households = fields.Integer(required=True, allow_none=True)
    population = fields.Integer(required=True, allow_none=True)
    firms = fields.Integer(required=True, allow_none=True)


class Lineage(Schema):
    """Codes of the grids it was made from and became."""

    predecessors = fields.List(fields.String(), required=True)
    successors = fields.List(fields.String(), required=True)


class GridWorker(Schema):
    """Who has the grid today."""

    code = fields.String(required=True)
    role = fields.String(required=True)


class Grid(Feature):
    """A grid's card."""

    counts = fields.Nested(
        Counts, required=True, allow_none=True, metadata={"description": "Null when not in force."}
    )
    lineage = fields.Nested(Lineage, required=True)
    workers = fields.List(fields.Nested(GridWorker), required=True)


@blueprint.get("/<code>")
@blueprint.output(Grid)
def get_grid(code: str) -> dict[str, Any]:
    """Tell about one grid, in force or retired."""
    with reading() as session:
        return grids.get(session, current_scope(), context().config, code, audience(), datetime.now(UTC))
