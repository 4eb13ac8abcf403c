"""Storing figures: what was there of the same grids and days goes, what is new comes by COPY."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridgis.sql.coverage import COMMUNITY_WIDTH
from gridgis.sql.loading import analyze, copy


def replace_track_days(
    session: Session, workers: Sequence[str], days: Sequence[date], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Store what cleaning made of workers' days (pairs, aligned), each row with its report and box."""
    session.execute(
        text("""
            DELETE FROM track_days t
            USING unnest(CAST(:workers AS text[]), CAST(:days AS date[])) AS w (worker, day)
            WHERE (t.day, t.worker_code) = (w.day, w.worker)
        """),
        {"workers": list(workers), "days": list(days)},
    )
    _copy_mappings(session, "track_days", rows, "report")


def replace_patrol_days(session: Session, pairs: Sequence[tuple[str, date]], rows: pa.Table) -> None:
    """Store patrols in place of those of pairs (grid_code, day).

    Parameters
    ----------
    rows
        In the columns of `measures.patrol_days.SCHEMA`.
    """
    session.execute(
        text("""
            DELETE FROM patrol_days p
            USING unnest(CAST(:codes AS text[]), CAST(:days AS date[])) AS w (code, day)
            WHERE (p.grid_code, p.day) = (w.code, w.day)
        """),
        {"codes": [code for code, _ in pairs], "days": [day for _, day in pairs]},
    )
    _copy(session, "patrol_days", rows)


def replace_measures(session: Session, codes: Sequence[str], rows: pa.Table) -> None:
    """Store the figures of grids; those of `codes` that have none any more go."""
    session.execute(text("DELETE FROM grid_measures WHERE grid_code = ANY(:codes)"), {"codes": list(codes)})
    _copy(session, "grid_measures", rows)


def clear(session: Session, days: Sequence[date]) -> None:
    """Take away all figures, land and workers' days, and the patrols of some days."""
    for table in ("grid_measures", "community_land", "track_days"):
        session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - fixed words
    session.execute(text("DELETE FROM patrol_days WHERE day = ANY(:days)"), {"days": list(days)})


def add(
    session: Session,
    measures: pa.Table,
    patrols: pa.Table,
    track_days: Sequence[Mapping[str, Any]],
    land: Sequence[Mapping[str, Any]],
) -> None:
    """Store rows of all four tables beside those that are there."""
    _copy(session, "grid_measures", measures)
    _copy(session, "patrol_days", patrols)
    _copy_mappings(session, "track_days", track_days, "report")
    _copy_mappings(session, "community_land", land, "findings")


def replace_loads(session: Session, codes: Sequence[str] | None, day: date) -> None:
    """Add up by community the minutes of the workers that some grids (all: ``None``) are of, or were of.

    Parameters
    ----------
    day
        Whose primary beats count.
    """
    binds: dict[str, Any] = {"every": codes is None, "codes": list(codes or ()), "day": day}
    binds["communities"] = sorted({code[:COMMUNITY_WIDTH] for code in binds["codes"]})
    workers = session.execute(
        text("""
            SELECT worker_code FROM beats WHERE :every OR grid_code = ANY(:codes)
            UNION
            SELECT worker_code FROM community_loads
            WHERE :every OR community_code = ANY(:communities)
        """),
        binds,
    ).scalars()
    binds["workers"] = list(workers)
    session.execute(text("DELETE FROM community_loads WHERE worker_code = ANY(:workers)"), binds)
    session.execute(
        text("""
            INSERT INTO community_loads (community_code, worker_code, minutes, elsewhere)
            SELECT community_code, worker_code, minutes, count(*) OVER (PARTITION BY worker_code) > 1
            FROM (
              SELECT left(b.grid_code, 12) AS community_code, b.worker_code,
                     sum(patrol_min + inspections_min + incidents_min + travel_min + visits_min) AS minutes
              FROM beats b JOIN grid_measures m USING (grid_code)
              WHERE b.worker_code = ANY(:workers) AND b.role = 'primary' AND b.valid_from <= :day
                AND (b.valid_to IS NULL OR b.valid_to > :day)
              GROUP BY 1, 2
            ) AS parts
        """),
        binds,
    )


def settle(session: Session) -> None:
    """Let the planner know what the tables hold."""
    for table in ("grid_measures", "patrol_days", "community_measures", "community_loads"):
        analyze(session, table)


def replace_land(session: Session, codes: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Store how some communities are tiled; of those that have no row nothing is left."""
    session.execute(
        text("DELETE FROM community_land WHERE community_code = ANY(:codes)"), {"codes": list(codes)}
    )
    _copy_mappings(session, "community_land", rows, "findings")


def update_minutes(session: Session, codes: Sequence[str], minutes: Mapping[str, Any]) -> None:
    """Store the minutes of grids, one array a part."""
    session.execute(
        text("""
            UPDATE grid_measures g
            SET patrol_min = n.patrol, inspections_min = n.inspections, incidents_min = n.incidents,
                travel_min = n.travel, visits_min = n.visits
            FROM unnest(CAST(:codes AS text[]), CAST(:patrol_min AS float8[]),
                        CAST(:inspections_min AS float8[]), CAST(:incidents_min AS float8[]),
                        CAST(:travel_min AS float8[]), CAST(:visits_min AS float8[]))
              AS n (code, patrol, inspections, incidents, travel, visits)
            WHERE g.grid_code = n.code
        """),
        {"codes": list(codes), **{name: values.tolist() for name, values in minutes.items()}},
    )


def _copy(session: Session, table: str, rows: pa.Table) -> None:
    """Write rows, their lists and bytes as PostgreSQL spells them."""
    if rows.num_rows:
        copy(session, table, pa.table({name: _spelled(rows[name]) for name in rows.column_names}))


def _spelled(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    if pa.types.is_list(column.type):
        return pa.array(
            ["{" + ",".join(map(str, values)) + "}" for values in column.to_pylist()], pa.string()
        )
    if pa.types.is_binary(column.type):
        return pa.array(["\\x" + value.hex() for value in column.to_pylist()], pa.string())
    return column


def _copy_mappings(session: Session, table: str, rows: Sequence[Mapping[str, Any]], nested: str) -> None:
    if rows:
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        columns[nested] = [json.dumps(value) for value in columns[nested]]
        copy(session, table, pa.table(columns))
