"""Figures by area: what stands in each part of a division, and what happened there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

# Every question takes the scope twice: the prefixes decide, and the hull around them (codes are digits) lets
# a btree index find the few rows of one street without knowing the operator ^@.


def bounds(prefixes: Sequence[str]) -> dict[str, Any]:
    """Return the binds ``prefixes``, ``low`` and ``high`` of a sorted, non-empty list of prefixes."""
    return {"prefixes": list(prefixes), "low": prefixes[0], "high": prefixes[-1] + "9" * 20}


def select_division(session: Session, code: str) -> Row[Any] | None:
    """Return code, name, level, parent_code, area_m2 and the bbox (degrees) of one division."""
    return session.execute(
        text("""
            SELECT code, name, level, parent_code, area_m2, ST_XMin(geom) AS xmin, ST_YMin(geom) AS ymin,
                   ST_XMax(geom) AS xmax, ST_YMax(geom) AS ymax
            FROM divisions WHERE code = :code
        """),
        {"code": code},
    ).one_or_none()


def select_names(session: Session, codes: Sequence[str]) -> dict[str, str]:
    """Return the names of the divisions among `codes`."""
    rows = session.execute(
        text("SELECT code, name FROM divisions WHERE code = ANY(:codes)"), {"codes": list(codes)}
    )
    return {row.code: row.name for row in rows}


def select_children(session: Session, code: str) -> Sequence[Row[Any]]:
    """Return code, name and level of the divisions right under one, by code."""
    return session.execute(
        text("SELECT code, name, level FROM divisions WHERE parent_code = :code ORDER BY code"),
        {"code": code},
    ).all()


def count_standing(session: Session, prefixes: Sequence[str], width: int) -> Sequence[Row[Any]]:
    """Return, by the first `width` digits of the grid code, what stands there now.

    Returns
    -------
    sequence of rows
        area, grids, area_m2, buildings, households, components.
    """
    return session.execute(
        text("""
            SELECT left(g.code, :width) AS area, count(*) AS grids, sum(g.area_m2) AS area_m2,
                   coalesce(sum(b.items), 0) AS buildings, coalesce(sum(b.households), 0) AS households,
                   coalesce(sum(c.items), 0) AS components
            FROM grids g
            LEFT JOIN grid_counts b ON b.grid_code = g.code AND b.layer = 'buildings'
            LEFT JOIN grid_counts c ON c.grid_code = g.code AND c.layer = 'components'
            WHERE g.valid_to IS NULL AND g.code BETWEEN :low AND :high AND g.code ^@ ANY(:prefixes)
            GROUP BY 1
        """),
        {"width": width, **bounds(prefixes)},
    ).all()


def count_open(session: Session, prefixes: Sequence[str], width: int, at: datetime) -> Sequence[Row[Any]]:
    """Return area, open and overdue (due before `at`); areas without any are left out."""
    return session.execute(
        text("""
            SELECT left(grid_code, :width) AS area, count(*) AS open,
                   count(*) FILTER (WHERE due_at < :at) AS overdue
            FROM incidents
            WHERE state NOT IN ('closed', 'rejected', 'declined', 'void', 'merged')
              AND grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes)
            GROUP BY 1
        """),
        {"width": width, "at": at, **bounds(prefixes)},
    ).all()


def count_reported(
    session: Session, prefixes: Sequence[str], width: int, start: datetime, end: datetime
) -> Sequence[Row[Any]]:
    """Return area and how many incidents were reported in [start, end), by area."""
    return session.execute(
        text("""
            SELECT left(grid_code, :width) AS area, count(*) AS reported
            FROM incidents
            WHERE reported_at >= :start AND reported_at < :end
              AND grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes)
            GROUP BY 1
        """),
        {"width": width, "start": start, "end": end, **bounds(prefixes)},
    ).all()


def count_by_day(
    session: Session, prefixes: Sequence[str], start: datetime, end: datetime, zone: str
) -> Sequence[Row[Any]]:
    """Return local day, reported, and of these closed and closed late; days without any are left out."""
    return session.execute(
        text("""
            SELECT (reported_at AT TIME ZONE :zone)::date AS day, count(*) AS reported,
                   count(closed_at) AS closed, count(*) FILTER (WHERE closed_at > due_at) AS late
            FROM incidents
            WHERE reported_at >= :start AND reported_at < :end
              AND grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes)
            GROUP BY 1 ORDER BY 1
        """),
        {"start": start, "end": end, "zone": zone, **bounds(prefixes)},
    ).all()


def count_unlocated(session: Session) -> int:
    """Return how many open incidents stand in no grid; only the whole city may see them."""
    return (
        session.scalar(
            text("""
                SELECT count(*) FROM incidents
                WHERE state NOT IN ('closed', 'rejected', 'declined', 'void', 'merged') AND grid_code IS NULL
            """)
        )
        or 0
    )


def last_inspections(session: Session, prefixes: Sequence[str], width: int) -> Sequence[Row[Any]]:
    """Return area and the latest inspection of a building or component in it, where there was one."""
    return session.execute(
        text("""
            SELECT left(o.grid_code, :width) AS area, max(i.inspected_at) AS inspected_at
            FROM (
              SELECT building_id, component_id, max(inspected_at) AS inspected_at
              FROM inspections GROUP BY building_id, component_id
            ) i
            JOIN LATERAL (
              SELECT grid_code FROM buildings WHERE id = i.building_id
              UNION ALL SELECT grid_code FROM components WHERE id = i.component_id
            ) o ON true
            WHERE o.grid_code BETWEEN :low AND :high AND o.grid_code ^@ ANY(:prefixes)
            GROUP BY 1
        """),
        {"width": width, **bounds(prefixes)},
    ).all()


def layer_versions(session: Session) -> dict[str, int]:
    """Return the version of every layer; it grows with each committed change."""
    rows = session.execute(text("SELECT layer, version FROM layer_versions"))
    return {row.layer: row.version for row in rows}
