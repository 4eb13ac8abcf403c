"""One grid, as its card shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridgis.codes.grid_types import GridType, read_scheme
from gridgis.config import Config
from gridgis.scope import Scope
from gridgis.services import divisions, exporting
from gridgis.services.disclosure import publishable
from gridgis.sql import grids as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_PEOPLE = ("households", "population", "firms")


def get(
    session: Session, scope: Scope, config: Config, code: str, profile: str, now: datetime
) -> dict[str, Any]:
    """Return a GeoJSON feature with `place`, `type_names`, `counts`, `workers`, `lineage` and `provenance`.

    Counts of people that are too small to tell are ``None``. A grid that is no longer in force has no
    counts and no workers, but `lineage` leads to what stands there now.

    Raises
    ------
    NotFound
        No grid ever had this code, or none the caller may see.
    """
    wish = exporting.Wish("grids", "geojson", profile)
    found = exporting.feature(session, wish, code, scope, config, now)
    lineage = sql.select_lineage(session, code)
    found["lineage"] = {"predecessors": lineage.predecessors, "successors": lineage.successors}
    found["place"] = divisions.chain(session, code[:12])
    found["type_names"] = _type(config, found["properties"])
    found["counts"] = _counts(session, code, config.count_floor)
    today = now.astimezone(config.zone).date()
    found["workers"] = [
        {"code": row.worker_code, "role": row.role} for row in sql.select_workers(session, code, today)
    ]
    return found


def _type(config: Config, properties: Mapping[str, Any]) -> dict[str, str] | None:
    """Return what people call the grid's type and sub-status; its code where the scheme lacks it."""
    kind, status = properties.get("kind"), properties.get("sub_status")
    if kind is None:
        return None
    found = read_scheme(config.grid_types).find(kind) or GridType(kind, kind, kind)
    state = next((one for one in found.sub_statuses if one.code == status), None)
    return {
        "name_zh": found.name_zh + (f" · {state.name_zh}" if state else ""),
        "name_en": found.name_en + (f" · {state.name_en}" if state else ""),
    }


def _counts(session: Session, code: str, floor: int) -> dict[str, int | None] | None:
    rows = sql.count_in_community(session, code[:12])
    own = next((i for i, row in enumerate(rows) if row.code == code), None)
    if own is None:
        return None
    things = sql.count_things(session, code)
    counts: dict[str, int | None] = {
        "buildings": rows[own].buildings,
        "components": things.components,
        "open_incidents": things.open_incidents,
    }
    for name in _PEOPLE:
        counts[name] = publishable([row._mapping[name] for row in rows], floor)[own]
    return counts
