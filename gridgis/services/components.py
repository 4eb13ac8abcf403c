"""One component, as its card shows it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridgis.config import Config
from gridgis.scope import Scope
from gridgis.services import divisions, exporting
from gridgis.sql import components as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: An address further away says nothing about where a component stands.
ADDRESS_WITHIN_M = 100.0


def get(
    session: Session, scope: Scope, config: Config, code: str, profile: str, now: datetime
) -> dict[str, Any]:
    """Return a GeoJSON feature with `class`, `place`, `nearest_address`, `provenance` and more (R38).

    Raises
    ------
    NotFound
        No component has this code, or none the caller may see.
    """
    wish = exporting.Wish("components", "geojson", profile)
    found = exporting.feature(session, wish, code, scope, config, now)
    named = sql.select_class(session, code)._mapping
    address = sql.nearest_address(session, code, ADDRESS_WITHIN_M, config.metric_srid)
    found["class"] = {name: named[name] for name in ("name_zh", "name_en", "major_zh", "major_en")}
    found["last_inspected_at"] = named["last_inspected_at"]
    found["place"] = divisions.chain(session, found["properties"]["grid_code"] or "")
    found["nearest_address"] = None if address is None else dict(address._mapping)
    return found
