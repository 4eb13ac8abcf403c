"""The tree of divisions over HTTP."""

from __future__ import annotations

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import Regexp

from gridgis.routes.access import current_scope
from gridgis.routes.context import context, reading
from gridgis.services import divisions

blueprint = APIBlueprint("divisions", __name__, url_prefix="/api/divisions", tag="places")


class Division(Schema):
    """A division, what is under it, and how many grids it has now."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    level = fields.String(required=True)
    parent_code = fields.String(required=True, allow_none=True)
    area_m2 = fields.Float(required=True, allow_none=True)
    bbox = fields.List(
        fields.Float(), required=True, allow_none=True, metadata={"description": "xmin, ymin, xmax, ymax"}
    )
    children = fields.Integer(required=True)
    grids = fields.Integer(required=True)


class Divisions(Schema):
    """The divisions right under one."""

    divisions = fields.List(fields.Nested(Division), required=True)


class DivisionsQuery(Schema):
    """Whose children."""

    parent = fields.String(
        validate=Regexp(r"[0-9]{2,12}\Z"),
        metadata={"description": "Code of the division above; the whole city when left out."},
    )


@blueprint.get("")
@blueprint.input(DivisionsQuery, location="query", arg_name="query")
@blueprint.output(Divisions)
def list_divisions(query: dict[str, str]) -> dict[str, list[divisions.Division]]:
    """List the divisions right under one."""
    parent = query.get("parent", context().config.root_division)
    with reading() as session:
        return {"divisions": divisions.children(session, current_scope(), parent)}


@blueprint.get("/<code>")
@blueprint.output(Division)
def get_division(code: str) -> divisions.Division:
    """Tell about one division."""
    with reading() as session:
        return divisions.get(session, current_scope(), code)
