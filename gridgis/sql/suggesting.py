"""Who might take a grid: by station, by neighbouring grids, and by having been there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from gridgis.sql.summary import bounds


def select_unassigned(
    session: Session, prefixes: Sequence[str], day: date, at: datetime, limit: int
) -> list[str]:
    """Return grids in force without a primary worker on a day, by code."""
    return list(
        session.execute(
            text("""
                SELECT code FROM grids g
                WHERE code BETWEEN :low AND :high AND code ^@ ANY(:prefixes)
                  AND valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)
                  AND NOT EXISTS (
                    SELECT FROM beats b WHERE b.grid_code = g.code AND b.role = 'primary'
                      AND b.valid_from <= :day AND (b.valid_to IS NULL OR b.valid_to > :day))
                ORDER BY code LIMIT :limit
            """),
            {"day": day, "at": at, "limit": limit, **bounds(prefixes)},
        ).scalars()
    )


def select_candidates(
    session: Session, grids: Sequence[str], prefixes: Sequence[str], day: date, nearest: int
) -> Sequence[Row[Any]]:
    """Return the workers who might take each grid and are there on a day, by grid and worker.

    The `nearest` by station, those who have a neighbouring grid, and those who had the grid.

    Returns
    -------
    sequence of rows
        grid_code, worker_code, station_m, beside (neighbouring grids of the worker's) and held_days.
    """
    binds = {"grids": list(grids), "prefixes": list(prefixes), "day": day, "nearest": nearest}
    return session.execute(text(_CANDIDATES), binds).all()


_CANDIDATES = """
    WITH asked AS (
      SELECT g.code, g.geom, coalesce(m.neighbours, '{}') AS neighbours
      FROM grids g LEFT JOIN grid_measures m ON m.grid_code = g.code WHERE g.code = ANY(:grids)
    ), near AS (
      SELECT g.code, w.code AS worker
      FROM asked g CROSS JOIN LATERAL (
        SELECT code FROM workers
        WHERE active AND station IS NOT NULL AND coalesce(division_code, '') ^@ ANY(:prefixes)
        ORDER BY station <-> ST_Centroid(g.geom) LIMIT :nearest) w
    ), beside AS (
      SELECT g.code, b.worker_code AS worker, array_agg(b.grid_code ORDER BY b.grid_code) AS grids
      FROM asked g JOIN beats b ON b.grid_code = ANY(g.neighbours) AND b.role = 'primary'
        AND b.valid_from <= :day AND (b.valid_to IS NULL OR b.valid_to > :day)
      GROUP BY 1, 2
    ), held AS (
      SELECT g.code, b.worker_code AS worker,
             sum(least(coalesce(b.valid_to, :day), :day) - b.valid_from)::int AS days
      FROM asked g JOIN beats b ON b.grid_code = g.code AND b.valid_from < :day
      GROUP BY 1, 2
    ), anybody AS (
      SELECT code, worker FROM near UNION SELECT code, worker FROM beside
      UNION SELECT code, worker FROM held
    )
    SELECT a.code AS grid_code, a.worker AS worker_code,
           ST_Distance(w.station::geography, g.geom::geography) AS station_m,
           coalesce(b.grids, '{}') AS beside, coalesce(h.days, 0) AS held_days
    FROM anybody a JOIN asked g ON g.code = a.code JOIN workers w ON w.code = a.worker
    LEFT JOIN beside b ON (b.code, b.worker) = (a.code, a.worker)
    LEFT JOIN held h ON (h.code, h.worker) = (a.code, a.worker)
    WHERE w.active AND coalesce(w.division_code, '') ^@ ANY(:prefixes)
      AND NOT EXISTS (
        SELECT FROM absences l WHERE l.worker_code = w.code AND l.valid_from <= :day
          AND (l.valid_to IS NULL OR l.valid_to > :day))
    ORDER BY 1, 2
"""


def select_walked(
    session: Session, grids: Sequence[str], workers: Sequence[str], zone: str
) -> dict[tuple[str, str], int]:
    """Return on how many days some workers were in each grid, by (grid, worker); of days with tracks kept.

    `grids` and `workers` are aligned. Only days whose box has the middle of the grid in it are looked at.
    """
    rows = session.execute(
        text("""
            SELECT a.grid, a.worker, count(*) AS days
            FROM unnest(CAST(:grids AS text[]), CAST(:workers AS text[])) AS a (grid, worker)
            JOIN grid_measures m ON m.grid_code = a.grid JOIN grids g ON g.code = a.grid
            JOIN track_days t ON t.worker_code = a.worker AND m.x_m BETWEEN t.west_m AND t.east_m
              AND m.y_m BETWEEN t.south_m AND t.north_m
            WHERE EXISTS (
              SELECT FROM tracks f
              WHERE f.worker_code = a.worker AND f.fixed_at >= t.day::timestamp AT TIME ZONE :zone
                AND f.fixed_at < (t.day + 1)::timestamp AT TIME ZONE :zone AND ST_Covers(g.geom, f.geom))
            GROUP BY 1, 2
        """),
        {"grids": list(grids), "workers": list(workers), "zone": zone},
    )
    return {(row.grid, row.worker): row.days for row in rows}
