"""Stored figures by area: sums over the grids of a division."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from gridgis.sql.summary import bounds


def select_sums(session: Session, prefixes: Sequence[str], width: int) -> Sequence[Row[Any]]:
    """Return the sums of stored figures by the first `width` digits of the grid code, by area."""
    return session.execute(
        text("""
            SELECT left(grid_code, :width) AS area, count(*) AS grids, sum(area_m2) AS area_m2,
                   sum(roads_m) AS roads_m, sum(reached_roads_m) AS reached_roads_m, sum(bare_m2) AS bare_m2,
                   sum(reached_bare_m2) AS reached_bare_m2, sum(mark_components)::bigint AS mark_components,
                   sum(reached_components)::bigint AS reached_components, sum(patrol_s) AS patrol_s,
                   sum(patrol_m) AS patrol_m, count(*) FILTER (WHERE patrol_s > 0) AS patrolled,
                   sum(buildings)::bigint AS buildings, sum(components)::bigint AS components,
                   sum(cycled)::bigint AS cycled, sum(current)::bigint AS current, sum(never)::bigint
                     AS never,
                   min(oldest_at) AS oldest_at, sum(inspections)::bigint AS inspections,
                   sum(inspections_due)::bigint AS inspections_due,
                   sum(inspections_in_time)::bigint AS inspections_in_time,
                   sum(fields_wanted)::bigint AS fields_wanted, sum(fields_filled)::bigint AS fields_filled,
                   sum(rechecks)::bigint AS rechecks, sum(rechecks_agreeing)::bigint AS rechecks_agreeing
            FROM grid_measures WHERE grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes)
            GROUP BY 1 ORDER BY 1
        """),
        {"width": width, **bounds(prefixes)},
    ).all()


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
            ), seen AS MATERIALIZED (
              SELECT worker_code FROM worker_positions WHERE fixed_at > :since AND fixed_at <= :at
            ), duty AS (
              SELECT b.grid_code, b.worker_code, b.role,
                     w.active AND b.worker_code NOT IN (SELECT worker_code FROM away) AS there
              FROM beats b JOIN workers w ON w.code = b.worker_code
              WHERE b.valid_from <= :day AND (b.valid_to IS NULL OR b.valid_to > :day)
                AND b.grid_code BETWEEN :low AND :high AND b.grid_code ^@ ANY(:prefixes)
            ), by_grid AS (
              SELECT grid_code, count(*) FILTER (WHERE role = 'primary') AS primaries, bool_or(there)
                AS anybody
              FROM duty GROUP BY 1
            ), workers_there AS (
              SELECT left(d.grid_code, :width) AS area, count(DISTINCT d.worker_code) AS workers,
                     count(DISTINCT p.worker_code) AS on_shift
              FROM duty d
              LEFT JOIN seen p ON p.worker_code = d.worker_code
              WHERE d.role = 'primary' GROUP BY GROUPING SETS ((left(d.grid_code, :width)), ())
            )
            SELECT s.*, coalesce(w.workers, 0) AS workers, coalesce(w.on_shift, 0) AS on_shift FROM (
              SELECT left(m.grid_code, :width) AS area,
                     count(*) FILTER (WHERE coalesce(g.primaries, 0) = 0) AS unstaffed,
                     count(*) FILTER (WHERE g.primaries > 1) AS doubled,
                     count(*) FILTER (WHERE g.primaries > 0 AND NOT g.anybody) AS uncovered
              FROM grid_measures m LEFT JOIN by_grid g USING (grid_code)
              WHERE m.grid_code BETWEEN :low AND :high AND m.grid_code ^@ ANY(:prefixes)
              GROUP BY GROUPING SETS ((left(m.grid_code, :width)), ())
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
