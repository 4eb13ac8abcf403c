"""Plans over HTTP: which there are, and drafts begun, copied, renamed, shared and deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import shapely.geometry
from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import Length
from flask import Response, jsonify
from werkzeug.utils import secure_filename

from gridgis.errors import InvalidInput
from gridgis.formats.figures import plain
from gridgis.routes import caller
from gridgis.routes.context import about, context, reading, writing
from gridgis.routes.errors import problem
from gridgis.routes.openapi import answer
from gridgis.services.drafts import importing, keeping
from gridgis.services.drafts.importing import Faulty
from gridgis.services.drafts.keeping import Planner

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
            "type": ["string", "integer"],
        },
    )


class GridFile(Schema):
    """A file of grids, and the name of the draft to come."""

    file = fields.File(required=True)
    name = fields.String(required=True, validate=Length(1, 200))
    crs = fields.String(metadata={"description": "Of the coordinates; what the file says when left out."})


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
        return jsonify(plans=[told(plan) for plan in keeping.list_(session, planner())])


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
        made = keeping.create(
            session, planner(), json_data["name"], description=json_data["description"], source=source
        )
        about(made["id"], name=made["name"], source=source)
    return jsonify(told(made)), 201


@blueprint.post("/import")
@blueprint.input(GridFile, location="form_and_files")
@blueprint.doc(
    responses={
        201: "The draft.",
        422: answer(
            "The grids are no coverage: `findings` names the places.", "application/problem+json", "Problem"
        ),
    }
)
def import_plan(form_and_files_data: dict[str, Any]) -> tuple[Response, int]:
    """Begin a draft with the grids of a file in the place of all grids of the communities it has grids of."""
    file = form_and_files_data["file"]
    with TemporaryDirectory(prefix="gridgis-plan-") as folder, writing() as session:
        path = Path(folder, secure_filename(file.filename or "") or "grids.geojson")
        file.save(path)
        made = importing.import_(
            session,
            planner(),
            context().config,
            path,
            form_and_files_data["name"],
            datetime.now(UTC),
            crs=form_and_files_data.get("crs"),
        )
        about(made["id"], name=made["name"], file=path.name)
    return jsonify(told(made)), 201


@blueprint.errorhandler(Faulty)
def _faulty(error: Faulty) -> Response:
    findings = [
        {
            "kind": finding.kind,
            "keys": list(finding.codes),
            "area_m2": round(finding.area_m2, 2),
            "place": shapely.geometry.mapping(finding.place),
        }
        for finding in error.findings
    ]
    return problem(422, error.message, field="file", kind="faulty", findings=findings)


@blueprint.get(f"/{PLAN}")
def get_plan(plan_id: int) -> Response:
    """Tell about one plan."""
    with reading() as session:
        return jsonify(told(keeping.get(session, planner(), plan_id)))


@blueprint.patch(f"/{PLAN}")
@blueprint.input(DraftChange)
def change_plan(plan_id: int, json_data: dict[str, Any]) -> Response:
    """Rename, describe or share a draft, or name who else edits it."""
    with writing() as session:
        changed = keeping.update(session, planner(), plan_id, **json_data)
        about(plan_id, **json_data)
    return jsonify(told(changed))


@blueprint.delete(f"/{PLAN}")
@blueprint.doc(responses={204: "It is gone, with its edits."})
def delete_plan(plan_id: int) -> tuple[str, int]:
    """Delete a draft with its edits."""
    with writing() as session:
        keeping.delete(session, planner(), plan_id)
        about(plan_id)
    return "", 204


@blueprint.post(f"/{PLAN}/copy")
@blueprint.input(Described)
@blueprint.doc(responses={201: "The copy."})
def copy_plan(plan_id: int, json_data: dict[str, Any]) -> tuple[Response, int]:
    """Keep a snapshot: begin a draft of one's own with this plan's grids."""
    with writing() as session:
        made = keeping.create(
            session, planner(), json_data["name"], description=json_data["description"], source=plan_id
        )
        about(made["id"], name=made["name"], source=plan_id)
    return jsonify(told(made)), 201
