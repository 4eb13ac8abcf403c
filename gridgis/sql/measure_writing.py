"""Storing figures: what was there of the same grids and days goes, what is new comes by COPY."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.orm import Session

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
    if rows:
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        columns["report"] = [json.dumps(report) for report in columns["report"]]
        copy(session, "track_days", pa.table(columns))


def replace_patrol_days(
    session: Session, days: Sequence[date] | None, pairs: Sequence[tuple[str, date]] | None, rows: pa.Table
) -> None:
    """Store patrols in place of those of whole days, or of pairs (grid_code, day).

    Parameters
    ----------
    rows
        grid_code, day, seconds, length_m, reached (hexadecimal text of bytea).
    """
    if days is not None:
        session.execute(text("DELETE FROM patrol_days WHERE day = ANY(:days)"), {"days": list(days)})
    if pairs:
        session.execute(
            text("""
                DELETE FROM patrol_days p
                USING unnest(CAST(:codes AS text[]), CAST(:days AS date[])) AS w (code, day)
                WHERE (p.grid_code, p.day) = (w.code, w.day)
            """),
            {"codes": [code for code, _ in pairs], "days": [day for _, day in pairs]},
        )
    if rows.num_rows:
        copy(session, "patrol_days", rows)
    if days is not None:
        analyze(session, "patrol_days")


def replace_measures(session: Session, codes: Sequence[str] | None, rows: pa.Table) -> None:
    """Store the figures of grids; those of `codes` that have none any more (of all: ``None``) go."""
    if codes is None:
        session.execute(text("DELETE FROM grid_measures"))
    else:
        session.execute(
            text("DELETE FROM grid_measures WHERE grid_code = ANY(:codes)"), {"codes": list(codes)}
        )
    if rows.num_rows:
        copy(session, "grid_measures", rows)
    if codes is None:
        analyze(session, "grid_measures")


def replace_land(session: Session, codes: Sequence[str] | None, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store how communities are tiled; of all communities when `codes` is ``None``."""
    if codes is None:
        session.execute(text("DELETE FROM community_land"))
    else:
        session.execute(
            text("DELETE FROM community_land WHERE community_code = ANY(:codes)"), {"codes": list(codes)}
        )
    if rows:
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        columns["findings"] = [json.dumps(findings) for findings in columns["findings"]]
        copy(session, "community_land", pa.table(columns))


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
