"""What there is to do: minutes a week by area and worker, how evenly spread, and what would even it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from gridgis.codes import divisions
from gridgis.config import Config
from gridgis.errors import NotFound
from gridgis.measures.balance import Balance, balance, moves
from gridgis.measures.handling import LEAST_TIMED
from gridgis.measures.workload import Parameters
from gridgis.scope import Scope
from gridgis.services.coverage import (
    WIDTHS,
    checked_period,
    measured_at,
    name_rows,
    period_of_figures,
    prefixes_of,
)
from gridgis.services.measuring.figures import BURDEN, PERIOD_DAYS, workload
from gridgis.sql import accounts as accounts_sql
from gridgis.sql import measuring as measuring_sql
from gridgis.sql import workload as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_EXTREMES = 10


@dataclass(frozen=True, slots=True)
class Workload:
    """Minutes a week in the parts of a division.

    Attributes
    ----------
    total, rows
        Minutes by part and in all (forecast), beside them what the period saw: `actual_patrol_min`
        a week, ``None`` where no track was seen, inspections and incidents. Without a period it is the last
        four weeks, and the incidents of the last seven days are there too. Rows of workers have
        `grid_codes`.
    first, last
        The period, local days.
    handling
        Of the classes whose minutes are of the city's own history: kind, class_prefix, incidents and timed
        of the last year, and `median_min`. All others count with the parameter `incident_min`.
    spread
        Over the workers of the division.
    most, least
        The ten most and least loaded workers.
    """

    division: str
    level: str
    measured_at: datetime
    first: date
    last: date
    parameters: dict[str, float]
    handling: list[dict[str, Any]]
    total: dict[str, Any]
    spread: Balance
    most: list[dict[str, Any]]
    least: list[dict[str, Any]]
    rows: list[dict[str, Any]]


def carry(
    session: Session,
    scope: Scope,
    config: Config,
    code: str,
    *,
    level: str,
    at: datetime,
    period: tuple[date, date] | None = None,
) -> Workload:
    """Return the workload of the parts of division `code` at a level, or by worker (level ``worker``).

    Parameters
    ----------
    period
        First and last local day of what was done; the last four weeks when left out. The forecast is always
        that of now.

    Raises
    ------
    InvalidInput
        The level is unknown or above the division's, or the period has no day.
    NotFound
        No division has this code, or none the caller may see; or no figures were made yet.
    """
    prefixes = prefixes_of(session, scope, config, code, "grid" if level == "worker" else level)
    first, last = checked_period(period or period_of_figures(session))
    day = at.astimezone(config.zone).date()
    loads = sql.select_loads(session, prefixes, _EXTREMES)
    shown = None if level == "worker" else loads.workers or []
    workers = _rows(sql.select_by_worker(session, prefixes, day, shown))
    areas = [] if level == "worker" else _rows(sql.select_by_area(session, prefixes, WIDTHS[level]))
    total = _summed(areas) if areas else _rows(sql.select_by_area(session, prefixes, 0))
    if period:
        seen = sql.select_done(session, scope.prefixes, period, _instants(config, period))
        _put_done(workers, [row["grid_codes"] for row in workers], seen)
        for rows in (areas, total):
            _put_done(rows, _grids_of([row["area"] for row in rows], prefixes, seen), seen)
    _spread_over_weeks([*workers, *areas, *total], (last - first).days + 1)
    _name(session, areas, level)
    ordered = sorted(workers, key=lambda row: (-row["minutes"], row["worker_code"]))
    return Workload(
        division=code,
        level=level,
        measured_at=measured_at(session),
        first=first,
        last=last,
        parameters=current_parameters(session),
        handling=_handling(session),
        total={k: v for k, v in total[0].items() if k != "area"} if total else {},
        spread=balance(loads.minutes or []),
        most=[_without_grids(row) for row in ordered[:_EXTREMES]],
        least=[_without_grids(row) for row in ordered[::-1][:_EXTREMES]],
        rows=workers if level == "worker" else areas,
    )


def _handling(session: Session) -> list[dict[str, Any]]:
    times = measuring_sql.select_handling_times(session).to_pylist()
    return [row for row in times if row["timed"] >= LEAST_TIMED]


def of_worker(session: Session, scope: Scope, config: Config, worker: str, at: datetime) -> dict[str, Any]:
    """Return one worker's row of `carry`, of the last four weeks.

    Raises
    ------
    NotFound
        No such worker has a grid that the caller may see; or no figures were made yet.
    """
    period_of_figures(session)
    day = at.astimezone(config.zone).date()
    rows = _rows(sql.select_by_worker(session, scope.prefixes, day, [worker])) if scope.prefixes else []
    if not rows:
        raise NotFound(f"no worker {worker!r} has a grid here", field="worker")
    _spread_over_weeks(rows, PERIOD_DAYS)
    return rows[0]


def is_own(session: Session, login: str | None, worker: str) -> bool:
    """Whether a staff code is that of the account `login`."""
    account = accounts_sql.select_account(session, login=login) if login else None
    return account is not None and account.staff_code == worker


def told_to_worker(session: Session, found: Workload, login: str | None) -> Workload:
    """Return a workload without what is about other workers than the one who logged in as `login`."""
    account = accounts_sql.select_account(session, login=login) if login else None
    own = account.staff_code if account is not None else None

    def mine(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row for row in rows if row.get("worker_code", own) == own]

    return replace(found, rows=mine(found.rows), most=mine(found.most), least=mine(found.least))


def suggest(
    session: Session, scope: Scope, config: Config, code: str, *, at: datetime, most: int = 20
) -> list[dict[str, Any]]:
    """Return single moves of grids between neighbouring beats of a division that lower the larger load.

    Beats that reach beyond the division are judged by their grids inside it. Nothing is changed.
    """
    prefixes = prefixes_of(session, scope, config, code, "grid")
    grids = sql.select_grids(session, prefixes, at.astimezone(config.zone).date())
    row_of = {grid.grid_code: row for row, grid in enumerate(grids)}
    names = sorted({grid.worker_code for grid in grids if grid.worker_code is not None})
    number = {name: k for k, name in enumerate(names)}
    pairs = [
        (row, row_of[other])
        for row, grid in enumerate(grids)
        for other in grid.neighbours
        if row < row_of.get(other, -1)
    ]
    one, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    who = [number.get(grid.worker_code, -1) for grid in grids]
    return [
        {
            "grid_code": grids[move.grid].grid_code,
            "from_worker": names[move.giver],
            "to_worker": names[move.taker],
            "minutes": move.minutes,
            "gain": move.gain,
        }
        for move in moves([grid.minutes for grid in grids], who, one, other, most)
    ]


def current_parameters(session: Session) -> dict[str, float]:
    """Return the parameters in force: the city's own, and demonstration values for the rest."""
    return asdict(Parameters.of(measuring_sql.select_parameters(session)))


def preview(
    session: Session, config: Config, values: Mapping[str, float], at: datetime
) -> list[dict[str, Any]]:
    """Return whose minutes other parameters would change: worker, before, after; the largest change first.

    Raises
    ------
    InvalidInput
        A parameter is unknown or its value cannot be.
    """
    stored = measuring_sql.select_measures(session)
    columns = {name: np.array([row[name] for row in stored], dtype=np.float64) for name in BURDEN}
    now = measuring_sql.select_parameters(session)
    before, after = (sum(workload(columns, Parameters.of(p)).values()) for p in (now, {**now, **values}))
    day: date = at.astimezone(config.zone).date()
    row_of = {row["grid_code"]: k for k, row in enumerate(stored)}
    minutes: dict[str, list[float]] = {}
    for beat in measuring_sql.select_roster(session, None, day):
        if (k := row_of.get(beat.grid_code)) is not None:
            both = minutes.setdefault(beat.worker_code, [0.0, 0.0])
            both[0] += float(np.asarray(before)[k])
            both[1] += float(np.asarray(after)[k])
    found = [{"worker_code": worker, "before": a, "after": b} for worker, (a, b) in minutes.items() if a != b]
    return sorted(found, key=lambda row: (-abs(row["after"] - row["before"]), row["worker_code"]))


def save(session: Session, values: Mapping[str, float]) -> None:
    """Store parameters; the minutes follow with the next refresh.

    Raises
    ------
    InvalidInput
        A parameter is unknown or its value cannot be.
    """
    Parameters.of({**measuring_sql.select_parameters(session), **values})
    sql.save_parameters(session, values)


def _instants(config: Config, period: tuple[date, date]) -> tuple[datetime, datetime]:
    first, last = period
    begin, end = (datetime.combine(day, time(), config.zone) for day in (first, last + timedelta(days=1)))
    return begin, end


def _grids_of(areas: Sequence[str], prefixes: Sequence[str], seen: Sequence[Any]) -> list[list[str]]:
    """Return for each area of one width those of the grids seen that lie in it, as far as it is asked for."""
    width = len(areas[0]) if areas else 0
    found: dict[str, list[str]] = {area: [] for area in areas}
    for row in seen:
        if row.grid_code.startswith(tuple(prefixes)):
            found.setdefault(row.grid_code[:width], []).append(row.grid_code)
    return list(found.values())


def _put_done(rows: Sequence[dict[str, Any]], grids: Sequence[Sequence[str]], seen: Sequence[Any]) -> None:
    """Put what other days saw in the place of what is stored; `grids` are those of each row."""
    by_grid = {row.grid_code: row for row in seen}
    for row, codes in zip(rows, grids, strict=True):
        row.pop("incidents_last_week")
        for name in ("patrol_s", "inspections", "incidents"):
            row[name] = sum(getattr(by_grid[code], name) for code in codes if code in by_grid)


def _spread_over_weeks(rows: Sequence[dict[str, Any]], days: int) -> None:
    """Turn seconds of patrol into minutes a week, where a track was seen at all."""
    for row in rows:
        seconds = row.pop("patrol_s")
        row["actual_patrol_min"] = seconds / 60 / days * 7 if seconds else None


def _name(session: Session, areas: Sequence[dict[str, Any]], level: str) -> None:
    """Give areas their codes and names; rows of workers have neither."""
    for row in areas:
        area = row.pop("area")
        row["code"] = area if level == "grid" else divisions.normalise(area)
    if areas:
        name_rows(session, areas, level)


def _rows(found: Sequence[Any]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in found]


def _summed(areas: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the one row of all areas together."""
    return [{name: sum(row[name] for row in areas) for name in areas[0] if name != "area"} | {"area": ""}]


def _without_grids(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "grid_codes"}
