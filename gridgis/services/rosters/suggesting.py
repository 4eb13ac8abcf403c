"""Who would best take the grids that have no primary worker, each with the reasons; nothing is changed."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from gridgis.codes import divisions
from gridgis.config import Config
from gridgis.errors import NotFound
from gridgis.planning.rosters import PRIMARY, duty
from gridgis.planning.suggestions import Candidate, Suggestion, ranked
from gridgis.scope import Scope
from gridgis.services.rosters.loads import away_on, minutes_of
from gridgis.services.summary import find_area
from gridgis.sql import rosters as rosters_sql
from gridgis.sql import suggesting as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_NEAREST = 10
#: Grids looked at in one question.
MOST_GRIDS = 200


def suggest(
    session: Session,
    scope: Scope,
    config: Config,
    *,
    at: datetime,
    grid: str | None = None,
    division: str | None = None,
    on: date | None = None,
    most: int = 3,
) -> list[dict[str, Any]]:
    """Return the best workers for one grid, or for each of a division's grids without a primary worker.

    Returns
    -------
    list of dict
        A grid each: grid_code, minutes, and up to `most` `workers`, best first: worker_code, mark (0 to 1),
        and the reasons: near, knows and free (its parts), station_m, held_days, walked_days, beside, and the
        minutes a week before and after.

    Raises
    ------
    NotFound
        The grid is not in force, or no division has this code, or none the caller may see.
    """
    day = on or at.astimezone(config.zone).date()
    if grid is not None:
        if not scope.covers(grid) or not rosters_sql.select_in_force(session, [grid], at):
            raise NotFound(f"there is no grid {grid} in force in your divisions", field="grid_code")
        grids = [grid]
    else:
        code = division or config.root_division
        find_area(session, scope, config, code)
        prefixes = scope.narrowed(divisions.prefix(code)).prefixes
        grids = sql.select_unassigned(session, prefixes, day, at, MOST_GRIDS)
    if not grids:
        return []
    loads = rosters_sql.select_minutes(session, grids)
    candidates = _candidates(session, scope, config, grids, day, loads)
    return [
        {
            "grid_code": code,
            "minutes": loads.get(code),
            "workers": [_told(found) for found in ranked(candidates.get(code, []))[:most]],
        }
        for code in grids
    ]


def _candidates(
    session: Session, scope: Scope, config: Config, grids: list[str], day: date, loads: dict[str, float]
) -> dict[str, list[Candidate]]:
    rows = sql.select_candidates(session, grids, scope.prefixes, day, _NEAREST)
    walked = sql.select_walked(
        session, [row.grid_code for row in rows], [row.worker_code for row in rows], config.time_zone
    )
    lines = rosters_sql.select_lines_around(session, sorted({row.worker_code for row in rows}), day)
    carried = duty(lines, away_on(session, lines, day), minutes_of(session, lines), day).minutes
    own = {(line.grid, line.worker) for line in lines if line.role == PRIMARY and line.holds(day)}
    grids_of = Counter(worker for _, worker in own)
    found: dict[str, list[Candidate]] = {}
    for row in rows:
        if (row.grid_code, row.worker_code) in own:
            continue
        found.setdefault(row.grid_code, []).append(
            Candidate(
                row.worker_code,
                row.station_m,
                tuple(row.beside),
                grids_of[row.worker_code],
                row.held_days,
                walked.get((row.grid_code, row.worker_code), 0),
                carried.get(row.worker_code, 0.0),
                loads.get(row.grid_code, 0.0),
            )
        )
    return found


def _told(found: Suggestion) -> dict[str, Any]:
    one = found.candidate
    return {
        "worker_code": one.worker,
        "mark": found.mark,
        "near": found.near,
        "knows": found.knows,
        "free": found.free,
        "station_m": one.station_m,
        "held_days": one.held_days,
        "walked_days": one.walked_days,
        "beside": list(one.beside),
        "before": one.minutes,
        "after": one.after,
    }
