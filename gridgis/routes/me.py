"""Who the caller is, over HTTP."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema, fields

from gridgis.routes import caller
from gridgis.services.accounts import told

blueprint = APIBlueprint("me", __name__, url_prefix="/api/me", tag="accounts")


class Me(Schema):
    """The caller, and what they see."""

    name = fields.String(required=True)
    login = fields.String(required=True, allow_none=True, metadata={"description": "Null for a token."})
    role = fields.String(required=True)
    divisions = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Codes of the divisions in sight; `all` is the whole city."},
    )
    department_code = fields.String(required=True, allow_none=True)


@blueprint.get("")
@blueprint.output(Me)
def get_me() -> dict[str, Any]:
    """Tell who the caller is, in which role, and which divisions they see."""
    who = caller.current()
    return {
        "name": who.name,
        "login": who.login,
        "role": who.role,
        "divisions": told(who.scope.prefixes),
        "department_code": who.department_code,
    }
