"""Reading the ground that figures are made on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridgis.measures.ground import Ground
from gridgis.services.measuring.wanted import AROUND_DEG
from gridgis.sql import measuring as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def read_ground(
    session: Session, srid: int, at: datetime, codes: Sequence[str] | None, *, bare: bool = False
) -> Ground:
    """Return the grids in force, all (``None``) or some with those around them.

    Those around `codes` are there so that borders are shared as they are among all.

    Parameters
    ----------
    bare
        Leave out roads and components, where only the polygons are looked at.
    """
    rows = sql.select_grids(session, at, codes, AROUND_DEG)
    names = np.array([row.code for row in rows], dtype=object)
    around = None if codes is None else list(names)
    roads = [] if bare else sql.select_roads(session, around, AROUND_DEG)
    things = None if bare else sql.select_components(session, around)
    return Ground(
        srid,
        names,
        np.array([row.area_m2 for row in rows], dtype=np.float64),
        shapely.from_wkb(np.array([bytes(row.geom) for row in rows], dtype=object)),
        shapely.from_wkb(np.array(roads, dtype=object)),
        np.empty(0, dtype=object) if things is None else things["grid_code"].to_numpy(),
        np.empty((0, 2)) if things is None
        else np.column_stack((things["lon"].to_numpy(), things["lat"].to_numpy())),
    )  # fmt: skip
