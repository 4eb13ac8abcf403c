"""Reports that are read or taken away: what figures mean, files of figures, a division printed, its map."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import OneOf
from flask import Response, render_template, url_for

from gridgis.errors import NotFound
from gridgis.formats.map_html import policy
from gridgis.measures.definitions import DEFINITIONS
from gridgis.routes import caller, printing
from gridgis.routes import coverage as coverage_routes
from gridgis.routes.access import current_scope
from gridgis.routes.context import about, context, reading, writing
from gridgis.services import coverage, maps, reports, summary

blueprint = APIBlueprint("reports", __name__, url_prefix="/reports", enable_openapi=False)


class MapQuery(Schema):
    """Which map."""

    division = fields.String(metadata={"description": "Division code; the whole city when left out."})
    theme = fields.String(required=True, metadata={"description": "A theme of the command centre."})
    level = fields.String(
        validate=OneOf(summary.LEVELS),
        metadata={"description": "What is coloured; streets of a city, grids of less when left out."},
    )
    lang = fields.String(load_default="zh", validate=OneOf(maps.LANGUAGES))


class FiguresQuery(Schema):
    """Which figures: those of `/api/coverage` and `/api/workload`, with the same meaning."""

    division = fields.String()
    level = fields.String(load_default="district", validate=OneOf([*coverage.LEVELS, "worker"]))
    first = fields.Date(data_key="from")
    last = fields.Date(data_key="to")


class FiguresPath(Schema):
    """What, and as which kind of file."""

    subject = fields.String(required=True, validate=OneOf(("coverage", "workload")))
    format = fields.String(required=True, validate=OneOf(("csv", "xlsx", "geojson")))


class PrintQuery(FiguresQuery):
    """Which division, and in which language."""

    level = fields.String(load_default="district", validate=OneOf(coverage.LEVELS))
    lang = fields.String(load_default="zh", validate=OneOf(maps.LANGUAGES))


_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
}


@blueprint.get("/definitions/<measure>")
def definition(measure: str) -> str:
    """Show what a figure means: its formula, its source, and the settings it is made with."""
    known = DEFINITIONS.get(measure)
    if known is None:
        raise NotFound(f"no figure {measure!r}; known are {', '.join(DEFINITIONS)}", field="measure")
    with reading() as session:
        settings = coverage.settings_of(session, context().config, known.settings)
    return render_template(
        "definition.html", measure=measure, known=known, settings=settings, every=DEFINITIONS
    )


@blueprint.get("/<subject>.<format>")
@blueprint.input(FiguresPath, location="path", arg_name="path")
@blueprint.input(FiguresQuery, location="query")
def figures(subject: str, format: str, path: Any, query_data: dict[str, Any]) -> Response:  # noqa: A002 - named by the path
    """Return figures as a file, as they stand now."""
    config, who, at = context().config, caller.current(), datetime.now(UTC)
    code = query_data.get("division") or config.root_division
    wish = reports.Wish(code, query_data["level"], coverage_routes.period_of(query_data))
    asks = reports.Asks(subject, who.role == "worker", who.login)
    with reading() as session:
        body = reports.figures_file(
            session, current_scope(), config, wish, at, ending=f".{format}", asks=asks
        )
    _note(f"{subject}.{format}", code, query_data)
    return _attached(
        body, _MEDIA_TYPES[format], f"{code}-{subject}-{at.astimezone(config.zone):%Y%m%d}.{format}"
    )


@blueprint.get("/division.pdf")
@blueprint.input(PrintQuery, location="query")
def division(query_data: dict[str, Any]) -> Response:
    """Return coverage and workload of a division with maps and charts, as the page shows them, on paper."""
    config, at = context().config, datetime.now(UTC)
    code, level = query_data.get("division") or config.root_division, query_data["level"]
    period = coverage_routes.period_of(query_data)
    with reading() as session:
        coverage.check(session, current_scope(), config, code, level, period)
    wanted = {"division": code, "level": level, "language": query_data["lang"], "look": "light", "print": "1"}
    if period:
        wanted |= {"from": period[0].isoformat(), "to": period[1].isoformat()}
    body = printing.printed(f"{url_for('pages.reports')}?{urlencode(wanted)}")
    _note("division.pdf", code, query_data)
    return _attached(body, "application/pdf", f"{code}-{at.astimezone(config.zone):%Y%m%d}.pdf")


def _note(target: str, code: str, query_data: dict[str, Any]) -> None:
    """Note what leaves before it does."""
    asked = {name: str(query_data[name]) for name in ("level", "first", "last") if name in query_data}
    with writing():
        about(target, division=code, **asked)


def _attached(body: bytes, media_type: str, name: str) -> Response:
    answer = Response(body, content_type=media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@blueprint.get("/map")
@blueprint.input(MapQuery, location="query")
def map_(query_data: dict[str, Any]) -> Response:
    """Return a theme of a division as a page to keep: shapes, legend, date and source are inside."""
    config = context().config
    code = query_data.get("division") or config.root_division
    at = datetime.now(UTC)
    with reading() as session:
        page = maps.draw(
            session,
            current_scope(),
            config,
            code=code,
            theme=query_data["theme"],
            level=query_data.get("level"),
            language=query_data["lang"],
            at=at,
        )
    # what leaves is noted before it does
    with writing():
        about(f"map.{query_data['theme']}", division=code, level=query_data.get("level"))
    name = f"{code}-{query_data['theme']}-{at.astimezone(config.zone):%Y%m%d}.html"
    answer = Response(page, mimetype="text/html")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    # its scripts and styles are inside, which the policy of other pages forbids
    answer.headers["Content-Security-Policy"] = f"{policy(page)}; frame-ancestors 'none'"
    return answer
