"""One building, as its card shows it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridgis.config import Config
from gridgis.scope import Scope
from gridgis.services import divisions, exporting
from gridgis.sql import buildings as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def get(
    session: Session, scope: Scope, config: Config, code: str, profile: str, now: datetime
) -> dict[str, Any]:
    """Return a GeoJSON feature with `place`, `provenance` and `last_inspected_at`; counts as in exports.

    Raises
    ------
    NotFound
        No building has this code, or none the caller may see.
    """
    wish = exporting.Wish("buildings", "geojson", profile)
    found = exporting.feature(session, wish, code, scope, config, now)
    found["place"] = divisions.chain(session, found["properties"]["grid_code"] or "")
    found["last_inspected_at"] = sql.last_inspected_at(session, code)
    return found
