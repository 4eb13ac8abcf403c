"""The grids of a plan as its page shows them: of a place, and all that a draft changes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridgis.codes import divisions
from gridgis.config import Config
from gridgis.errors import InvalidInput
from gridgis.services.drafts import keeping
from gridgis.services.drafts.answers import collection
from gridgis.services.drafts.keeping import Planner
from gridgis.sql import draft_grids as sql
from gridgis.sql.draft_grids import Box

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: More would take a page seconds to draw; there are tiles for that.
MOST_GRIDS = 4000


def grids(
    session: Session,
    planner: Planner,
    config: Config,
    plan_id: int,
    now: datetime,
    *,
    division: str | None = None,
    bbox: Box | None = None,
) -> dict[str, Any]:
    """Return a plan's grids of a division, or of an extent (EPSG:4326), as GeoJSON with their figures.

    Raises
    ------
    NotFound
        There is no such plan, or none the planner may see.
    InvalidInput
        Neither or both are given, the code is no division's, or there are more than `MOST_GRIDS`.
    """
    if (division is None) == (bbox is None):
        raise InvalidInput("give either a community or a bbox", field="community")
    view = keeping.view(keeping.seen(session, planner, plan_id), config, now)
    if bbox is not None:
        rows = sql.select_in_boxes(session, view, [bbox])
    else:
        rows = sql.select_by_prefix(session, view, prefixes(planner, division))
    rows = [row for row in rows if planner.scope.covers(row.community_code)]
    if len(rows) > MOST_GRIDS:
        raise InvalidInput(
            f"there are {len(rows)} grids there; at most {MOST_GRIDS} are told at once: ask for less",
            field="bbox" if division is None else "community",
        )
    return collection(session, rows, now)


def unassigned(
    session: Session, planner: Planner, config: Config, plan_id: int, now: datetime
) -> list[dict[str, Any]]:
    """Return the communities with grids that have no primary worker, by code, and how many these are.

    Raises
    ------
    NotFound
        There is no such plan, or none the planner may see.
    """
    view = keeping.view(keeping.seen(session, planner, plan_id), config, now)
    found = sql.count_unassigned(session, view, planner.scope.prefixes)
    return [{"code": row.community_code, "grids": row.grids} for row in found]


def changes(
    session: Session, planner: Planner, config: Config, plan_id: int, now: datetime
) -> dict[str, Any]:
    """Return the codes of the grids in force that a draft does away with, and all grids it has a row of.

    Raises
    ------
    NotFound
        There is no such plan, or none the planner may see.
    """
    plan = keeping.seen(session, planner, plan_id)
    rows = sql.select_own(session, keeping.view(plan, config, now), planner.scope.prefixes)
    return {
        "removed": sql.select_removed(session, plan_id, planner.scope.prefixes),
        "grids": collection(session, rows, now),
    }


def prefixes(planner: Planner, division: str | None) -> tuple[str, ...]:
    """Return the code prefixes of a division that are in the planner's; of all of them without one.

    Raises
    ------
    InvalidInput
        The code is no division's.
    """
    if division is None:
        return planner.scope.prefixes
    if not divisions.is_division_code(division):
        raise InvalidInput(f"{division!r} is no code of a division", field="division")
    return planner.scope.narrowed(divisions.prefix(division)).prefixes
