"""Lines of the roster: who has which grid from when to when, and what there is to do in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from gridgis.planning.rosters import Line, Writing
from gridgis.sql.summary import bounds

_LINE = "b.grid_code, b.worker_code, b.role, b.valid_from, b.valid_to, b.id, b.absence_id"
_MINUTES = "m.patrol_min + m.inspections_min + m.incidents_min + m.travel_min + m.visits_min"


def select_day(session: Session, prefixes: Sequence[str], day: date, at: datetime) -> Sequence[Row[Any]]:
    """Return the grids in force at an instant with their lines on a day, by grid, the primary worker first.

    Grids below the prefixes, and those elsewhere that a worker of one of them has (`here` is false). A grid
    without a line is one row without a worker. `minutes` is ``None`` where no figures were made yet.
    """
    statement = f"""
        WITH here AS (
          SELECT code FROM grids WHERE code BETWEEN :low AND :high AND code ^@ ANY(:prefixes)
            AND valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)
        ), today AS (
          SELECT * FROM beats WHERE valid_from <= :day AND (valid_to IS NULL OR valid_to > :day)
        ), wanted AS (
          SELECT code, true AS here FROM here
          UNION ALL
          SELECT DISTINCT grid_code, false FROM today
          WHERE worker_code IN (SELECT worker_code FROM today JOIN here ON code = grid_code)
            AND NOT EXISTS (SELECT FROM here WHERE code = grid_code)
        )
        SELECT w.code AS grid_code, w.here, {_MINUTES} AS minutes, b.worker_code, b.role, b.valid_from,
               b.valid_to, b.id, b.absence_id
        FROM wanted w LEFT JOIN grid_measures m ON m.grid_code = w.code
        LEFT JOIN today b ON b.grid_code = w.code
        ORDER BY w.code, b.role DESC, b.worker_code
    """  # noqa: S608 - fixed words
    return session.execute(text(statement), {"day": day, "at": at, **bounds(prefixes)}).all()


def select_lines(session: Session, grids: Sequence[str]) -> list[Line]:
    """Return every line that some grids have or had, by grid and start."""
    statement = f"""
        SELECT {_LINE} FROM beats b WHERE b.grid_code = ANY(:grids) ORDER BY b.grid_code, b.valid_from, b.id
    """  # noqa: S608 - fixed words
    return _lines(session.execute(text(statement), {"grids": list(grids)}))


def select_lines_around(session: Session, workers: Sequence[str], day: date) -> list[Line]:
    """Return the lines that hold on a day or later, of every grid that one of the workers has then."""
    statement = f"""
        SELECT {_LINE} FROM beats b
        WHERE (b.valid_to IS NULL OR b.valid_to > :day) AND b.grid_code IN (
          SELECT grid_code FROM beats
          WHERE worker_code = ANY(:workers) AND (valid_to IS NULL OR valid_to > :day))
        ORDER BY b.grid_code, b.valid_from, b.id
    """  # noqa: S608 - fixed words
    return _lines(session.execute(text(statement), {"workers": list(workers), "day": day}))


def select_cover(session: Session, absence: int) -> list[Line]:
    """Return the lines that cover a leave."""
    statement = f"SELECT {_LINE} FROM beats b WHERE b.absence_id = :absence ORDER BY b.grid_code"  # noqa: S608
    return _lines(session.execute(text(statement), {"absence": absence}))


def select_minutes(session: Session, grids: Sequence[str]) -> dict[str, float]:
    """Return the forecast minutes a week of the grids that have figures."""
    statement = (
        f"SELECT m.grid_code, {_MINUTES} AS minutes FROM grid_measures m WHERE grid_code = ANY(:grids)"  # noqa: S608
    )
    rows = session.execute(text(statement), {"grids": list(grids)})
    return {row.grid_code: row.minutes for row in rows}


def select_neighbours(session: Session, grids: Sequence[str]) -> dict[str, list[str]]:
    """Return the grids that share an edge with each, of those that have figures."""
    rows = session.execute(
        text("SELECT grid_code, neighbours FROM grid_measures WHERE grid_code = ANY(:grids)"),
        {"grids": list(grids)},
    )
    return {row.grid_code: row.neighbours for row in rows}


def select_in_force(session: Session, grids: Sequence[str], at: datetime) -> set[str]:
    """Return those of some grids that are in force."""
    return set(
        session.execute(
            text("""
                SELECT code FROM grids WHERE code = ANY(:grids)
                  AND valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)
            """),
            {"grids": list(grids), "at": at},
        ).scalars()
    )


def select_workers(session: Session, codes: Sequence[str], day: date) -> Sequence[Row[Any]]:
    """Return code, division_code, active, and whether `away` on a day, of those workers that are known."""
    return session.execute(
        text("""
            SELECT w.code, w.division_code, w.active, EXISTS (
                SELECT FROM absences a WHERE a.worker_code = w.code AND a.valid_from <= :day
                  AND (a.valid_to IS NULL OR a.valid_to > :day)) AS away
            FROM workers w WHERE w.code = ANY(:codes) ORDER BY w.code
        """),
        {"codes": list(codes), "day": day},
    ).all()


def select_staff(session: Session, prefixes: Sequence[str]) -> list[str]:
    """Return the active workers of some divisions, whether they have a grid or not."""
    return list(
        session.execute(
            text("""
                SELECT code FROM workers
                WHERE active AND coalesce(division_code, '') ^@ ANY(:prefixes) ORDER BY code
            """),
            {"prefixes": list(prefixes)},
        ).scalars()
    )


def select_shapes(session: Session, grids: Sequence[str]) -> dict[str, str]:
    """Return the polygons of some grids as GeoJSON texts (7 decimals, right-hand rule)."""
    rows = session.execute(
        text("""
            SELECT code, ST_AsGeoJSON(ST_ForcePolygonCCW(geom), 7, 0) AS shape FROM grids
            WHERE code = ANY(:grids)
        """),
        {"grids": list(grids)},
    )
    return {row.code: row.shape for row in rows}


def write_lines(session: Session, made: Writing) -> None:
    """Store what turns some lines into others; lines grow shorter before new ones take their days."""
    session.execute(
        text("DELETE FROM beats WHERE id = ANY(:ids)"), {"ids": [line.id for line in made.deleted]}
    )
    session.execute(
        text("""
            UPDATE beats b SET valid_from = n.start, valid_to = n.stop, updated_at = now()
            FROM unnest(CAST(:ids AS bigint[]), CAST(:starts AS date[]), CAST(:ends AS date[]))
              AS n (id, start, stop)
            WHERE b.id = n.id
        """),
        {
            "ids": [line.id for line in made.altered],
            "starts": [line.start for line in made.altered],
            "ends": [line.end for line in made.altered],
        },
    )
    session.execute(
        text("""
            INSERT INTO beats (grid_code, worker_code, role, valid_from, valid_to, absence_id)
            SELECT * FROM unnest(CAST(:grids AS text[]), CAST(:workers AS text[]), CAST(:roles AS text[]),
              CAST(:starts AS date[]), CAST(:ends AS date[]), CAST(:absences AS bigint[]))
        """),
        {
            "grids": [line.grid for line in made.added],
            "workers": [line.worker for line in made.added],
            "roles": [line.role for line in made.added],
            "starts": [line.start for line in made.added],
            "ends": [line.end for line in made.added],
            "absences": [line.absence for line in made.added],
        },
    )


def _lines(rows: Any) -> list[Line]:
    return [Line(*row) for row in rows]
