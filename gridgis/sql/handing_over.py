"""The roster as a plan comes into force: of grids that go, of those that come, and of those that stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session


def select_begun(session: Session, day: date, grids: Sequence[str]) -> list[str]:
    """Return those of some grids whose primary worker has them from this day on.

    Ended on the same day, such a line leaves nothing behind.
    """
    return list(
        session.scalars(
            text("""
                SELECT grid_code FROM beats
                WHERE grid_code = ANY(:grids) AND role = 'primary' AND valid_from = :day ORDER BY grid_code
            """),
            {"day": day, "grids": list(grids)},
        )
    )


def hand_over(session: Session, day: date, retired: Sequence[str], heirs: dict[str, str]) -> None:
    """End the roster of retired grids on a local day and let new grids have it from then on.

    Parameters
    ----------
    heirs
        New grid -> the retired one whose lines of the roster it gets.
    """
    session.execute(text("DROP TABLE IF EXISTS duties"))
    session.execute(
        text("""
            CREATE TEMP TABLE duties ON COMMIT DROP AS
            SELECT grid_code, worker_code, role, greatest(valid_from, :day) AS valid_from, valid_to,
                   absence_id
            FROM beats WHERE grid_code = ANY(:retired) AND (valid_to IS NULL OR valid_to > :day)
        """),
        {"day": day, "retired": list(retired)},
    )
    _end(session, day, retired, "true")
    session.execute(
        text("""
            INSERT INTO beats (worker_code, grid_code, role, valid_from, valid_to, absence_id)
            SELECT d.worker_code, h.code, d.role, d.valid_from, d.valid_to, d.absence_id
            FROM unnest(CAST(:codes AS text[]), CAST(:heirs AS text[])) AS h (code, heir)
            JOIN duties d ON d.grid_code = h.heir ORDER BY h.code, d.role, d.valid_from
        """),
        {"codes": list(heirs), "heirs": list(heirs.values())},
    )


def assign(session: Session, day: date, workers: dict[str, str | None]) -> None:
    """Give grids the primary worker that the draft says, or none, from a local day on.

    A grid that this worker has already is left as it is.
    """
    changed = session.execute(
        text("""
            SELECT a.code, a.worker
            FROM unnest(CAST(:codes AS text[]), CAST(:workers AS text[])) AS a (code, worker)
            WHERE a.worker IS DISTINCT FROM (
              SELECT b.worker_code FROM beats b WHERE b.grid_code = a.code AND b.role = 'primary'
                AND b.valid_from <= :day AND (b.valid_to IS NULL OR b.valid_to > :day))
        """),
        {"day": day, "codes": list(workers), "workers": list(workers.values())},
    ).all()
    if not changed:
        return
    _end(session, day, [row.code for row in changed], "role = 'primary'")
    session.execute(
        text("""
            INSERT INTO beats (worker_code, grid_code, role, valid_from)
            SELECT worker, code, 'primary', :day
            FROM unnest(CAST(:codes AS text[]), CAST(:workers AS text[])) AS a (code, worker)
            WHERE worker IS NOT NULL ORDER BY code
        """),
        {"day": day, "codes": [row.code for row in changed], "workers": [row.worker for row in changed]},
    )


def restore_roster(session: Session, day: date, zone: str, originals: dict[str, str]) -> None:
    """Give grids the roster that others had on the day these were retired.

    Parameters
    ----------
    zone
        Time zone of local days.
    originals
        New grid -> the retired one with the same ground.
    """
    _end(session, day, list(originals), "true")
    session.execute(
        text("""
            INSERT INTO beats (worker_code, grid_code, role, valid_from)
            SELECT DISTINCT b.worker_code, o.code, b.role, CAST(:day AS date)
            FROM unnest(CAST(:codes AS text[]), CAST(:originals AS text[])) AS o (code, original)
            JOIN grids g ON g.code = o.original
            JOIN beats b ON b.grid_code = o.original AND b.absence_id IS NULL
              AND b.valid_to = (g.valid_to AT TIME ZONE :zone)::date
            ORDER BY 2, 3
        """),
        {"day": day, "zone": zone, "codes": list(originals), "originals": list(originals.values())},
    )


def _end(session: Session, day: date, grids: Sequence[str], which: str) -> None:
    """End some lines of the roster on a day; those that would only begin are taken out."""
    binds = {"day": day, "grids": list(grids)}
    session.execute(
        text(f"DELETE FROM beats WHERE grid_code = ANY(:grids) AND valid_from >= :day AND {which}"),  # noqa: S608
        binds,
    )
    session.execute(
        text(f"""
            UPDATE beats SET valid_to = :day, updated_at = now()
            WHERE grid_code = ANY(:grids) AND (valid_to IS NULL OR valid_to > :day) AND {which}
        """),  # noqa: S608 - constant condition
        binds,
    )
