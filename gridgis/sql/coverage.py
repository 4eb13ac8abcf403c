"""Stored figures by area: sums over the grids of a division."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from gridgis.sql.summary import bounds

#: Areas of so many digits or fewer are made of communities, whose sums are stored.
COMMUNITY_WIDTH = 12


_SUMS = """
    sum(area_m2) AS area_m2, sum(roads_m) AS roads_m, sum(reached_roads_m) AS reached_roads_m,
    sum(bare_m2) AS bare_m2, sum(reached_bare_m2) AS reached_bare_m2,
    sum(mark_components)::bigint AS mark_components, sum(reached_components)::bigint AS reached_components,
    sum(patrol_s) AS patrol_s, sum(patrol_m) AS patrol_m, sum(buildings)::bigint AS buildings,
    sum(components)::bigint AS components, sum(cycled)::bigint AS cycled, sum(current)::bigint AS current,
    sum(never)::bigint AS never, min(oldest_at) AS oldest_at, sum(inspections)::bigint AS inspections,
    sum(inspections_due)::bigint AS inspections_due, sum(inspections_in_time)::bigint AS inspections_in_time,
    sum(fields_wanted)::bigint AS fields_wanted, sum(fields_filled)::bigint AS fields_filled,
    sum(rechecks)::bigint AS rechecks, sum(rechecks_agreeing)::bigint AS rechecks_agreeing
"""
_OF_GRIDS = f"""
    SELECT grid_code AS area, count(*) AS grids, count(*) FILTER (WHERE patrol_s > 0) AS patrolled, {_SUMS}
    FROM grid_measures WHERE grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes)
    GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - fixed words
_OF_COMMUNITIES = f"""
    SELECT left(community_code, :width) AS area, sum(grids)::bigint AS grids,
           sum(patrolled)::bigint AS patrolled, {_SUMS}
    FROM community_measures WHERE community_code BETWEEN :low AND :high AND community_code ^@ ANY(:prefixes)
    GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - fixed words


def select_sums(session: Session, prefixes: Sequence[str], width: int) -> Sequence[Row[Any]]:
    """Return the sums of stored figures by the first `width` digits of the grid code, by area."""
    statement = _OF_COMMUNITIES if width <= COMMUNITY_WIDTH else _OF_GRIDS
    return session.execute(text(statement), {"width": width, **bounds(prefixes)}).all()


def select_land(session: Session, prefixes: Sequence[str], width: int) -> Sequence[Row[Any]]:
    """Return by area the known outlines with the gaps in them, and all gaps, overlaps and what sticks out."""
    return session.execute(
        text("""
            SELECT left(community_code, :width) AS area, sum(area_m2) AS outline_m2,
                   sum(gap_m2) FILTER (WHERE area_m2 IS NOT NULL) AS outline_gap_m2, sum(gap_m2) AS gap_m2,
                   sum(overlap_m2) AS overlap_m2, sum(outside_m2) AS outside_m2, sum(slivers)::bigint
                     AS slivers
            FROM community_land WHERE community_code BETWEEN :low AND :high
              AND community_code ^@ ANY(:prefixes)
            GROUP BY 1
        """),
        {"width": width, **bounds(prefixes)},
    ).all()


def select_findings(session: Session, prefixes: Sequence[str]) -> Sequence[Row[Any]]:
    """Return community_code and the findings of communities that have any."""
    return session.execute(
        text("""
            SELECT community_code, findings FROM community_land
            WHERE findings <> '[]' AND community_code BETWEEN :low AND :high
              AND community_code ^@ ANY(:prefixes)
            ORDER BY community_code
        """),
        bounds(prefixes),
    ).all()


def select_staff(
    session: Session, prefixes: Sequence[str], width: int, day: date, at: datetime
) -> Sequence[Row[Any]]:
    """Return area, unstaffed, doubled and uncovered grids, workers and those on shift.

    The row without an area is of all: a worker whose beat lies in two areas is one worker.
    """
    return session.execute(
        text("""
            WITH away AS MATERIALIZED (  -- these two are few; read once they are not looked up grid by grid
              SELECT worker_code FROM absences
              WHERE valid_from <= :day AND (valid_to IS NULL OR valid_to > :day)
              UNION ALL SELECT code FROM workers WHERE NOT active
            ), seen AS MATERIALIZED (
              SELECT worker_code FROM worker_positions WHERE fixed_at > :since AND fixed_at <= :at
            ), by_grid AS (
              SELECT m.grid_code, count(*) FILTER (WHERE role = 'primary') AS primaries,
                     bool_or(worker_code NOT IN (SELECT worker_code FROM away)) AS anybody
              FROM grid_measures m LEFT JOIN beats b ON b.grid_code = m.grid_code
                AND b.valid_from <= :day AND (b.valid_to IS NULL OR b.valid_to > :day)
                AND b.grid_code BETWEEN :low AND :high  -- said of both, they are read side by side
              WHERE m.grid_code BETWEEN :low AND :high AND m.grid_code ^@ ANY(:prefixes) GROUP BY 1
            ), workers_there AS (
              SELECT left(grid_code, :width) AS area, count(DISTINCT worker_code) AS workers,
                     count(DISTINCT worker_code)
                       FILTER (WHERE worker_code IN (SELECT worker_code FROM seen)) AS on_shift
              FROM beats
              WHERE role = 'primary' AND valid_from <= :day AND (valid_to IS NULL OR valid_to > :day)
                AND grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes)
              GROUP BY GROUPING SETS ((left(grid_code, :width)), ())
            )
            SELECT s.*, coalesce(w.workers, 0) AS workers, coalesce(w.on_shift, 0) AS on_shift FROM (
              SELECT left(grid_code, :width) AS area, count(*) FILTER (WHERE primaries = 0) AS unstaffed,
                     count(*) FILTER (WHERE primaries > 1) AS doubled,
                     count(*) FILTER (WHERE primaries > 0 AND NOT anybody) AS uncovered
              FROM by_grid GROUP BY GROUPING SETS ((left(grid_code, :width)), ())
            ) s LEFT JOIN workers_there w ON coalesce(w.area, '') = coalesce(s.area, '')
        """),
        {"width": width, "day": day, "at": at, "since": at - timedelta(minutes=15), **bounds(prefixes)},
    ).all()


def select_marks(session: Session, prefixes: Sequence[str]) -> Sequence[Row[Any]]:
    """Return grid_code, marks, mark_components and roads_m of grids that were ever patrolled."""
    return session.execute(
        text("""
            SELECT grid_code, marks, mark_components, roads_m FROM grid_measures m
            WHERE grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes)
              AND EXISTS (SELECT FROM patrol_days p WHERE p.grid_code = m.grid_code)
        """),
        bounds(prefixes),
    ).all()


def select_cleaning(session: Session, prefixes: Sequence[str], first: date, last: date) -> Sequence[Row[Any]]:
    """Return what the cleaning of tracks counted in some days, by rule, of workers with a grid in sight."""
    return session.execute(
        text("""
            SELECT key AS rule, sum(value::bigint)::bigint AS fixes
            FROM track_days, jsonb_each_text(report)
            WHERE day BETWEEN :first AND :last AND worker_code IN (
              SELECT worker_code FROM beats WHERE grid_code BETWEEN :low AND :high
                AND grid_code ^@ ANY(:prefixes) AND valid_from <= :last
                AND (valid_to IS NULL OR valid_to > :first))
            GROUP BY 1
        """),
        {"first": first, "last": last, **bounds(prefixes)},
    ).all()


def select_shapes(session: Session, codes: Sequence[str]) -> dict[str, bytes]:
    """Return the polygons, as WKB, of grids or divisions that have one."""
    rows = session.execute(
        text("""
            SELECT code, ST_AsBinary(geom) AS wkb FROM grids WHERE code = ANY(:codes)
            UNION ALL SELECT code, ST_AsBinary(geom) FROM divisions WHERE code = ANY(:codes)
              AND geom IS NOT NULL
        """),
        {"codes": list(codes)},
    )
    return {row.code: bytes(row.wkb) for row in rows}
