"""Reports that are taken away: the stand-alone map of a division."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint, Schema, fields
from apiflask.validators import OneOf
from flask import Response

from gridgis.formats.map_html import policy
from gridgis.routes.access import current_scope
from gridgis.routes.context import about, context, reading, writing
from gridgis.services import maps, summary

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
