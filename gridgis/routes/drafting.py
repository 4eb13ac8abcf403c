"""Drawing over HTTP: a plan's grids, and the edits of a draft."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import shapely.geometry
from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import Length, OneOf, Range, Regexp
from flask import Response, jsonify

from gridgis.planning.editing.refusals import REASONS, Refused
from gridgis.routes.context import about, context, reading, writing
from gridgis.routes.errors import problem
from gridgis.routes.openapi import answer
from gridgis.routes.plans import PLAN, planner, told
from gridgis.services.drafts import checking, comparing, editing, figuring, grouping, viewing
from gridgis.services.drafts.changes import Changed

blueprint = APIBlueprint("drafting", __name__, url_prefix="/api/plans", tag="plans")

#: Codes of divisions as addresses have them.
CODE = Regexp(r"[0-9]{2,12}\Z")

#: An edit that would break something is not a mistake of form: 422, with where and why.
REFUSED: Any = {
    200: answer("What it has changed.", "application/json", {"type": "object"}),
    422: answer(
        "It would break an invariant: `reason` (" + ", ".join(f"`{reason}`" for reason in REASONS) + "),"
        " `place` (GeoJSON), `keys` and `buildings` say which, where and for which grids.",
        "application/problem+json",
        "Problem",
    ),
}


class GridsQuery(Schema):
    """Which grids: of a community or larger division, or of an extent."""

    community = fields.String(validate=CODE, metadata={"description": "Code of a division."})
    bbox = fields.DelimitedList(
        fields.Float(validate=Range(-180, 180)),
        validate=Length(equal=4),
        metadata={"description": "west,south,east,north in EPSG:4326."},
    )


class ChecksQuery(Schema):
    """What is checked."""

    division = fields.String(
        validate=CODE,
        metadata={"description": "All of it; without one, what the draft changes."},
    )


class LoadsQuery(Schema):
    """What is told of which grids."""

    division = fields.String(validate=CODE, metadata={"description": "The whole city when left out."})
    level = fields.String(load_default="grid", validate=OneOf(comparing.LEVELS))
    measure = fields.String(load_default="households", validate=OneOf(comparing.MEASURES))


class CompareQuery(Schema):
    """The other plan."""

    other = fields.String(
        data_key="with",
        load_default="in_force",
        validate=Regexp(r"(in_force|[0-9]{1,15})\Z"),
        metadata={"description": "A plan's number, or `in_force`."},
    )


class Edit(Schema):
    """One edit."""

    operation = fields.String(required=True, validate=Length(1, 40))
    arguments = fields.Dict(keys=fields.String(), required=True)
    versions = fields.Dict(
        keys=fields.String(validate=Length(max=40)),
        values=fields.Integer(validate=Range(0, 2**53)),
        load_default=dict,
        metadata={"description": "Key -> version of the grids the planner looks at."},
    )


class Which(Schema):
    """The edit that is meant."""

    seq = fields.Integer(validate=Range(1, 2**53), metadata={"description": "Its number in the log."})


class Beats(Schema):
    """What the beats of a division shall be like."""

    division = fields.String(required=True, validate=CODE)
    workers = fields.List(
        fields.String(validate=Length(1, 32)),
        load_default=list,
        validate=Length(max=20_000),
        metadata={"description": "Who gets one; when left out, those who have grids there now."},
    )
    weights = fields.Dict(
        keys=fields.String(validate=OneOf(figuring.NAMES)),
        values=fields.Float(validate=Range(0, 1000)),
        load_default=lambda: {"minutes": 1.0},
        validate=Length(min=1),
        metadata={"description": "What is balanced; `minutes` of work forecast for a week when left out."},
    )
    at_most = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=Range(0, 100_000),
        metadata={"description": "Balance again, so that so many grids change hands at most."},
    )
    seed = fields.Integer(load_default=1, validate=Range(0, 2**31 - 1))
    effort = fields.Float(load_default=300.0, validate=Range(1, 10_000))
    versions = fields.Dict(
        keys=fields.String(), values=fields.Integer(), load_default=dict,
        metadata={"description": "Of the grids the planner looks at: key and version."},
    )  # fmt: skip


@blueprint.errorhandler(Refused)
def _refused(error: Refused) -> Response:
    place = None if error.place is None else shapely.geometry.mapping(error.place)
    return problem(
        422, error.message, kind="refused", reason=error.reason, place=place, keys=error.keys,
        buildings=error.buildings,
    )  # fmt: skip


@blueprint.errorhandler(Changed)
def _changed(error: Changed) -> Response:
    return problem(409, error.message, kind="changed", keys=error.keys)


@blueprint.get(f"/{PLAN}/grids")
@blueprint.input(GridsQuery, location="query")
def list_grids(plan_id: int, query_data: dict[str, Any]) -> Response:
    """Return a plan's grids there as GeoJSON, with what each carries."""
    bbox = query_data.get("bbox")
    with reading() as session:
        found = viewing.grids(
            session,
            planner(),
            context().config,
            plan_id,
            datetime.now(UTC),
            division=query_data.get("community"),
            bbox=None if bbox is None else (bbox[0], bbox[1], bbox[2], bbox[3]),
        )
    return jsonify(found)


@blueprint.get(f"/{PLAN}/changes")
def list_changes(plan_id: int) -> Response:
    """Return what a draft changes: codes that it does away with, and the grids it has a word about."""
    with reading() as session:
        return jsonify(viewing.changes(session, planner(), context().config, plan_id, datetime.now(UTC)))


@blueprint.get(f"/{PLAN}/checks")
@blueprint.input(ChecksQuery, location="query")
def list_findings(plan_id: int, query_data: dict[str, Any]) -> Response:
    """Return what is wrong with a plan; what is `breaking` keeps it from being published."""
    with reading() as session:
        found = checking.check(
            session,
            planner(),
            context().config,
            plan_id,
            datetime.now(UTC),
            division=query_data.get("division"),
        )
    return jsonify(findings=[finding.told() for finding in found])


@blueprint.get(f"/{PLAN}/unassigned")
def list_unassigned(plan_id: int) -> Response:
    """Return the communities with grids that would have no primary worker, and how many these are."""
    with reading() as session:
        found = viewing.unassigned(session, planner(), context().config, plan_id, datetime.now(UTC))
    return jsonify(communities=found)


@blueprint.get(f"/{PLAN}/loads")
@blueprint.input(LoadsQuery, location="query")
def list_loads(plan_id: int, query_data: dict[str, Any]) -> Response:
    """Return one measure by grid, community or worker, the largest first."""
    with reading() as session:
        return jsonify(
            comparing.loads(
                session,
                planner(),
                context().config,
                plan_id,
                datetime.now(UTC),
                division=query_data.get("division"),
                level=query_data["level"],
                measure=query_data["measure"],
            )
        )


@blueprint.get(f"/{PLAN}/compare")
@blueprint.input(CompareQuery, location="query")
def compare(plan_id: int, query_data: dict[str, Any]) -> Response:
    """Compare a plan with another: grids new and gone, what changes hands, how evenly work is spread."""
    other = None if query_data["other"] == "in_force" else int(query_data["other"])
    with reading() as session:
        return jsonify(
            comparing.compare(session, planner(), context().config, plan_id, other, datetime.now(UTC))
        )


@blueprint.get(f"/{PLAN}/edits")
def list_edits(plan_id: int) -> Response:
    """List the newest edits of a draft, newest first, those that were undone too."""
    with reading() as session:
        return jsonify(edits=[told(edit) for edit in editing.list_edits(session, planner(), plan_id)])


@blueprint.post(f"/{PLAN}/edits")
@blueprint.input(Edit)
@blueprint.doc(responses=REFUSED)
def create_edit(plan_id: int, json_data: dict[str, Any]) -> Response:
    """Edit a draft: split, merge, move a border, draw, give to a worker, lock, classify."""
    operation, arguments, versions = (json_data[name] for name in ("operation", "arguments", "versions"))
    with writing() as session:
        done = editing.edit(
            session, planner(), context().config, plan_id, operation, arguments, versions, datetime.now(UTC)
        )
        about(plan_id, operation=operation, seq=done["edit"]["seq"])
    return jsonify(done | {"edit": told(done["edit"])})


@blueprint.post(f"/{PLAN}/beats")
@blueprint.input(Beats)
@blueprint.doc(responses=REFUSED)
def group_beats(plan_id: int, json_data: dict[str, Any]) -> Response:
    """Give the grids of a division to workers: beats of equal load, in one piece, inside a street."""
    division, versions = json_data.pop("division"), json_data.pop("versions")
    wish = grouping.Wish(shares=json_data.pop("weights"), **json_data)
    with writing() as session:
        done = grouping.group(
            session, planner(), context().config, plan_id, division, wish, versions, datetime.now(UTC)
        )
        about(plan_id, division=division, seq=done["edit"]["seq"])
    return jsonify(done | {"edit": told(done["edit"])})


@blueprint.post(f"/{PLAN}/undo")
@blueprint.input(Which)
def undo(plan_id: int, json_data: dict[str, Any]) -> Response:
    """Take the newest edit back; somebody else's only by its number."""
    with writing() as session:
        done = editing.undo(
            session, planner(), context().config, plan_id, datetime.now(UTC), seq=json_data.get("seq")
        )
        about(plan_id, seq=done["edit"]["seq"])
    return jsonify(done | {"edit": told(done["edit"])})


@blueprint.post(f"/{PLAN}/redo")
@blueprint.input(Which)
def redo(plan_id: int, json_data: dict[str, Any]) -> Response:
    """Make the edit that was undone last again; somebody else's only by its number."""
    with writing() as session:
        done = editing.redo(
            session, planner(), context().config, plan_id, datetime.now(UTC), seq=json_data.get("seq")
        )
        about(plan_id, seq=done["edit"]["seq"])
    return jsonify(done | {"edit": told(done["edit"])})
