"""What a worker's map shows: the grids, and what lies in the frame around them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

_BOX = "ST_MakeEnvelope(:west, :south, :east, :north, 4326)"


def select_beat(
    session: Session, worker: str, prefixes: Sequence[str], day: date, at: datetime
) -> Sequence[Row[Any]]:
    """Return the grids in force that a worker has on a day: code, role, wkb, buildings, components, minutes.

    Figures are ``None`` where none were made yet.
    """
    return session.execute(
        text("""
            SELECT g.code, b.role, ST_AsBinary(g.geom) AS wkb, m.buildings, m.components,
                   m.patrol_min + m.inspections_min + m.incidents_min + m.travel_min + m.visits_min AS minutes
            FROM beats b JOIN grids g ON g.code = b.grid_code
            LEFT JOIN grid_measures m ON m.grid_code = g.code
            WHERE b.worker_code = :worker AND b.valid_from <= :day
              AND (b.valid_to IS NULL OR b.valid_to > :day) AND g.code ^@ ANY(:prefixes)
              AND g.valid_from <= :at AND (g.valid_to IS NULL OR g.valid_to > :at)
            ORDER BY b.role DESC, g.code
        """),
        {"worker": worker, "day": day, "at": at, "prefixes": list(prefixes)},
    ).all()


def select_grids(
    session: Session, prefixes: Sequence[str], box: Sequence[float], at: datetime
) -> Sequence[Row[Any]]:
    """Return code and wkb of the grids in force that meet a box (degrees)."""
    statement = f"""
        SELECT code, ST_AsBinary(geom) AS wkb FROM grids
        WHERE geom && {_BOX} AND code ^@ ANY(:prefixes)
          AND valid_from <= :at AND (valid_to IS NULL OR valid_to > :at) ORDER BY code
    """  # noqa: S608 - fixed words
    return session.execute(text(statement), {"at": at, "prefixes": list(prefixes), **_box(box)}).all()


def select_buildings(session: Session, prefixes: Sequence[str], box: Sequence[float]) -> list[bytes]:
    """Return the footprints, as WKB, of the buildings that meet a box (degrees)."""
    statement = f"""
        SELECT ST_AsBinary(geom) FROM buildings
        WHERE geom_3857 && ST_Transform({_BOX}, 3857) AND coalesce(grid_code, '') ^@ ANY(:prefixes)
        ORDER BY id
    """  # noqa: S608 - fixed words
    rows = session.execute(text(statement), {"prefixes": list(prefixes), **_box(box)})
    return [bytes(wkb) for wkb in rows.scalars()]


def select_roads(session: Session, box: Sequence[float]) -> Sequence[Row[Any]]:
    """Return name, class and wkb of the roads that meet a box (degrees)."""
    statement = f"""
        SELECT coalesce(name, '') AS name, class AS kind, ST_AsBinary(geom) AS wkb FROM roads
        WHERE geom && {_BOX} ORDER BY id
    """  # noqa: S608 - fixed words
    return session.execute(text(statement), _box(box)).all()


def _box(box: Sequence[float]) -> dict[str, float]:
    return dict(zip(("west", "south", "east", "north"), box, strict=True))
