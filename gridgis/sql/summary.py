"""Figures by area: what stands in each part of a division, and what happened there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
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
            SELECT area, sum(grids) AS grids, sum(area_m2) AS area_m2, sum(buildings) AS buildings,
                   sum(households) AS households, sum(components) AS components
            FROM (
              SELECT left(code, :width) AS area, 1 AS grids, area_m2, 0 AS buildings, 0 AS households,
                     0 AS components
              FROM grids
              WHERE valid_to IS NULL AND code BETWEEN :low AND :high AND code ^@ ANY(:prefixes)
              UNION ALL
              SELECT left(grid_code, :width), 0, 0, CASE layer WHEN 'buildings' THEN items ELSE 0 END,
                     households, CASE layer WHEN 'components' THEN items ELSE 0 END
              FROM grid_counts
              WHERE layer IN ('buildings', 'components')
                AND grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes)
            ) parts
            GROUP BY area HAVING sum(grids) > 0
        """),
        {"width": width, **bounds(prefixes)},
    ).all()


def count_layer(session: Session, prefixes: Sequence[str], width: int, layer: str) -> Sequence[Row[Any]]:
    """Return area, items and households of ``buildings`` or ``components``, for areas that have any."""
    return session.execute(
        text("""
            SELECT left(grid_code, :width) AS area, sum(items)::bigint AS items,
                   sum(households)::bigint AS households
            FROM grid_counts
            WHERE layer = :layer AND grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes)
            GROUP BY 1
        """),
        {"width": width, "layer": layer, **bounds(prefixes)},
    ).all()


def open_from(session: Session) -> str:
    """Return when the first month begins in which an incident is still open, or ``infinity``.

    Written into a condition on `reported_at`, PostgreSQL plans for the months from then on and for no others.
    """
    asked = "SELECT coalesce(min(month), 'infinity')::text FROM incident_months WHERE open > 0"
    return str(session.scalar(text(asked)))


def count_open(session: Session, prefixes: Sequence[str], width: int, at: datetime) -> Sequence[Row[Any]]:
    """Return area, open and overdue (due before `at`); areas without any are left out."""
    return session.execute(
        text("""
            SELECT left(grid_code, :width) AS area, count(*) AS open,
                   count(*) FILTER (WHERE due_at < :at) AS overdue
            FROM incidents
            WHERE state NOT IN ('closed', 'rejected', 'declined', 'void', 'merged')
              AND reported_at >= CAST(:open_from AS timestamptz)
              AND grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes)
            GROUP BY 1
        """),
        {"width": width, "at": at, "open_from": open_from(session), **bounds(prefixes)},
    ).all()


def count_days(
    session: Session, prefixes: Sequence[str], width: int, level: str, first: date, past: date
) -> Sequence[Row[Any]]:
    """Return, by the first `width` digits and local day, reported, and of these closed and closed late.

    Parameters
    ----------
    level
        ``street`` or ``community``: whose rows are added up; neither `width` nor a prefix is longer than
        its codes.
    first, past
        Local days, first <= day < past.
    """
    return session.execute(
        text("""
            SELECT left(division_code, :width) AS area, day, sum(reported) AS reported, sum(closed) AS closed,
                   sum(late) AS late
            FROM incident_days
            WHERE level = :level AND division_code BETWEEN :low AND :high AND division_code ^@ ANY(:prefixes)
              AND day >= :first AND day < :past
            GROUP BY 1, 2
        """),
        {"width": width, "level": level, "first": first, "past": past, **bounds(prefixes)},
    ).all()


def count_incidents(
    session: Session, prefixes: Sequence[str], width: int, start: datetime, end: datetime, zone: str
) -> Sequence[Row[Any]]:
    """Return the same as `count_days` for incidents reported in [start, end), counted one by one."""
    return session.execute(
        text("""
            SELECT left(grid_code, :width) AS area, (reported_at AT TIME ZONE :zone)::date AS day,
                   count(*) AS reported, count(closed_at) AS closed,
                   count(*) FILTER (WHERE closed_at > due_at) AS late
            FROM incidents
            WHERE reported_at >= :start AND reported_at < :end
              AND grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes)
            GROUP BY 1, 2
        """),
        {"width": width, "start": start, "end": end, "zone": zone, **bounds(prefixes)},
    ).all()


def count_unlocated(session: Session) -> int:
    """Return how many open incidents stand in no grid; only the whole city may see them."""
    return (
        session.scalar(
            text("""
                SELECT count(*) FROM incidents
                WHERE state NOT IN ('closed', 'rejected', 'declined', 'void', 'merged') AND grid_code IS NULL
                  AND reported_at >= CAST(:open_from AS timestamptz)
            """),
            {"open_from": open_from(session)},
        )
        or 0
    )


def last_inspections(session: Session, prefixes: Sequence[str], width: int) -> Sequence[Row[Any]]:
    """Return area and the latest inspection that reached a building or component in it, where one did."""
    return session.execute(
        text("""
            SELECT left(grid_code, :width) AS area, max(latest_at) AS inspected_at FROM grid_measures
            WHERE latest_at IS NOT NULL AND grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes)
            GROUP BY 1
        """),
        {"width": width, **bounds(prefixes)},
    ).all()


def layer_versions(session: Session) -> dict[str, int]:
    """Return the version of every layer; it grows with each committed change."""
    rows = session.execute(text("SELECT layer, version FROM layer_versions"))
    return {row.layer: row.version for row in rows}
