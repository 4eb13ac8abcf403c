"""Buildings over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint, fields

from gridgis.routes.access import current_scope
from gridgis.routes.context import context, reading
from gridgis.routes.features import Feature, audience
from gridgis.services import buildings

blueprint = APIBlueprint("buildings", __name__, url_prefix="/api/buildings", tag="places")


class Building(Feature):
    """A building's card."""

    last_inspected_at = fields.DateTime(required=True, allow_none=True)


@blueprint.get("/<code>")
@blueprint.output(Building)
def get_building(code: str) -> dict[str, Any]:
    """Tell about one building."""
    with reading() as session:
        return buildings.get(session, current_scope(), context().config, code, audience(), datetime.now(UTC))
