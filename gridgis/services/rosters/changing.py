"""Who has which grid: the roster of a day, and dated changes that leave every day before them alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from gridgis.codes import divisions
from gridgis.config import Config
from gridgis.database import lock
from gridgis.errors import Conflict, InvalidInput
from gridgis.planning.rosters import PRIMARY, ROLES, Change, Line, Writing, amended, duty, is_so, writing
from gridgis.scope import Scope
from gridgis.services.rosters.loads import compared_lines
from gridgis.services.summary import find_area
from gridgis.sql import absences as absences_sql
from gridgis.sql import accounts as accounts_sql
from gridgis.sql import rosters as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: Whoever changes the roster waits for whoever is changing it.
LOCK = "gridgis roster"
_FAULTS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Roster:
    """The roster of a division on a day.

    Attributes
    ----------
    rows
        A line each: grid_code, community_code, worker_code, role, from, to, minutes, and the `absence` that
        it covers, if it does.
    unassigned, uncovered
        Grids without a primary worker, and those whose primary worker is away without a deputy there:
        grid_code and minutes, of the latter worker_code too.
    workers
        Everyone with a line here, and the active workers of the division: worker_code, minutes (of all the
        grids each sees to that day, wherever they lie), grids (of one's own), covers, and whether `away`.
    absences
        Leave that is not over: id, worker_code, from, to, grids, and how many of them are `uncovered`.
    """

    division: str
    day: date
    rows: list[dict[str, Any]]
    unassigned: list[dict[str, Any]]
    uncovered: list[dict[str, Any]]
    workers: list[dict[str, Any]]
    absences: list[dict[str, Any]]


def roster(
    session: Session, scope: Scope, config: Config, code: str, *, at: datetime, on: date | None = None
) -> Roster:
    """Return the roster of division `code` on a day, today when left out.

    Raises
    ------
    NotFound
        No division has this code, or none the caller may see.
    """
    find_area(session, scope, config, code)
    prefixes = scope.narrowed(divisions.prefix(code)).prefixes
    today = at.astimezone(config.zone).date()
    day = on or today
    if day != today:
        at = datetime.combine(day, time.max, config.zone)
    rows = sql.select_day(session, prefixes, day, at)
    minutes = {row.grid_code: row.minutes for row in rows}
    lines = [_line(row) for row in rows if row.worker_code is not None]
    here = {row.grid_code for row in rows if row.here}
    staff = sql.select_workers(
        session, sorted({line.worker for line in lines} | set(sql.select_staff(session, prefixes))), day
    )
    away = {row.code for row in staff if row.away or not row.active}
    found = duty(lines, away, {grid: load or 0.0 for grid, load in minutes.items()}, day)
    primary = {line.grid: line.worker for line in lines if line.role == PRIMARY}
    return Roster(
        code,
        day,
        [_told(line) | {"minutes": minutes[line.grid]} for line in lines if line.grid in here],
        [{"grid_code": grid, "minutes": minutes[grid]} for grid in found.unassigned if grid in here],
        [
            {"grid_code": grid, "worker_code": primary[grid], "minutes": minutes[grid]}
            for grid in found.uncovered
            if grid in here
        ],
        _workers([row.code for row in staff], away, lines, found.minutes),
        leaves(session, prefixes, day),
    )


def told_to_worker(session: Session, found: Roster, login: str | None) -> Roster:
    """Return a roster without what is about other workers than the one who logged in as `login`."""
    account = accounts_sql.select_account(session, login=login) if login else None
    own = account.staff_code if account is not None else None

    def mine(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row for row in rows if row["worker_code"] == own]

    return Roster(
        found.division, found.day, mine(found.rows), [], mine(found.uncovered), mine(found.workers),
        mine(found.absences),
    )  # fmt: skip


def leaves(session: Session, prefixes: Sequence[str], day: date) -> list[dict[str, Any]]:
    """Return the leave of some divisions that is not over on a day, with how much of it has no cover."""
    return [
        {
            "id": row.id,
            "worker_code": row.worker_code,
            "from": row.valid_from,
            "to": row.valid_to,
            "grids": row.grids,
            "uncovered": row.grids - row.covered,
        }
        for row in absences_sql.select_listing(session, prefixes, day)
    ]


def _workers(
    codes: Sequence[str], away: set[str], lines: Iterable[Line], minutes: dict[str, float]
) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {
        code: {"worker_code": code, "minutes": minutes.get(code, 0.0), "grids": 0, "covers": 0,
               "away": code in away}
        for code in codes
    }  # fmt: skip
    for line in lines:
        if line.worker in rows:
            rows[line.worker]["grids" if line.role == PRIMARY else "covers"] += 1
    return list(rows.values())


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row of a request or file, counted from 1, and what would be accepted."""

    row: int
    field: str
    value: Any
    accepted: str

    def __str__(self) -> str:
        value = "an empty cell" if self.value is None else repr(str(self.value))
        return f"row {self.row}, {self.field}: {value} is not accepted; {self.accepted}"


class RowsRefused(InvalidInput):
    """Some rows cannot be accepted, so none is; `faults` names each."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(f"{faults[0]}{more}", field=faults[0].field)
        self.faults = list(faults[:_FAULTS_SHOWN])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change of the roster does, or would do.

    Attributes
    ----------
    day
        The day that the loads are of: the first on which all changes hold.
    added, altered, deleted
        Lines by how they change.
    already_so
        Changes that ask for what is so.
    loads
        Minutes a week and grids of everyone touched, `before` and `after`.
    unassigned
        Of the grids asked about, those without a primary worker on that day.
    past
        Lines as they were whose days before today are altered; empty without a correction.
    """

    day: date
    added: int
    altered: int
    deleted: int
    already_so: int
    loads: list[dict[str, Any]]
    unassigned: list[str]
    past: list[dict[str, Any]]
    saved: bool


def change(
    session: Session,
    scope: Scope,
    config: Config,
    changes: Sequence[Change],
    *,
    at: datetime,
    correction: str | None = None,
    preview: bool = False,
) -> Outcome:
    """Work dated changes into the roster, all of them or none.

    A change from a day ends what held before on that day; where it ends itself, that holds again. Days
    before today are altered only by a correction.

    Parameters
    ----------
    correction
        Why the past is to be altered; without it, it cannot be.
    preview
        Say what would happen, and do nothing.

    Raises
    ------
    RowsRefused
        A grid is not in force or not in sight, a worker is unknown or gone, a period has no day or begins
        in the past, or two changes give one grid to two. Each such row is named.
    """
    if not changes:
        raise InvalidInput("there is nothing to change", field="changes")
    if not preview:
        lock(session, LOCK)
    today = at.astimezone(config.zone).date()
    grids = sorted({change.grid for change in changes})
    stored = _by_grid(sql.select_lines(session, grids))
    faults = _unknown(session, scope, changes, at, today) + _overlapping(changes)
    after = {grid: list(lines) for grid, lines in stored.items()}
    already = 0
    # who is primary decides who can be a deputy
    for row, asked in sorted(enumerate(changes, 1), key=lambda pair: (pair[1].role != PRIMARY, pair[0])):
        lines = after.setdefault(asked.grid, [])
        if is_so(lines, asked):
            already += 1
            continue
        wanted = asked if correction else _from_today(lines, asked, today)
        if wanted is None:
            faults.append(Fault(row, "from", asked.start, f"a change begins today, {today}, or later"))
            continue
        try:
            after[asked.grid] = amended(lines, wanted)
        except Conflict as error:
            faults.append(Fault(row, "worker_code", asked.worker, error.message))
    if faults:
        raise RowsRefused(sorted(faults, key=lambda fault: fault.row))
    return _concluded(session, changes, stored, after, already, today, preview=preview)


def _concluded(
    session: Session,
    changes: Sequence[Change],
    stored: dict[str, list[Line]],
    after: dict[str, list[Line]],
    already: int,
    today: date,
    *,
    preview: bool,
) -> Outcome:
    before = [line for lines in stored.values() for line in lines]
    made = writing(before, [line for lines in after.values() for line in lines])
    day = max(today, *(change.start for change in changes))
    around = sql.select_lines_around(session, sorted(_touched(made)), day)
    elsewhere = [line for line in around if line.grid not in after]
    held = {
        line.grid for lines in after.values() for line in lines if line.role == PRIMARY and line.holds(day)
    }
    outcome = Outcome(
        day=day,
        added=len(made.added),
        altered=len(made.altered),
        deleted=len(made.deleted),
        already_so=already,
        loads=compared_lines(
            session, before + elsewhere, [line for lines in after.values() for line in lines] + elsewhere, day
        ),
        unassigned=sorted({change.grid for change in changes} - held),
        past=[_told(line) for line in _past(before, made, today)],
        saved=not preview,
    )
    if not preview:
        sql.write_lines(session, made)
    return outcome


def _touched(made: Writing) -> set[str]:
    return {line.worker for lines in (made.deleted, made.altered, made.added) for line in lines}


def _past(before: Iterable[Line], made: Writing, today: date) -> list[Line]:
    """Return the stored lines whose days before today do not stay as they are."""
    shown = {line.id: line for line in made.altered}
    gone = {line.id for line in made.deleted}
    return [
        line
        for line in before
        if line.start < today
        and (
            line.id in gone
            or (
                (new := shown.get(line.id, line)).start != line.start
                or min(new.end or date.max, today) != min(line.end or date.max, today)
            )
        )
    ]


def _from_today(lines: Sequence[Line], asked: Change, today: date) -> Change | None:
    """Return a change without its days before today, if it leaves those as they are."""
    if asked.start >= today:
        return asked
    past = replace(asked, end=min(asked.end or today, today))
    if not is_so(lines, past) or (asked.end is not None and asked.end <= today):
        return None
    return replace(asked, start=today)


def _unknown(
    session: Session, scope: Scope, changes: Sequence[Change], at: datetime, today: date
) -> list[Fault]:
    """Return the rows with a grid, worker, role or period that cannot be."""
    grids = sql.select_in_force(session, sorted({change.grid for change in changes}), at)
    asked = sorted({change.worker for change in changes if change.worker is not None})
    known = sql.select_workers(session, asked, today)
    active = {row.code for row in known if row.active and scope.covers(row.division_code)}
    faults = []
    for row, one in enumerate(changes, 1):
        if one.grid not in grids or not scope.covers(one.grid):
            faults.append(Fault(row, "grid_code", one.grid, "the code of a grid in force, in your divisions"))
        if one.worker is not None and one.worker not in active:
            faults.append(
                Fault(row, "worker_code", one.worker, "the code of an active worker, in your divisions")
            )
        if one.role not in ROLES:
            faults.append(Fault(row, "role", one.role, " or ".join(ROLES)))
        if one.end is not None and one.end <= one.start:
            faults.append(Fault(row, "to", one.end, f"a day after {one.start}: the first it no longer holds"))
        if one.start > today + timedelta(days=3660):
            faults.append(Fault(row, "from", one.start, "a day within ten years"))
    return faults


def _overlapping(changes: Sequence[Change]) -> list[Fault]:
    """Return the rows that want a day of a grid for which another row wants something else."""
    seen: dict[tuple[str, str, str], list[tuple[int, Change]]] = {}
    faults = []
    for row, one in enumerate(changes, 1):
        who = "" if one.role == PRIMARY else one.worker or ""
        others = seen.setdefault((one.grid, one.role, who), [])
        for number, other in others:
            if one.start < (other.end or date.max) and other.start < (one.end or date.max):
                faults.append(
                    Fault(row, "grid_code", one.grid, f"row {number} gives it on some of the same days")
                )
                break
        others.append((row, one))
    return faults


def _by_grid(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.grid, []).append(line)
    return found


def _line(row: Any) -> Line:
    return Line(
        row.grid_code, row.worker_code, row.role, row.valid_from, row.valid_to, row.id, row.absence_id
    )


def _told(line: Line) -> dict[str, Any]:
    return {
        "grid_code": line.grid,
        "community_code": line.grid[:12],
        "worker_code": line.worker,
        "role": line.role,
        "from": line.start,
        "to": line.end,
        "absence": line.absence,
    }
