"""Workload over HTTP: minutes by area and worker, their spread, and moves that would even it out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import OneOf, Range
from flask import Response, jsonify

from gridgis.errors import NotFound
from gridgis.formats.figures import plain
from gridgis.routes import caller
from gridgis.routes.access import current_scope
from gridgis.routes.context import context, reading
from gridgis.routes.coverage import period_of
from gridgis.services import coverage, workload

blueprint = APIBlueprint("workload", __name__, url_prefix="/api", tag="coverage and workload")


class WorkloadQuery(Schema):
    """Which parts of which division, and the days of what was done."""

    division = fields.String(metadata={"description": "Division code; the whole city when left out."})
    level = fields.String(load_default="district", validate=OneOf([*coverage.LEVELS, "worker"]))
    first = fields.Date(data_key="from", metadata={"description": "First local day of what was done."})
    last = fields.Date(data_key="to", metadata={"description": "Last local day; four weeks when left out."})


class MovesQuery(Schema):
    """Which division, and how many."""

    division = fields.String(metadata={"description": "Division code; the whole city when left out."})
    limit = fields.Integer(load_default=20, validate=Range(1, 200))


@blueprint.get("/workload")
@blueprint.input(WorkloadQuery, location="query")
def get_workload(query_data: dict[str, Any]) -> Response:
    """Return minutes a week part by part, beside what was done, and how evenly workers share them.

    A worker is told of no other worker.
    """
    config, who = context().config, caller.current()
    code = query_data.get("division") or config.root_division
    with reading() as session:
        found = workload.carry(
            session,
            current_scope(),
            config,
            code,
            level=query_data["level"],
            at=datetime.now(UTC),
            period=period_of(query_data),
        )
        if who.role == "worker":
            found = workload.told_to_worker(session, found, who.login)
    return jsonify({name: plain(value) for name, value in asdict(found).items()})


@blueprint.get("/workload/workers/<worker>")
def get_worker(worker: str) -> Response:
    """Return the grids and minutes of one worker, and what was done in the last four weeks.

    A worker is told of no other worker.
    """
    who = caller.current()
    with reading() as session:
        if who.role == "worker" and not workload.is_own(session, who.login, worker):
            raise NotFound(f"no worker {worker!r} has a grid here", field="worker")
        found = workload.of_worker(session, current_scope(), context().config, worker, datetime.now(UTC))
    return jsonify(found)


@blueprint.get("/workload/moves")
@blueprint.input(MovesQuery, location="query")
def list_moves(query_data: dict[str, Any]) -> Response:
    """Return grids that would better be a neighbour's, the largest gain first; nothing is changed."""
    config = context().config
    code = query_data.get("division") or config.root_division
    with reading() as session:
        found = workload.suggest(
            session, current_scope(), config, code, at=datetime.now(UTC), most=query_data["limit"]
        )
    return jsonify(division=code, moves=found)
