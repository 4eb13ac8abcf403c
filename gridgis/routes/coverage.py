"""Coverage over HTTP: how well an area is covered, and what each figure means."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import OneOf
from flask import Response, jsonify

from gridgis.errors import InvalidInput, NotFound
from gridgis.formats.figures import plain
from gridgis.measures.definitions import DEFINITIONS
from gridgis.routes.access import current_scope
from gridgis.routes.context import context, reading
from gridgis.services import coverage

blueprint = APIBlueprint("coverage", __name__, url_prefix="/api", tag="coverage and workload")


class CoverageQuery(Schema):
    """Which parts of which division, and the days of the patrols."""

    division = fields.String(metadata={"description": "Division code; the whole city when left out."})
    level = fields.String(load_default="district", validate=OneOf(coverage.LEVELS))
    first = fields.Date(data_key="from", metadata={"description": "First local day of the patrols."})
    last = fields.Date(data_key="to", metadata={"description": "Last local day; four weeks when left out."})


class FindingsQuery(Schema):
    """Which division."""

    division = fields.String(metadata={"description": "Division code; the whole city when left out."})


class CleaningQuery(Schema):
    """Whose tracks: those of workers who have a grid in a division; and of which days."""

    division = fields.String(metadata={"description": "Division code; the whole city when left out."})
    first = fields.Date(data_key="from", metadata={"description": "First local day of the tracks."})
    last = fields.Date(data_key="to", metadata={"description": "Last local day; four weeks when left out."})


def period_of(query_data: dict[str, Any]) -> tuple[date, date] | None:
    """Return the first and last day that a query names, if it does.

    Raises
    ------
    InvalidInput
        It names only one of them.
    """
    first, last = query_data.get("first"), query_data.get("last")
    if (first is None) != (last is None):
        raise InvalidInput("give both from and to, or neither", field="to" if first else "from")
    return (first, last) if first and last else None


@blueprint.get("/coverage")
@blueprint.input(CoverageQuery, location="query")
def get_coverage(query_data: dict[str, Any]) -> Response:
    """Return land, staff, patrol and collection of the parts of a division, and of all of it.

    A ratio is null where there is nothing to divide by. Each figure is explained at /api/definitions.
    """
    config = context().config
    code = query_data.get("division") or config.root_division
    with reading() as session:
        found = coverage.cover(
            session,
            current_scope(),
            config,
            code,
            level=query_data["level"],
            at=datetime.now(UTC),
            period=period_of(query_data),
        )
    answer = {name: plain(value) for name, value in asdict(found).items()}
    for row in (*answer["rows"], answer["total"]):
        row["oldest_at"] = plain(row.get("oldest_at"))
    return jsonify(answer)


@blueprint.get("/coverage/cleaning")
@blueprint.input(CleaningQuery, location="query")
def get_cleaning(query_data: dict[str, Any]) -> Response:
    """Return the rules by which tracks are cleaned, and what each left out of the tracks of some days."""
    config = context().config
    code = query_data.get("division") or config.root_division
    with reading() as session:
        found = coverage.cleaning(session, current_scope(), config, code, period_of(query_data))
    return jsonify({name: plain(value) for name, value in asdict(found).items()})


@blueprint.get("/coverage/findings")
@blueprint.input(FindingsQuery, location="query")
def list_findings(query_data: dict[str, Any]) -> Response:
    """Return the places where grids do not tile their community, each with its area and GeoJSON."""
    config = context().config
    code = query_data.get("division") or config.root_division
    with reading() as session:
        found = coverage.findings(session, current_scope(), config, code)
    return jsonify(division=code, findings=found)


@blueprint.get("/definitions")
def list_definitions() -> Response:
    """Return the names of all figures that are explained."""
    return jsonify(
        definitions={name: {"zh": known.zh, "en": known.en} for name, known in DEFINITIONS.items()}
    )


@blueprint.get("/definitions/<measure>")
def get_definition(measure: str) -> Response:
    """Return a figure's formula, its source, and the settings it is made with, as they are now."""
    known = DEFINITIONS.get(measure)
    if known is None:
        raise NotFound(f"no figure {measure!r}; known are {', '.join(DEFINITIONS)}", field="measure")
    config = context().config
    with reading() as session:
        settings = coverage.settings_of(session, config, known.settings)
    return jsonify(measure=measure, **{**asdict(known), "settings": settings})
