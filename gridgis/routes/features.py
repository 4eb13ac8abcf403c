"""What the cards of grids, buildings and components have in common: a GeoJSON feature and where it stands."""

from __future__ import annotations

from typing import Any

from apiflask import Schema, fields

from gridgis.routes.access import is_staff


class Named(Schema):
    """A division by code and name."""

    code = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)


class Place(Schema):
    """The divisions a thing stands in; empty where it stands in no grid."""

    district = fields.Nested(Named)
    street = fields.Nested(Named)
    community = fields.Nested(Named)


class Provenance(Schema):
    """Where a row came from; without a load only when it changed."""

    updated_at = fields.DateTime(required=True)
    file_name = fields.String(required=True, allow_none=True)
    source = fields.String(required=True, allow_none=True)
    source_crs = fields.String(required=True, allow_none=True)
    loaded_at = fields.DateTime(required=True, allow_none=True)


class Feature(Schema):
    """A GeoJSON feature with more about it; its properties are those of the layer's export."""

    type = fields.String(required=True)
    id = fields.String(required=True)
    geometry = fields.Dict(required=True, allow_none=True)
    properties: Any = fields.Dict(required=True)
    place = fields.Nested(Place, required=True)
    provenance = fields.Nested(Provenance, required=True)


def audience() -> str:
    """Return the profile whose mask the caller's answers get."""
    return "internal" if is_staff() else "public"
