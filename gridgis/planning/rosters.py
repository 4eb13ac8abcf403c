"""Lines of a roster: what a dated change makes of them, and whom they give how much to do on a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from gridgis.errors import Conflict

PRIMARY, DEPUTY = "primary", "deputy"
ROLES = (PRIMARY, DEPUTY)


@dataclass(frozen=True, slots=True)
class Line:
    """One worker has one grid from a day to the day before another.

    Attributes
    ----------
    end
        First day on which it no longer holds; ``None`` when none is set.
    id
        Of the stored row; ``None`` where it is yet to be stored.
    absence
        The leave this line covers, if it is there for one.
    """

    grid: str
    worker: str
    role: str
    start: date
    end: date | None = None
    id: int | None = None
    absence: int | None = None

    def holds(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.start <= day < (self.end or date.max)


@dataclass(frozen=True, slots=True)
class Change:
    """From a day to the day before another, a grid is `worker`'s in a role; ``None`` makes it nobody's."""

    grid: str
    worker: str | None
    role: str
    start: date
    end: date | None = None


def amended(lines: Iterable[Line], change: Change) -> list[Line]:
    """Return the lines of one grid with a change worked in, by start.

    What held before the change ends on its first day and, where the change itself ends, holds again from
    there on. A new primary worker ends, for those days, what the grid's covers and the worker's own deputy
    lines were there for. A change to what is so already changes nothing, whatever its dates.

    Raises
    ------
    Conflict
        Somebody would be the deputy of herself.
    """
    kept = list(lines)
    if is_so(kept, change):
        return kept
    if change.role == DEPUTY and any(
        _meets(line, change) and line.role == PRIMARY and line.worker == change.worker for line in kept
    ):
        raise Conflict(
            f"{change.worker} is the primary worker of {change.grid} then, and no deputy beside it"
        )
    made = [piece for line in kept for piece in (_cut(line, change) if _gives_way(line, change) else [line])]
    if change.worker is not None:
        made.append(Line(change.grid, change.worker, change.role, change.start, change.end))
    return sorted(made, key=_order)


def is_so(lines: Iterable[Line], change: Change) -> bool:
    """Whether on all days of a change, what it asks for holds already."""
    held = [line for line in lines if line.role == change.role and _meets(line, change)]
    if change.worker is None:
        return not held
    day, end = change.start, change.end or date.max
    for line in sorted(held, key=_order):
        if line.worker == change.worker and line.start <= day:
            day = max(day, line.end or date.max)
    return day >= end


def _gives_way(line: Line, change: Change) -> bool:
    if not _meets(line, change):
        return False
    if change.role == PRIMARY:
        return line.role == PRIMARY or line.absence is not None or line.worker == change.worker
    return line.role == DEPUTY and change.worker in {None, line.worker}


def _meets(line: Line, change: Change) -> bool:
    return line.start < (change.end or date.max) and change.start < (line.end or date.max)


def _cut(line: Line, change: Change) -> list[Line]:
    """Return what is left of a line on both sides; the first piece stays the stored row."""
    pieces = []
    if line.start < change.start:
        pieces.append(replace(line, end=change.start))
    if change.end is not None and change.end < (line.end or date.max):
        pieces.append(replace(line, start=change.end, id=None if pieces else line.id))
    return pieces


def _order(line: Line) -> tuple[date, str, str]:
    return line.start, line.role, line.worker


@dataclass(frozen=True, slots=True)
class Writing:
    """How the stored lines become others: rows to delete, rows with other days, and new rows."""

    deleted: list[Line]
    altered: list[Line]
    added: list[Line]

    @property
    def rows(self) -> int:
        """How many rows change."""
        return len(self.deleted) + len(self.altered) + len(self.added)


def writing(before: Iterable[Line], after: Iterable[Line]) -> Writing:
    """Return what turns the stored lines `before` into `after`."""
    stored = {line.id: line for line in before}
    kept = {line.id: line for line in after if line.id is not None}
    return Writing(
        [line for id_, line in stored.items() if id_ not in kept],
        [line for id_, line in kept.items() if line != stored[id_]],
        [line for line in after if line.id is None],
    )


@dataclass(frozen=True, slots=True)
class Leave:
    """Days on which a worker is away; `end` is the day of return, ``None`` when it is open."""

    worker: str
    start: date
    end: date | None = None
    id: int | None = None

    def holds(self, day: date) -> bool:
        """Whether the worker is away on a day."""
        return self.start <= day < (self.end or date.max)


@dataclass(frozen=True, slots=True)
class Duty:
    """Who has what to do on a day.

    Attributes
    ----------
    minutes
        By worker, of the grids each sees to.
    carried
        Grid -> those who see to it.
    uncovered
        Grids whose primary worker is away and who have no deputy there.
    unassigned
        Grids without a primary worker.
    """

    minutes: dict[str, float]
    carried: dict[str, tuple[str, ...]]
    uncovered: list[str]
    unassigned: list[str]


def duty(lines: Iterable[Line], away: Collection[str], minutes: Mapping[str, float], day: date) -> Duty:
    """Return who has what to do on a day.

    A grid is its primary worker's; while that one is away it is its deputies', in equal parts. The minutes
    of all workers and of the grids that nobody sees to add up to the minutes of all grids.

    Parameters
    ----------
    away
        Workers who are not there on the day.
    minutes
        Of each grid, a week.
    """
    primary: dict[str, str] = {}
    deputies: dict[str, list[str]] = {}
    for line in lines:
        if line.holds(day):
            if line.role == PRIMARY:
                primary[line.grid] = line.worker
            elif line.worker not in away:
                deputies.setdefault(line.grid, []).append(line.worker)
    found = Duty({}, {}, [], [])
    for grid, load in minutes.items():
        who = _seen_to_by(primary.get(grid), deputies.get(grid, ()), away)
        found.carried[grid] = who
        for worker in who:
            found.minutes[worker] = found.minutes.get(worker, 0.0) + load / len(who)
        if grid not in primary:
            found.unassigned.append(grid)
        elif not who:
            found.uncovered.append(grid)
    return found


def _seen_to_by(primary: str | None, deputies: Sequence[str], away: Collection[str]) -> tuple[str, ...]:
    if primary is not None and primary not in away:
        return (primary,)
    return tuple(sorted(deputies))
