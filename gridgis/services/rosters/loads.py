"""How much everyone touched by a change of the roster carries before and after it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from gridgis.planning.rosters import Duty, Line, duty
from gridgis.sql import rosters as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def away_on(session: Session, lines: Sequence[Line], day: date) -> set[str]:
    """Return those of the workers on some lines who are on leave on a day or no longer active."""
    rows = sql.select_workers(session, sorted({line.worker for line in lines}), day)
    return {row.code for row in rows if row.away or not row.active}


def minutes_of(session: Session, lines: Sequence[Line]) -> dict[str, float]:
    """Return the minutes of every grid on some lines; 0 where no figures were made yet."""
    grids = sorted({line.grid for line in lines})
    return dict.fromkeys(grids, 0.0) | sql.select_minutes(session, grids)


def compared(before: Duty, after: Duty) -> list[dict[str, Any]]:
    """Return the minutes and grids of everyone who sees to other grids than before, largest change first."""
    one, other = _grids(before), _grids(after)
    rows = [
        {
            "worker_code": worker,
            "before": before.minutes.get(worker, 0.0),
            "after": after.minutes.get(worker, 0.0),
            "grids_before": len(one.get(worker, ())),
            "grids_after": len(other.get(worker, ())),
        }
        for worker in sorted(one.keys() | other.keys())
        if one.get(worker) != other.get(worker)
    ]
    return sorted(rows, key=lambda row: (-abs(row["after"] - row["before"]), row["worker_code"]))


def compared_lines(
    session: Session,
    before: Sequence[Line],
    after: Sequence[Line],
    day: date,
    *,
    back: Collection[str] = (),
    gone: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Return the same for two states of the roster.

    Parameters
    ----------
    before, after
        All lines of all grids of everyone touched.
    back, gone
        Workers who are there, or are away, in the second state only, whatever is stored.
    """
    both = [*before, *after]
    minutes, away = minutes_of(session, both), away_on(session, both, day)
    return compared(
        duty(before, (away - set(gone)) | set(back), minutes, day),
        duty(after, (away - set(back)) | set(gone), minutes, day),
    )


def _grids(found: Duty) -> dict[str, set[str]]:
    grids: dict[str, set[str]] = {}
    for grid, who in found.carried.items():
        for worker in who:
            grids.setdefault(worker, set()).add(grid)
    return grids
