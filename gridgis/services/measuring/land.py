"""How the grids of some communities tile them, checked again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import shapely

from gridgis.measures.land import tiled
from gridgis.services.measuring.ground import read_ground
from gridgis.sql import loading as loading_sql
from gridgis.sql import measure_writing as writing
from gridgis.sql import measuring as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def make(session: Session, at: datetime, srid: int, communities: Sequence[str]) -> None:
    """Check the land of some communities again."""
    grids = sql.select_community_grids(session, communities, at)
    ground = read_ground(session, srid, at, grids, bare=True)
    writing.replace_land(session, communities, tiled(ground, read_outlines(session), communities))


def read_outlines(session: Session) -> dict[str, Any]:
    """Return the polygons of the communities that have one, by code."""
    rows = loading_sql.select_outlines(session, "community")
    return {row.code: shapely.from_wkb(bytes(row.wkb)) for row in rows}
