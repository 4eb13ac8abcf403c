"""Plans over HTTP: which there are, and drafts begun, copied, renamed, shared and deleted."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import Length
from flask import Response, jsonify

from gridgis.errors import InvalidInput
from gridgis.formats.figures import plain
from gridgis.routes import caller
from gridgis.routes.context import about, reading, writing
from gridgis.services import drafts
from gridgis.services.drafts import Planner

#: Plan numbers as addresses have them: no larger than JSON and the database can count.
PLAN = "<int(max=9007199254740991):plan_id>"

blueprint = APIBlueprint("plans", __name__, url_prefix="/api/plans", tag="plans")


class Described(Schema):
    """A draft's name, and what it is for."""

    name = fields.String(required=True, validate=Length(1, 200))
    description = fields.String(load_default="", validate=Length(max=4000))


class NewDraft(Described):
    """A draft to begin."""

    source = fields.Raw(
        data_key="from",
        load_default=None,
        metadata={
            "description": "`in_force` (as when left out), `nothing`, or the number of a plan.",
            "type": ["string", "integer", "null"],
        },
    )


class DraftChange(Schema):
    """What to change; what is left out stays."""

    name = fields.String(validate=Length(1, 200))
    description = fields.String(validate=Length(max=4000))
    shared = fields.Boolean(metadata={"description": "Whether other planners see it, read only."})
    editors = fields.List(
        fields.String(validate=Length(1, 200)),
        validate=Length(max=50),
        metadata={"description": "Logins that edit it beside the owner."},
    )


def planner() -> Planner:
    """Return the caller as the services of drafts know one."""
    who = caller.current()
    return Planner(who.name, who.scope, who.role in DRAWING, who.role == "administrator")


def told(item: dict[str, Any]) -> dict[str, Any]:
    """Write instants as RFC 3339."""
    return {name: plain(value) for name, value in item.items()}


#: Roles that draw; others look.
DRAWING = frozenset({"planner", "administrator"})


@blueprint.get("")
def list_plans() -> Response:
    """List the plans: drafts first, then the one in force, then those before it."""
    with reading() as session:
        return jsonify(plans=[told(plan) for plan in drafts.list_(session, planner())])


@blueprint.post("")
@blueprint.input(NewDraft)
@blueprint.doc(responses={201: "The draft."})
def create_plan(json_data: dict[str, Any]) -> tuple[Response, int]:
    """Begin a draft with the plan in force, with another draft, or with nothing."""
    source = json_data["source"]
    if isinstance(source, bool) or not isinstance(source, int | str | None):
        raise InvalidInput(
            f"from is {source!r}; a plan's number, 'in_force' or 'nothing' is accepted", field="from"
        )
    with writing() as session:
        made = drafts.create(
            session, planner(), json_data["name"], description=json_data["description"], source=source
        )
        about(made["id"], name=made["name"], source=source)
    return jsonify(told(made)), 201


@blueprint.get(f"/{PLAN}")
def get_plan(plan_id: int) -> Response:
    """Tell about one plan."""
    with reading() as session:
        return jsonify(told(drafts.get(session, planner(), plan_id)))


@blueprint.patch(f"/{PLAN}")
@blueprint.input(DraftChange)
def change_plan(plan_id: int, json_data: dict[str, Any]) -> Response:
    """Rename, describe or share a draft, or name who else edits it."""
    with writing() as session:
        changed = drafts.update(session, planner(), plan_id, **json_data)
        about(plan_id, **json_data)
    return jsonify(told(changed))


@blueprint.delete(f"/{PLAN}")
@blueprint.doc(responses={204: "It is gone, with its edits."})
def delete_plan(plan_id: int) -> tuple[str, int]:
    """Delete a draft with its edits."""
    with writing() as session:
        drafts.delete(session, planner(), plan_id)
        about(plan_id)
    return "", 204


@blueprint.post(f"/{PLAN}/copy")
@blueprint.input(Described)
@blueprint.doc(responses={201: "The copy."})
def copy_plan(plan_id: int, json_data: dict[str, Any]) -> tuple[Response, int]:
    """Keep a snapshot: begin a draft of one's own with this plan's grids."""
    with writing() as session:
        made = drafts.create(
            session, planner(), json_data["name"], description=json_data["description"], source=plan_id
        )
        about(made["id"], name=made["name"], source=plan_id)
    return jsonify(told(made)), 201
