"""Components over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from apiflask import APIBlueprint, Schema, fields

from gridgis.routes.access import current_scope
from gridgis.routes.context import context, reading
from gridgis.routes.features import Feature, audience
from gridgis.services import components

blueprint = APIBlueprint("components", __name__, url_prefix="/api/components", tag="places")


class ClassNames(Schema):
    """What the component is."""

    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    major_zh = fields.String(required=True)
    major_en = fields.String(required=True)


class NearestAddress(Schema):
    """The address of the nearest building within 100 m."""

    address = fields.String(required=True)
    building_code = fields.String(required=True)
    distance_m = fields.Float(required=True)


class Component(Feature):
    """A component's card."""

    class_names = fields.Nested(ClassNames, required=True, data_key="class", attribute="class")
    nearest_address = fields.Nested(NearestAddress, required=True, allow_none=True)
    last_inspected_at = fields.DateTime(required=True, allow_none=True)


@blueprint.get("/<code>")
@blueprint.output(Component)
def get_component(code: str) -> dict[str, Any]:
    """Tell about one component."""
    with reading() as session:
        return components.get(session, current_scope(), context().config, code, audience(), datetime.now(UTC))
