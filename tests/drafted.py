"""Drafts of the small city of tests/routes/city.py, written straight into the tables."""

from __future__ import annotations

from typing import Any

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridgis.geometry.measurement import area_m2
from gridgis.scope import EVERYTHING
from gridgis.services.drafts.keeping import Planner
from tests.routes.city import COMMUNITY, GRIDS

PLANNER = Planner("planner", EVERYTHING)
SECOND = Planner("second", EVERYTHING)
#: Through the first grid, between the incidents (east of it) and the first component (west).
MIDDLE = 114.001
WEST_HALF = shapely.box(114.0, 22.5, MIDDLE, 22.502)
EAST_HALF = shapely.box(MIDDLE, 22.5, 114.002, 22.502)
#: The grid north of the first one, with the vertex that the cut makes on its border.
NORTH = shapely.Polygon(
    [(114.0, 22.502), (MIDDLE, 22.502), (114.002, 22.502), (114.002, 22.504), (114.0, 22.504)]
)
#: The second grid, as it is.
EAST = shapely.box(114.002, 22.5, 114.004, 22.502)
#: A cut of the first grid, as an edit would leave it.
CUT: dict[str, Any] = {GRIDS[0]: None, "n1": WEST_HALF, "n2": EAST_HALF, GRIDS[2]: NORTH}


def begin(
    session: Session,
    rows: dict[str, Any],
    *,
    owner: str = "planner",
    workers: dict[str, str | None] | None = None,
) -> int:
    """Store a draft with rows key -> polygon (``None``: gone) and return its number.

    Parameters
    ----------
    workers
        Key -> worker, where the draft says whose a grid is.
    """
    plan = session.scalar(
        text("INSERT INTO plans (name, created_by) VALUES ('a draft', :owner) RETURNING id"), {"owner": owner}
    )
    session.execute(text("INSERT INTO drafts (plan_id) VALUES (:plan)"), {"plan": plan})
    for key, shape in rows.items():
        area = None if shape is None else float(area_m2([shape], 4547)[0])
        session.execute(
            text("""
                INSERT INTO draft_grids
                  (plan_id, key, community_code, geom, area_m2, assigned, worker_code, version)
                VALUES (:plan, :key, :community, ST_GeomFromWKB(:wkb, 4326), :area, :assigned, :worker, 1)
            """),
            {
                "plan": plan, "key": key, "community": COMMUNITY, "wkb": shape.wkb if shape else None,
                "area": area, "assigned": key in (workers or {}), "worker": (workers or {}).get(key),
            },
        )  # fmt: skip
    return int(plan or 0)


def in_force(session: Session) -> dict[str, Any]:
    """Return the grids in force, code -> polygon, to the transaction's eyes."""
    rows = session.execute(
        text("""
            SELECT code, ST_AsBinary(geom) AS wkb FROM grids
            WHERE valid_from <= clock_timestamp() AND (valid_to IS NULL OR valid_to > clock_timestamp())
            ORDER BY code
        """)
    )
    return {row.code: shapely.from_wkb(bytes(row.wkb)) for row in rows}


def roster(session: Session, grid: str) -> list[tuple[Any, ...]]:
    """Return a grid's lines of the roster: worker, role, from and to."""
    rows = session.execute(
        text("""
            SELECT worker_code, role, valid_from, valid_to FROM beats WHERE grid_code = :grid
            ORDER BY role DESC, valid_from, worker_code
        """),
        {"grid": grid},
    )
    return [tuple(row) for row in rows]
