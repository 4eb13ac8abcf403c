"""Leave and return: who is away from when to when, and which neighbours see to the grids meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from gridgis.config import Config
from gridgis.database import lock
from gridgis.errors import Conflict, InvalidInput, NotFound
from gridgis.planning.covering import Ground, folded
from gridgis.planning.rosters import DEPUTY, PRIMARY, Leave, Line, Writing, duty, writing
from gridgis.scope import Scope
from gridgis.services.rosters.changing import LOCK
from gridgis.services.rosters.loads import away_on, compared_lines, minutes_of
from gridgis.sql import absences as sql
from gridgis.sql import rosters as rosters_sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Cover:
    """A leave and who sees to the grids meanwhile.

    Attributes
    ----------
    lines
        New lines: grid_code, worker_code, from, to, minutes.
    deputised
        Grids that a deputy has anyhow: grid_code, worker_code.
    uncovered
        Grids that nobody sees to: grid_code, and why.
    day, loads
        Minutes a week and grids of everyone touched, `before` and `after`, on a day.
    """

    id: int | None
    worker_code: str
    start: date
    end: date | None
    lines: list[dict[str, Any]]
    deputised: list[dict[str, Any]]
    uncovered: list[dict[str, Any]]
    day: date
    loads: list[dict[str, Any]]
    saved: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is away; the return is on `end`, open when ``None``. `cover` asks for neighbours to take over."""

    worker: str
    start: date
    end: date | None = None
    cover: bool = True


def leave(
    session: Session,
    scope: Scope,
    config: Config,
    wish: Wish,
    *,
    at: datetime,
    correction: str | None = None,
    preview: bool = False,
) -> Cover:
    """Record a leave and, where asked for, fold the worker's grids onto neighbours by load until the return.

    Covering lines end by themselves on the day of return. They begin today at the earliest: who went on a
    day that is past is known from tracks, not from a plan.

    Raises
    ------
    InvalidInput
        The leave has no day, or begins in the past without a `correction` that says why.
    NotFound
        No worker has this code, or none in sight; or no figures were made yet.
    Conflict
        The worker is on leave then already.
    """
    if not preview:
        lock(session, LOCK)
    today = at.astimezone(config.zone).date()
    if wish.end is not None and wish.end <= wish.start:
        raise InvalidInput(f"the return on {wish.end} is not after {wish.start}, the first day", field="to")
    if wish.start < today and not correction:
        raise InvalidInput(
            f"{wish.start} is past; a leave begins today, {today}, or later, or is a correction", field="from"
        )
    _check_worker(session, scope, wish.worker)
    if known := sql.select_leaves(session, [wish.worker], wish.start, wish.end):
        raise Conflict(
            f"{wish.worker} is on leave from {known[0].start} to {known[0].end or 'an open day'} already",
            field="from",
        )
    absent = Leave(wish.worker, wish.start, wish.end)
    if not preview:
        absent = replace(absent, id=sql.insert_leave(session, absent))
    return _covered(session, scope, absent, today, cover=wish.cover, preview=preview)


def cover(
    session: Session, scope: Scope, config: Config, absence: int, *, at: datetime, preview: bool = False
) -> Cover:
    """Cover what is left of a leave anew, from today on; days before stay as they are.

    Raises
    ------
    NotFound
        There is no such leave in sight.
    Conflict
        It is over.
    """
    if not preview:
        lock(session, LOCK)
    today = at.astimezone(config.zone).date()
    absent = _known(session, scope, absence, today)
    old = rosters_sql.select_cover(session, absence)
    if not preview:
        rosters_sql.write_lines(session, writing(old, _until(old, max(today, absent.start))))
    return _covered(session, scope, absent, today, cover=True, preview=preview, old=old)


def come_back(
    session: Session,
    scope: Scope,
    config: Config,
    worker: str,
    on: date | None,
    *,
    at: datetime,
    preview: bool = False,
) -> Cover:
    """Let a worker be back on a day, today when left out; what covers the leave ends on it.

    Raises
    ------
    NotFound
        No worker has this code, or none in sight, or the worker has no leave on that day or later.
    Conflict
        The leave begins after that day.
    InvalidInput
        The day is past.
    """
    if not preview:
        lock(session, LOCK)
    today = at.astimezone(config.zone).date()
    day = on or today
    if day < today:
        raise InvalidInput(f"{day} is past; a return is today, {today}, or later", field="on")
    _check_worker(session, scope, worker)
    known = sql.select_leaves(session, [worker], day)
    if not known:
        raise NotFound(f"{worker} is not on leave on {day} or later", field="worker_code")
    if known[0].start > day:
        raise Conflict(
            f"{worker} is there on {day}; the leave {known[0].id} that begins on {known[0].start} can be "
            "cancelled",
            field="on",
        )
    return _ended(session, known[0], day, preview=preview)


def cancel(
    session: Session, scope: Scope, config: Config, absence: int, *, at: datetime, preview: bool = False
) -> Cover:
    """Take back a leave that has not begun, or end today one that has.

    Raises
    ------
    NotFound
        There is no such leave in sight.
    Conflict
        It is over, and the past stays.
    """
    if not preview:
        lock(session, LOCK)
    today = at.astimezone(config.zone).date()
    known = _known(session, scope, absence, today)
    return _ended(session, known, max(today, known.start), preview=preview)


def _check_worker(session: Session, scope: Scope, worker: str) -> None:
    rows = rosters_sql.select_workers(session, [worker], date.min)
    if not rows or not scope.covers(rows[0].division_code):
        raise NotFound(f"no worker {worker!r} in your divisions", field="worker_code")


def _known(session: Session, scope: Scope, absence: int, today: date) -> Leave:
    found = sql.select_leave(session, absence)
    if found is None:
        raise NotFound(f"there is no leave {absence} in your divisions", field="id")
    _check_worker(session, scope, found.worker)
    if found.end is not None and found.end <= today:
        raise Conflict(f"the leave {absence} was over on {found.end}; the past stays as it is", field="id")
    return found


def _ended(session: Session, known: Leave, day: date, *, preview: bool) -> Cover:
    """End a leave on a day, with its cover."""
    lines = rosters_sql.select_cover(session, known.id or 0)
    left = _until(lines, day)
    who = sorted({known.worker, *(line.worker for line in lines)})
    around = rosters_sql.select_lines_around(session, who, day)
    ended = {line.id for line in lines}
    loads = compared_lines(
        session, around, [line for line in around if line.id not in ended], day, back=(known.worker,)
    )
    is_gone = day <= known.start
    if not preview:
        rosters_sql.write_lines(session, writing(lines, left))
        if is_gone:
            sql.delete_leave(session, known.id or 0)
        else:
            sql.end_leave(session, known.id or 0, day)
    return Cover(
        None if is_gone else known.id, known.worker, known.start, None if is_gone else day, [], [], [], day,
        loads, saved=not preview,
    )  # fmt: skip


def _until(lines: Iterable[Line], day: date) -> list[Line]:
    """Return lines without their days from `day` on."""
    return [replace(line, end=min(line.end or date.max, day)) for line in lines if line.start < day]


def _covered(
    session: Session,
    scope: Scope,
    absent: Leave,
    today: date,
    *,
    cover: bool,
    preview: bool,
    old: Sequence[Line] | None = None,
) -> Cover:
    """Fold the duties of a leave onto neighbours, and store that unless it is a preview.

    `old` is the cover that a leave known before has had until now.
    """
    first = max(absent.start, today)
    span = Leave(absent.worker, first, absent.end, absent.id)
    ignored = {line.id for line in old or ()}
    around = _around(session, [absent.worker], first, ignored)
    duties = _duties(session, scope, span, around) if absent.end is None or absent.end > first else {}
    deputised = _deputised(session, scope, span, duties, around)
    duties = {grid: spans for grid, spans in duties.items() if grid not in deputised}
    taken: dict[str, str] = {}
    if cover and duties:
        taken, around = _folded(session, scope, span, duties, around, ignored)
    made = [
        Line(grid, taken[grid], DEPUTY, part.start, part.end, absence=absent.id)
        for grid in sorted(taken)
        for part in duties[grid]
    ]
    if not preview:
        rosters_sql.write_lines(session, Writing([], [], made))
    why = "no neighbour is there to take it" if cover else "no cover was asked for"
    gone = (absent.worker,) if old is None else ()
    return Cover(
        absent.id, absent.worker, absent.start, absent.end,
        lines=_told(session, made),
        deputised=[{"grid_code": grid, "worker_code": who} for grid, who in sorted(deputised.items())],
        uncovered=[{"grid_code": grid, "why": why} for grid in sorted(duties.keys() - taken.keys())],
        day=first,
        loads=compared_lines(session, [*around, *(old or ())], [*around, *made], first, gone=gone),
        saved=not preview,
    )  # fmt: skip


def _around(session: Session, workers: Sequence[str], day: date, ignored: set[int | None]) -> list[Line]:
    lines = rosters_sql.select_lines_around(session, workers, day)
    return [line for line in lines if line.id not in ignored]


def _told(session: Session, lines: Sequence[Line]) -> list[dict[str, Any]]:
    minutes = minutes_of(session, lines)
    return [
        {
            "grid_code": line.grid,
            "worker_code": line.worker,
            "from": line.start,
            "to": line.end,
            "minutes": minutes[line.grid],
        }
        for line in lines
    ]


def _duties(session: Session, scope: Scope, absent: Leave, around: Sequence[Line]) -> dict[str, list[Leave]]:
    """Return the days on which each grid needs somebody else: the worker's own, and covers for others."""
    others = {line.absence for line in around if line.worker == absent.worker and line.absence is not None}
    covered = {id_: leave for id_ in others if (leave := sql.select_leave(session, id_)) is not None}
    found: dict[str, list[Leave]] = {}
    for line in around:
        is_duty = line.role == PRIMARY or line.absence in covered
        if line.worker == absent.worker and is_duty and scope.covers(line.grid):
            start, end = max(line.start, absent.start), _first(line.end, absent.end)
            if end is None or start < end:
                found.setdefault(line.grid, []).append(Leave(absent.worker, start, end))
    return found


def _deputised(
    session: Session, scope: Scope, absent: Leave, duties: dict[str, list[Leave]], around: Sequence[Line]
) -> dict[str, str]:
    """Return grids that a deputy who is there all the time has on all the days anyhow, by grid."""
    deputies = [
        line
        for line in around
        if line.grid in duties and line.role == DEPUTY and line.worker != absent.worker
    ]
    there = _there(session, scope, {line.worker for line in deputies}, absent)
    return {
        line.grid: line.worker
        for line in sorted(deputies, key=lambda line: line.worker, reverse=True)
        if line.worker in there and all(_spans(line, part) for part in duties[line.grid])
    }


def _folded(
    session: Session,
    scope: Scope,
    absent: Leave,
    duties: dict[str, list[Leave]],
    around: Sequence[Line],
    ignored: set[int | None],
) -> tuple[dict[str, str], list[Line]]:
    """Return who takes each grid, and all lines of everyone who might have."""
    minutes = rosters_sql.select_minutes(session, sorted(duties))
    if not minutes:
        raise NotFound(
            "no figures were made yet, and load decides; make them with: gridgis coverage --refresh"
        )
    beside = rosters_sql.select_neighbours(session, sorted(duties))
    near = sorted({other for grids in beside.values() for other in grids} - duties.keys())
    # what a worker covers already is as good as the worker's own, unless the primary is there
    own = [
        line
        for line in sorted(rosters_sql.select_lines(session, near), key=lambda line: line.role)
        if (line.role == PRIMARY or line.absence is not None)
        and line.worker != absent.worker
        and _spans(line, absent)
    ]
    there = _there(session, scope, {line.worker for line in own}, absent)
    holder = {line.grid: line.worker for line in own if line.worker in there}
    who = sorted({*holder.values(), absent.worker})
    known = _around(session, who, absent.start, ignored)
    barred = {
        (line.grid, line.worker)
        for line in around
        if any(_meets(line, part) for part in duties.get(line.grid, ()))
    }
    away = away_on(session, known, absent.start) | {absent.worker}
    load = duty(known, away, minutes_of(session, known), absent.start).minutes
    ground = Ground({grid: minutes.get(grid, 0.0) for grid in duties}, beside, holder, barred)
    return folded(ground, {worker: load.get(worker, 0.0) for worker in holder.values()}), known


def _there(session: Session, scope: Scope, workers: set[str], absent: Leave) -> set[str]:
    """Return those of some workers in sight who are active and have no leave within another's."""
    rows = rosters_sql.select_workers(session, sorted(workers), absent.start)
    gone = {leave.worker for leave in sql.select_leaves(session, sorted(workers), absent.start, absent.end)}
    return {row.code for row in rows if row.active and scope.covers(row.division_code)} - gone


def _spans(line: Line, part: Leave) -> bool:
    return line.start <= part.start and (line.end or date.max) >= (part.end or date.max)


def _meets(line: Line, part: Leave) -> bool:
    return line.start < (part.end or date.max) and part.start < (line.end or date.max)


def _first(one: date | None, other: date | None) -> date | None:
    return min(filter(None, (one, other)), default=None)
