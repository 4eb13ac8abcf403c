"""Minutes by area, by worker and by grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from gridgis.sql.coverage import COMMUNITY_WIDTH
from gridgis.sql.summary import bounds

_PARTS = """
    sum(patrol_min) AS patrol_min, sum(inspections_min) AS inspections_min,
    sum(incidents_min) AS incidents_min, sum(travel_min) AS travel_min, sum(visits_min) AS visits_min,
    sum(patrol_min + inspections_min + incidents_min + travel_min + visits_min) AS minutes,
    sum(patrol_s) AS patrol_s, sum(inspections)::bigint AS inspections
"""
_MINUTES = f"""
    {_PARTS}, sum(incident_weeks[1])::bigint AS incidents_last_week,
    sum(incident_weeks[1] + incident_weeks[2] + incident_weeks[3] + incident_weeks[4])::bigint AS incidents
"""
_OF_GRIDS = f"""
    SELECT grid_code AS area, count(*) AS grids, {_MINUTES} FROM grid_measures
    WHERE grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes) GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - fixed words
_OF_COMMUNITIES = f"""
    SELECT left(community_code, :width) AS area, sum(grids)::bigint AS grids, {_PARTS},
           sum(incidents_last_week)::bigint AS incidents_last_week, sum(incidents)::bigint AS incidents
    FROM community_measures WHERE community_code BETWEEN :low AND :high AND community_code ^@ ANY(:prefixes)
    GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - fixed words


def select_by_area(session: Session, prefixes: Sequence[str], width: int) -> Sequence[Row[Any]]:
    """Return area, grids, minutes by part and in all, and what the period saw, by area."""
    statement = _OF_COMMUNITIES if width <= COMMUNITY_WIDTH else _OF_GRIDS
    return session.execute(text(statement), {"width": width, **bounds(prefixes)}).all()


_ON_DUTY = """
    FROM beats b JOIN grid_measures m USING (grid_code)
    WHERE b.role = 'primary' AND b.valid_from <= :day AND (b.valid_to IS NULL OR b.valid_to > :day)
      AND b.worker_code IN (
        SELECT worker_code FROM beats
        WHERE role = 'primary' AND valid_from <= :day AND (valid_to IS NULL OR valid_to > :day)
          AND grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes))
"""


def select_loads(session: Session, prefixes: Sequence[str], ends: int) -> Row[Any]:
    """Return the minutes of all who had a primary beat in sight when the figures were made, and who leads.

    All grids of a worker are counted, wherever they lie, as long as the transaction may see them.

    Returns
    -------
    row
        `minutes`, one a worker, the largest first; `workers`, the `ends` with the most and as many with the
        least. Both are ``None`` where nobody has a grid.
    """
    return session.execute(
        text("""
            WITH here AS MATERIALIZED (
              SELECT worker_code, minutes, elsewhere FROM community_loads
              WHERE community_code BETWEEN :low AND :high AND community_code ^@ ANY(:prefixes)
            ), loads AS (
              SELECT worker_code, sum(minutes) AS minutes FROM (
                SELECT worker_code, minutes FROM here
                UNION ALL
                SELECT worker_code, minutes FROM community_loads
                WHERE worker_code = ANY(ARRAY(SELECT worker_code FROM here WHERE elsewhere))
                  AND NOT (community_code BETWEEN :low AND :high AND community_code ^@ ANY(:prefixes))
              ) AS parts GROUP BY 1 ORDER BY minutes DESC, worker_code
            ), everybody AS (
              SELECT array_agg(minutes) AS minutes, array_agg(worker_code) AS workers FROM loads
            )
            SELECT minutes, workers[1 : :ends]
                     || workers[greatest(:ends, cardinality(workers) - :ends) + 1:] AS workers
            FROM everybody
        """),
        {"ends": ends, **bounds(prefixes)},
    ).one()


def select_by_worker(
    session: Session, prefixes: Sequence[str], day: date, workers: Sequence[str] | None = None
) -> Sequence[Row[Any]]:
    """Return what `select_by_area` does for each of those workers, as `worker_code`.

    `grid_codes` are the worker's grids. With `workers` only these are looked for.
    """
    statement = f"""
        SELECT b.worker_code, count(*) AS grids, min(b.grid_code) AS first_grid,
               array_agg(b.grid_code ORDER BY b.grid_code) AS grid_codes, {_MINUTES}
        {_ON_DUTY} AND (CAST(:workers AS text[]) IS NULL OR b.worker_code = ANY(CAST(:workers AS text[])))
        GROUP BY 1 ORDER BY 1
    """
    chosen = None if workers is None else list(workers)
    return session.execute(text(statement), {"day": day, "workers": chosen, **bounds(prefixes)}).all()


def select_done(
    session: Session, prefixes: Sequence[str], days: tuple[date, date], instants: tuple[datetime, datetime]
) -> Sequence[Row[Any]]:
    """Return grid_code, patrol_s, inspections and incidents of some days, where there is any of them.

    Parameters
    ----------
    days
        First and last local day.
    instants
        The same days from their beginning to before their end.
    """
    return session.execute(
        text("""
            SELECT grid_code, sum(patrol_s) AS patrol_s, sum(inspections)::bigint AS inspections,
                   sum(incidents)::bigint AS incidents
            FROM (
              SELECT grid_code, seconds AS patrol_s, 0 AS inspections, 0 AS incidents FROM patrol_days
              WHERE day BETWEEN :first AND :last
              UNION ALL
              SELECT coalesce(b.grid_code, c.grid_code), 0, 1, 0 FROM inspections i
              LEFT JOIN buildings b ON b.id = i.building_id
              LEFT JOIN components c ON c.id = i.component_id AND c.state <> 'removed'
              WHERE i.inspected_at >= :since AND i.inspected_at < :until AND i.result <> 'no_access'
              UNION ALL
              SELECT grid_code, 0, 0, 1 FROM incidents
              WHERE reported_at >= :since AND reported_at < :until AND state <> 'merged'
            ) AS done
            WHERE grid_code BETWEEN :low AND :high AND grid_code ^@ ANY(:prefixes) GROUP BY 1
        """),
        {
            **bounds(prefixes), "first": days[0], "last": days[1], "since": instants[0], "until": instants[1],
        },
    ).all()  # fmt: skip


def select_grids(session: Session, prefixes: Sequence[str], day: date) -> Sequence[Row[Any]]:
    """Return grid_code, minutes, neighbours and the primary worker (or none) of each grid, by code."""
    return session.execute(
        text("""
            SELECT m.grid_code, b.worker_code, m.neighbours,
                   patrol_min + inspections_min + incidents_min + travel_min + visits_min AS minutes
            FROM grid_measures m
            LEFT JOIN beats b ON b.grid_code = m.grid_code AND b.role = 'primary' AND b.valid_from <= :day
              AND (b.valid_to IS NULL OR b.valid_to > :day)
            WHERE m.grid_code BETWEEN :low AND :high AND m.grid_code ^@ ANY(:prefixes) ORDER BY m.grid_code
        """),
        {"day": day, **bounds(prefixes)},
    ).all()


def save_parameters(session: Session, values: Mapping[str, float]) -> None:
    """Store workload parameters by name."""
    session.execute(
        text("""
            INSERT INTO workload_parameters (name, value)
            SELECT * FROM unnest(CAST(:names AS text[]), CAST(:values AS float8[]))
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """),
        {"names": list(values), "values": list(values.values())},
    )
