"""Grids over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import Regexp

from gridgis.routes.access import current_scope
from gridgis.routes.context import context, reading
from gridgis.routes.features import Feature, audience
from gridgis.services import grid_types, grids

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


class TypeNames(Schema):
    """What people call the type of a grid and its sub-status."""

    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)


class SubStatus(TypeNames):
    """A sub-status of a type and how many grids are in it."""

    sub_status = fields.String(required=True)
    grids = fields.Integer(required=True)


class GridType(TypeNames):
    """A type and how many grids are of it."""

    kind = fields.String(required=True)
    grids = fields.Integer(required=True)
    sub_statuses = fields.List(fields.Nested(SubStatus), required=True)


class GridTypes(Schema):
    """The scheme of the settings, counted."""

    scheme = fields.String(required=True)
    division = fields.String(required=True)
    grids = fields.Integer(required=True)
    untyped = fields.Integer(required=True)
    types = fields.List(fields.Nested(GridType), required=True)


class TypesQuery(Schema):
    """Whose grids are counted."""

    division = fields.String(
        validate=Regexp(r"[0-9]{2,12}\Z"),
        metadata={"description": "Code of a division; the whole city when left out."},
    )


class Grid(Feature):
    """A grid's card."""

    type_names = fields.Nested(
        TypeNames, required=True, allow_none=True, metadata={"description": "Null where it has no type."}
    )

    counts = fields.Nested(
        Counts, required=True, allow_none=True, metadata={"description": "Null when not in force."}
    )
    lineage = fields.Nested(Lineage, required=True)
    workers = fields.List(fields.Nested(GridWorker), required=True)


@blueprint.get("/types")
@blueprint.input(TypesQuery, location="query", arg_name="query")
@blueprint.output(GridTypes)
def list_types(query: dict[str, str]) -> dict[str, Any]:
    """Count the grids of each type."""
    with reading() as session:
        return grid_types.count(session, current_scope(), context().config, query.get("division"))


@blueprint.get("/<code>")
@blueprint.output(Grid)
def get_grid(code: str) -> dict[str, Any]:
    """Tell about one grid, in force or retired."""
    with reading() as session:
        return grids.get(session, current_scope(), context().config, code, audience(), datetime.now(UTC))
