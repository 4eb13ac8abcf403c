"""Days of leave: who is away from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from gridgis.planning.rosters import Leave


def select_leaves(
    session: Session, workers: Sequence[str], start: date, end: date | None = None
) -> list[Leave]:
    """Return the leave of some workers that meets [start, end), by worker and start; ``None`` is never."""
    rows = session.execute(
        text("""
            SELECT worker_code, valid_from, valid_to, id FROM absences
            WHERE worker_code = ANY(:workers) AND (valid_to IS NULL OR valid_to > :start)
              AND valid_from < coalesce(:end, date 'infinity')
            ORDER BY worker_code, valid_from
        """),
        {"workers": list(workers), "start": start, "end": end},
    )
    return [Leave(*row) for row in rows]


def select_leave(session: Session, absence: int) -> Leave | None:
    """Return one leave, if it is in sight."""
    row = session.execute(
        text("SELECT worker_code, valid_from, valid_to, id FROM absences WHERE id = :id"), {"id": absence}
    ).one_or_none()
    return None if row is None else Leave(*row)


def select_listing(session: Session, prefixes: Sequence[str], day: date) -> Sequence[Row[Any]]:
    """Return the leave not over on a day of workers of some divisions, or with grids there, by start.

    Returns
    -------
    sequence of rows
        id, worker_code, valid_from, valid_to, grids (of the worker's own that meet the leave) and covered (of
        these: with a deputy on each of its days that is still to come).
    """
    return session.execute(
        text("""
            SELECT a.id, a.worker_code, a.valid_from, a.valid_to, count(b.id) AS grids,
                   count(b.id) FILTER (WHERE EXISTS (
                     SELECT FROM beats d
                     WHERE d.grid_code = b.grid_code AND d.role = 'deputy' AND d.worker_code <> a.worker_code
                       AND d.valid_from <= greatest(a.valid_from, b.valid_from, :day)
                       AND coalesce(d.valid_to, date 'infinity')
                           >= least(coalesce(a.valid_to, date 'infinity'), b.valid_to)
                       AND NOT EXISTS (
                         SELECT FROM absences o WHERE o.worker_code = d.worker_code
                           AND daterange(o.valid_from, o.valid_to) && daterange(
                             greatest(a.valid_from, :day), a.valid_to)))) AS covered
            FROM absences a JOIN workers w ON w.code = a.worker_code
            LEFT JOIN beats b ON b.worker_code = a.worker_code AND b.role = 'primary'
              AND daterange(b.valid_from, b.valid_to)
                  && daterange(greatest(a.valid_from, :day), a.valid_to)
            WHERE (a.valid_to IS NULL OR a.valid_to > :day)
              AND (coalesce(w.division_code, '') ^@ ANY(:prefixes) OR b.grid_code ^@ ANY(:prefixes))
            GROUP BY a.id ORDER BY a.valid_from, a.worker_code
        """),
        {"day": day, "prefixes": list(prefixes)},
    ).all()


def insert_leave(session: Session, leave: Leave) -> int:
    """Store a leave and return its id."""
    return int(
        session.execute(
            text("""
                INSERT INTO absences (worker_code, valid_from, valid_to) VALUES (:worker, :start, :end)
                RETURNING id
            """),
            {"worker": leave.worker, "start": leave.start, "end": leave.end},
        ).scalar_one()
    )


def end_leave(session: Session, absence: int, end: date) -> None:
    """Give a leave another day of return."""
    session.execute(text("UPDATE absences SET valid_to = :end WHERE id = :id"), {"id": absence, "end": end})


def delete_leave(session: Session, absence: int) -> None:
    """Take a leave away, and its cover with it."""
    session.execute(text("DELETE FROM absences WHERE id = :id"), {"id": absence})
