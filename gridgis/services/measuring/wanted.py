"""What a refresh has to make again, from what was noted as changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from gridgis.sql import measuring as sql

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: Beyond so many grids, making all of them anew is quicker.
MOST_GRIDS = 2_000
#: Grids this far around a changed one, in degrees, may share a border or a mark with it.
AROUND_DEG = 2e-5


@dataclass(slots=True)
class Wanted:
    """What to make again.

    Attributes
    ----------
    everything
        All of it.
    figures
        Grids whose row is made anew.
    patrolled
        Grids whose patrols are made anew on every day that still has tracks.
    tracks
        Workers' days whose track changed.
    communities
        Whose land is checked again.
    parameters
        Whether the minutes of every grid are worked out again from stored figures.
    """

    everything: bool = False
    figures: set[str] = field(default_factory=set)
    patrolled: set[str] = field(default_factory=set)
    tracks: set[tuple[str, date]] = field(default_factory=set)
    communities: set[str] = field(default_factory=set)
    parameters: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to do."""
        return not (
            self.everything
            or self.figures
            or self.tracks
            or self.communities
            or self.parameters
            or self.patrolled
        )


def wanted(session: Session, changes: Sequence[Any], at: datetime, zone: ZoneInfo) -> Wanted:
    """Return what some noted changes ask for.

    An incident changes the forecast of the neighbours too, a new roster the way round all grids of the beat,
    and a new grid the marks and neighbours of those around it.
    """
    found = Wanted()
    codes: dict[str, set[str]] = {}
    for change in changes:
        if change.kind == "parameters":
            found.parameters = True
        elif change.code is None:
            found.everything = True
        elif change.kind == "tracks":
            found.tracks |= {(change.code, day) for day in _days(change.since, change.until, zone)}
        else:
            codes.setdefault(change.kind, set()).add(change.code)
    if found.everything:
        return found
    found.figures = codes.get("standing", set()) | codes.get("components", set())
    found.patrolled = codes.get("components", set())
    if workers := codes.get("roster"):
        found.figures |= set(sql.select_beat_grids(session, sorted(workers)))
    if grids := codes.get("grids"):
        around = {row.code for row in sql.select_grids(session, at, sorted(grids), AROUND_DEG)}
        found.figures |= grids | around
        found.patrolled |= grids | around
        found.communities |= {code[:12] for code in grids | around}
        # the neighbours' forecasts look at their own neighbours
        found.figures |= sql.select_neighbours(session, sorted(around))
    if incidents := codes.get("incidents"):
        found.figures |= incidents | sql.select_neighbours(session, sorted(incidents))
    found.communities |= {code for code in codes.get("land", set()) if len(code) == 12}
    found.everything = len(found.figures) > MOST_GRIDS
    return found


def _days(since: datetime, until: datetime, zone: ZoneInfo) -> list[date]:
    first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
